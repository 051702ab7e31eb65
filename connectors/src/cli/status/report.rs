//! The screen of `status`.

use std::fmt::Write;

use connectors::kafka::status::{BrokerFacts, MachineFacts};
use connectors::postgis::DatabaseFacts;

use super::facts::{PartOfFacts, StatusFacts};
use super::findings::{StatusFinding, Urgency, old};
use super::processes::ProcessFacts;

/// Draws the facts, what is wrong first.
pub fn draw(facts: &StatusFacts, findings: &[StatusFinding], urgency: Urgency) -> String {
    let mut text = format!("{}  {}\n\n", facts.at, urgency.words());
    for finding in findings {
        let _ = writeln!(
            text,
            "{:<10} {}\n{:<10} see {}",
            finding.urgency.words(),
            finding.what,
            "",
            finding.page.path()
        );
    }
    if !findings.is_empty() {
        text.push('\n');
    }
    match &facts.broker {
        PartOfFacts::Known(broker) => draw_broker(&mut text, broker),
        PartOfFacts::Silent(why) => row(&mut text, "broker", &format!("does not answer: {why}")),
        PartOfFacts::NotAsked(why) => row(&mut text, "broker", &format!("not asked: {why}")),
    }
    match &facts.database {
        PartOfFacts::Known(database) => draw_database(&mut text, database, facts),
        PartOfFacts::Silent(why) => row(&mut text, "database", &format!("does not answer: {why}")),
        PartOfFacts::NotAsked(why) => row(&mut text, "database", &format!("not asked: {why}")),
    }
    if facts.processes.is_empty() {
        row(&mut text, "processes", "none asked: METRICS_URL is not set, and --process was not given");
    }
    for process in &facts.processes {
        draw_process(&mut text, process);
    }
    row(&mut text, "disk", "not known here: see df on the hosts of the broker and the database");
    text
}

fn row(text: &mut String, name: &str, what: &str) {
    let _ = writeln!(text, "{name:<13} {what}");
}

fn draw_broker(text: &mut String, broker: &BrokerFacts) {
    let _ = writeln!(
        text,
        "{:<21} {:<24} {:>10} {:>14} {:>8} {:>8}  log time",
        "machine", "processes", "partitions", "oldest unread", "behind", "edition"
    );
    for machine in broker.machines.iter().filter(|machine| !machine.protected) {
        draw_machine(text, machine);
    }
    let police: Vec<&MachineFacts> = broker.machines.iter().filter(|machine| machine.protected).collect();
    let runs = police.iter().all(|machine| !machine.members.is_empty());
    let oldest = police.iter().map(|machine| machine.oldest_unread_s).max().unwrap_or(0);
    text.push('\n');
    let well = if runs { "runs" } else { "does not run" };
    row(text, "police lane", &format!("{well}; the oldest record that waits: {}", waits(oldest)));
    let sink = match broker.sink.len() {
        0 => "no process".to_owned(),
        1 => "1 process".to_owned(),
        count => format!("{count} processes"),
    };
    row(text, "sink", &sink);
    row(text, "editions", &editions(broker));
    let circuits: Vec<String> = broker
        .open_circuits
        .iter()
        .map(|circuit| {
            let next = circuit.retry_at.map(|at| format!("tested at {at}"));
            let next = next.unwrap_or_else(|| "being tested".to_owned());
            format!("open since {} (error {}), {next}", circuit.at, circuit.code)
        })
        .collect();
    row(text, "circuit", &if circuits.is_empty() { "closed".to_owned() } else { circuits.join("; ") });
    let letters: Vec<String> = broker
        .dead_letters
        .iter()
        .filter_map(|letters| Some(format!("{} {}", letters.lane, letters.open?)))
        .collect();
    row(text, "dead letters", &format!("{} (that wait for a person)", letters.join(", ")));
}

fn draw_machine(text: &mut String, machine: &MachineFacts) {
    let total = machine.partitions.len();
    let owned = total.saturating_sub(machine.partitions_without_owner);
    let behind: i64 = machine.partitions.iter().map(|facts| facts.behind).sum();
    let editions: Vec<u32> = machine.partitions.iter().filter_map(|facts| facts.edition).collect();
    let edition = match (editions.iter().min(), editions.iter().max()) {
        (Some(least), Some(most)) if least == most => least.to_string(),
        (Some(least), Some(most)) => format!("{least}-{most}"),
        _ => "-".to_owned(),
    };
    let names: Vec<&str> = machine.members.iter().map(|member| member.name.as_str()).collect();
    let names: Vec<&str> = names
        .into_iter()
        .map(|name| name.strip_prefix(machine.name).unwrap_or(name).trim_start_matches('.'))
        .collect();
    let names = if names.is_empty() { "none".to_owned() } else { names.join(" ") };
    let time = machine.partitions.iter().filter_map(|facts| facts.log_time).max();
    let time = time.map_or_else(|| "-".to_owned(), |time| time.to_string());
    let _ = writeln!(
        text,
        "{:<21} {names:<24} {:>10} {:>14} {behind:>8} {edition:>8}  {time}",
        machine.name,
        format!("{owned} of {total}"),
        waits(machine.oldest_unread_s)
    );
}

/// The age of what waits.
fn waits(seconds: u64) -> String {
    if seconds == 0 { "none".to_owned() } else { old(seconds) }
}

