//! Random logs of the tickets machine, and runs of it over them with crashes and restores.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use topics::catalogue::cut::Cut;
use topics::catalogue::{Breaches, TicketCommands, TicketEvents, Topic};
use topics::codec::control::control_record;
use topics::codec::record::{Address, Envelope, Incoming, Outgoing, encode};
use topics::codec::sealing::Sealed;
use topics::records::breaches::Breach;
use topics::records::control::Control;
use topics::records::editions::{Absence, LadderStep, Reference, Unavailability};
use topics::records::ticket_actions::Actor;
use topics::records::ticket_commands::{Action, Change, TicketCommand};
use topics::records::ticket_events::TicketEvent;
use topics::values::ids::{EventId, TicketId};
use topics::values::point::Point;
use topics::values::time::Time;
use topics::values::vocabulary::{Category, HoldReason, Outcome, Severity, Status};

use super::automations::automations;
use super::ladders::{ladder, with_staff};
use super::scene::*;
use crate::engine::step::TaskContext;
use crate::engine::task::{MachineTask, Progress, Task};
use crate::machines::tickets::TicketMachine;
use crate::rules::edition::Edition;

/// A record of a random log.
#[derive(Clone, Debug)]
pub(super) enum Entry {
    Open(u32),
    Change(u32, Actor, Option<u32>, Box<Action>),
    Tick,
    Edition,
}

/// Two editions: the first has a ladder for waste in ETH, the second one more team, another ladder for all of
/// ETH, and automations.
pub(super) fn editions() -> [Arc<Edition>; 2] {
    let of_waste = |step: LadderStep| LadderStep { category: Some(Category::Waste), ..step };
    let waste = [
        "1 resolution -20% notify manager",
        "2 resolution 0 escalate manager",
        "3 resolution +24h raise_severity",
        "4 response -1h assign login:sipho",
        "5 response 0 escalate login:sipho",
        "6 resolution +72h tell_resident",
    ];
    let automations = automations(&[
        "seen opened tag:seen",
        "worse changed severity:high",
        "better changed severity:low",
        "again reopened escalate",
        "read note assign:login:sipho",
        "wait queued:2h tag:waits",
    ]);
    let ladders = ladder(&waste).into_iter().map(of_waste).collect();
    let mut first = Reference { ladders, ..with_staff() };
    // Some people are not there on some days, and neither is a team.
    let day = |text: &str| text.parse().unwrap();
    let away = |from: &str, until, delegate: Option<&str>| {
        let delegate = delegate.map(|login| login.parse().unwrap());
        Some(Absence { from: day(from), until, delegate })
    };
    for member in &mut first.staff {
        member.absence = match member.login.as_str() {
            "sipho" => away("2026-03-03", Some(day("2026-03-10")), Some("thandi")),
            "thandi" => away("2026-03-05", None, Some("sipho")),
            _ => None,
        };
    }
    for team in first.teams.iter_mut().filter(|team| team.code.as_str() == "orphans") {
        team.lead = Some("sipho".parse().unwrap());
        team.unavailable = Some(Unavailability { from: day("2026-03-06"), until: Some(day("2026-03-07")) });
    }
    let staff = first.staff.clone();
    let mut teams = first.teams.clone();
    teams.iter_mut().filter(|team| team.code.as_str() == "water").for_each(|team| team.is_active = false);
    teams.push(team("ETH", "power", Some(Category::Electricity)));
    let all = [
        "1 resolution -2h raise_severity",
        "2 resolution +1h escalate manager",
        "3 resolution +4h tell_resident",
    ];
    let ladders = first.ladders.iter().cloned().chain(ladder(&all)).collect();
    let second = Reference { teams, staff, ladders, automations, ..with_staff() };
    [Arc::new(Edition::new(1, first).unwrap()), Arc::new(Edition::new(2, second).unwrap())]
}

pub(super) fn incoming(offset: usize, time: Time, record: Outgoing) -> Incoming {
    record.appended(i64::try_from(offset).unwrap(), time)
}

