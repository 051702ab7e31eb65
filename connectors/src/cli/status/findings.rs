//! What is wrong, from the facts: how urgent it is, in a sentence, and the runbook's page that says what to
//! do.

use serde::Serialize;

use super::facts::{PartOfFacts, StatusFacts};
use connectors::kafka::status::{BrokerFacts, LetterFacts, MachineFacts};

/// A record that waits longer than this is looked at soon: the machines process one within a second.
const LATE_S: u64 = 30;
/// A record that waits longer than this is acted upon now: residents notice.
const TOO_LATE_S: u64 = 120;
/// The same of the tables, which people read and no machine waits for.
const SINK_LATE_S: u64 = 60;
const SINK_TOO_LATE_S: u64 = 600;
/// The broker ends a forgotten transaction after 5 s, and looks for such every 10 s.
const OPEN_TRANSACTION_S: u64 = 30;
/// Ticks need clocks that differ by at most this.
const CLOCK_S: f64 = 2.0;
/// From here on the broker's time counts instead of the webhook's.
const CLOCK_TOO_WRONG_S: f64 = 30.0;

/// How urgent something is. The exit status of the command is that of the most urgent finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Urgency {
    /// Nothing is wrong, and nothing has to be done.
    Well,
    /// A person should look within hours.
    LookSoon,
    /// A person must act.
    ActNow,
}

impl Urgency {
    /// The exit status of the command.
    pub const fn code(self) -> u8 {
        match self {
            Self::Well => 0,
            Self::LookSoon => 1,
            Self::ActNow => 2,
        }
    }

    /// The urgency in words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Well => "well",
            Self::LookSoon => "look soon",
            Self::ActNow => "ACT NOW",
        }
    }
}

/// The pages of the runbook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    BrokerAway,
    DatabaseAway,
    ProcessDown,
    RecordsWait,
    OpenTransaction,
    SetAside,
    EditionMissing,
    WrongClock,
    CircuitOpen,
    DeadLetters,
    SinkBehind,
    PoliceLane,
    Migrations,
    ChangedLogins,
}

impl Page {
    #[cfg(test)]
    pub const ALL: [Self; 14] = [
        Self::BrokerAway,
        Self::DatabaseAway,
        Self::ProcessDown,
        Self::RecordsWait,
        Self::OpenTransaction,
        Self::SetAside,
        Self::EditionMissing,
        Self::WrongClock,
        Self::CircuitOpen,
        Self::DeadLetters,
        Self::SinkBehind,
        Self::PoliceLane,
        Self::Migrations,
        Self::ChangedLogins,
    ];

    /// The file of the page.
    pub const fn path(self) -> &'static str {
        match self {
            Self::BrokerAway => "docs/runbooks/broker-away.md",
            Self::DatabaseAway => "docs/runbooks/database-away.md",
            Self::ProcessDown => "docs/runbooks/process-down.md",
            Self::RecordsWait => "docs/runbooks/records-wait.md",
            Self::OpenTransaction => "docs/runbooks/open-transaction.md",
            Self::SetAside => "docs/runbooks/set-aside.md",
            Self::EditionMissing => "docs/runbooks/edition-missing.md",
            Self::WrongClock => "docs/runbooks/wrong-clock.md",
            Self::CircuitOpen => "docs/runbooks/circuit-open.md",
            Self::DeadLetters => "docs/runbooks/dead-letters.md",
            Self::SinkBehind => "docs/runbooks/sink-behind.md",
            Self::PoliceLane => "docs/runbooks/police-lane.md",
            Self::Migrations => "docs/runbooks/migrations.md",
            Self::ChangedLogins => "docs/runbooks/changed-logins.md",
        }
    }
}

impl Serialize for Page {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.path())
    }
}

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StatusFinding {
    /// How urgent it is.
    pub urgency: Urgency,
    /// What is wrong, as a sentence without its full stop.
    pub what: String,
    /// The page of the runbook that says what to do.
    pub page: Page,
}

