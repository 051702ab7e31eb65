//! The pages of the documents that conversations write: the phases with their ways, and transcripts for
//! people.

use std::collections::BTreeSet;
use std::fmt::Write;

use expect_test::expect_file;
use pipeline::stages::converse::page::{
    due_times, lane_rules, mermaid, moves, municipal_rules, replies, transitions,
};
use topics::values::time::Time;

use super::script::walk::Step;
use super::script::{Script, Turn};
use super::{FILES, conversations};

#[test]
fn every_transition_of_the_rules_is_taken_by_a_script_and_no_other() {
    let mut taken: BTreeSet<Step> = BTreeSet::new();
    for conversation in FILES.iter().flat_map(|file| conversations(file)) {
        let mut script = Script::new();
        script.play(&conversation.script);
        taken.extend(script.steps());
    }
    let allowed: BTreeSet<Step> = transitions().into_keys().collect();
    assert_eq!(
        allowed.difference(&taken).collect::<Vec<_>>(),
        Vec::<&Step>::new(),
        "of the rules, but not taken"
    );
    assert_eq!(
        taken.difference(&allowed).collect::<Vec<_>>(),
        Vec::<&Step>::new(),
        "taken, but not of the rules"
    );
}

#[test]
fn the_documents_show_the_phases_of_a_conversation() {
    let page = format!(
        "# A conversation and its phases\n\n\
         Printed by `UPDATE_EXPECT=1 cargo test -p pipeline --test conversations`. Each row of the tables\n\
         of lanes and of municipal turns is an arm of a `match` that decides, in\n\
         `pipeline/src/stages/converse/decide`; due times and texts are read from the code, too. The\n\
         transitions of the diagram follow from the rows: scripts of `pipeline/tests/conversations` take\n\
         each of them, and random conversations take no other. What each move means, and the last two\n\
         sections, are written by hand; the scripts are their test.\n\n\
         A phase is what a conversation waits for. If it waits for several things, the last of these\n\
         counts: the place of a report, its problem, whether a place is meant, the choice of a ticket, an\n\
         answer to a question, the choice of a lane, the end of the time after a disclosure. Times are\n\
         the defaults of the rules of an edition.\n\n\
         ```mermaid\n{}```\n\n\
         ## First the lane\n\n\
         The first row that fits decides, here and below.\n\n{}\n\
         ## Then the move of a municipal turn\n\n\
         \"Today\" is within the window of 24 hours. A sentence has four words or more.\n\n{}\n\
         ## The moves\n\n\
         A draft is a report that waits for its place or its problem. In backquotes: the texts of the\n\
         table below.\n\n{}\n\
         ## Time\n\n{}\n\
         ## What the resident reads\n\n\
         The texts in English; `pipeline/texts` has them in each language.\n\n{}\n\
         ## In any phase\n\n\
         After STOP nothing is sent except emergency numbers and help, until START. A critical problem is\n\
         answered with emergency numbers, whatever the move is. More than ten messages in a minute are a\n\
         flood: all are read, but answers other than emergency numbers, help and STOP wait until the\n\
         minute is over (`slow-down`). A message that Twilio delivers again is recognised by its\n\
         MessageSid for 7 days, among the last 300 of its resident; after that it is taken for a new one.\n\n\
         ## Kinds of messages\n\n\
         How Twilio delivers them, and what is made of them. `MessageType` decides where there is one.\n\n{}",
        mermaid(),
        lane_rules(),
        municipal_rules(),
        moves(),
        due_times(),
        replies(),
        KINDS
    );
    expect_file!["../../../docs/conversation.md"].assert_eq(&page);
}

/// What residents can send, for docs/conversation.md.
const KINDS: &str = "\
| kind | what Twilio delivers | what it counts as |
|---|---|---|
| photo, video, document, contact card | `MediaUrl0` with `image/jpeg`, `video/mp4`, `application/pdf`, `text/vcard`; the caption in `Body` | a file. Without words it waits for the words that belong to it |
| voice note | `audio/ogg`, an empty `Body` | what only a person can screen |
| sticker | `image/webp` without `Body` | small talk without its picture: nothing where the resident has tickets and no report waits |
| reaction | not delivered at present; `MessageType=reaction` is understood | nothing; about a ticket that waits for a confirmation the resident reads its status. A reaction is no yes or no, since it says too little: an emoji that is written is |
| edited or deleted message | not delivered | nothing: what was written counts |
| what WhatsApp does not pass on | another `MessageType` without any content | nothing |
| quick-reply button | `ButtonText`, `ButtonPayload` | the payload decides: `yes`, `confirm`, `no`, `reopen`, alone or before another sign. Our own words say nothing about the resident's language |
| entry of a list | `ListTitle`, `ListId` | the title as words, the id as payload |
| location | `Latitude`, `Longitude`, `Label`, `Address` | a pin and the name of the place; without degrees the name counts as words |
| empty, only signs | `Body` | a remark; only emoji that no list knows go to a person |
";