/// The log of one partition: edition 1 and then these entries, each a number of milliseconds after the one
/// before.
pub(super) fn log_of(entries: &[(u64, Entry)]) -> Vec<Incoming> {
    let [first, _] = editions();
    let mut now = start();
    let mut log = vec![incoming(0, now, control_record(TicketCommands::SPEC, 0, Control::Edition(1), now))];
    for (n, (millis, entry)) in entries.iter().enumerate() {
        now = now + Duration::from_millis(*millis);
        let command = |command: TicketCommand, ticket: TicketId| {
            let envelope = Envelope::root(EventId::of(&[b"command", &n.to_be_bytes()]), now);
            encode::<TicketCommands>(
                &ring(),
                "test",
                &envelope,
                Address::ByKey(1),
                ticket.to_string(),
                &command,
            )
            .unwrap()
        };
        let record = match entry {
            Entry::Tick => control_record(TicketCommands::SPEC, 0, Control::Tick, now),
            Entry::Edition => control_record(TicketCommands::SPEC, 0, Control::Edition(2), now),
            Entry::Open(n) => {
                let (category, point) = match n % 4 {
                    0 => (Category::Water, Some(DURBAN)),
                    1 => (Category::Waste, Some(DURBAN)),
                    2 => (Category::Electricity, Some(DURBAN)),
                    _ => (Category::Water, None),
                };
                let mut open = opening_at(*n, now, &first, category, point);
                open.facts.reply_partition = 0;
                command(TicketCommand::Open(Box::new(open)), ticket_id(*n))
            }
            Entry::Change(n, actor, revision, action) => {
                let ticket = ticket_id(*n);
                let actor = actor.clone();
                let action = action.as_ref().clone();
                let change =
                    Change { ticket, at: now, actor, revision: *revision, expected_status: None, action };
                command(TicketCommand::Change(Box::new(change)), ticket_id(*n))
            }
        };
        log.push(incoming(n + 1, now, record));
    }
    log
}

/// The result of a log: the records of all taps in their order, and the last value of each row.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Run {
    pub(super) taps: Vec<Outgoing>,
    pub(super) rows: BTreeMap<String, Option<Vec<u8>>>,
}

impl Run {
    pub(super) fn read<T: Topic>(&self) -> Vec<(String, T::Record)> {
        let of = self.taps.iter().filter(|record| record.topic == T::SPEC.name);
        let read = of.map(|record| incoming(0, start(), record.clone()).decode::<T>(&ring()).unwrap());
        read.map(|(envelope, record)| (envelope.id.to_string(), record)).collect()
    }

    pub(super) fn events(&self) -> Vec<TicketEvent> {
        self.read::<TicketEvents>().into_iter().map(|(_, event)| event).collect()
    }

    pub(super) fn breaches(&self) -> Vec<(String, Breach)> {
        self.read::<Breaches>()
    }
}

pub(super) fn new_task() -> MachineTask<TicketMachine> {
    let mut task = MachineTask::new(
        TicketMachine,
        TaskContext { partition: 0, partitions: 1, ring: ring(), pepper: pepper(), cut: Cut::Nowhere },
    );
    editions().into_iter().for_each(|edition| task.add_edition(edition));
    task
}

/// Runs a log in transactions of `transaction` records. Before the records `crashes` the open transaction
/// fails: with an even number of records in it the task dies and another one restores itself, with an odd one
/// it rolls back.
pub(super) fn run(
    log: &[Incoming],
    transaction: usize,
    crashes: &[usize],
) -> (Run, MachineTask<TicketMachine>) {
    let mut task = new_task();
    let mut run = Run::default();
    let mut store = Vec::new();
    let mut crashes: BTreeSet<usize> = crashes.iter().copied().collect();
    loop {
        let from = usize::try_from(task.row().next_offset).unwrap();
        let batch = &log[from.min(log.len())..(from + transaction).min(log.len())];
        if batch.is_empty() {
            return (run, task);
        }
        let dies = (0..=batch.len()).find(|n| crashes.remove(&(from + n)));
        for record in &batch[..dies.unwrap_or(batch.len())] {
            assert_eq!(task.step(record).unwrap(), Progress::Done);
        }
        match dies {
            Some(n) if n % 2 == 1 => {
                task.roll_back();
                continue;
            }
            Some(_) => {
                task = new_task();
                store.iter().for_each(|record| task.restore(record).unwrap());
                continue;
            }
            None => {}
        }
        run.taps.extend(task.outputs());
        for row in task.close("test") {
            if !row.key.starts_with('~') {
                run.rows.insert(row.key.clone(), row.value.clone());
            }
            store.push(incoming(store.len(), start(), row));
        }
        task.commit();
    }
}

