//! Sessions of `try`, in process.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail")]

mod documents;
mod folders;
mod shown;
mod wrong_lines;

use std::sync::Arc;

use pipeline::rules::edition::Edition;
use serde_json::{Value, json};

use super::show::{Colour, Screen};
use super::*;

/// A Monday morning in South Africa.
const START: &str = "2026-03-02T08:00:00+02:00";

/// Plays a script with the demo's reference data and returns all that is printed.
fn printed(script: &str, output: impl FnOnce(Arc<Edition>, Time) -> Output) -> String {
    let (edition, remarks) = reference::edition(None).unwrap();
    assert_eq!(remarks, Vec::<String>::new());
    let start = START.parse().unwrap();
    let session = Session::new(edition.clone(), start, Pauses::Last).unwrap();
    let mut terminal = Terminal { session, output: output(edition, start), out: Vec::new() };
    terminal.converse(Origin::Script, script.as_bytes()).unwrap();
    String::from_utf8(terminal.out).unwrap()
}

fn people(script: &str) -> String {
    printed(script, |edition, start| Output::People(Box::new(Screen::new(Colour::Plain, edition, start))))
}

fn lines(script: &str) -> Vec<Value> {
    printed(script, |_, _| Output::Json).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn last(script: &str) -> Value {
    lines(script).pop().unwrap()
}

const REPORT: &str = "water pipe burst in our street\n/pin -29.8587 31.0218\n";

#[test]
fn a_disclosure_leaves_no_ticket_and_nothing_but_its_reply_differs() {
    let before = "pothole in our street\n";
    let after = "/wait 5m\n/wait 2h\n/staff 1 in_progress\n/wait 30h\n/from lindiwe\nhello\n";
    let plain = lines(&format!("{before}{after}"));
    let with = lines(&format!("{before}my husband beats me\n{after}"));
    let disclosure = &with[1];
    let reply = disclosure["replies"][0]["text"].as_str().unwrap();
    assert!(reply.contains("0800 428 428"), "{reply}");
    assert_eq!(disclosure["tickets"], plain[0]["tickets"]);
    assert_eq!(disclosure["asked"], plain[0]["asked"]);
    assert_eq!(disclosure["protected"], plain[0]["protected"]);
    assert_eq!(with[2..], plain[1..]);
    let mut alone = lines("my husband beats me\n/photo\n/wait 25h\n/staff 1 resolved\n");
    assert!(alone.iter().all(|line| line["tickets"] == json!([]) && line["asked"] == Value::Null));
    let error = alone.pop().unwrap()["error"].as_str().unwrap().to_owned();
    assert!(error.contains("this session has opened 0"), "{error}");
}

#[test]
fn what_a_conversation_waits_for_is_said() {
    let asked = |script: &str| last(script)["asked"].clone();
    assert_eq!(asked("pothole in our street\n"), "place");
    assert_eq!(asked("/pin -29.8587 31.0218\n"), "what");
    assert_eq!(asked("i dont feel safe at home\n"), "choice");
    assert_eq!(asked("hello\n"), Value::Null);
    let two = "pothole in our street\n/pin -29.8587 31.0218\nthe streetlight is out\n/pin -29.87 31.01\n\
               /staff 1 resolved\n/staff 2 resolved\nyes\n";
    assert_eq!(asked(two), "which_ticket");
}

#[test]
fn staff_write_and_assign_and_are_told_why_something_is_refused() {
    let turns = lines(&format!(
        "{REPORT}/staff 1 reply We are coming\n/staff 1 assign ETH-ROADS\n/staff 1 assign CPT-ROADS\n\
         /staff 1 closed\n/staff 1 closed duplicate\n"
    ));
    assert_eq!(turns[2]["replies"][0]["class"], "answer");
    assert!(turns[2]["replies"][0]["text"].as_str().unwrap().ends_with(": We are coming"));
    assert_eq!(turns[3]["tickets"][0]["team"], "ETH-ROADS");
    assert!(turns[4]["error"].as_str().unwrap().starts_with("refused (unknown_team): "));
    assert!(turns[5]["error"].as_str().unwrap().starts_with("refused (outcome_missing): "));
    assert_eq!(turns[6]["tickets"][0]["status"], "closed");
    let number = turns[6]["tickets"][0]["number"].as_str().unwrap();
    assert_eq!(last(&format!("{REPORT}/staff {number} resolved\n"))["tickets"][0]["status"], "resolved");
}

#[test]
fn a_reply_is_about_the_message_that_it_replies_to() {
    let two = "pothole in our street\n/pin -29.8587 31.0218\nthe streetlight is out\n/pin -29.87 31.01\n\
               /staff 1 resolved\n/staff 2 resolved\n";
    let status = |line: &Value| -> Vec<String> {
        line["tickets"].as_array().unwrap().iter().map(|ticket| ticket["status"].to_string()).collect()
    };
    assert_eq!(status(&last(&format!("{two}/reply-to 5 yes\n"))), ["\"closed\"", "\"resolved\""]);
    assert_eq!(status(&last(&format!("{two}/reply-to 6\nyes\n"))), ["\"resolved\"", "\"closed\""]);
}

#[test]
fn a_message_that_is_delivered_again_changes_nothing() {
    let turns = lines(&format!("{REPORT}/retry\n/wait 3h\n/retry\n"));
    for again in [&turns[2], &turns[4]] {
        assert_eq!(again["replies"], json!([]));
        assert_eq!(again["tickets"], turns[1]["tickets"]);
    }
}

#[test]
fn each_resident_sees_their_own_tickets() {
    let turns = lines(&format!("{REPORT}/from lindiwe\n/staff 1 in_progress\n/from nomsa\n"));
    assert_eq!(turns[3]["tickets"], json!([]));
    assert_eq!(turns[3]["replies"][0]["to"], "nomsa");
    assert_eq!(turns[4]["tickets"][0]["status"], "in_progress");
    assert_eq!(turns[1]["replies"][0].get("to"), None);
}

#[test]
fn a_script_gives_the_same_output_each_time() {
    let script =
        format!("{REPORT}/wait 30h\n/voice\n/button Yes\n/photo look\nmy husband beats me\n/quit\nx\n");
    assert_eq!(people(&script), people(&script));
    assert!(!people(&script).contains("nomsa> x"), "nothing is read after /quit");
}

#[test]
fn photos_before_the_words_and_the_pin_are_one_ticket() {
    let turns =
        lines("/photo\n/photo\n/document\n/contact\nwater pipe burst in our street\n/pin -29.8587 31.0218\n");
    let replies: Vec<usize> = turns.iter().map(|turn| turn["replies"].as_array().unwrap().len()).collect();
    assert_eq!(replies, [0, 0, 0, 0, 1, 1]);
    assert_eq!(turns[0]["asked"], "what");
    assert_eq!(turns[5]["tickets"].as_array().unwrap().len(), 1);
    let asked = last("/photo\n/photo\n/wait 5s\n");
    assert_eq!(asked["replies"].as_array().unwrap().len(), 1);
}

#[test]
fn in_a_terminal_a_photo_is_answered_at_once() {
    let (edition, _) = reference::edition(None).unwrap();
    let mut session = Session::new(edition, START.parse().unwrap(), Pauses::Skipped).unwrap();
    let turn = session.play(commands::read("/photo")).unwrap();
    assert_eq!((turn.replies.len(), turn.time.to_string().as_str()), (1, "2026-03-02T06:00:05.000Z"));
}

#[test]
fn a_voice_note_is_followed_by_a_number_and_stickers_and_reactions_by_nothing() {
    let turns = lines("/voice\n2\n/pin -29.8587 31.0218\n/sticker\n/reply-to 3 /reaction 👍\n");
    assert!(turns[0]["replies"][0]["text"].as_str().unwrap().contains("1 water, 2 roads"));
    assert_eq!(turns[2]["tickets"][0]["category"], "roads");
    assert_eq!((&turns[3]["replies"], &turns[4]["replies"]), (&json!([]), &json!([])));
}

#[test]
fn only_a_terminal_gets_colour() {
    let ansi =
        printed(REPORT, |edition, start| Output::People(Box::new(Screen::new(Colour::Ansi, edition, start))));
    assert!(ansi.contains("\x1b[32m"), "{ansi}");
    assert!(!people(REPORT).contains('\x1b'));
    assert_eq!(Colour::of_stdout(Some("1")), Colour::Plain);
}
