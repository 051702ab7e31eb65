//! What holds of every conversation, however it goes: the same log gives the same bytes, a crash changes
//! nothing, every record is accounted for, and what was disclosed is in no municipal topic.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail")]

mod script;

use std::collections::BTreeMap;

use pipeline::stages::converse::page::transitions;
use pipeline::stages::converse::phase::Phase;
use proptest::prelude::*;
use script::walk::Step;
use script::{Bytes, PARTITIONS, Script, bytes, ring};
use serde_json::Value;
use topics::catalogue::cut::Cut;
use topics::catalogue::{CATALOGUE, Notifications, Topic, TopicSpec};
use topics::codec::record::Incoming;
use topics::codec::task_row::TaskRow;
use topics::values::ids::{MessageSid, TicketId};
use topics::values::lane::Lane;
use topics::values::vocabulary::Status;

/// In every text that must stay in the police lane.
const CANARY: &str = "qzcanary";

/// Lines of scripts: what any resident may do.
fn line() -> impl Strategy<Value = String> {
    let texts = prop::sample::select(vec![
        "> pothole in Long Street",
        "> amanzi ayaphuma epayipini emgwaqweni wethu",
        "> krag is af in die hele straat",
        "> live wire sparking at the school",
        "> another problem: sewage in the road",
        "> it gets worse every day you know",
        "> the thing by the shop keeps falling over again",
        "12 times > please come",
        "quote number | > no",
        "quote number | photo image/jpeg",
        "quote please confirm | > yes",
        "> yes",
        "> no",
        "> never mind",
        "> any news?",
        "> status of {1}",
        "> no {1}",
        "> 1",
        "> 2",
        "> STOP",
        "> START",
        "> hello",
        "> thank you",
        "> my husband beats me qzcanary",
        "> umyeni wami uyangishaya qzcanary",
        "> my man slaan my qzcanary",
        "> i dont feel safe at home qzcanary",
        "pin -29.8587 31.0218",
        "pin -29.8587 31.0218 my husband beats me qzcanary",
        "pin 0 0",
        "pin -33.963 22.4617",
        "photo image/jpeg",
        "photo audio/ogg",
        "photo application/pdf",
        "photo image/jpeg STOP",
        "photo image/jpeg 2",
        "quote number | photo audio/ogg",
        "sticker",
        "quote confirm | reaction 👍",
        "unsupported",
        "place Long Street",
        "list 1 | Water",
        "> 3",
        "pause 2s",
        "photo image/jpeg see what my husband did to my eye qzcanary",
        "button yes | Yes",
        "button no | he raped me qzcanary",
        "again",
        "as lindiwe",
        "as nomsa",
        "as pieter",
        "staff 1 in_progress",
        "staff 1 resolved",
        "staff 2 resolved",
        "unreachable",
        "wait 30s",
        "wait 10m",
        "wait 1h",
        "wait 80h",
    ]);
    let any_text =
        any::<String>().prop_map(|text| format!("> {}", text.replace(['\n', '\r', '{', '}'], " ")));
    let long = (1usize..4, 1_000usize..20_000)
        .prop_map(|(words, times)| format!("> {}", "very long ".repeat(words * times / 10)));
    let wait = (0u8..40).prop_map(|minutes| format!("wait {minutes}m"));
    prop_oneof![12 => texts.prop_map(str::to_owned), 2 => any_text, 1 => long, 1 => wait]
}

fn lines() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(line(), 1..40)
}

/// Plays what can be played: staff need a ticket, a retry needs a message.
fn play(lines: &[String], transaction: usize, crash_after: &[usize]) -> Script {
    play_in(Script::new(), lines, transaction, crash_after)
}

fn play_in(mut script: Script, lines: &[String], transaction: usize, crash_after: &[usize]) -> Script {
    script.driver.transaction = transaction;
    for (place, line) in lines.iter().enumerate() {
        let needs =
            line.strip_prefix("staff ").and_then(|rest| rest.split(' ').next()?.parse().ok()).unwrap_or(0);
        if needs <= script.tickets() && (line != "again" || script.has_written()) {
            script.play(line);
        }
        if crash_after.contains(&place) {
            script.play("crash");
        }
    }
    script
}

/// The last value of each key of the stores.
type Rows = BTreeMap<(String, Vec<u8>), Option<Vec<u8>>>;