pub(super) fn correction() -> impl Strategy<Value = Action> {
    let category = prop::option::of(prop::sample::select(Category::ALL.to_vec()));
    let severity = prop::option::of(prop::sample::select(Severity::ALL.to_vec()));
    let point = prop::option::of(prop::sample::select(vec![
        Sealed(DURBAN),
        Sealed(CAPE_TOWN),
        Sealed(JOHANNESBURG),
        Sealed(DESERT),
    ]));
    (category, severity, point).prop_map(|(category, severity, point)| Action::Correct {
        category,
        severity,
        language: None,
        point,
    })
}

pub(super) fn action() -> impl Strategy<Value = Action> {
    let reason = || prop::option::of(Just(Sealed("because".to_owned())));
    let status = prop::sample::select(Status::ALL.to_vec());
    let outcome = prop::option::of(prop::sample::select(Outcome::ALL.to_vec()));
    let point = prop::option::of(prop::sample::select(vec![
        Sealed(DURBAN),
        Sealed(CAPE_TOWN),
        Sealed(JOHANNESBURG),
        Sealed(DESERT),
    ]));
    let team = prop::option::of(
        prop::sample::select(vec!["water", "roads", "orphans", "cape", "gone"])
            .prop_map(|code| code.parse().unwrap()),
    );
    let until = prop::sample::select(vec![0, HOUR, DAY, 4 * DAY, 20 * DAY]);
    let until = until.prop_map(|seconds| start() + Duration::from_secs(seconds));
    let length = prop::option::weighted(0.3, prop::sample::select(vec![0, HOUR, 4 * DAY, 20 * DAY]));
    let hold = (prop::sample::select(HoldReason::ALL.to_vec()), until, length);
    let person = prop::option::of(Just("sipho".parse().unwrap()));
    prop_oneof![
        6 => (status, outcome, reason())
            .prop_map(|(to, outcome, reason)| Action::Status { to, outcome, reason }),
        1 => (team, person, reason())
            .prop_map(|(team, assigned_to, reason)| Action::Assign { team, assigned_to, reason }),
        1 => Just(Action::Note { note: Sealed("a note".to_owned()) }),
        1 => Just(Action::Reply { text: Sealed("we are coming".to_owned()) }),
        2 => correction(),
        2 => hold.prop_map(|(reason, until, length_s)| Action::Hold { reason, until, length_s, note: None }),
        1 => Just(Action::Resume { note: None }),
        1 => point.prop_map(addendum),
    ]
}

fn addendum(point: Option<Sealed<Point>>) -> Action {
    Action::Addendum { media: 0, has_words: true, point, basis: None, routing: None }
}

pub(super) fn entries() -> impl Strategy<Value = Vec<(u64, Entry)>> {
    let span = prop::sample::select(vec![
        0,
        1,
        1000,
        30 * MINUTE * 1000,
        4 * HOUR * 1000 - 1,
        4 * HOUR * 1000,
        DAY * 1000,
        4 * DAY * 1000,
        20 * DAY * 1000,
    ]);
    let actor = prop::sample::select(vec![staff("thabo"), manager("nomsa"), Actor::RESIDENT]);
    let revision = prop::option::weighted(0.2, 0u32..6);
    let entry = prop_oneof![
        2 => (0u32..5).prop_map(Entry::Open),
        8 => (0u32..5, actor, revision, action())
            .prop_map(|(n, actor, revision, action)| Entry::Change(n, actor, revision, Box::new(action))),
        2 => Just(Entry::Tick),
        1 => Just(Entry::Edition),
    ];
    prop::collection::vec((span, entry), 0..60)
}
