//! The steps of common changes (docs/CHANGES.md) that the compiler does not ask for. A test fails where one
//! is forgotten, and says which; none of them needs a database.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail")]

mod files;
mod languages;
mod migrations;
mod steps;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use pipeline::topology::TOPOLOGY;
use topics::catalogue::cut::Cut;
use topics::catalogue::{CATALOGUE, TopicName};
use topics::values::vocabulary::{
    AssignmentReason, Category, Clock, HoldReason, Hours, Level, PlaceSource, Role, Severity, Status,
    StepAction,
};

use files::files;

/// Topics without a table, each with the reason.
const WITHOUT_TABLE: &[(&str, &str)] = &[
    ("messages", "the log of conversations; its content reaches tables through taps"),
    ("conversations", "the store of conversations, for its tasks alone"),
    ("assignments", "an assignment is in the row of its ticket and in ticket_assignments, by ticket-events"),
    ("ticket-commands", "the log of tickets; what became of each command is in ticket-events"),
    ("notifications", "the log of deliveries; the deliveries themselves have a table"),
    ("editions", "made from the reference tables"),
    ("protected-commands", "the log of protected tickets"),
    ("protected-notifications", "the log of protected deliveries"),
];

/// Topics with a table.
const WITH_TABLE: &[&str] = &[
    "unscreened",
    "reports",
    "tickets",
    "ticket-events",
    "breaches",
    "deliveries",
    "protected-tickets",
    "protected-deliveries",
    "protected-dead-letters",
    "dead-letters",
    "intake-dead-letters",
    "protected-dead-letter-reviews",
    "dead-letter-reviews",
    "intake-dead-letter-reviews",
];

#[test]
fn every_check_of_the_tables_lists_the_words_of_its_enum() {
    let known = enums_of_columns();
    let checks = newest_checks();
    assert_eq!(
        checks.keys().collect::<Vec<_>>(),
        known.keys().collect::<Vec<_>>(),
        "columns with a CHECK list, and columns whose enum this test knows"
    );
    for (column, words) in &checks {
        let words: BTreeSet<&str> = words.iter().map(String::as_str).collect();
        let wanted: BTreeSet<&str> = known[column].iter().copied().collect();
        assert_eq!(words, wanted, "{column}: add a migration that replaces the CHECK");
    }
}

#[test]
fn a_check_is_found_in_each_form_and_the_newest_counts() {
    let mut checks = BTreeMap::new();
    read_checks(
        "create table a (\n    kind text check (kind in ('x', 'y')),\n    constraint a_b\n\
         check (b in ('z'))\n);\ncomment on column a.kind is 'check (kind in (1))';\n\
         alter table a add constraint k check (kind in ('x', 'y', 'w'));\n",
        &mut checks,
    );
    let found: Vec<_> =
        checks.iter().map(|(column, words)| format!("{column}: {}", words.join(" "))).collect();
    assert_eq!(found, ["a.b: z", "a.kind: x y w"]);
}

#[test]
fn every_topic_has_a_table_or_a_reason_for_none() {
    let mut decided: Vec<&str> =
        WITHOUT_TABLE.iter().map(|(topic, _)| *topic).chain(WITH_TABLE.iter().copied()).collect();
    let mut topics: Vec<&str> = CATALOGUE.iter().map(|described| described.spec.name).collect();
    decided.sort_unstable();
    topics.sort_unstable();
    assert_eq!(decided, topics, "decide in WITH_TABLE or WITHOUT_TABLE");
    let sink = files::text("connectors/src/postgis/sink/mod.rs");
    for topic in topics {
        let is_read = sink.contains(&format!(" {:?}::SPEC.name,", TopicName::of(topic).unwrap()));
        assert_eq!(is_read, WITH_TABLE.contains(&topic), "{topic}: connectors/src/postgis/sink/mod.rs");
    }
}

#[test]
fn a_stage_is_named_once_and_a_cut_names_stages() {
    let mut machines = BTreeSet::new();
    let mut stages: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for machine in TOPOLOGY {
        assert!(machines.insert(machine.name), "two machines are named {}", machine.name);
        assert_eq!(
            machine.stages.len(),
            machine.writes.len(),
            "{}: stages and what they write",
            machine.name
        );
        let unique: BTreeSet<&str> = machine.stages.iter().copied().collect();
        assert_eq!(unique.len(), machine.stages.len(), "{} names a stage twice", machine.name);
        for stage in machine.stages.iter().filter(|_| machine.store.is_some()) {
            stages.entry(stage).or_default().push(machine.name);
        }
    }
    let shared: Vec<_> = stages.iter().filter(|(_, machines)| machines.len() > 1).collect();
    assert_eq!(shared, [(&"deliver", &vec!["deliveries", "protected-deliveries"])], "stages of two machines");
    for machine in TOPOLOGY.iter().filter(|machine| machine.store.is_none()) {
        for stage in machine.stages {
            assert!(stages.contains_key(stage), "{}: no chain has the stage {stage}", machine.name);
        }
    }
    let cuttable: BTreeSet<&str> =
        TOPOLOGY.iter().filter(|machine| machine.store.is_none()).map(|machine| machine.name).collect();
    let words: BTreeSet<&str> = Cut::ALL.iter().flat_map(|cut| cut.as_str().split(',')).collect();
    assert_eq!(words.into_iter().filter(|word| *word != "nowhere").collect::<BTreeSet<_>>(), cuttable);
}

