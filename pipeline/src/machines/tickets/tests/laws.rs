//! What holds for every log: the laws of the machine, on random logs.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use proptest::prelude::*;
use topics::catalogue::{TicketCommands, Topic};
use topics::codec::control::control_record;
use topics::codec::record::{Address, Envelope, encode};
use topics::codec::sealing::Sealed;
use topics::records::breaches::Breach;
use topics::records::control::Control;
use topics::records::ticket_commands::{Action, Change, TicketCommand};
use topics::records::ticket_events::{Event, FieldChange, TicketEvent};
use topics::values::ids::{EventId, TicketId};
use topics::values::vocabulary::{AssignmentReason, Category, Level, Outcome, Status};

use super::random_logs::*;
use super::scene::*;
use crate::engine::store::Entity;
use crate::engine::task::Task;
use crate::rules::clocks;
use crate::rules::handover;
use crate::stages::detect;
use crate::stages::track;

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
                Event::Applied { command, .. } | Event::Refused { command, .. } => {
                    *answers.entry(command.to_string()).or_default() += 1;
                }
                Event::Opened {} => opened += 1,
                _ => {}
            }
        }
        prop_assert!(answers.values().all(|count| *count == 1));
        let is_command = |entry: &Entry| matches!(entry, Entry::Open(_) | Entry::Change(..));
        let commands = entries.iter().filter(|(_, entry)| is_command(entry)).count();
        prop_assert_eq!(answers.len() + opened, commands);
        prop_assert!(own_ids(&run));
        for (stage, counts) in &task.row().counts {
            let processed = counts.forwarded + counts.filtered + counts.rejected;
            prop_assert_eq!(counts.received, processed, "{}", stage);
        }
        let track = task.row().counts.iter().find(|(stage, _)| stage.as_str() == "track");
        prop_assert_eq!(track.map_or(0, |(_, counts)| counts.received), commands as u64);
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
                Event::Applied { .. }
                | Event::Escalated { .. }
                | Event::Stepped { .. }
                | Event::Automated { .. } => (version + 1, revision + 1),
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
    fn an_automation_does_something_once_for_each_thing_that_happens(entries in entries()) {
        let (run, _) = run(&log_of(&entries), 50, &[]);
        let mut fired: BTreeMap<TicketId, BTreeSet<String>> = BTreeMap::new();
        for event in run.events() {
            let since = fired.entry(event.ticket).or_default();
            match event.event {
                Event::Automated { automation, .. } => {
                    // That a ticket has waited in its queue happens without an event of its own.
                    if automation.as_str() == "wait" && !since.contains("wait") {
                        since.clear();
                    }
                    prop_assert!(since.insert(automation.to_string()), "{}", automation);
                }
                _ => since.clear(),
            }
        }
    }

    #[test]
    fn a_step_of_a_ladder_fires_once_a_deadline(entries in entries()) {
        let (run, task) = run(&log_of(&entries), 50, &[]);
        let reborn = opened_twice(&run.events());
        let mut fired = BTreeSet::new();
        for event in run.events().into_iter().filter(|event| !reborn.contains(&event.ticket)) {
            if let Event::Stepped { clock, step, offset, action, due_at, .. } = event.event {
                let what = format!("{} {clock} {step} {offset} {action} {due_at}", event.ticket);
                prop_assert!(fired.insert(what.clone()), "{}", what);
            }
        }
        for (_, ticket) in task.store().iter().filter(|(_, ticket)| clocks::run_in(ticket.status)) {
            let next = ticket.ladder.as_ref().and_then(|ladder| ladder.next);
            prop_assert!(next.is_none_or(|next| next.at > ticket.at || ticket.disarmed_at.is_some()));
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
            let held = (
                routing.municipality.clone(),
                routing.team.clone(),
                routing.assigned_to.clone(),
                ticket.facts.category,
            );
            prop_assert_eq!(current.get(&ticket.ticket), Some(&held));
        }
    }

    #[test]
    fn what_lies_with_those_who_are_not_there_is_handed_on_or_flagged(entries in entries()) {
        // What is due at the last moment fires with the ticks.
        let ticks = [0, 0, 0].map(|millis| (millis, Entry::Tick));
        let entries: Vec<_> = entries.into_iter().chain(ticks).collect();
        let log = log_of(&entries);
        let now = log.last().map_or_else(start, |record| record.time);
        let (run, task) = run(&log, 50, &[]);
        for (_, ticket) in task.store().iter().filter(|(_, ticket)| ticket.disarmed_at.is_none()) {
            let edition = &editions()[usize::try_from(ticket.edition).unwrap() - 1];
            let away = handover::away(edition, &ticket.routing, now);
            let is_left = clocks::run_in(ticket.status) && away.is_some();
            prop_assert_eq!(ticket.unattended_since.is_some(), is_left, "{:?} {:?}", ticket.routing, away);
            prop_assert!(ticket.hand_on_at.is_none_or(|at| at > now));
        }
        for event in run.events().into_iter().filter(|event| matches!(event.event, Event::HandedOn { .. })) {
            let fact = event.assignment.as_ref();
            prop_assert!(fact.is_some_and(|fact| fact.reason != AssignmentReason::ManualOverride));
            let stays = |change: &FieldChange| {
                !matches!(change, FieldChange::ResolutionDueAt { .. } | FieldChange::Municipality { .. })
            };
            prop_assert!(event.changes.iter().all(stays));
        }
    }

    #[test]
    fn a_matter_corrected_to_and_fro_gives_every_record_its_own_id(
        corrections in prop::collection::vec((1..90 * MINUTE * 1000, correction()), 0..20)
    ) {
        let correct = |(millis, action)| (millis, Entry::Change(0, staff("thabo"), None, Box::new(action)));
        let opened = std::iter::once((0, Entry::Open(0)));
        let entries: Vec<_> = opened.chain(corrections.into_iter().map(correct)).collect();
        let (run, _) = run(&log_of(&entries), 5, &[]);
        prop_assert!(own_ids(&run));
    }

    #[test]
    fn the_deadlines_of_a_ticket_pass_once_however_the_time_jumps(
        ticks in prop::collection::vec(0..40 * HOUR * 1000, 0..8)
    ) {
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
fn a_due_time_that_passed_before_the_ticket_was_known_fires_with_it() {
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