/// Every record of the topics that are not stores, and the last of each key of those that are.
fn picture(script: &Script) -> (Vec<Bytes>, Rows) {
    let mut taps = Vec::new();
    let mut stores = BTreeMap::new();
    for topic in CATALOGUE {
        for record in script.driver.all(topic.spec.name) {
            if !topic.spec.is_store() {
                taps.push(bytes(record));
            } else if record.key_text().is_some_and(|key| !key.starts_with('~')) {
                stores.insert((record.topic.clone(), record.key.clone().unwrap()), record.value.clone());
            }
        }
    }
    (taps, stores)
}

/// A record in the open: its JSON with everything that is sealed opened.
fn opened(record: &Incoming) -> String {
    let ring = ring();
    let mut text = String::from_utf8_lossy(record.value.as_deref().unwrap_or_default()).into_owned();
    let mut values: Vec<Value> = serde_json::from_str(&text).into_iter().collect();
    while let Some(value) = values.pop() {
        match value {
            Value::String(sealed) => {
                if let Ok(plain) = ring.open(&sealed) {
                    text.push_str(&String::from_utf8_lossy(&plain));
                    values.extend(serde_json::from_slice::<Value>(&plain));
                }
            }
            Value::Array(list) => values.extend(list),
            Value::Object(fields) => values.extend(fields.into_iter().map(|(_, value)| value)),
            _ => {}
        }
    }
    text
}

