//! Silence, seen at Twilio: who said STOP is called for nothing but help, at each of our numbers; START ends
//! that at all.

use pipeline::engine::effect::Call;
use topics::catalogue::{Deliveries, Topic};
use topics::records::deliveries::{Delivery, DeliveryStatus};

use super::script::{Script, ring};

/// The calls that were made since the first `known`: the last digit of our number, and what each said.
fn said(script: &Script, known: usize) -> Vec<(String, String)> {
    let number = |call: &Call| call.letter.from.chars().last().unwrap().to_string();
    script.calls(known).iter().map(|call| (number(call), call.letter.body.clone())).collect()
}

/// The last row of the deliveries.
fn last_delivery(script: &Script) -> (DeliveryStatus, Option<u32>, bool) {
    let rows = script
        .driver
        .all(Deliveries::SPEC.name)
        .filter_map(|record| record.decode::<Deliveries>(&ring()).ok());
    let deliveries =
        rows.filter_map(|(_, row)| if let Delivery::Delivery(row) = row { Some(row) } else { None });
    deliveries
        .max_by_key(|row| (row.queued_at, row.version))
        .map(|row| (row.status, row.code, row.ticket.is_some()))
        .unwrap()
}

/// What the staff write now is in no call, and its delivery says why.
fn a_reply_is_not_sent(script: &mut Script, code: u32) {
    let known = script.calls(0).len();
    script.play("staff 1 reply We come at ten");
    assert_eq!(said(script, known), []);
    assert_eq!(last_delivery(script), (DeliveryStatus::NotSent, Some(code), true));
}

#[test]
fn emergency_numbers_reach_who_said_stop() {
    let mut script = Script::new();
    script.play("> STOP\nwait 20d");
    let known = script.calls(0).len();
    script.play("> live wire on the creche fence");
    let told = said(&script, known);
    assert!(told.len() == 1 && told[0].1.contains("10111") && !told[0].1.contains('\n'), "{told:?}");
}

#[test]
fn what_the_staff_write_to_who_said_stop_is_not_sent_and_its_delivery_says_so() {
    let mut script = Script::new();
    script.play("> water pipe burst in our street\npin -29.8587 31.0218\n> STOP\nwait 1m");
    a_reply_is_not_sent(&mut script, 21610);
    let known = script.calls(0).len();
    script.play("> START\nstaff 1 reply We come at eleven");
    assert!(said(&script, known).last().unwrap().1.ends_with("We come at eleven"));
}

#[test]
fn what_the_staff_write_to_who_cannot_be_reached_is_not_sent_and_its_delivery_says_so() {
    let mut script = Script::refused(|call| call.letter.body.contains("being worked on").then_some(63024));
    script.play("> water pipe burst in our street\npin -29.8587 31.0218\nstaff 1 in_progress\nwait 1m");
    a_reply_is_not_sent(&mut script, 63024);
}

#[test]
fn start_at_one_number_ends_the_silence_at_all() {
    let mut script = Script::new();
    script.play("> STOP\nat 2\n> START\nat 1");
    let known = script.calls(0).len();
    script.play("> no water in our street");
    let told = said(&script, known);
    assert!(told.len() == 1 && told[0].0 == "1", "{told:?}");
}

#[test]
fn a_number_that_is_written_to_after_stop_is_silent_too() {
    let mut script = Script::new();
    script.play("> STOP\nat 2\n> no water in our street\npin -29.8587 31.0218\nwait 1m");
    a_reply_is_not_sent(&mut script, 21610);
}

#[test]
fn who_could_not_be_reached_by_one_number_and_writes_to_another_is_answered_by_both() {
    let mut script = Script::refused(|call| call.letter.body.contains("being worked on").then_some(63024));
    script.play(
        "> water pipe burst in our street\npin -29.8587 31.0218\nstaff 1 in_progress\nat 2\n> hello\nat 1",
    );
    let known = script.calls(0).len();
    script.play("> hello");
    let told = said(&script, known);
    assert!(told.len() == 1 && told[0].0 == "1", "{told:?}");
}
