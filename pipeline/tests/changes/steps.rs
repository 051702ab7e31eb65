//! The steps of other changes: an action of tickets, a turn of a conversation, a topic, a part, a connector,
//! a command of `try`.

use std::collections::BTreeSet;

use topics::records::ticket_actions::ActionName;

use super::files::{modules, root, sources, stems, text, variants};

/// Files of records that several topics share, or that no topic has by itself.
const SHARED_RECORDS: &[&str] = &["control", "ticket_actions"];

/// The connectors, each with its metrics; without metrics of its own, with the reason.
const CONNECTORS: &[(&str, &str)] = &[
    ("desk", "no metrics: PartMetrics shows that it runs; its pages are not counted"),
    ("kafka", "OpenChain"),
    ("postgis", "SinkMetrics"),
    ("prometheus", "no metrics: it serves those of the others"),
    ("staff_mail", "StaffMailMetrics"),
    ("twilio", "TwilioMetrics"),
    ("whatsapp", "WhatsappMetrics"),
];

/// The modules that connectors may share.
const NEUTRAL: &[&str] = &["append", "batch", "clock", "config", "health", "metrics", "token"];

/// Texts that no script sends, each with the reason.
const TEXTS_WITHOUT_SCRIPT: &[(&str, &str)] = &[
    ("month-", "scripts play in March and April"),
    ("-unnumbered", "the edition of the scripts has emergency numbers"),
    ("delayed", "a step of a ladder sends it, and the edition of the scripts has no ladders"),
    ("opened-referred", "every municipality of the scripts is on board; pipeline/tests/examples.rs sends it"),
    ("staff-", "e-mail to staff; pipeline/src/rules/staff_mails/text.rs tests it"),
    ("refused-unknown_ticket", "the ticket would have to expire between a message and its command"),
];

/// Fields of a ticket whose changes no event lists, each with the reason.
const UNLISTED_FIELDS: &[(&str, &str)] = &[
    ("ticket", "the key"),
    ("at", "the time of the event"),
    ("edition", "a field of the event"),
    ("version", "a field of the event"),
    ("revision", "a field of the event"),
    ("assignment_reason", "in the event's assignment"),
    ("policy", "what it changed is in the due times"),
    ("policy_edition", "what it changed is in the due times"),
    ("closed_days", "what they changed is in the due times"),
    ("escalation_reason", "in the event of the escalation"),
    ("queue_stay", "follows from the queue"),
    ("hand_on_at", "follows from the assignment and the edition"),
    ("manager_missing", "follows from the assignment"),
    ("close_at", "follows from resolved_at"),
    ("addenda", "each addendum has an event"),
    ("reopened_at", "the time of the event that changes the status"),
    ("past_holds", "each end of a hold has an event"),
    ("late_holds", "counted from holds"),
    ("last_minute_closings", "counted from changes of the status"),
    ("reopenings", "counted from changes of the status"),
    ("tags", "the event of the automation names the tag"),
    ("ladder", "each step that fires and each other ladder has an event"),
    ("expire_at", "follows from closed_at"),
    ("disarmed_at", "has an event of its own"),
    ("point", "personal data"),
];

#[test]
fn every_file_of_records_has_a_row_of_the_catalogue_or_is_shared() {
    let catalogue = text("topics/src/catalogue/mod.rs");
    for module in modules(&text("topics/src/records/mod.rs")) {
        let is_described = catalogue.contains(&format!("use crate::records::{module}::"));
        let is_shared = SHARED_RECORDS.contains(&module.as_str());
        assert!(is_described != is_shared, "topics/src/records/{module}.rs");
    }
}