/// The words that the program writes into each column with a CHECK list.
fn enums_of_columns() -> BTreeMap<String, Vec<&'static str>> {
    use topics::records::editions::{MunicipalityKind, PlaceKind};
    use topics::records::reviews::ReviewAct;
    use topics::values::staff_mail::{MailKind, MailMode, MailReason, MailState};
    use topics::values::vocabulary::EscalationReason;
    let category = words(Category::ALL, Category::as_str);
    let hours = words(Hours::ALL, Hours::as_str);
    let columns = [
        ("municipalities.kind", words(MunicipalityKind::ALL, MunicipalityKind::as_str)),
        ("place_names.kind", words(PlaceKind::ALL, PlaceKind::as_str)),
        ("teams.category", category.clone()),
        ("policies.category", category.clone()),
        ("ladders.category", category.clone()),
        ("automations.category", category),
        ("automations.severity", words(Severity::ALL, Severity::as_str)),
        ("automations.place_source", words(PlaceSource::ALL, PlaceSource::as_str)),
        ("ladders.severity", words(Severity::ALL, Severity::as_str)),
        ("ladders.clock", words(Clock::ALL, Clock::as_str)),
        ("ladders.action", words(StepAction::ALL, StepAction::as_str)),
        ("policies.hours", hours.clone()),
        ("calendars.critical", hours.clone()),
        ("tickets.hours", hours),
        ("hold_limits.reason", words(HoldReason::ALL, HoldReason::as_str)),
        ("policies.severity", words(Severity::ALL, Severity::as_str)),
        // The kinds of `Invitee` (connectors/src/desk/accounts.rs), and programs with tokens, which this
        // crate does not see.
        ("desk.accounts.kind", vec!["staff", "auditor", "national", "program"]),
        // What a search looks at (connectors/src/desk/queue_search.rs).
        ("desk.searches.kind", vec!["words", "number"]),
        ("desk.canned_replies.category", words(Category::ALL, Category::as_str)),
        // The languages that staff are written to are those that residents are answered in.
        ("staff_mail_rules.language", languages::answered().into_iter().collect()),
        ("staff_mail_rules.mode", words(MailMode::ALL, MailMode::as_str)),
        ("staff_mails.kind", words(MailKind::ALL, MailKind::as_str)),
        ("staff_mails.state", words(MailState::ALL, MailState::as_str)),
        ("staff_mail_items.reason", words(MailReason::ALL, MailReason::as_str)),
        ("staff_mail_items.clock", words(Clock::ALL, Clock::as_str)),
        ("staff.role", vec![Role::Staff.as_str(), Role::Manager.as_str()]),
        ("tickets.status", words(Status::ALL, Status::as_str)),
        ("tickets.escalation_reason", words(EscalationReason::ALL, EscalationReason::as_str)),
        ("ticket_assignments.reason", words(AssignmentReason::ALL, AssignmentReason::as_str)),
        ("breaches.clock", words(Clock::ALL, Clock::as_str)),
        ("breaches.level", words(Level::ALL, Level::as_str)),
        ("dead_letter_reviews.act", words(ReviewAct::ALL, ReviewAct::as_str)),
    ];
    columns.into_iter().map(|(column, words)| (column.to_owned(), words)).collect()
}

fn words<T: Copy>(all: &[T], word: fn(T) -> &'static str) -> Vec<&'static str> {
    all.iter().copied().map(word).collect()
}

/// The CHECK lists after all migrations: of `table.column`, the newest.
fn newest_checks() -> BTreeMap<String, Vec<String>> {
    let mut checks = BTreeMap::new();
    for file in files("migrations", "sql") {
        if file.to_string_lossy().ends_with(".up.sql") {
            read_checks(&fs::read_to_string(file).unwrap(), &mut checks);
        }
    }
    checks
}

/// Reads `check (column in ('a', 'b'))` below `create table` and `alter table`.
fn read_checks(sql: &str, checks: &mut BTreeMap<String, Vec<String>>) {
    let mut table = String::new();
    for line in sql.lines() {
        if let Some(name) = table_of(line) {
            name.clone_into(&mut table);
        }
        for check in line.split("check (").skip(1) {
            let Some((column, rest)) = check.split_once(" in (") else { continue };
            if column.contains(|c: char| !(c.is_ascii_alphanumeric() || c == '_')) || !rest.starts_with('\'')
            {
                continue;
            }
            let list = rest.split(')').next().unwrap_or_default();
            let words = list.split(',').map(|word| word.trim().trim_matches('\'').to_owned()).collect();
            checks.insert(format!("{table}.{column}"), words);
        }
    }
}

/// The table that a line begins to create or alter.
fn table_of(line: &str) -> Option<&str> {
    let starts = ["create table if not exists ", "create table ", "alter table only ", "alter table "];
    let rest = starts.iter().find_map(|start| line.trim_start().strip_prefix(start))?;
    rest.split([' ', '(', ';']).next()
}
