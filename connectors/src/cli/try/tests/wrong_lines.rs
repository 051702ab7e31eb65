//! Lines that cannot be read.

use serde_json::{Value, json};

use super::super::*;
use super::{START, lines};

#[test]
fn a_wrong_line_is_told_what_it_must_be_and_the_session_goes_on() {
    let wrong = [
        ("/fly", "there is no command /fly: /help lists them"),
        ("/pin", "write degrees north, then degrees east"),
        ("/pin -29.8", "write degrees north, then degrees east"),
        ("/pin here 31", "`here` is not a number"),
        ("/wait", "write a whole number and s, m, h or d: /wait 25h"),
        ("/wait soon", "`soon` is not a time to wait"),
        ("/wait 1000d", "1000d is too long: wait at most 366d at once"),
        ("/button", "write the text of the button"),
        ("/reply-to x", "write the number of the message that is replied to"),
        ("/reply-to 1 /wait 2h", "a reply is a text or something else"),
        ("/reaction", "write the emoji of the reaction"),
        ("/sticker x", "/sticker takes nothing after it"),
        ("/reply-to 1 yes", "nomsa has received 0 messages"),
        ("/retry", "there is no message to deliver again"),
        ("/retry now", "/retry takes nothing after it"),
        ("/from no body", "write a name of at most 30 letters"),
        ("/staff", "write a ticket and what is to become of it"),
        ("/staff 1", "write a ticket and what is to become of it"),
        ("/staff 1 done", "`done` is not a status"),
        ("/staff 1 closed later", "`later` is not an outcome"),
        ("/staff 1 reply", "the reply has no text"),
        ("/staff 1 resolved", "there is no ticket 1: this session has opened 0"),
        ("/staff water resolved", "`water` is not the number of a ticket"),
    ];
    let script: String = wrong.iter().map(|(line, _)| format!("{line}\n")).collect();
    let turns = lines(&format!("{script}hello\n"));
    assert_eq!(turns.len(), wrong.len() + 1);
    for ((line, error), turn) in wrong.iter().zip(&turns) {
        assert_eq!(turn["input"], *line);
        assert!(turn["error"].as_str().unwrap().contains(error), "{turn}");
        assert_eq!(turn["replies"], json!([]));
    }
    assert_eq!(turns.last().unwrap()["replies"].as_array().unwrap().len(), 1);
    assert_eq!(turns.last().unwrap().get("error"), None);
}

#[test]
fn bytes_that_are_no_text_and_endless_lines_end_no_session() {
    let mut script = b"\xff\xfe\n".to_vec();
    script.extend(vec![b'x'; 200_000]);
    script.extend(b"\n\n  \nhello");
    let (edition, _) = reference::edition(None).unwrap();
    let session = Session::new(edition, START.parse().unwrap(), Pauses::Last).unwrap();
    let mut terminal = Terminal { session, output: Output::Json, out: Vec::new() };
    terminal.converse(Origin::Script, script.as_slice()).unwrap();
    let turns: Vec<Value> =
        terminal.out.split(|byte| *byte == b'\n').flat_map(serde_json::from_slice).collect();
    let errors: Vec<&str> = turns.iter().filter_map(|turn| turn["error"].as_str()).collect();
    assert_eq!(
        errors,
        [
            "the line is not UTF-8: save the script in UTF-8",
            "the line has more than 65536 bytes: break it up"
        ]
    );
    assert_eq!(turns[2]["input"], "hello");
}