fn rows(script: &Script, topic: &'static str) -> Vec<TaskRow> {
    let last = |partition| {
        let key = topics::codec::task_row::task_row_key(partition);
        let row = script
            .driver
            .records(topic, partition)
            .iter()
            .rev()
            .find(|record| record.key_text() == Some(&key))?;
        serde_json::from_slice(row.value.as_deref()?).ok()
    };
    (0..PARTITIONS).filter_map(last).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_same_log_gives_the_same_bytes_and_a_crash_changes_nothing(
        lines in lines(),
        crashes in prop::collection::vec(0usize..40, 0..6),
    ) {
        let straight = picture(&play(&lines, 100, &[]));
        prop_assert!(straight == picture(&play(&lines, 100, &[])));
        prop_assert!(straight == picture(&play(&lines, 1, &crashes)));
    }

    #[test]
    fn a_message_that_is_delivered_again_at_any_point_changes_nothing(lines in lines()) {
        let is_message = |line: &str| {
            let others = ["again", "as ", "staff ", "wait ", "unreachable", "pause "];
            !others.iter().any(|word| line.starts_with(word))
        };
        let once: Vec<String> = lines.into_iter().filter(|line| line != "again").collect();
        let twice = once.iter().flat_map(|line| {
            let again = is_message(line).then(|| "again".to_owned());
            [line.clone()].into_iter().chain(again)
        });
        let without_log = |script: &Script| {
            let (mut taps, stores) = picture(script);
            taps.retain(|(topic, ..)| topic != "messages");
            (taps, stores)
        };
        let twice = play(&twice.collect::<Vec<_>>(), 100, &[]);
        prop_assert!(without_log(&play(&once, 100, &[])) == without_log(&twice));
    }

    #[test]
    fn cut_or_chained_everything_is_the_same(
        lines in lines(),
        crashes in prop::collection::vec(0usize..40, 0..6),
    ) {
        let sorted = |script: &Script| {
            let (mut taps, stores) = picture(script);
            taps.sort();
            (taps, stores)
        };
        let chained = sorted(&play(&lines, 100, &[]));
        for cut in [Cut::Route, Cut::Stamp, Cut::Both] {
            prop_assert!(chained == sorted(&play_in(Script::cut(cut), &lines, 100, &[])), "{cut}");
            let crashed = play_in(Script::cut(cut), &lines, 1, &crashes);
            prop_assert!(chained == sorted(&crashed), "{cut}, with crashes");
        }
    }

    #[test]
    fn every_record_is_accounted_for(lines in lines()) {
        let script = play(&lines, 100, &[]);
        let count = |topic| u64::try_from(script.driver.all(topic).count()).unwrap();
        let mut received: BTreeMap<String, u64> = BTreeMap::new();
        for row in rows(&script, "conversations") {
            for (stage, counts) in row.counts {
                prop_assert_eq!(counts.received, counts.forwarded + counts.filtered + counts.rejected);
                *received.entry(stage.to_string()).or_default() += counts.received;
            }
        }
        let of = |stage: &str| received.get(stage).copied().unwrap_or(0);
        let is_control = |record: &&Incoming| {
            matches!(record.header("ce_type"), Some("messages.tick" | "messages.edition"))
        };
        let control = script.driver.all("messages").filter(is_control).count();
        prop_assert_eq!(of("converse") + of("announce"), count("messages") - u64::try_from(control).unwrap());
        prop_assert_eq!(of("route"), count("reports"));
        prop_assert_eq!(of("stamp"), count("assignments"));
        prop_assert_eq!(count("intake-dead-letters"), 0, "nothing that a resident writes is unreadable");
    }

    #[test]
    fn what_was_disclosed_is_in_no_municipal_topic(lines in lines()) {
        let script = play(&lines, 100, &[]);
        let is_municipal =
            |spec: &TopicSpec| spec.lane == Lane::Municipal || spec.name == Notifications::SPEC.name;
        for topic in CATALOGUE.iter().filter(|topic| is_municipal(topic.spec)) {
            for record in script.driver.all(topic.spec.name) {
                prop_assert!(!opened(record).contains(CANARY), "{}", record.topic);
            }
        }
    }

    #[test]
    fn whatever_waits_ends_by_itself_and_nothing_is_lost_on_the_way(lines in lines()) {
        let mut script = play(&lines, 100, &[]);
        let mut waiting: Vec<MessageSid> = Vec::new();
        for conversation in script.conversations().into_values().flatten() {
            let state = conversation.state.0;
            let draft = state.draft.filter(|draft| !draft.account.words.is_empty());
            waiting.extend(draft.map(|draft| draft.first));
            waiting.extend(state.choice.map(|choice| choice.first));
        }
        // The longest way: a choice is not made for 30 minutes, and what follows is protected for 60.
        script.line("wait 91m");
        for conversation in script.conversations().into_values().flatten() {
            let state = &conversation.state.0;
            prop_assert_eq!(Phase::of(state), Phase::Idle);
            prop_assert!(state.draft.is_none());
            for known in state.tickets.values() {
                prop_assert!(known.waiting.is_none() && known.asked.is_empty());
            }
        }
        for first in waiting {
            let ticket = TicketId::of(&first).to_string();
            let filed = |topic| script.driver.all(topic).any(|record| record.key_text() == Some(&ticket));
            prop_assert!(filed("reports") || filed("protected-commands"), "{first}");
        }
        // A conversation then only stays for the news of a ticket that is still open.
        script.line("wait 200d");
        for conversation in script.conversations().into_values().flatten() {
            let mut tickets = conversation.state.tickets.values();
            prop_assert!(tickets.any(|known| known.status.is_some_and(|status| status != Status::Closed)));
        }
    }

    #[test]
    fn a_conversation_keeps_to_its_table(lines in lines()) {
        let script = play(&lines, 100, &[]);
        let allowed = transitions();
        let unknown: Vec<&Step> = script.steps().iter().filter(|step| !allowed.contains_key(step)).collect();
        prop_assert!(unknown.is_empty(), "{unknown:?}");
    }

    #[test]
    fn a_conversation_stays_small(lines in prop::collection::vec(line(), 1..120)) {
        let script = play(&lines, 100, &[]);
        for record in script.driver.all("conversations") {
            prop_assert!(opened(record).len() < 300_000);
            prop_assert!(record.value.as_ref().map_or(0, Vec::len) < 150_000);
        }
    }
}

#[test]
fn the_search_for_the_canary_finds_it_where_it_belongs() {
    let script = play(&["> my husband beats me qzcanary".to_owned()], 100, &[]);
    let holds = |topic| script.driver.all(topic).any(|record| opened(record).contains(CANARY));
    assert!(holds("messages") && holds("protected-commands"));
}

#[test]
fn what_makes_no_sense_is_a_dead_letter_of_the_intake() {
    let mut script = Script::new();
    script.post_form(&[("To", "whatsapp:+27100000001"), ("Body", "pothole")]);
    script.post_form(&[("From", &"9".repeat(200)), ("To", "whatsapp:+27100000001"), ("Body", "pothole")]);
    script.post_stray_notice();
    let classes: Vec<String> = script
        .driver
        .all("intake-dead-letters")
        .map(|record| {
            serde_json::from_slice::<Value>(record.value.as_deref().unwrap()).unwrap()["class"].to_string()
        })
        .collect();
    assert_eq!(classes, ["\"rejected\"", "\"rejected\"", "\"rejected\""]);
    assert!(
        script
            .driver
            .all("notifications")
            .all(|record| record.header("ce_type") != Some("notifications.notify"))
    );
}
