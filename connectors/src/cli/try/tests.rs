//! Sessions of `try`, in process.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail")]

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use expect_test::{Expect, expect, expect_file};
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
    let mut desk = Desk { session, output: output(edition, start), out: Vec::new() };
    desk.converse(Origin::Script, script.as_bytes()).unwrap();
    String::from_utf8(desk.out).unwrap()
}

fn people(script: &str) -> String {
    printed(script, |edition, start| Output::People(Box::new(Screen::new(Colour::Plain, edition, start))))
}

/// What is printed after the greeting.
fn check(script: &str, expected: Expect) {
    let text = people(script);
    let (_, turns) = text.split_once("nothing else is shown of it.\n").unwrap();
    expected.assert_eq(turns);
}

fn lines(script: &str) -> Vec<Value> {
    printed(script, |_, _| Output::Json).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn last(script: &str) -> Value {
    lines(script).pop().unwrap()
}

const REPORT: &str = "water pipe burst in our street\n/pin -29.8587 31.0218\n";

#[test]
fn a_report_is_resolved_and_opened_again() {
    check(
        &format!("{REPORT}/wait 2h\n/staff 1 in_progress\n/staff 1 resolved\nno, it still leaks\n"),
        expect![[r#"
            nomsa> water pipe burst in our street
              [1] Thank you. Where is it? Please send a location pin (the paperclip or +, then Location). (en)
            nomsa> /pin -29.8587 31.0218
              [2] Thank you. Your report (water) has the number 9F4N4226Q. It should be resolved by 5 March 2026 at 08:00. (en)
                  Ticket 9F4N4226Q (9b6965d3205ce2ca6ac75bc2ddfdc4a2): water, high, open, reported at 2 March 2026 08:00.
                  Place: a pin of the resident, within about 30 m; ward ETH-4.
                  Municipality: ETH (eThekwini (demo)), since its boundary contains the place; edition 1.
                  Team: ETH-WATER-SOUTH, since its service area contains the place, the smallest that does; assigned to eth-water-south-lead.
                  Promise: the policy of this municipality and category, in edition 1.
                  Response: due at 2 March 2026 16:00, 8 h after the report; open, the team is warned at 2 March 2026 14:24.
                  Resolution: due at 5 March 2026 08:00, 72 h after the report; open, the team is warned at 4 March 2026 17:36.
                  Tier: 0, not escalated.
            nomsa> /wait 2h
              it is 2 March 2026 10:00
            nomsa> /staff 1 in_progress
              [3] Update for 9F4N4226Q: Your report is now being worked on. (en)
                  Ticket 9F4N4226Q (9b6965d3205ce2ca6ac75bc2ddfdc4a2): water, high, in_progress, reported at 2 March 2026 08:00.
                  Response: due at 2 March 2026 16:00, 8 h after the report; met at 2 March 2026 10:00.
            nomsa> /staff 1 resolved
              [4] Update for 9F4N4226Q: Your report is now resolved - please confirm. (en)
                  Ticket 9F4N4226Q (9b6965d3205ce2ca6ac75bc2ddfdc4a2): water, high, resolved, reported at 2 March 2026 08:00.
                  Resolution: due at 5 March 2026 08:00, 72 h after the report; met at 2 March 2026 10:00.
            nomsa> no, it still leaks
              [5] Update for 9F4N4226Q: Your report is now being worked on. (en)
                  Ticket 9F4N4226Q (9b6965d3205ce2ca6ac75bc2ddfdc4a2): water, high, in_progress, reported at 2 March 2026 08:00.
                  Resolution: due at 5 March 2026 08:00, 72 h after the report; open, the team is warned at 4 March 2026 17:36.
                  Additions: 1.
        "#]],
    );
}

#[test]
fn a_deadline_that_passes_shows_as_missed_and_escalates() {
    check(
        &format!("{REPORT}/wait 4d\n"),
        expect![[r#"
        nomsa> water pipe burst in our street
          [1] Thank you. Where is it? Please send a location pin (the paperclip or +, then Location). (en)
        nomsa> /pin -29.8587 31.0218
          [2] Thank you. Your report (water) has the number 9F4N4226Q. It should be resolved by 5 March 2026 at 08:00. (en)
              Ticket 9F4N4226Q (9b6965d3205ce2ca6ac75bc2ddfdc4a2): water, high, open, reported at 2 March 2026 08:00.
              Place: a pin of the resident, within about 30 m; ward ETH-4.
              Municipality: ETH (eThekwini (demo)), since its boundary contains the place; edition 1.
              Team: ETH-WATER-SOUTH, since its service area contains the place, the smallest that does; assigned to eth-water-south-lead.
              Promise: the policy of this municipality and category, in edition 1.
              Response: due at 2 March 2026 16:00, 8 h after the report; open, the team is warned at 2 March 2026 14:24.
              Resolution: due at 5 March 2026 08:00, 72 h after the report; open, the team is warned at 4 March 2026 17:36.
              Tier: 0, not escalated.
        nomsa> /wait 4d
          [3] Update for 9F4N4226Q: Your report is now escalated to senior team. (en, 2 March 2026 16:00)
              Ticket 9F4N4226Q (9b6965d3205ce2ca6ac75bc2ddfdc4a2): water, high, escalated, reported at 2 March 2026 08:00.
              Team: ETH-WATER-SOUTH, since its service area contains the place, the smallest that does; assigned to eth-water-manager.
              Response: due at 2 March 2026 16:00, 8 h after the report; missed, seen at 2 March 2026 16:00.
              Resolution: due at 5 March 2026 08:00, 72 h after the report; missed, seen at 5 March 2026 08:00.
              Tier: 2, first escalated at 2 March 2026 16:00; last because it was not resolved in time.
          it is 6 March 2026 08:00
    "#]],
    );
    let line = last(&format!("{REPORT}/wait 4d\n"));
    assert_eq!(line["tickets"][0]["status"], "escalated");
    assert_eq!(line["time"], "2026-03-06T06:00:00.000Z");
    let late = last(&format!("{REPORT}/wait 4d\n/staff 1 resolved\n"));
    assert_eq!(late["replies"][0]["template"], "status_update_en", "the resident was silent for a day");
}

#[test]
fn a_pin_that_cannot_be_a_place_is_refused_in_the_words_of_the_reply() {
    check(
        "pothole in our street\n/pin 48.8 2.3\n/pin 31.0218 -29.8587\n/pin -29.8587 31.0218 Home\n",
        expect![[r#"
            nomsa> pothole in our street
              [1] Thank you. Where is it? Please send a location pin (the paperclip or +, then Location). (en)
            nomsa> /pin 48.8 2.3
              [2] That place is outside South Africa, so no municipality can go there. Please send a pin of the place you mean. (en)
            nomsa> /pin 31.0218 -29.8587
              [3] Did you mean -29.8587, 31.0218 (eThekwini (demo))? Reply 1 for yes, 2 for no. (en)
            nomsa> /pin -29.8587 31.0218 Home
              [4] Thank you. Your report (roads) has the number 9F4N4226Q. It should be resolved by 9 March 2026 at 08:00. (en)
                  Ticket 9F4N4226Q (9b6965d3205ce2ca6ac75bc2ddfdc4a2): roads, medium, open, reported at 2 March 2026 08:00.
                  Place: a pin of the resident, within about 30 m; ward ETH-4.
                  Municipality: ETH (eThekwini (demo)), since its boundary contains the place; edition 1.
                  Team: ETH-ROADS, since it works in the whole municipality on this; assigned to eth-roads-lead.
                  Promise: the policy of this municipality, in edition 1.
                  Response: due at 3 March 2026 08:00, 24 h after the report; open, the team is warned at 3 March 2026 03:12.
                  Resolution: due at 9 March 2026 08:00, 168 h after the report; open, the team is warned at 7 March 2026 22:24.
                  Tier: 0, not escalated.
        "#]],
    );
}

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
    let mut desk = Desk { session, output: Output::Json, out: Vec::new() };
    desk.converse(Origin::Script, script.as_slice()).unwrap();
    let turns: Vec<Value> = desk.out.split(|byte| *byte == b'\n').flat_map(serde_json::from_slice).collect();
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

/// A folder of files that is removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str, files: &[(&str, &str)]) -> Self {
        let folder = std::env::temp_dir().join(format!("trust-engine-try-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        for (name, text) in files {
            std::fs::write(folder.join(name), text).unwrap();
        }
        Self(folder)
    }

    fn error(&self) -> String {
        format!("{:#}", reference::edition(Some(&self.0)).unwrap_err())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn the_folder_of_the_demo_is_reference_data_and_what_is_not_read_is_named() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/demo");
    let (edition, remarks) = reference::edition(Some(&folder)).unwrap();
    assert_eq!(remarks, ["not read: README.md, login_municipalities.csv, policies-fast.csv, rules-fast.csv"]);
    assert_eq!(edition.municipality(&"ETH".parse().unwrap()).unwrap().name, "eThekwini (demo)");
}

#[test]
fn a_folder_that_cannot_be_used_is_told_what_it_needs() {
    let square = r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":
        {"code":"ETH","name":"eThekwini"},"geometry":{"type":"Polygon",
        "coordinates":[[[30,-29.9],[30.5,-29.9],[30.5,-29.4],[30,-29.4],[30,-29.9]]]}}]}"#;
    let empty = Folder::new("empty", &[("teams.csv", "code\nA\n")]);
    assert!(empty.error().contains("has no boundaries: it needs boundaries.geojson"), "{}", empty.error());
    let twice = Folder::new("twice", &[("boundaries.json", square), ("municipalities.csv", "code\n")]);
    assert!(twice.error().ends_with("municipalities.csv hold the same: keep one of them"));
    let team = Folder::new("team", &[("boundaries.json", square), ("teams.csv", "code,municipality\nA,B\n")]);
    assert!(team.error().ends_with("team A: there is no municipality B"), "{}", team.error());
    let two = Folder::new("two", &[("boundaries.json", "{"), ("policies.csv", "municipality\n5 Ⅴ\n")]);
    let error = two.error();
    assert!(error.contains("boundaries.json: ") && error.contains("policies.csv: its header"), "{error}");
    let small = Folder::new("small", &[("boundaries.json", square)]);
    let (edition, remarks) = reference::edition(Some(&small.0)).unwrap();
    assert_eq!(remarks, ["there is no emergency_numbers.csv: the demo's numbers are used"]);
    assert!(edition.emergency().numbers.contains_key("police"));
}

#[test]
fn the_help_and_the_document_have_the_same_commands() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let page = std::fs::read_to_string(root.join("docs/try.md")).unwrap();
    let commands = |text: &str| -> BTreeSet<String> {
        let words = text.split([' ', ',', '`', '\n']).filter(|word| {
            word.strip_prefix('/').is_some_and(|name| name.starts_with(|c: char| c.is_ascii_lowercase()))
        });
        words.map(str::to_owned).collect()
    };
    let of_help = commands(HELP);
    assert!(of_help.contains("/staff") && of_help.contains("/quit"), "{of_help:?}");
    let mut of_page = commands(&page);
    of_page.insert("/help".to_owned());
    assert_eq!(of_page, of_help);
    for command in of_help {
        let is_unknown = commands::read(&command).is_err_and(|error| error.contains("there is no command"));
        assert!(!is_unknown, "{command}");
    }
}

#[test]
fn the_readme_shows_a_real_session() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    let command = format!("$ cargo run --release -- try --start {START}\n");
    let (before, rest) = readme.split_once(&command).unwrap();
    let (transcript, after) = rest.split_once("```\n").unwrap();
    let script: String = transcript
        .lines()
        .filter_map(|line| line.strip_prefix("nomsa> "))
        .map(|line| format!("{line}\n"))
        .collect();
    let replayed = format!("{before}{command}{}```\n{after}", people(&script));
    expect_file!["../../../../README.md"].assert_eq(&replayed);
}
