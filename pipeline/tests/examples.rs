//! The example messages beside the workspace, where they are: how well the lists read them. For the record; the lists are
//! not tuned to them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use pipeline::converse::screen::{Band, band};
use pipeline::converse::{Intent, read};
use serde_json::Value;
use topics::words::Language;

/// The folder of examples: `shared/data/messages` beside the workspace.
fn folder() -> Option<PathBuf> {
    let found =
        Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|above| above.join("shared/data/messages")).find(|path| path.is_dir());
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
        let (text, language) = (example["text"].as_str().unwrap(), example["language"].as_str().unwrap());
        let (band, said) = (band(text), read(text, Language::En));
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
        count(format!("language {language}"), fits(&example, "language", Some(said.language.unwrap_or(Language::Und).as_str())));
        let reports = example["intent"] == "report" || example["intent"] == "emergency";
        let answered = matches!(language, "en" | "af" | "zu");
        if reports && answered {
            count(format!("category {language}"), fits(&example, "category", said.category.map(|category| category.as_str())));
            count(format!("severity {language}"), fits(&example, "severity", Some(said.severity.as_str())));
        } else if reports {
            count("category, other languages".to_owned(), fits(&example, "category", said.category.map(|category| category.as_str())));
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
