//! The example messages beside the workspace, where they are: how well the lists read them. For the record;
//! the lists are not tuned to them.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail")]

mod script;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use pipeline::rules::texts::say;
use pipeline::stages::converse::screen::{Band, band};
use pipeline::stages::converse::{Intent, read};
use script::Script;
use serde_json::Value;
use topics::values::vocabulary::Language;

/// The folder of examples: `shared/data/messages` beside the workspace.
fn folder() -> Option<PathBuf> {
    let found = Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .map(|above| above.join("shared/data/messages"))
        .find(|path| path.is_dir());
    if found.is_none() {
        println!("skipped: no ../shared/data/messages beside the workspace");
    }
    found
}

#[derive(Default)]
struct Share(usize, usize);

impl Share {
    fn count(&mut self, right: bool) {
        self.0 += usize::from(right);
        self.1 += 1;
    }

    fn percent(&self) -> usize {
        (self.0 * 100).checked_div(self.1).unwrap_or(100)
    }
}

/// Whether `said` is what is expected, or what is accepted instead.
fn fits(example: &Value, field: &str, said: Option<&str>) -> bool {
    let is = |value: &Value| value.as_str() == said;
    is(&example[field]) || example["accept"][field].as_array().is_some_and(|others| others.iter().any(is))
}

#[test]
fn the_examples_are_read_well_enough_and_no_disclosure_passes() {
    let Some(folder) = folder() else { return };
    let lines = std::fs::read_to_string(folder.join("examples.jsonl")).unwrap();
    let mut shares: BTreeMap<String, Share> = BTreeMap::new();
    let mut missed = Vec::new();
    for line in lines.lines() {
        let example: Value = serde_json::from_str(line).unwrap();
        let text = example["text"].as_str().unwrap();
        let language = example["language"].as_str().unwrap();
        let band = band(text);
        let said = read(text, Language::En);
        let mut count = |what: String, right: bool| {
            shares.entry(what.clone()).or_default().count(right);
            if !right {
                missed.push(format!("{what}: {} {text:?}: {band:?} {said:?}", example["id"]));
            }
        };
        if example["gbv"] == true {
            count("gbv recall".to_owned(), band != Band::None);
            count(format!("gbv recall {language}"), band != Band::None);
            continue;
        }
        count("gbv let through".to_owned(), band == Band::None);
        if example["near_miss"] == true {
            count("gbv near misses let through".to_owned(), band == Band::None);
        }
        count(
            format!("language {language}"),
            fits(&example, "language", Some(said.language.unwrap_or(Language::Und).as_str())),
        );
        let reports = example["intent"] == "report" || example["intent"] == "emergency";
        let answered = matches!(language, "en" | "af" | "zu");
        if reports && answered {
            count(
                format!("category {language}"),
                fits(&example, "category", said.category.map(|category| category.as_str())),
            );
            count(format!("severity {language}"), fits(&example, "severity", Some(said.severity.as_str())));
        } else if reports {
            count(
                "category, other languages".to_owned(),
                fits(&example, "category", said.category.map(|category| category.as_str())),
            );
        }
        let intent = match said.intent {
            Intent::Report => "report",
            Intent::Status => "status-query",
            Intent::Yes => "confirm-yes",
            Intent::No => "confirm-no",
            Intent::Greeting => "greeting",
            Intent::Thanks => "thanks",
            _ => "chat",
        };
        if answered {
            count("intent".to_owned(), fits(&example, "intent", Some(intent)) || reports && said.reporting);
        }
    }
    for (what, share) in &shares {
        println!("{what}: {} of {} ({} %)", share.0, share.1, share.percent());
    }
    println!("{}", missed.join("\n"));
    assert!(shares["gbv recall"].percent() >= 95);
    assert!(shares["gbv let through"].percent() >= 95);
}

/// Whether a transcript has the text `name` in some language: by its words before the first variable.
fn tells(transcript: &str, name: &str) -> bool {
    [Language::En, Language::Zu, Language::Af]
        .into_iter()
        .any(|language| tells_in(transcript, name, language))
}

fn tells_in(transcript: &str, name: &str, language: Language) -> bool {
    let variables = ["n", "s", "category", "deadline", "numbers", "municipality", "place"]
        .map(|variable| (variable, "\u{1}"));
    let text = say(language, name, &variables);
    let words = text.split('\u{1}').max_by_key(|part| part.len()).unwrap().trim();
    words.len() > 2 && transcript.contains(words)
}

const ASKS_PLACE: [&str; 6] =
    ["ask-place", "ask-place-again", "pin-no_fix", "pin-swapped", "pin-range", "pin-abroad"];