/// Everything that is wrong, the most urgent first.
pub fn judge(facts: &StatusFacts) -> Vec<StatusFinding> {
    let mut found = Findings(Vec::new());
    match &facts.broker {
        PartOfFacts::Known(broker) => found.broker(broker),
        PartOfFacts::Silent(why) => {
            found.act(Page::BrokerAway, format!("the broker does not answer: {why}"));
        }
        PartOfFacts::NotAsked(_) => {}
    }
    match &facts.database {
        PartOfFacts::Known(database) if database.migrated_to != database.migrations => {
            let what = format!(
                "the tables are at migration {}, this program is at {}",
                database.migrated_to, database.migrations
            );
            found.act(Page::Migrations, what);
        }
        PartOfFacts::Silent(why) => {
            found.act(Page::DatabaseAway, format!("the database does not answer: {why}"));
        }
        PartOfFacts::Known(_) | PartOfFacts::NotAsked(_) => {}
    }
    if let PartOfFacts::Known(database) = &facts.database {
        for changed in &database.changed_logins {
            found.look(Page::ChangedLogins, format!("a login has another setting: {changed}"));
        }
    }
    if let Some((topic, age)) = &facts.sink_oldest_unread {
        let what = format!("the oldest record of {topic} that is not in its table is {}", old(*age));
        found.by_age(*age, SINK_LATE_S, SINK_TOO_LATE_S, Page::SinkBehind, what);
    }
    found.processes(facts);
    found.0.sort_by_key(|finding| std::cmp::Reverse(finding.urgency));
    found.0
}

struct Findings(Vec<StatusFinding>);

impl Findings {
    fn act(&mut self, page: Page, what: String) {
        self.0.push(StatusFinding { urgency: Urgency::ActNow, what, page });
    }

    fn look(&mut self, page: Page, what: String) {
        self.0.push(StatusFinding { urgency: Urgency::LookSoon, what, page });
    }

    fn by_age(&mut self, age_s: u64, late_s: u64, too_late_s: u64, page: Page, what: String) {
        if age_s > too_late_s {
            self.act(page, what);
        } else if age_s > late_s {
            self.look(page, what);
        }
    }

    fn broker(&mut self, broker: &BrokerFacts) {
        for machine in &broker.machines {
            self.machine(machine, broker.newest_edition);
        }
        if broker.sink.is_empty() {
            self.act(Page::ProcessDown, "no process runs the sink, so the tables stand still".to_owned());
        }
        for circuit in &broker.open_circuits {
            let what = format!(
                "calls to Twilio are paused since {} (error {}), so residents get no answers",
                circuit.at, circuit.code
            );
            self.act(Page::CircuitOpen, what);
        }
        for letters in &broker.dead_letters {
            self.dead_letters(letters);
        }
    }

    fn machine(&mut self, machine: &MachineFacts, newest_edition: u32) {
        let name = machine.name;
        let page = |page| if machine.protected { Page::PoliceLane } else { page };
        if machine.members.is_empty() {
            self.act(page(Page::ProcessDown), format!("no process runs {name}"));
        } else if machine.partitions_without_owner > 0 {
            let what = match machine.protected {
                true => format!("partitions of {name} have no process yet"),
                false => {
                    format!("{} partitions of {name} have no process yet", machine.partitions_without_owner)
                }
            };
            self.look(page(Page::ProcessDown), what);
        }
        let age = machine.oldest_unread_s;
        let what = format!("the oldest record that {name} has not read is {}", old(age));
        self.by_age(age, LATE_S, TOO_LATE_S, page(Page::RecordsWait), what);
        let open = machine.open_transaction_s;
        let what =
            format!("a transaction in the log of {name} is open, and its first record is {}", old(open));
        self.by_age(open, OPEN_TRANSACTION_S, TOO_LATE_S, page(Page::OpenTransaction), what);
        let behind = machine.partitions.iter().filter_map(|facts| facts.edition);
        let behind = behind.filter(|edition| *edition < newest_edition).count();
        // A partition learns of an edition by the next record or tick.
        if behind > 0 {
            let what = format!("{behind} partitions of {name} are not at edition {newest_edition} yet");
            self.look(Page::EditionMissing, what);
        }
    }

    fn dead_letters(&mut self, letters: &LetterFacts) {
        match letters.open {
            Some(0) => {}
            Some(open) => {
                let verb = if open == 1 { "dead letter waits" } else { "dead letters wait" };
                let what = format!(
                    "{open} {verb} for a person in the lane {}, the oldest {}",
                    letters.lane,
                    old(letters.oldest_open_s)
                );
                self.look(Page::DeadLetters, what);
            }
            None if letters.oldest_open_s > 0 => {
                let what = "the police lane has a dead letter that waits for its people".to_owned();
                self.look(Page::PoliceLane, what);
            }
            None => {}
        }
    }