#[test]
fn every_action_has_an_option_a_script_and_a_share_of_the_random_logs() {
    let actions = variants(&text("topics/src/records/ticket_commands.rs"), "Action");
    assert!(actions.len() > 7, "{actions:?}");
    let options = text("connectors/src/cli/change.rs");
    let random = text("pipeline/src/machines/tickets/tests/random_logs.rs");
    let scripts: String = stems("pipeline/src/machines/tickets/tests", "rs")
        .into_iter()
        .filter(|stem| stem != "random_logs")
        .map(|stem| text(&format!("pipeline/src/machines/tickets/tests/{stem}.rs")))
        .collect();
    for action in actions {
        let name = format!("Action::{action}");
        // Only a resident adds to a ticket, by the conversation.
        if action != "Addendum" {
            assert!(options.contains(&name), "connectors/src/cli/change.rs has no option for {name}");
        }
        assert!(random.contains(&name), "the random logs of tickets have no {name}");
        assert!(scripts.contains(&name), "no script in pipeline/src/machines/tickets/tests has {name}");
    }
}

#[test]
fn every_field_of_a_ticket_is_listed_when_it_changes_or_has_a_reason() {
    let audit = text("pipeline/src/machines/tickets/audit.rs");
    let (_, listed) = audit.split_once("differences! { before, after;").unwrap();
    let listed = listed.split("\n    }\n").next().unwrap();
    let record = text("topics/src/records/tickets.rs");
    let (_, fields) = record.split_once("pub struct Ticket {\n").unwrap();
    let fields = fields.split("\n}").next().unwrap();
    let fields = fields.lines().filter_map(|line| line.strip_prefix("    pub ")?.split_once(':'));
    for (field, _) in fields {
        let is_listed = listed.contains(&format!("t.{field}"));
        let is_decided = UNLISTED_FIELDS.iter().any(|(known, _)| *known == field);
        assert!(is_listed != is_decided, "Ticket::{field}: in audit.rs, or in UNLISTED_FIELDS");
    }
}

#[test]
fn every_kind_of_turn_is_read_from_some_message() {
    let kinds = text("pipeline/src/stages/converse/decide/heard.rs");
    let readers = sources("pipeline/src/stages/converse/municipal/read");
    let lanes: String = stems("pipeline/src/stages/converse", "rs")
        .into_iter()
        .map(|stem| text(&format!("pipeline/src/stages/converse/{stem}.rs")))
        .collect();
    for kind in ["Says", "QuestionReply", "Belongs", "About", "File", "SaysOfLane"] {
        for variant in variants(&kinds, kind) {
            let name = format!("{kind}::{variant}");
            assert!(readers.contains(&name) || lanes.contains(&name), "{name} is never read");
        }
    }
}

#[test]
fn every_text_of_a_conversation_is_sent_by_a_script() {
    let scripts: String = stems("pipeline/tests/conversations", "txt")
        .into_iter()
        .map(|stem| text(&format!("pipeline/tests/conversations/{stem}.txt")))
        .collect();
    let lines: Vec<&str> = scripts.lines().collect();
    let english = text("pipeline/texts/en.ftl");
    let mut unsent = Vec::new();
    for message in english.lines() {
        let Some((id, pattern)) = message.split_once(" = ").filter(|_| !message.starts_with(['#', ' ']))
        else {
            continue;
        };
        let pieces: Vec<&str> = pattern.split(['{', '}']).step_by(2).collect();
        let is_exempt = TEXTS_WITHOUT_SCRIPT.iter().any(|(part, _)| id.contains(part));
        if !is_exempt && !lines.iter().any(|line| has_in_order(line, &pieces)) {
            unsent.push(id);
        }
    }
    assert_eq!(unsent, Vec::<&str>::new(), "texts that no script sends");
}

/// Whether the line has all pieces, one after the other.
fn has_in_order(line: &str, pieces: &[&str]) -> bool {
    let mut rest = line;
    for piece in pieces {
        let Some(start) = rest.find(piece) else { return false };
        rest = &rest[start + piece.len()..];
    }
    true
}

