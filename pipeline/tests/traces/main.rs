//! A disclosure leaves no trace in what the municipality can read, not even a gap. The same day
//! is played twice, with what was said in private and without it; every municipal record, and every message
//! that goes out by the municipal lane, is there at the same moment and says the same.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail")]

#[path = "../script/mod.rs"]
mod script;

mod comparison;
mod days;

use comparison::{Line, check, check_all, counted, line, play, traces};
use days::{FOLLOWING, RESOLVED, TICKET, TOLD, before, day, municipal, private};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_disclosure_leaves_no_trace_and_no_gap_in_anything_municipal(
        day in prop::collection::vec(prop_oneof![3 => municipal(), 1 => private()], 1..12)
    ) {
        // A delivery can find unreachable only a resident who has been written to.
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