    fn processes(&mut self, facts: &StatusFacts) {
        for process in &facts.processes {
            let address = &process.address;
            if let Some(why) = &process.silent {
                self.act(Page::ProcessDown, format!("the process at {address} does not answer: {why}"));
                continue;
            }
            for line in &process.not_ready {
                self.look(Page::ProcessDown, format!("at {address}: {line}"));
            }
            for (chain, count) in &process.set_aside {
                let what = format!("{count} partitions of {chain} are set aside by an alarm at {address}");
                self.act(Page::SetAside, what);
            }
            for (chain, count) in &process.waiting_for_edition {
                let what = format!("{count} partitions of {chain} wait for an edition at {address}");
                self.act(Page::EditionMissing, what);
            }
            for (part, count) in process.restarts.iter().filter(|(_, count)| **count >= 3) {
                let what = format!("{part} was started again {count} times since {address} began");
                self.look(Page::ProcessDown, what);
            }
            let wrong = process.clock_difference_s;
            let what = format!("a clock at {address} and the broker's differ by {wrong:.1} s");
            if wrong > CLOCK_TOO_WRONG_S {
                self.act(Page::WrongClock, what);
            } else if wrong > CLOCK_S {
                self.look(Page::WrongClock, what);
            }
        }
    }
}

/// An age in words.
pub fn old(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s old"),
        120..7_200 => format!("{} min old", seconds / 60),
        7_200..172_800 => format!("{} h old", seconds / 3_600),
        _ => format!("{} d old", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;

    use connectors::kafka::status::{Member, OpenCircuit, PartitionFacts};
    use connectors::postgis::DatabaseFacts;
    use topics::values::time::Time;

    use super::super::processes::ProcessFacts;
    use super::*;

    fn member() -> Member {
        Member { name: "tickets.a.0".to_owned(), address: "10.0.0.1".to_owned(), partitions: BTreeMap::new() }
    }

    fn machine(name: &'static str) -> MachineFacts {
        let partition = PartitionFacts { edition: Some(4), ..PartitionFacts::default() };
        MachineFacts { name, members: vec![member()], partitions: vec![partition], ..Default::default() }
    }

    fn well() -> StatusFacts {
        let lane = |lane, open| LetterFacts { lane, open, oldest_open_s: 0 };
        StatusFacts {
            at: Time::from_millis(1_772_431_200_000),
            broker: PartOfFacts::Known(BrokerFacts {
                machines: vec![
                    machine("tickets"),
                    MachineFacts { protected: true, partitions: Vec::new(), ..machine("protected-tickets") },
                ],
                sink: vec![member()],
                newest_edition: 4,
                dead_letters: vec![lane("municipal", Some(0)), lane("protected", None)],
                ..BrokerFacts::default()
            }),
            database: PartOfFacts::Known(DatabaseFacts {
                migrated_to: 37,
                migrations: 37,
                ..DatabaseFacts::default()
            }),
            sink_oldest_unread: None,
            processes: vec![ProcessFacts { address: "http://a".to_owned(), ..ProcessFacts::default() }],
        }
    }

    /// The findings after `change`, each as its urgency, its page and a part of its text.
    fn found(change: impl FnOnce(&mut StatusFacts)) -> Vec<(Urgency, Page, String)> {
        let mut facts = well();
        change(&mut facts);
        judge(&facts).into_iter().map(|finding| (finding.urgency, finding.page, finding.what)).collect()
    }

    fn broker(change: impl FnOnce(&mut BrokerFacts)) -> Vec<(Urgency, Page, String)> {
        found(|facts| {
            let PartOfFacts::Known(broker) = &mut facts.broker else { unreachable!() };
            change(broker);
        })
    }

    fn only(found: Vec<(Urgency, Page, String)>, urgency: Urgency, page: Page, part: &str) {
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].0, found[0].1), (urgency, page), "{found:?}");
        assert!(found[0].2.contains(part), "{found:?}");
    }

    #[test]
    fn what_is_well_has_no_finding() {
        assert_eq!(found(|_| {}), []);
    }

    #[test]
    fn each_fault_has_its_urgency_its_sentence_and_its_page() {
        use Urgency::{ActNow, LookSoon};
        only(
            found(|facts| facts.broker = PartOfFacts::Silent("no answer in 10 s".to_owned())),
            ActNow,
            Page::BrokerAway,
            "the broker does not answer: no answer in 10 s",
        );
        only(
            found(|facts| facts.database = PartOfFacts::Silent("connection refused".to_owned())),
            ActNow,
            Page::DatabaseAway,
            "connection refused",
        );
        let older = DatabaseFacts { migrated_to: 36, migrations: 37, ..DatabaseFacts::default() };
        only(
            found(|facts| facts.database = PartOfFacts::Known(older)),
            ActNow,
            Page::Migrations,
            "at migration 36",
        );
        only(
            found(|facts| {
                let PartOfFacts::Known(database) = &mut facts.database else { unreachable!() };
                database.changed_logins = vec!["saps: statement_timeout is 0 and should be 60s".to_owned()];
            }),
            LookSoon,
            Page::ChangedLogins,
            "saps: statement_timeout is 0",
        );
        only(
            broker(|broker| broker.machines[0].members.clear()),
            ActNow,
            Page::ProcessDown,
            "no process runs tickets",
        );
        only(broker(|broker| broker.sink.clear()), ActNow, Page::ProcessDown, "no process runs the sink");
        for (age, urgency) in [(31, LookSoon), (121, ActNow)] {
            only(
                broker(|broker| broker.machines[0].oldest_unread_s = age),
                urgency,
                Page::RecordsWait,
                "that tickets has not read is",
            );
            only(
                broker(|broker| broker.machines[0].open_transaction_s = age),
                urgency,
                Page::OpenTransaction,
                "is open",
            );
        }
        only(
            broker(|broker| broker.newest_edition = 5),
            LookSoon,
            Page::EditionMissing,
            "1 partitions of tickets are not at edition 5",
        );
        let circuit = OpenCircuit { at: Time::from_millis(1_772_431_200_000), code: 20_003, retry_at: None };
        only(broker(|broker| broker.open_circuits.push(circuit)), ActNow, Page::CircuitOpen, "error 20003");
        only(
            broker(|broker| broker.dead_letters[0] = letters(Some(2))),
            LookSoon,
            Page::DeadLetters,
            "2 dead letters wait for a person in the lane municipal, the oldest 3 h old",
        );
        only(
            found(|facts| facts.sink_oldest_unread = Some(("tickets".to_owned(), 700))),
            ActNow,
            Page::SinkBehind,
            "of tickets that is not in its table is 11 min old",
        );
    }

    fn letters(open: Option<usize>) -> LetterFacts {
        LetterFacts { lane: "municipal", open, oldest_open_s: 12_000 }
    }

    #[test]
    fn what_processes_say_is_judged() {
        use Urgency::{ActNow, LookSoon};
        let process = |change: fn(&mut ProcessFacts)| found(|facts| change(&mut facts.processes[0]));
        only(
            process(|process| process.silent = Some("refused".to_owned())),
            ActNow,
            Page::ProcessDown,
            "http://a does not answer: refused",
        );
        only(
            process(|process| process.not_ready = vec!["tickets restores partition 3".to_owned()]),
            LookSoon,
            Page::ProcessDown,
            "restores partition 3",
        );
        let one = |name: &str| BTreeMap::from([(name.to_owned(), 1)]);
        only(
            found(|facts| facts.processes[0].set_aside = one("tickets")),
            ActNow,
            Page::SetAside,
            "1 partitions of tickets are set aside",
        );
        only(
            found(|facts| facts.processes[0].waiting_for_edition = one("tickets")),
            ActNow,
            Page::EditionMissing,
            "wait for an edition",
        );
        only(process(|process| process.clock_difference_s = 3.0), LookSoon, Page::WrongClock, "by 3.0 s");
        only(process(|process| process.clock_difference_s = 31.0), ActNow, Page::WrongClock, "by 31.0 s");
        assert_eq!(found(|facts| facts.processes[0].restarts = one("desk")), []);
    }

    #[test]
    fn of_the_police_lane_only_that_it_is_unwell_and_the_oldest_age_are_said() {
        let unwell = |change: fn(&mut MachineFacts)| broker(|broker| change(&mut broker.machines[1]));
        let act = Urgency::ActNow;
        let page = Page::PoliceLane;
        only(unwell(|machine| machine.members.clear()), act, page, "no process runs protected-tickets");
        only(unwell(|machine| machine.oldest_unread_s = 200), act, page, "is 3 min old");
        let some = unwell(|machine| machine.partitions_without_owner = 5);
        only(some.clone(), Urgency::LookSoon, page, "have no process yet");
        assert!(!some[0].2.contains('5'), "{some:?}");
        let dead = broker(|broker| broker.dead_letters[1].oldest_open_s = 12_000);
        only(dead, Urgency::LookSoon, page, "has a dead letter");
    }

    #[test]
    fn the_most_urgent_finding_is_first() {
        let both = broker(|broker| {
            broker.dead_letters[0] = letters(Some(1));
            broker.machines[0].members.clear();
        });
        assert_eq!(both.iter().map(|one| one.0).collect::<Vec<_>>(), [Urgency::ActNow, Urgency::LookSoon]);
    }

    #[test]
    fn every_page_of_the_runbook_is_there_and_has_all_its_parts() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        for page in Page::ALL {
            let text = std::fs::read_to_string(root.join(page.path())).unwrap_or_default();
            for part in ["# ", "## What it means", "## What residents feel", "## Look here", "## Do this"] {
                assert!(text.contains(part), "{} has no `{part}`", page.path());
            }
            assert!(text.contains("## How it ends"), "{} does not say how it ends", page.path());
        }
    }
}