#[test]
fn every_command_of_try_is_used_by_a_script() {
    let help = text("connectors/src/cli/try/commands.rs");
    let scripts = sources("connectors/src/cli/try/tests");
    let help = help.split("pub const HELP").nth(1).unwrap().split("\";").next().unwrap();
    let mut commands = BTreeSet::new();
    for line in help.lines().filter_map(|line| line.strip_prefix("  /")) {
        commands.insert(line.split([' ', ',']).next().unwrap());
    }
    assert!(commands.len() > 10, "{commands:?}");
    for command in commands {
        assert!(scripts.contains(&format!("/{command}")), "no script of `try` has /{command}");
    }
}

#[test]
fn every_part_is_started_by_run() {
    let parts = text("connectors/src/cli/part.rs");
    let (_, machines) = parts.split_once("pub fn of(machine: &MachineSpec)").unwrap();
    let machines = machines.split("\n    }\n").next().unwrap();
    let run = sources("connectors/src/cli/run");
    for part in variants(&parts, "Part").into_iter().filter(|part| part != "All") {
        let is_started = run.contains(&format!("Part::{part}"))
            || machines.contains(&format!("Self::{part}"))
            || parts.contains(&format!("self == Self::{part} || (self == Self::All"));
        assert!(is_started, "no part of `run` is Part::{part}");
    }
}

#[test]
fn every_connector_is_run_and_measured_and_tested_and_imports_no_other() {
    let mut declared = modules(&text("connectors/src/lib.rs"));
    declared.retain(|module| !NEUTRAL.contains(&module.as_str()));
    let known: BTreeSet<String> = CONNECTORS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(declared, known, "a module of connectors is in CONNECTORS or in NEUTRAL");
    let metrics = sources("connectors/src/metrics");
    let commands = sources("connectors/src/cli");
    for (name, shown) in CONNECTORS {
        let folder = format!("connectors/src/{name}");
        let source =
            if root().join(&folder).is_dir() { sources(&folder) } else { text(&format!("{folder}.rs")) };
        let has_metrics =
            metrics.contains(&format!("pub struct {shown}")) || shown.starts_with("no metrics: ");
        assert!(has_metrics, "{name}: {shown}");
        assert!(source.contains("#[cfg(test)]") || source.contains("#[test]"), "{name} has no tests");
        let is_run =
            commands.contains(&format!("connectors::{name}")) || commands.contains(&format!("{name}::"));
        assert!(is_run, "no command runs {name}");
        for (other, _) in CONNECTORS.iter().filter(|(other, _)| other != name) {
            let import = format!("crate::{other}::");
            assert!(!source.contains(&import), "{name} imports {other}");
        }
    }
}

/// Actions for which the history of the desk shows the code of the action.
const SHOWN_BY_CODE: &[&str] = &["open", "hold", "resume"];

#[test]
fn every_act_of_the_desk_has_a_form_and_every_action_words_in_its_history() {
    let others: String = stems("connectors/src/desk", "rs")
        .into_iter()
        .filter(|stem| !["roles", "commands"].contains(&stem.as_str()))
        .map(|stem| text(&format!("connectors/src/desk/{stem}.rs")))
        .collect();
    for act in variants(&text("connectors/src/desk/roles.rs"), "Act") {
        assert!(others.contains(&format!("Act::{act}")), "no page of the desk has a form of Act::{act}");
    }
    let history = text("connectors/src/desk/history.rs");
    for event in variants(&text("topics/src/records/ticket_events.rs"), "Event") {
        let mut kind = String::new();
        for letter in event.chars() {
            if letter.is_ascii_uppercase() && !kind.is_empty() {
                kind.push('_');
            }
            kind.push(letter.to_ascii_lowercase());
        }
        let is_said = history.contains(&format!("\"{kind}\" =>"));
        assert!(is_said, "connectors/src/desk/history.rs has no sentence for the event {kind}");
    }
    for action in ActionName::ALL.iter().filter(|action| !SHOWN_BY_CODE.contains(&action.as_str())) {
        let is_said = history.contains(&format!("\"{action}\" =>"))
            || history.contains(&format!("ActionName::{action:?}"));
        assert!(is_said, "connectors/src/desk/history.rs has no words for {action}");
    }
}