/// The newest edition, and the machines that are not at it everywhere.
fn editions(broker: &BrokerFacts) -> String {
    let newest = broker.newest_edition;
    let is_behind = |machine: &&MachineFacts| {
        machine.partitions.iter().filter_map(|facts| facts.edition).any(|edition| edition < newest)
    };
    let applying = |machine: &&MachineFacts| machine.partitions.iter().any(|facts| facts.edition_pass);
    let names = |wanted: &dyn Fn(&&MachineFacts) -> bool| -> Vec<&str> {
        broker.machines.iter().filter(wanted).map(|machine| machine.name).collect()
    };
    let mut text = format!("{newest} is the newest");
    let waiting = names(&is_behind);
    if !waiting.is_empty() {
        let _ = write!(text, "; not in force everywhere in {}", waiting.join(", "));
    }
    let applied = names(&applying);
    if !applied.is_empty() {
        let _ = write!(text, "; being applied to what is open in {}", applied.join(", "));
    }
    text
}

fn draw_database(text: &mut String, database: &DatabaseFacts, facts: &StatusFacts) {
    let DatabaseFacts { migrated_to, migrations, bytes, .. } = database;
    let size = bytes.map_or_else(|| "size not known".to_owned(), |bytes| format!("{} MB", bytes / 1_000_000));
    let waiting = match &facts.sink_oldest_unread {
        Some((topic, age)) => format!("oldest record not in its table: {} ({topic})", old(*age)),
        None => "all records are in their tables".to_owned(),
    };
    row(text, "database", &format!("{size}; migration {migrated_to} of {migrations}; {waiting}"));
}

fn draw_process(text: &mut String, process: &ProcessFacts) {
    let said = match (&process.silent, process.not_ready.is_empty()) {
        (Some(why), _) => format!("does not answer: {why}"),
        (None, true) => "ready".to_owned(),
        (None, false) => process.not_ready.join("; "),
    };
    row(text, "process", &format!("{}: {said}", process.address));
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use connectors::kafka::status::{LetterFacts, Member, PartitionFacts};
    use topics::values::time::Time;

    use super::super::findings::judge;
    use super::*;

    fn facts() -> StatusFacts {
        let member = |name: &str| Member {
            name: name.to_owned(),
            address: "10.0.0.1".to_owned(),
            partitions: BTreeMap::new(),
        };
        let partition = |partition, owner: Option<&str>, oldest_unread_s| PartitionFacts {
            partition,
            owner: owner.map(str::to_owned),
            behind: 7,
            oldest_unread_s,
            log_time: Some(Time::from_millis(1_772_431_140_000)),
            edition: Some(4),
            edition_pass: false,
        };
        let tickets = MachineFacts {
            name: "tickets",
            members: vec![member("tickets.host-a.0")],
            partitions_without_owner: 1,
            oldest_unread_s: 200,
            partitions: vec![partition(0, Some("tickets.host-a.0"), 0), partition(1, None, 200)],
            ..MachineFacts::default()
        };
        let police = MachineFacts {
            name: "protected-tickets",
            protected: true,
            members: vec![member("protected-tickets.host-b.0")],
            ..MachineFacts::default()
        };
        let letters = |lane, open| LetterFacts { lane, open, oldest_open_s: 0 };
        StatusFacts {
            at: Time::from_millis(1_772_431_200_000),
            broker: PartOfFacts::Known(BrokerFacts {
                machines: vec![tickets, police],
                sink: vec![member("sink")],
                newest_edition: 4,
                dead_letters: vec![letters("municipal", Some(0)), letters("protected", None)],
                ..BrokerFacts::default()
            }),
            database: PartOfFacts::NotAsked("DATABASE_URL is not set"),
            sink_oldest_unread: None,
            processes: vec![ProcessFacts {
                address: "http://10.0.0.1:8082".to_owned(),
                ..Default::default()
            }],
        }
    }

    #[test]
    fn the_screen_has_what_is_wrong_first_and_every_part_once() {
        let facts = facts();
        let findings = judge(&facts);
        let urgency = findings.iter().map(|finding| finding.urgency).max().unwrap();
        let screen = draw(&facts, &findings, urgency);
        let lines: Vec<&str> = screen.lines().collect();
        assert_eq!(lines[0], "2026-03-02T06:00:00.000Z  ACT NOW");
        assert_eq!(lines[2], "ACT NOW    the oldest record that tickets has not read is 3 min old");
        assert_eq!(lines[3].trim(), "see docs/runbooks/records-wait.md");
        assert_eq!(lines[4], "look soon  1 partitions of tickets have no process yet");
        let tickets = lines.iter().find(|line| line.starts_with("tickets ")).unwrap();
        for part in [" host-a.0 ", " 1 of 2 ", " 3 min old ", " 14 ", " 4  2026-03-02T05:59:00.000Z"] {
            assert!(tickets.contains(part), "no `{part}` in {tickets}");
        }
        for part in [
            "police lane   runs; the oldest record that waits: none",
            "sink          1 process",
            "editions      4 is the newest",
            "circuit       closed",
            "dead letters  municipal 0 (that wait for a person)",
            "database      not asked: DATABASE_URL is not set",
            "process       http://10.0.0.1:8082: ready",
        ] {
            assert!(lines.contains(&part), "no `{part}` in\n{screen}");
        }
        assert!(!screen.contains("protected"), "{screen}");
    }
}