/// Whether a turn's transcript is what is expected of it.
fn is_met(transcript: &str, expected: &str) -> bool {
    let any = |names: &[&str]| names.iter().any(|name| tells(transcript, name));
    let silent = !transcript.contains("\n    <");
    match expected.split_once(':').unwrap_or((expected, "")) {
        ("asks_for_place", _) => any(&ASKS_PLACE) && !transcript.contains("    report "),
        ("asks_what", _) => tells(transcript, "ask-what"),
        ("ticket_created", category) => {
            transcript.matches("    report ").count() == 1
                && transcript.contains(&format!(" {category} "))
                && any(&["opened", "opened-referred"])
        }
        ("notified", status) => [Language::En, Language::Zu, Language::Af].into_iter().any(|language| {
            transcript.contains(&pipeline::rules::texts::status(language, status.parse().unwrap()))
        }),
        ("closed", _) => transcript.contains("resident wants closed"),
        ("cancelled", _) => tells(transcript, "cancelled"),
        ("thanks_reply", _) => tells(transcript, "thanks"),
        ("status_reply", _) => tells(transcript, "status-of") || tells(transcript, "status-short"),
        ("status_none" | "status_without_details", _) => any(&["number-unknown", "status-none"]),
        ("emergency_numbers", _) => {
            transcript.contains("<< ")
                && transcript.contains("10111")
                && transcript.contains("0800 428 428")
                && !transcript.contains('{')
        }
        ("protected", _) => transcript.contains("    protected report"),
        ("refused", why) => tells(transcript, &format!("pin-{why}")),
        ("nothing", _) => transcript.lines().count() == 1,
        ("silence", _) => silent,
        ("language", language) => {
            let language = language.parse().unwrap();
            [&ASKS_PLACE[..], &["opened", "update"]]
                .concat()
                .into_iter()
                .any(|name| tells_in(transcript, name, language))
        }
        other => panic!("an expectation that this test does not know: {other:?}"),
    }
}

/// A turn as a line of a script.
fn line_of(turn: &Value) -> String {
    let text = turn["text"]
        .as_str()
        .unwrap_or_default()
        .replace("{TRACKING}", "{1}")
        .replace("{TRACKING_OF_ANOTHER_PERSON}", "{1}");
    if let Some(pin) = turn["pin"].as_array() {
        format!("pin {} {}", pin[0], pin[1])
    } else if let Some(kind) = turn["photo"].as_str() {
        format!("photo {kind} {text}")
    } else if let Some(status) = turn["staff"].as_str() {
        format!("staff 1 {status}")
    } else if let Some(hours) = turn["wait_hours"].as_u64() {
        format!("wait {hours}h")
    } else if turn["retry_of_turn"].is_u64() {
        "again".to_owned()
    } else {
        format!("> {text}")
    }
}

#[test]
fn the_example_conversations_go_as_they_should() {
    let Some(folder) = folder() else { return };
    for line in std::fs::read_to_string(folder.join("conversations.jsonl")).unwrap().lines() {
        let conversation: Value = serde_json::from_str(line).unwrap();
        let mut script = Script::new();
        let mut whole = String::new();
        if line.contains("ANOTHER_PERSON") {
            script.play("as another\n> pothole\npin -29.8 31.0\nas nomsa");
        }
        for turn in conversation["turns"].as_array().unwrap() {
            let transcript = script.play(&line_of(turn));
            whole.push_str(&transcript);
            for expected in turn["expect"].as_array().unwrap() {
                let any = expected.as_array().cloned().unwrap_or_else(|| vec![expected.clone()]);
                let met = any.iter().any(|expected| is_met(&transcript, expected.as_str().unwrap()));
                assert!(met, "{}: {any:?} of\n{transcript}", conversation["id"]);
            }
        }
        let reports = whole.matches("    report ").count();
        let end = &conversation["end"];
        if let Some(tickets) = end["tickets"].as_array() {
            assert_eq!(reports, tickets.len(), "{}", conversation["id"]);
            let closed = tickets.iter().filter(|ticket| ticket["status"] == "closed").count();
            assert!(whole.matches("resident wants closed").count() >= closed, "{}", conversation["id"]);
        }
        let most = end["tickets_max"].as_u64().or(end["municipal_tickets_max"].as_u64()).unwrap_or(9);
        assert!(reports <= usize::try_from(most).unwrap(), "{}", conversation["id"]);
        let counted = [("notifications", "    < "), ("protected", "    protected report")];
        for (what, line) in counted.iter().filter_map(|(name, line)| Some((end[*name].as_u64()?, line))) {
            assert_eq!(u64::try_from(whole.matches(line).count()).unwrap(), what, "{}", conversation["id"]);
        }
    }
}
