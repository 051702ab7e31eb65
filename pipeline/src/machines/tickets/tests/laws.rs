//! What holds for every log: the machine's laws, on logs that chance writes.

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
use topics::records::editions::Reference;
use topics::records::ticket_actions::Actor;
use topics::records::ticket_commands::{Action, Change, TicketCommand};
use topics::records::ticket_events::{Event, TicketEvent};
use topics::values::ids::{EventId, TicketId};
use topics::values::time::Time;
use topics::values::vocabulary::{Category, Level, Outcome, Severity, Status};

use super::scene::*;
use crate::engine::step::TaskContext;
use crate::engine::store::Entity;
use crate::engine::task::{MachineTask, Progress, Task};
use crate::machines::tickets::TicketMachine;
use crate::rules::edition::Edition;
use crate::stages::detect;
use crate::stages::track;

/// One thing in a log: how long after the one before, and what.
#[derive(Clone, Debug)]
enum Entry {
    Open(u32),
    Change(u32, Actor, Option<u32>, Box<Action>),
    Tick,
    Edition,
}

fn editions() -> [Arc<Edition>; 2] {
    let mut teams = reference().teams;
    teams.push(team("ETH", "power", Some(Category::Electricity)));
    let second = Reference { teams, ..reference() };
    [Arc::new(Edition::new(1, reference()).unwrap()), Arc::new(Edition::new(2, second).unwrap())]
}

fn incoming(offset: usize, time: Time, record: Outgoing) -> Incoming {
    Incoming {
        topic: record.topic.to_owned(),
        partition: record.partition,
        offset: i64::try_from(offset).unwrap(),
        time,
        key: Some(record.key.into_bytes()),
        headers: record.headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        value: record.value,
    }
}

