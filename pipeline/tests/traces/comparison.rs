//! Plays a day with and without what is private, and compares what the municipality can read of each.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use topics::catalogue::CATALOGUE;
use topics::codec::record::Incoming;
use topics::records::conversations::Conversation;
use topics::values::lane::Lane;
use topics::values::time::Time;

use super::script::{Script, ring};

/// A line of a day, and whether it is said in private.
#[derive(Clone, Debug)]
pub struct Line {
    pub text: String,
    pub private: bool,
}

pub fn line(text: &str, private: bool) -> Line {
    Line { text: text.to_owned(), private }
}

/// A record as a reader with the municipal keys sees it: when, where, and what it says.
pub type Trace = (Time, String, u32, String);

/// Plays the day. A private line that is left out still uses the id of its message.
pub fn play(day: &[Line], with_what_was_private: bool) -> Script {
    let mut script = Script::new();
    for Line { text, private } in day {
        let needs =
            text.strip_prefix("staff ").and_then(|rest| rest.split(' ').next()?.parse().ok()).unwrap_or(0);
        let played = match text {
            text if text.starts_with("at ") => text,
            _ if *private && !with_what_was_private => "unsaid",
            text => text,
        };
        if needs <= script.tickets() {
            script.play(played);
        }
    }
    script
}

/// What a reader of all municipal topics may see, and what is asked of Twilio in the municipal lane.
pub fn traces(script: &Script) -> Vec<Trace> {
    let seen = CATALOGUE
        .iter()
        .filter(|topic| topic.spec.lane == Lane::Municipal || topic.spec.name == "notifications");
    let all: Vec<&Incoming> = seen.flat_map(|topic| script.driver.all(topic.spec.name)).collect();
    let foreign: BTreeSet<&str> =
        script.driver.all("protected-commands").filter_map(|record| record.header("traceparent")).collect();
    // The tasks' rows are the installation's, not a resident's.
    let of_residents =
        all.into_iter().filter(|record| record.key_text().is_some_and(|key| !key.starts_with('~')));
    of_residents.map(|record| trace(record, &foreign)).collect()
}

/// What a reader sees of a record, which belongs to none of the `foreign` traces.
fn trace(record: &Incoming, foreign: &BTreeSet<&str>) -> Trace {
    let id = |parent: &str| parent.get(3..35).unwrap_or_default().to_owned();
    let parent = record.header("traceparent").map(id).unwrap_or_default();
    let is_foreign = !parent.is_empty() && foreign.iter().any(|foreign| id(foreign) == parent);
    assert!(!is_foreign, "{} is of a private trace", record.topic);
    let names = [record.key_text(), record.header("ce_type"), record.header("ce_id")];
    let text = names.map(Option::unwrap_or_default).join(" ");
    let value = serde_json::from_slice(record.value.as_deref().unwrap_or_default()).unwrap_or_default();
    (record.time, record.topic.clone(), record.partition, format!("{text} {}", opened(value)))
}

/// The value with what is sealed opened.
fn opened(value: Value) -> Value {
    match value {
        Value::String(text) => match ring().open(&text) {
            Ok(plain) => opened(serde_json::from_slice(&plain).unwrap()),
            Err(_) => Value::String(text),
        },
        Value::Array(list) => list.into_iter().map(opened).collect(),
        Value::Object(fields) => {
            Value::Object(fields.into_iter().map(|(name, value)| (name, opened(value))).collect())
        }
        other => other,
    }
}

/// The text with its ids replaced by the order in which they first appear: the ids are hashes over values
/// that an outsider cannot know.
fn renamed(text: &str, ids: &mut BTreeMap<String, usize>) -> String {
    let words = text.split_inclusive(|c: char| !c.is_ascii_alphanumeric());
    let rename = |word: &str| {
        let id = word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        let hash = id.strip_prefix("SM").unwrap_or(id);
        let is_id = hash.len() == 32 && hash.chars().all(|c| c.is_ascii_hexdigit());
        let next = ids.len();
        if is_id {
            format!("#{}{}", ids.entry(id.to_owned()).or_insert(next), &word[id.len()..])
        } else {
            word.to_owned()
        }
    };
    words.map(rename).collect()
}

/// The conversations, without the ids of the private messages: they are kept so that Twilio's retry of one is
/// ignored, and decide nothing else.
fn remembered(script: &Script) -> BTreeMap<String, Option<Conversation>> {
    let mut rows = script.conversations();
    for row in rows.values_mut().flatten() {
        row.state.0.heard_in_private.clear();
    }
    rows
}

/// The traces with their ids replaced by the order in which they first appear.
fn without_ids(traces: Vec<Trace>) -> Vec<Trace> {
    let mut ids = BTreeMap::new();
    let rename = |(time, topic, partition, text): Trace| (time, topic, partition, renamed(&text, &mut ids));
    traces.into_iter().map(rename).collect()
}

/// Checks that nothing municipal tells the day from the same day without what was private.
pub fn check(day: &[Line]) -> (Script, Script) {
    let played = play(day, true);
    let municipal = play(day, false);
    let with = without_ids(traces(&played));
    let without = without_ids(traces(&municipal));
    if let Some(place) =
        (0..with.len().max(without.len())).find(|place| with.get(*place) != without.get(*place))
    {
        panic!("{day:#?}\nwith:    {:?}\nwithout: {:?}", with.get(place), without.get(place));
    }
    (played, municipal)
}

/// The same, and what the conversation remembers is the same too: each of its fields, also one that is added
/// later. It holds once the private time is over and the resident has written to the municipality.
pub fn check_all(day: &[Line]) {
    let (played, municipal) = check(day);
    let with = remembered(&played);
    let without = remembered(&municipal);
    assert_eq!(with, without, "{day:#?}");
}

/// How many records each stage of the conversations has forwarded, and how many it took and did not forward.
pub fn counted(script: &Script) -> BTreeMap<String, (u64, u64)> {
    let mut rows = BTreeMap::new();
    for record in script.driver.all("conversations") {
        if record.key_text().is_some_and(|key| key.starts_with('~')) {
            let row: Value = serde_json::from_slice(record.value.as_deref().unwrap()).unwrap();
            rows.insert(record.partition, row);
        }
    }
    let mut counted: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for (stage, counts) in rows.values().flat_map(|row| row["counts"].as_object().unwrap()) {
        let of_stage = counted.entry(stage.clone()).or_default();
        of_stage.0 += counts["forwarded"].as_u64().unwrap();
        of_stage.1 += counts["received"].as_u64().unwrap() - counts["forwarded"].as_u64().unwrap();
    }
    counted
}
