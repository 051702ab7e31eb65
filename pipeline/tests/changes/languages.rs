//! What each language, category and reason needs: texts, word lists, names.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use pipeline::rules::texts;
use topics::values::vocabulary::{Category, HoldReason, Language, Status};

use super::files::{files, root, stems, text};

/// The languages that residents are answered in.
pub fn answered() -> BTreeSet<&'static str> {
    Language::ALL.iter().map(|language| language.answered_in().as_str()).collect()
}

#[test]
fn every_language_has_the_same_texts() {
    let english = message_ids(&text("pipeline/texts/en.ftl"));
    assert!(english.len() > 50, "{english:?}");
    for file in files("pipeline/texts", "ftl") {
        let ids = message_ids(&fs::read_to_string(&file).unwrap());
        let missing: Vec<_> = english.difference(&ids).collect();
        let unknown: Vec<_> = ids.difference(&english).collect();
        assert!(
            missing.is_empty() && unknown.is_empty(),
            "{}: missing {missing:?}, not in English {unknown:?}",
            file.display()
        );
    }
}

#[test]
fn a_language_that_is_answered_in_has_its_files() {
    let answered = answered();
    for language in &answered {
        for path in [
            format!("pipeline/texts/{language}.ftl"),
            format!("pipeline/lexicon/{language}.txt"),
            format!("pipeline/lexicon/screen/{language}.txt"),
            format!("pipeline/lexicon/requests/{language}.txt"),
        ] {
            assert!(root().join(&path).exists(), "{path} is missing");
        }
    }
    for stem in stems("pipeline/texts", "ftl") {
        assert!(answered.contains(stem.as_str()), "Language::answered_in never says {stem}");
    }
}

#[test]
fn a_language_is_either_answered_in_or_has_its_first_texts() {
    let languages: BTreeSet<String> = Language::ALL.iter().map(ToString::to_string).collect();
    let first = stems("pipeline/texts/others", "ftl");
    let answered = answered();
    let mut expected = languages;
    expected.retain(|language| !answered.contains(language.as_str()) && language != Language::Und.as_str());
    assert_eq!(first, expected, "files of pipeline/texts/others");
}

#[test]
fn every_category_and_status_has_a_text_and_every_category_a_word_list() {
    let lexicon = text("pipeline/lexicon/en.txt");
    for language in Language::ALL {
        for category in Category::ALL {
            assert_ne!(texts::category(*language, *category), "", "no category-{category} in {language}");
        }
        for status in Status::ALL {
            assert_ne!(texts::status(*language, *status), "", "no status-{status} in {language}");
        }
    }
    for category in Category::ALL.iter().filter(|category| **category != Category::Other) {
        assert!(lexicon.contains(&format!("\n[{category} ")), "lexicon/en.txt has no list [{category} ...]");
    }
}

#[test]
fn every_greeting_names_as_many_matters_as_there_are_categories() {
    for file in files("pipeline/texts", "ftl") {
        let all = fs::read_to_string(&file).unwrap();
        let greeting = all.lines().find_map(|line| line.strip_prefix("greeting = ")).unwrap();
        let (_, matters) = greeting.rsplit_once(": ").unwrap();
        // The last two have a word such as `or` between them instead of a comma.
        assert_eq!(matters.split(", ").count() + 1, Category::ALL.len(), "{}: {matters}", file.display());
    }
}

#[test]
fn a_term_of_other_is_in_no_list_of_another_category() {
    for file in files("pipeline/lexicon", "txt") {
        let mut lists: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut list = String::new();
        for line in fs::read_to_string(&file).unwrap().lines().filter(|line| !line.starts_with('#')) {
            match line.strip_prefix('[') {
                Some(name) => list = name.split([' ', ']']).next().unwrap_or_default().to_owned(),
                None => lists.entry(list.clone()).or_default().extend(line.split(", ").map(str::to_owned)),
            }
        }
        let other = lists.get(Category::Other.as_str()).cloned().unwrap_or_default();
        for category in Category::ALL.iter().filter(|category| **category != Category::Other) {
            let terms = lists.get(category.as_str()).cloned().unwrap_or_default();
            let both: Vec<_> = terms.intersection(&other).filter(|term| !term.is_empty()).collect();
            assert_eq!(both, Vec::<&String>::new(), "{}: in [other] and [{category}]", file.display());
        }
    }
}

#[test]
fn every_category_has_example_sentences() {
    let examples = text("pipeline/tests/reading.rs");
    for category in Category::ALL {
        let name = format!("Category::{category:?},\n            &[");
        assert!(examples.contains(&name), "pipeline/tests/reading.rs has no sentences of {category}");
    }
}

#[test]
fn every_reason_of_a_hold_has_a_text_in_every_language() {
    for language in Language::ALL.iter().filter(|language| **language != Language::Und) {
        for reason in HoldReason::ALL {
            let name = format!("held-{reason}");
            let said = texts::say(*language, &name, &[("n", "7K2M4P9QX"), ("deadline", "Monday")]);
            assert_ne!(said, "", "no {name} in {language}");
            let english = texts::say(Language::En, &name, &[("n", "7K2M4P9QX"), ("deadline", "Monday")]);
            assert!(*language == Language::En || said != english, "{name} is English in {language}");
        }
    }
}

/// The ids of the messages of a Fluent file.
fn message_ids(text: &str) -> BTreeSet<String> {
    let lines = text.lines().filter(|line| !line.starts_with(['#', ' ', '\t']));
    lines.filter_map(|line| Some(line.split_once('=')?.0.trim().to_owned())).collect()
}