/// The log of one partition: edition 1 and then these entries, each a number of milliseconds after the one
/// before.
fn log_of(entries: &[(u64, Entry)]) -> Vec<Incoming> {
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

/// What became of a log: the records of all taps in their order, and the rows as they last were.
#[derive(Debug, Default, PartialEq)]
struct Run {
    taps: Vec<Outgoing>,
    rows: BTreeMap<String, Option<Vec<u8>>>,
}

impl Run {
    fn read<T: Topic>(&self) -> Vec<(String, T::Record)> {
        let of = self.taps.iter().filter(|record| record.topic == T::SPEC.name);
        let read = of.map(|record| incoming(0, start(), record.clone()).decode::<T>(&ring()).unwrap());
        read.map(|(envelope, record)| (envelope.id.to_string(), record)).collect()
    }

    fn events(&self) -> Vec<TicketEvent> {
        self.read::<TicketEvents>().into_iter().map(|(_, event)| event).collect()
    }

    fn breaches(&self) -> Vec<(String, Breach)> {
        self.read::<Breaches>()
    }
}

fn new_task() -> MachineTask<TicketMachine> {
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
fn run(log: &[Incoming], transaction: usize, crashes: &[usize]) -> (Run, MachineTask<TicketMachine>) {
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

fn correction() -> impl Strategy<Value = Action> {
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

fn action() -> impl Strategy<Value = Action> {
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
    let person = prop::option::of(Just("sipho".parse().unwrap()));
    prop_oneof![
        6 => (status, outcome, reason()).prop_map(|(to, outcome, reason)| Action::Status { to, outcome, reason }),
        1 => (team, person, reason()).prop_map(|(team, assigned_to, reason)| Action::Assign { team, assigned_to, reason }),
        1 => Just(Action::Note { note: Sealed("a note".to_owned()) }),
        1 => Just(Action::Reply { text: Sealed("we are coming".to_owned()) }),
        2 => correction(),
        1 => point.prop_map(|point| Action::Addendum { media: 0, words: true, point, routing: None }),
    ]
}

fn entries() -> impl Strategy<Value = Vec<(u64, Entry)>> {
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
        8 => (0u32..5, actor, revision, action()).prop_map(|(n, actor, revision, action)| Entry::Change(n, actor, revision, Box::new(action))),
        2 => Just(Entry::Tick),
        1 => Just(Entry::Edition),
    ];
    prop::collection::vec((span, entry), 0..60)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn the_same_log_gives_the_same_bytes_however_it_is_cut_and_whenever_a_transaction_or_task_dies(
        entries in entries(), transaction in 1usize..20, crashes in prop::collection::vec(0usize..60, 0..4)
    ) {
        let log = log_of(&entries);
        let (straight, _) = run(&log, log.len(), &[]);
        prop_assert_eq!(&run(&log, transaction, &[]).0, &straight);
        prop_assert_eq!(&run(&log, transaction, &crashes).0, &straight);
    }

    #[test]
    fn every_command_has_exactly_one_answer_and_every_record_its_own_id(entries in entries()) {
        let log = log_of(&entries);
        let (run, task) = run(&log, 7, &[]);
        let mut answers: BTreeMap<String, u32> = BTreeMap::new();
        let mut opened = 0;
        for event in run.events() {
            match event.event {
                Event::Applied { command, .. } | Event::Refused { command, .. } => *answers.entry(command.to_string()).or_default() += 1,
                Event::Opened {} => opened += 1,
                _ => {}
            }
        }
        prop_assert!(answers.values().all(|count| *count == 1));
        let commands = entries.iter().filter(|(_, entry)| matches!(entry, Entry::Open(_) | Entry::Change(..))).count();
        prop_assert_eq!(answers.len() + opened, commands);
        prop_assert!(own_ids(&run));
        for (stage, counts) in &task.row().counts {
            prop_assert_eq!(counts.received, counts.forwarded + counts.filtered + counts.rejected, "{}", stage);
        }
        let counts = task.row().counts.iter().find(|(stage, _)| stage.as_str() == "track").map_or(0, |(_, counts)| counts.received);
        prop_assert_eq!(counts, commands as u64);
    }

    #[test]
    fn versions_grow_revisions_count_and_a_clock_breaches_once_a_tier(entries in entries()) {
        let (run, _) = run(&log_of(&entries), 50, &[]);
        let mut known: BTreeMap<TicketId, (u64, u32)> = BTreeMap::new();
        for event in run.events() {
            let (version, revision) = known.get(&event.ticket).copied().unwrap_or_default();
            let expected = match event.event {
                Event::Opened {} => (1, 0),
                Event::Refused { .. } if event.version == 0 => continue,
                Event::Refused { .. } => (version, revision),
                Event::Applied { .. } | Event::Escalated { .. } => (version + 1, revision + 1),
                _ => (version + 1, revision),
            };
            prop_assert_eq!((event.version, event.revision), expected);
            known.insert(event.ticket, expected);
        }
        let mut breached = BTreeSet::new();
        let mut warned = BTreeSet::new();
        // A ticket that was forgotten and opened again starts from the beginning.
        let reborn: BTreeSet<TicketId> = opened_twice(&run.events());
        for (_, breach) in run.breaches().into_iter().filter(|(_, breach)| !reborn.contains(&breach.ticket)) {
            let fresh = match breach.level {
                Level::Breach => breached.insert((breach.ticket, breach.clock, breach.tier, breach.due_at)),
                Level::Warning => warned.insert((breach.ticket, breach.clock, breach.due_at)),
            };
            prop_assert!(fresh);
        }
    }

    #[test]
    fn assignments_form_one_chain_whose_last_link_is_the_ticket(entries in entries()) {
        let (run, task) = run(&log_of(&entries), 50, &[]);
        let mut current = BTreeMap::new();
        for event in run.events() {
            if let Some(fact) = event.assignment {
                let held = (event.municipality, fact.team, fact.assigned_to, fact.ticket_category);
                let opened = matches!(event.event, Event::Opened { .. });
                prop_assert!(opened || current.get(&event.ticket) != Some(&held));
                current.insert(event.ticket, held);
            }
        }
        for (_, ticket) in task.store().iter() {
            let routing = &ticket.routing;
            let held = (routing.municipality.clone(), routing.team.clone(), routing.assigned_to.clone(), ticket.facts.category);
            prop_assert_eq!(current.get(&ticket.ticket), Some(&held));
        }
    }

    #[test]
    fn a_matter_corrected_to_and_fro_gives_every_record_its_own_id(
        corrections in prop::collection::vec((1..90 * MINUTE * 1000, correction()), 0..20)
    ) {
        let correct = |(millis, action)| (millis, Entry::Change(0, staff("thabo"), None, Box::new(action)));
        let entries: Vec<_> = std::iter::once((0, Entry::Open(0))).chain(corrections.into_iter().map(correct)).collect();
        let (run, _) = run(&log_of(&entries), 5, &[]);
        prop_assert!(own_ids(&run));
    }

    #[test]
    fn the_deadlines_of_a_ticket_pass_once_however_the_time_jumps(ticks in prop::collection::vec(0..40 * HOUR * 1000, 0..8)) {
        let mut entries = vec![(0, Entry::Open(0))];
        entries.extend(ticks.iter().map(|millis| (*millis, Entry::Tick)));
        entries.push((30 * DAY * 1000, Entry::Tick));
        let named = |entries: &[(u64, Entry)]| {
            let (run, _) = run(&log_of(entries), 3, &[]);
            let text = |b: &Breach| format!("{} {} {} {}", b.clock, b.level, b.tier, b.due_at);
            run.breaches().iter().map(|(id, breach)| (id.clone(), text(breach))).collect::<Vec<_>>()
        };
        let jump = [(0, Entry::Open(0)), (30 * DAY * 1000, Entry::Tick)];
        let mut one_jump = named(&jump);
        prop_assert_eq!(one_jump.len(), 4);
        let mut steps = named(&entries);
        one_jump.sort();
        steps.sort();
        prop_assert_eq!(steps, one_jump);
    }
}

fn own_ids(run: &Run) -> bool {
    let ids: BTreeSet<_> = run.taps.iter().map(|record| (record.topic, &record.headers[1])).collect();
    ids.len() == run.taps.len()
}

fn opened_twice(events: &[TicketEvent]) -> BTreeSet<TicketId> {
    let mut seen = BTreeSet::new();
    let opened = events.iter().filter(|event| event.event == Event::Opened {});
    opened.filter(|event| !seen.insert(event.ticket.clone())).map(|event| event.ticket.clone()).collect()
}

#[test]
fn met_a_millisecond_before_the_deadline_is_met_and_at_the_deadline_it_is_a_breach() {
    let begun = |millis: u64| {
        let work = Entry::Change(0, staff("thabo"), None, Box::new(to(Status::InProgress)));
        let (run, task) = run(&log_of(&[(0, Entry::Open(0)), (millis, work)]), 9, &[]);
        let clock = task.store().get(ticket_id(0).as_str()).unwrap().response;
        assert!(clock.met_at.is_some(), "late or not");
        (
            clock.breached_at.is_some(),
            run.breaches().iter().filter(|(_, breach)| breach.level == Level::Breach).count(),
        )
    };
    assert_eq!(begun(4 * HOUR * 1000 - 1), (false, 0));
    assert_eq!(begun(4 * HOUR * 1000), (true, 1));
}

#[test]
fn a_due_time_that_passed_before_the_ticket_was_heard_of_fires_with_it() {
    let [first, _] = editions();
    let mut open = opening_at(0, start(), &first, Category::Water, Some(DURBAN));
    open.facts.reply_partition = 0;
    let now = start() + Duration::from_secs(5 * HOUR);
    let envelope = Envelope::root(EventId::of(&[b"late"]), now);
    let key = open.ticket.to_string();
    let command = TicketCommand::Open(Box::new(open));
    let record =
        encode::<TicketCommands>(&ring(), "test", &envelope, Address::ByKey(1), key, &command).unwrap();
    let edition = control_record(TicketCommands::SPEC, 0, Control::Edition(1), start());
    let (run, _) = run(&[incoming(0, start(), edition), incoming(1, now, record)], 9, &[]);
    let kinds: Vec<_> = run.events().into_iter().map(|event| event.event).collect();
    assert!(matches!(
        kinds[..],
        [Event::Opened {}, Event::Warned { .. }, Event::Breached { .. }, Event::Escalated { .. }]
    ));
}

#[test]
fn a_forgotten_ticket_leaves_a_tombstone() {
    let close = Entry::Change(0, staff("thabo"), None, Box::new(close_as(Outcome::Invalid)));
    let (run, task) =
        run(&log_of(&[(0, Entry::Open(0)), (0, close), (35 * DAY * 1000, Entry::Tick)]), 1, &[]);
    assert_eq!(run.rows.get(ticket_id(0).as_str()), Some(&None));
    assert_eq!((task.entities(), task.next_due()), (0, None));
}

#[test]
fn a_ticket_whose_due_time_failed_is_switched_off_until_a_person_has_looked() {
    let (_, task) = run(&log_of(&[(0, Entry::Open(0))]), 1, &[]);
    let mut ticket = task.store().get(ticket_id(0).as_str()).unwrap().clone();
    let due = detect::next(&ticket);
    let version = ticket.version;
    ticket.disarm(start());
    assert_eq!((detect::next(&ticket), ticket.version), (None, version + 1));
    let action = Action::Note { note: Sealed("I see".to_owned()) };
    let change = Change {
        ticket: ticket_id(0),
        at: start(),
        actor: staff("thabo"),
        revision: None,
        expected_status: None,
        action,
    };
    track::change(&editions()[0], start(), &mut ticket, change).unwrap();
    assert_eq!(detect::next(&ticket), due);
}
