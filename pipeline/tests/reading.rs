//! What sentences of our own mean: language, category, severity, tone and intent.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail")]

use pipeline::stages::converse::{Intent, read};
use topics::values::vocabulary::{Category, Language, Sentiment, Severity};

fn category(text: &str) -> Option<Category> {
    read(text, Language::En).category
}

#[test]
fn matters_are_told_apart_in_three_languages() {
    let cases = [
        (
            Category::Water,
            &[
                "no water since this morning",
                "Water pipe has bursted",
                "our tap is dry for 3 days",
                "watr leeking at the metr",
                "brown water coming out of the taps",
                "amanzi awekho kusukela izolo",
                "umpompi uyavuza",
                "kuqhume ipayipi emgwaqweni",
                "geen water in die hele dorp nie",
                "pyp het gebars voor my huis",
                "die kraan loop nie",
            ][..],
        ),
        (
            Category::Sanitation,
            &[
                "sewage is running down the street",
                "blocked drain smells terrible",
                "manhole overflowing at the corner",
                "the public toilets dont flush",
                "indle iyachitheka emgwaqweni",
                "ithoyilethi lomphakathi livalekile",
                "isuwa iqhumile",
                "die riool loop oor",
                "mangat sonder deksel",
                "drein is verstop",
            ],
        ),
        (
            Category::Electricity,
            &[
                "no electricity since 2am",
                "street lights not working in our road",
                "transformer exploded",
                "cable theft again",
                "prepaid meter says error",
                "ugesi awukho",
                "ugesi uhambile futhi",
                "izibani zomgwaqo azisebenzi",
                "krag is af",
                "straatligte brand nie",
                "kragkabels gesteel",
            ],
        ),
        (
            Category::Roads,
            &[
                "huge pothole in Main road",
                "robots are out at the crossing",
                "stop sign is missing",
                "speed hump broken",
                "storm water drain blocked and the road floods",
                "umgodi omkhulu emgwaqweni",
                "amarobhothi awasebenzi",
                "ibhuloho lidilikile",
                "groot slaggat in die pad",
                "verkeerslig werk nie",
                "sypaadjie stukkend",
            ],
        ),
        (
            Category::Waste,
            &[
                "rubbish not collected this week",
                "illegal dumping behind the school",
                "dead dog in the street",
                "bin was not emptied by the truck",
                "udoti awuthathwanga kuleli viki",
                "inja efile emgwaqweni",
                "balahla udoti eduze kwekhaya",
                "vullis nie verwyder nie",
                "rommel gestort by die park",
                "dooie kat in die straat",
            ],
        ),
        (
            Category::Other,
            &[
                "tree fell on my wall",
                "noise from the tavern till 4",
                "stray dogs bite people",
                "grass is too long in the park",
                "isihlahla siwile",
                "umsindo ethaveni",
                "boom het omgeval",
                "geraas by die taverne",
                "my rates account is wrong",
            ],
        ),
    ];
    let wrong: Vec<String> = cases
        .iter()
        .flat_map(|(expected, texts)| texts.iter().map(move |text| (*expected, *text, category(text))))
        .filter(|(expected, _, found)| *found != Some(*expected))
        .map(|(expected, text, found)| format!("{text}: {expected} but {found:?}"))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn languages_are_told_apart_code_mixed_or_not() {
    let cases = [
        (Language::En, "the traffic light at the corner is not working"),
        (Language::Zu, "sicela nizolungisa i-robot alisebenzi kusukela izolo"),
        (Language::Zu, "ugesi awukho since last night please"),
        (Language::Af, "die krag is af since gister en niemand antwoord nie"),
        (Language::Af, "my drein is geblok man asb help"),
        (Language::Xh, "Molweni, akukho manzi apha kwethu"),
        (Language::Nso, "Thobela, ga go na mohlagase mo motseng wa rena"),
        (Language::St, "Dumelang, ha ho na metsi moo re dulang"),
        (Language::Ts, "Avuxeni, a ku na gezi laha ka hina"),
        (Language::Ve, "Ndaa, a hu na madi fhano hayani"),
        (Language::Ss, "Sanibonani, kute emanti lapha kitsi"),
    ];
    let wrong: Vec<_> = cases
        .iter()
        .filter(|(expected, text)| read(text, Language::En).language != Some(*expected))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(
        read("water", Language::Af).language,
        Some(Language::Af),
        "what both say is said in the language so far"
    );
}

#[test]
fn danger_goes_before_numbers_and_numbers_before_trifles() {
    let cases = [
        (Severity::Critical, "live wires sparking on the pavement"),
        (Severity::Critical, "a child fell into the manhole"),
        (Severity::Critical, "izinhlansi epalini likagesi, kuyasha"),
        (Severity::Critical, "oop kabel hang oor die speelgrond, lewensgevaarlik"),
        (Severity::High, "whole street without water for 3 days"),
        (Severity::High, "riool loop oor in die straat"),
        (Severity::Medium, "my tap is leaking"),
        (Severity::Medium, "street light out"),
        (Severity::Low, "the paint of the stop sign is faded"),
    ];
    let wrong: Vec<_> =
        cases.iter().filter(|(expected, text)| read(text, Language::En).severity != *expected).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_tone_is_heard() {
    let tone = |text| read(text, Language::En).sentiment;
    assert_eq!(tone("this is pathetic, you are useless"), Sentiment::Negative);
    assert_eq!(tone("thank you so much, great service"), Sentiment::Positive);
    assert_eq!(tone("pothole in Main road"), Sentiment::Neutral);
}

#[test]
fn an_answer_is_told_from_a_report() {
    let cases = [
        (
            Intent::Report,
            &["no water", "No power in our street", "geen krag nie", "amanzi awekho", "no lights again"][..],
        ),
        (
            Intent::Yes,
            &[
                "yes",
                "Yes thank you",
                "yebo sekulungile",
                "ja dit is reg",
                "its working now thanks",
                "👍",
                "✅",
                "jip",
            ],
        ),
        (
            Intent::No,
            &[
                "no",
                "no it drips as before",
                "nope same story",
                "nee nog nie",
                "cha akulungisiwe",
                "not fixed",
                "👎",
                "no its still broken",
            ],
        ),
        (
            Intent::Status,
            &[
                "any news?",
                "what is happening with my report",
                "sekufikephi",
                "hoe lyk dit met my saak",
                "when will it be fixed",
            ],
        ),
        (
            Intent::Withdraw,
            &["never mind", "cancel my report", "sorry wrong number", "kanselleer asb", "khansela"],
        ),
        (Intent::Greeting, &["hello", "Good morning", "Sawubona", "Goeie more", "hi there"]),
        (Intent::Thanks, &["thank you", "thanks a lot", "ngiyabonga kakhulu", "baie dankie julle"]),
        (Intent::Stop, &["STOP", "stop.", "unsubscribe"]),
        (Intent::Start, &["START", "start"]),
        (Intent::Number(3), &["3", " 3. "]),
        (Intent::Nothing, &["", " \n ", "\u{200d}"]),
    ];
    let wrong: Vec<String> = cases
        .iter()
        .flat_map(|(expected, texts)| {
            texts.iter().map(move |text| (*expected, *text, read(text, Language::En).intent))
        })
        .filter(|(expected, _, found)| found != expected)
        .map(|(expected, text, found)| format!("{text}: {expected:?} but {found:?}"))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}