#[test]
fn the_documents_show_ten_conversations() {
    let mut page = String::from(
        "# Ten conversations\n\n\
         Played by `pipeline/tests/conversations` on virtual time, through the machines that run in\n\
         production; written by \
         `UPDATE_EXPECT=1 cargo test -p pipeline --test conversations`. What residents\n\
         read is in `pipeline/texts`.\n",
    );
    for conversation in conversations("transcripts.txt") {
        let (title, about) = conversation.title.split_once(". ").unwrap();
        let about = wrapped(about);
        write!(page, "\n## {title}\n\n{about}\n\n| when | who | |\n|---|---|---|\n").unwrap();
        let mut script = Script::new();
        let start = script.driver.now();
        for turn in script.turns(&conversation.script) {
            for (who, what) in rows(&turn) {
                let row =
                    script.filled(&format!("{who} | {}", what.replace('|', "\\|"))).replace('\n', "<br>");
                writeln!(page, "| {} | {row} |", clock(start, turn.at)).unwrap();
            }
        }
    }
    expect_file!["../../../docs/transcripts.md"].assert_eq(&page);
}

/// A paragraph in lines of at most 110 characters.
fn wrapped(text: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last_mut().unwrap();
        if line.is_empty() {
            line.push_str(word);
        } else if line.chars().count() + word.chars().count() < 110 {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines.join("\n")
}

/// The day of the conversation, and the time in South Africa.
fn clock(start: Time, at: Time) -> String {
    const MINUTES_OF_DAY: i64 = 24 * 60;
    let minutes = |at: Time| at.millis() / 60_000 + 120;
    let day = minutes(at) / MINUTES_OF_DAY - minutes(start) / MINUTES_OF_DAY + 1;
    let minute = minutes(at) % MINUTES_OF_DAY;
    format!("day {day}, {:02}:{:02}", minute / 60, minute % 60)
}

/// A line of the script and what followed, in words for people who do not read scripts.
fn rows(turn: &Turn) -> Vec<(String, String)> {
    let resident = format!("**{}{}**", turn.who[..1].to_uppercase(), &turn.who[1..]);
    let line = |line: &str| resident_line(line).map(|what| (resident.clone(), what));
    let (quoted, act) = match turn.line.strip_prefix("quote ").and_then(|rest| rest.split_once(" | ")) {
        Some((quoted, act)) => (format!("*in reply to \"... {quoted} ...\":* "), act),
        None => (String::new(), turn.line.as_str()),
    };
    let (times, act) = act
        .split_once(" times ")
        .map_or_else(|| (String::new(), act), |(n, act)| (format!("*{n} times:* "), act));
    let mut rows: Vec<(String, String)> = Vec::new();
    rows.extend(line(act).map(|(who, what)| (who, format!("{quoted}{times}{what}"))));
    if let Some(rest) = act.strip_prefix("staff 1 ").or_else(|| act.strip_prefix("staff 2 ")) {
        let what = rest
            .strip_prefix("reply ")
            .map_or_else(|| format!("sets *{rest}*"), |text| format!("writes: {text}"));
        rows.push((format!("staff, {{{}}}", &act[6..7]), what));
    }
    let mut heard = turn.heard.clone();
    heard.dedup();
    for said in &heard {
        let again = turn.heard.iter().filter(|other| *other == said).count();
        let again = if again > 1 { format!("*{again} times:* ") } else { String::new() };
        let (who, what) = match said.split_once(' ') {
            Some(("<", "stop")) => ("*filed*", "nothing more is sent but help"),
            Some(("<", "start")) => ("*filed*", "messages are sent again"),
            Some(("<<", "stop" | "start")) => continue,
            Some(("<", text)) => ("us", text),
            Some(("<<", text)) => ("us, by the police's lane", text),
            Some(("protected", _)) => ("*for the police*", said.as_str()),
            _ => ("*filed*", said.as_str()),
        };
        rows.push((who.to_owned(), format!("{again}{what}")));
    }
    rows
}

fn resident_line(line: &str) -> Option<String> {
    let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
    Some(match word {
        ">" => rest.to_owned(),
        "pin" => format!("*a pin:* {rest}"),
        "photo" => {
            let (kind, caption) = rest.split_once(' ').unwrap_or((rest, ""));
            let what = if kind.starts_with("audio") { "a voice note" } else { "a photo" };
            format!("*{what}* {caption}").trim().to_owned()
        }
        "sticker" => "*a sticker*".to_owned(),
        "button" => format!("*presses* {}", rest.split_once(" | ").unwrap().1),
        _ => return None,
    })
}
