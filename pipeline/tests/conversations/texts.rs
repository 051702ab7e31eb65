//! The texts that native speakers must still read, printed with what each is for; and how long each can be.

use std::fmt::Write;

use expect_test::expect_file;
use pipeline::rules::texts::say;
use topics::values::vocabulary::Language;

/// The longest values that a text can have.
const LONGEST: &[(&str, &str)] = &[
    ("n", "7K2M4P9QX"),
    ("category", "elektrisiteit"),
    ("first", "elektrisiteit"),
    ("second", "elektrisiteit"),
    ("s", "resolved - please confirm"),
    ("deadline", "30 September 2026 at 08:00"),
    ("municipality", "City of Johannesburg Metropolitan"),
    ("number", "0800 428 428"),
    ("numbers", "police 10111, 0800 428 428"),
    ("days", "90"),
    ("place", "9"),
    ("text", ""),
    ("day", "30"),
    ("month", "September"),
    ("year", "2026"),
    ("time", "08:00"),
];

/// The names of the languages besides English, in the order of the page.
const NAMES: [(Language, &str); 10] = [
    (Language::Zu, "isiZulu"),
    (Language::Af, "Afrikaans"),
    (Language::Xh, "isiXhosa"),
    (Language::Nso, "Sepedi"),
    (Language::St, "Sesotho"),
    (Language::Tn, "Setswana"),
    (Language::Ss, "siSwati"),
    (Language::Ve, "Tshivenda"),
    (Language::Ts, "Xitsonga"),
    (Language::Nr, "isiNdebele"),
];

/// The texts of a file: what each is for, its id and its words.
fn texts(file: &str) -> Vec<(String, String, String)> {
    let path = format!("{}/texts/{file}.ftl", env!("CARGO_MANIFEST_DIR"));
    let mut all: Vec<(String, String, String)> = Vec::new();
    let mut purpose = String::new();
    for line in std::fs::read_to_string(path).unwrap().lines() {
        if let Some(comment) = line.strip_prefix("# ") {
            comment.clone_into(&mut purpose);
        } else if let Some((id, words)) = line.split_once(" = ") {
            all.push((id.to_owned(), purpose.clone(), words.to_owned()));
        }
    }
    all
}

#[test]
fn every_text_has_at_most_300_characters_in_its_worst_case() {
    for language in Language::ALL {
        for (id, ..) in texts("en") {
            let said = say(*language, &id, LONGEST);
            assert!(said.chars().count() <= 300, "{language} {id}: {} characters", said.chars().count());
        }
    }
}

#[test]
fn the_page_for_native_speakers_has_every_language() {
    for language in Language::ALL.iter().filter(|language| !matches!(language, Language::En | Language::Und))
    {
        assert!(NAMES.iter().any(|(known, _)| known == language), "{language}");
    }
}

#[test]
fn the_documents_list_the_texts_that_a_native_speaker_must_read() {
    let mut page = String::from(
        "# Texts for native speakers\n\n\
         Printed by `UPDATE_EXPECT=1 cargo test -p pipeline --test conversations` from `pipeline/texts`. No\n\
         native speaker has read these texts yet. Each must be natural, polite and plain to read on a small\n\
         telephone, have at most 300 characters, and say the same as the English. What is in braces is\n\
         filled in. After a change, run the command above.\n\n\
         The lists of words by which messages are understood need the same: `pipeline/lexicon`, above all\n\
         `pipeline/lexicon/screen` (violence) and `pipeline/lexicon/requests`.\n",
    );
    let english = texts("en");
    let (answered, others): (Vec<_>, Vec<_>) =
        NAMES.into_iter().partition(|(language, _)| language.answered_in() == *language);
    for (language, name) in answered {
        write!(
            page,
            "\n## {name}\n\n| text | what it is for | in English | in {name} |\n|---|---|---|---|\n"
        )
        .unwrap();
        for ((id, purpose, words), (_, _, own)) in english.iter().zip(texts(language.as_str())) {
            writeln!(page, "| {id} | {purpose} | {words} | {own} |").unwrap();
        }
    }
    page.push_str(
        "\n## The other languages\n\n\
         Residents who write them are answered in English. `answered-in-english` says so once: \"We\n\
         understand you, but we answer in English. You can go on writing in your language.\" The others are\n\
         the same texts as above.\n",
    );
    for (language, name) in others {
        write!(page, "\n### {name}\n\n| text | in {name} |\n|---|---|\n").unwrap();
        for (id, _, own) in texts(&format!("others/{language}")) {
            writeln!(page, "| {id} | {own} |").unwrap();
        }
    }
    expect_file!["../../../docs/texts-for-native-speakers.md"].assert_eq(&page);
}
