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
use topics::records::conversations::Conversation;
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

/// Plays the day. A private line that is left out still uses the id of its message.
fn play(day: &[Line], with_what_was_private: bool) -> Script {
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

/// What anybody may see who sees all municipal topics, and what is asked of Twilio in the municipal lane.
fn traces(script: &Script) -> Vec<Trace> {
    let seen = CATALOGUE
        .iter()
        .filter(|topic| topic.spec.lane == Lane::Municipal || topic.spec.name == "notifications");
    let all: Vec<&Incoming> = seen.flat_map(|topic| script.driver.all(topic.spec.name)).collect();
    let foreign: BTreeSet<&str> =
        script.driver.all("protected-commands").filter_map(|record| record.header("traceparent")).collect();
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
            (record.time, record.topic.clone(), record.partition, format!("{text} {}", opened(value)))
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
fn check(day: &[Line]) -> (Script, Script) {
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
fn check_all(day: &[Line]) {
    let (played, municipal) = check(day);
    let with = remembered(&played);
    let without = remembered(&municipal);
    assert_eq!(with, without, "{day:#?}");
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

/// Whether a line of the private time is private. STOP and START hold for both lanes at any time, and what
/// others do goes on.
fn is_private(text: &str) -> bool {
    !["staff", "wait", "> STOP", "> START"].iter().any(|word| text.starts_with(word))
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
        "> STOP",
        "> START",
    ]);
    // Within the hour after the disclosure.
    let rest = prop::collection::vec(more, 0..14);
    // The choice's half hour and the hour after it, or the answer that ends both.
    let end = prop_oneof![Just(line("wait 91m", false)), Just(line("> 1", true))];
    (disclosures, rest, end).prop_map(|(first, rest, end)| {
        let rest = rest.into_iter().map(|text| line(text, is_private(text)));
        std::iter::once(line(first, true)).chain(rest).chain([end]).collect()
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
        traces(&play(&day, true)).iter().any(|(.., text)| text.contains("We still need the place")),
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
    assert_ne!(traces(&play(&day(true), true)), traces(&play(&day(true), false)));
}

/// A report with its place: a ticket.
const TICKET: [&str; 2] = ["> pothole in Long Street", "pin -29.8587 31.0218"];
/// Two tickets that wait for a confirmation.
const RESOLVED: [&str; 6] = [
    "> pothole in Long Street",
    "pin -29.8587 31.0218",
    "> another problem: streetlight out",
    "pin -29.87 31.01",
    "staff 1 resolved",
    "staff 2 resolved",
];

/// What a resident and the municipality have said before the private turn: one entry for each thing that a
/// conversation can wait for, and for each thing that it remembers.
fn before() -> Vec<Vec<&'static str>> {
    let ticket = |rest: &[&'static str]| [&TICKET[..], rest].concat();
    vec![
        vec![],
        vec!["> hello"],
        vec!["> amanzi ayaphuma epayipini emgwaqweni wethu"],
        vec!["> pothole in Long Street", "wait 11m"],
        vec!["photo image/jpeg pothole in Long Street"],
        vec!["pin -29.8587 31.0218"],
        vec!["pin -29.8587 31.0218", "> by the corner again"],
        vec!["photo audio/ogg"],
        vec!["photo image/jpeg"],
        vec!["pause 2s", "photo image/jpeg", "pin -29.8587 31.0218"],
        vec!["pause 2s", "> pothole in Long Street"],
        vec!["> pothole in Long Street", "wait 61m"],
        ticket(&[]),
        ticket(&["> any news?", "wait 23h"]),
        ticket(&["staff 1 in_progress", "> it gets worse"]),
        ticket(&["staff 1 resolved"]),
        ticket(&["staff 1 resolved", "> no"]),
        ticket(&["staff 1 resolved", "> yes", "wait 20d", "quote resolved | > no"]),
        ticket(&["> pothole in Main Road", "> STOP"]),
        ticket(&["> STOP", "> START"]),
        ticket(&["unreachable"]),
        ticket(&["12 times > any news?"]),
        ticket(&["at 2", "> any news?", "at 1"]),
        RESOLVED.to_vec(),
        [&RESOLVED[..], &["> yes"]].concat(),
        [&RESOLVED[..], &["> krag is af in die hele straat", "> yes"]].concat(),
    ]
}

/// Private turns, certain ones and ones in doubt, in the languages of the texts and with a file.
const TOLD: [&str; 7] = [
    "> my man slaan my ook elke naweek",
    "> ek is bang vir my man",
    "> umyeni wami uyangishaya",
    "> my husband beats me every night",
    "> i dont feel safe at home",
    "photo image/jpeg see what my husband did to my eye",
    "pin -29.8587 31.0218 my man slaan my hier",
];

/// What follows a private turn, until its time is over.
const FOLLOWING: [&[&str]; 11] = [
    &["> 1"],
    &["wait 30s", "> 1"],
    &["> munisipaal"],
    &["> 2", "wait 61m"],
    &["wait 91m"],
    &["> hmm what is that", "photo audio/ogg", "pin -29.9 31.0", "wait 91m"],
    &["wait 29m", "photo audio/ogg", "> hy het my foon gevat", "staff 1 in_progress", "> 1"],
    &["> 1", "> ek is bang vir my man", "> 1", "> my man slaan my", "wait 61m"],
    &["> STOP", "> 1", "> START"],
    &["wait 35m", "> STOP", "wait 61m", "> START"],
    &["staff 1 resolved", "> yes", "> 1"],
];

/// What the resident and the municipality say afterwards.
const AFTER: [&str; 9] = [
    "staff 1 in_progress",
    "> 12",
    "12 times > any news?",
    "pin -29.8587 31.0218",
    "staff 1 resolved",
    "wait 23h",
    "staff 1 in_progress",
    "> any news?",
    "wait 4d",
];

/// A day with a private turn in the middle of it.
fn day(before: &[&str], told: &str, following: &[&str]) -> Vec<Line> {
    let municipal = |lines: &[&str]| lines.iter().map(|text| line(text, false)).collect::<Vec<_>>();
    let told = vec![line("at 3", true), line(told, true)];
    let following = following.iter().map(|text| line(text, is_private(text))).collect();
    [municipal(before), told, following, municipal(&["at 1"]), municipal(&AFTER)].concat()
}

#[test]
fn a_private_turn_in_any_phase_changes_nothing_municipal_however_it_ends() {
    for (first, before) in before().into_iter().enumerate() {
        for (second, following) in FOLLOWING.iter().enumerate() {
            // Each way to end meets each private turn in some phase.
            for told in [first + second, first + second + 1].map(|place| TOLD[place % TOLD.len()]) {
                check_all(&day(&before, told, following));
            }
        }
    }
}

#[test]
fn the_ids_of_municipal_records_do_not_depend_on_what_was_private() {
    for following in FOLLOWING {
        let day = day(&RESOLVED, TOLD[0], following);
        assert_eq!(traces(&play(&day, true)), traces(&play(&day, false)));
    }
}

#[test]
fn a_conversation_is_forgotten_at_its_time_although_something_private_is_open() {
    let before = ["> sawubona", "wait 89d", "wait 23h"];
    for told in TOLD {
        check_all(&day(&before, told, &["wait 91m"]));
    }
}

/// How many records each stage of the conversations has forwarded, and how many it took and did not forward.
fn counted(script: &Script) -> BTreeMap<String, (u64, u64)> {
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

#[test]
fn what_a_delivery_finds_is_counted_the_same_whether_or_not_a_private_turn_keeps_the_conversation() {
    let before = ["> sawubona", "wait 91d"].map(|text| line(text, false));
    for told in TOLD {
        let after = [line(told, true), line("unreachable", false)];
        let day = [before.to_vec(), after.to_vec()].concat();
        let played = counted(&play(&day, true));
        let municipal = counted(&play(&day, false));
        let (forwarded, filtered) = played["converse"];
        // The private message itself is received and not forwarded.
        assert_eq!((forwarded, filtered - 1), municipal["converse"], "{told}");
    }
}

#[test]
fn a_flood_in_private_forgets_no_municipal_message() {
    let flood = (0..400).map(|_| line("> my husband beats me every night", true));
    let before = TICKET.map(|text| line(text, false));
    let again = [line("> 1", true), line("> any news?", false)];
    check_all(&before.into_iter().chain(flood).chain(again).collect::<Vec<_>>());
}
