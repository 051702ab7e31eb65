//! A disclosure leaves no trace in what the municipality can read, not even a gap. The same day
//! is played twice, with what was said in private and without it; every municipal record, and every message
//! that goes out by the municipal lane, is there at the same moment and says the same.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail")]

mod script;

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use script::{Script, ring};
use serde_json::Value;
use topics::catalogue::CATALOGUE;
use topics::codec::record::Incoming;
use topics::values::lane::Lane;
use topics::values::time::Time;

/// A line of a day, and whether it is said in private.
#[derive(Clone, Debug)]
struct Line {
    text: String,
    private: bool,
}

fn line(text: &str, private: bool) -> Line {
    Line { text: text.to_owned(), private }
}

/// A record as somebody with the municipal keys reads it: when, where, and what it says.
type Trace = (Time, String, u32, String);

/// What anybody may see who sees all municipal topics, and what is asked of Twilio in the municipal lane.
fn traces(day: &[Line], with_what_was_private: bool) -> Vec<Trace> {
    let mut script = Script::new();
    for Line { text, private } in day {
        let needs =
            text.strip_prefix("staff ").and_then(|rest| rest.split(' ').next()?.parse().ok()).unwrap_or(0);
        let played = if *private && !with_what_was_private { "unsaid" } else { text };
        if needs <= script.tickets() {
            script.play(played);
        }
    }
    let seen = CATALOGUE
        .iter()
        .filter(|topic| topic.spec.lane == Lane::Municipal || topic.spec.name == "notifications");
    let all: Vec<&Incoming> = seen.flat_map(|topic| script.driver.all(topic.spec.name)).collect();
    let foreign: BTreeSet<&str> =
        script.driver.all("protected-commands").filter_map(|record| record.header("traceparent")).collect();
    let mut ids = BTreeMap::new();
    // The tasks' rows are the installation's, not a resident's.
    let of_residents =
        all.into_iter().filter(|record| record.key_text().is_some_and(|key| !key.starts_with('~')));
    of_residents
        .map(|record| {
            let trace = |parent: &str| parent.get(3..35).unwrap_or_default().to_owned();
            let parent = record.header("traceparent").map(trace).unwrap_or_default();
            assert!(
                parent.is_empty() || !foreign.iter().any(|foreign| trace(foreign) == parent),
                "{} is of a private trace",
                record.topic
            );
            let text = [record.key_text(), record.header("ce_type"), record.header("ce_id")]
                .map(Option::unwrap_or_default)
                .join(" ");
            let value =
                serde_json::from_slice(record.value.as_deref().unwrap_or_default()).unwrap_or_default();
            (
                record.time,
                record.topic.clone(),
                record.partition,
                renamed(&format!("{text} {}", opened(value)), &mut ids),
            )
        })
        .collect()
}

/// The value with what is sealed laid open.
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

fn check(day: &[Line]) {
    let with = traces(day, true);
    let without = traces(day, false);
    if let Some(place) =
        (0..with.len().max(without.len())).find(|place| with.get(*place) != without.get(*place))
    {
        panic!("{day:#?}\nwith:    {:?}\nwithout: {:?}", with.get(place), without.get(place));
    }
}

/// What a resident has to do with their municipality.
fn municipal() -> impl Strategy<Value = Vec<Line>> {
    let lines = prop::sample::select(vec![
        "> pothole in Long Street",
        "> amanzi ayaphuma epayipini emgwaqweni wethu",
        "> krag is af in die hele straat",
        "> yes",
        "> no",
        "> any news?",
        "12 times > any news?",
        "> dankie",
        "> STOP",
        "> START",
        "pin -29.8587 31.0218",
        "photo image/jpeg",
        "staff 1 in_progress",
        "staff 1 resolved",
        "unreachable",
        "wait 5m",
        "wait 25h",
    ]);
    lines.prop_map(|text| vec![line(text, false)])
}

/// A private conversation in the middle of it, to its end by time; what others do goes on.
fn private() -> impl Strategy<Value = Vec<Line>> {
    let disclosures = prop::sample::select(vec![
        "> my husband beats me every night",
        "> umyeni wami uyangishaya",
        "> my man slaan my ook elke naweek",
        "> ek is bang vir my man",
        "> i dont feel safe at home",
        "> yes fixed but my husband hits me",
        "pin -29.8587 31.0218 my husband beats me here",
        "photo image/jpeg see what my husband did to my eye",
        "button no | he raped me",
    ]);
    let more = prop::sample::select(vec![
        "> he has a gun",
        "> hy het my foon gevat",
        "> yes",
        "> 2",
        "pin -29.9 31.0",
        "photo audio/ogg",
        "photo image/jpeg",
        "staff 1 resolved",
        "wait 4m",
    ]);
    // Within the hour after the disclosure.
    let rest = prop::collection::vec(more, 0..14);
    (disclosures, rest).prop_map(|(first, rest)| {
        let is_told = |text: &str| !text.starts_with("staff") && !text.starts_with("wait");
        let rest = rest.into_iter().map(|text| line(text, is_told(text)));
        // The choice's half hour, and the hour after it.
        std::iter::once(line(first, true)).chain(rest).chain([line("wait 91m", false)]).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_disclosure_leaves_no_trace_and_no_gap_in_anything_municipal(
        day in prop::collection::vec(prop_oneof![3 => municipal(), 1 => private()], 1..12)
    ) {
        // Somebody whom a delivery can find unreachable has been written to.
        check(&[vec![line("> hello", false)], day.concat()].concat());
    }
}

#[test]
fn neither_the_language_nor_the_window_nor_a_missing_reminder_tells_of_a_disclosure() {
    let day = [
        line("> water leak in our street", false),
        line("wait 5m", false),
        line("> my man slaan my ook elke naweek", true),
        line("wait 20m", false),
        line("pin -29.8587 31.0218", true),
        line("wait 80m", false),
        line("staff 1 in_progress", false),
        line("wait 23h", false),
        line("staff 1 resolved", false),
    ];
    check(&day);
    assert!(
        traces(&day, true).iter().any(|(.., text)| text.contains("We still need the place")),
        "the reminder comes"
    );
}

#[test]
fn a_flood_in_private_is_not_answered_by_the_municipality() {
    let flood = (0..15).map(|_| line("> my husband beats me every night", true));
    let day: Vec<Line> =
        [line("unreachable", false)].into_iter().chain(flood).chain([line("wait 91m", false)]).collect();
    check(&day);
}

#[test]
fn the_comparison_sees_what_is_not_private() {
    let day = |private| [line("> pothole in Long Street", private), line("pin -29.8587 31.0218", false)];
    assert_ne!(traces(&day(true), true), traces(&day(true), false));
}
