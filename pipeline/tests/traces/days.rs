//! The days that are played: random ones, and one for each thing that a conversation can wait for.

use proptest::prelude::*;

use super::comparison::{Line, line};

/// What a resident has to do with their municipality.
pub fn municipal() -> impl Strategy<Value = Vec<Line>> {
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
pub fn private() -> impl Strategy<Value = Vec<Line>> {
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

/// A report with its place: a ticket.
pub const TICKET: [&str; 2] = ["> pothole in Long Street", "pin -29.8587 31.0218"];
/// Two tickets that wait for a confirmation.
pub const RESOLVED: [&str; 6] = [
    "> pothole in Long Street",
    "pin -29.8587 31.0218",
    "> another problem: streetlight out",
    "pin -29.87 31.01",
    "staff 1 resolved",
    "staff 2 resolved",
];

/// What a resident and the municipality have said before the private turn: one entry for each thing that a
/// conversation can wait for, and for each thing that it remembers.
pub fn before() -> Vec<Vec<&'static str>> {
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
pub const TOLD: [&str; 7] = [
    "> my man slaan my ook elke naweek",
    "> ek is bang vir my man",
    "> umyeni wami uyangishaya",
    "> my husband beats me every night",
    "> i dont feel safe at home",
    "photo image/jpeg see what my husband did to my eye",
    "pin -29.8587 31.0218 my man slaan my hier",
];

/// What follows a private turn, until its time is over.
pub const FOLLOWING: [&[&str]; 11] = [
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
pub fn day(before: &[&str], told: &str, following: &[&str]) -> Vec<Line> {
    let municipal = |lines: &[&str]| lines.iter().map(|text| line(text, false)).collect::<Vec<_>>();
    let told = vec![line("at 3", true), line(told, true)];
    let following = following.iter().map(|text| line(text, is_private(text))).collect();
    [municipal(before), told, following, municipal(&["at 1"]), municipal(&AFTER)].concat()
}
