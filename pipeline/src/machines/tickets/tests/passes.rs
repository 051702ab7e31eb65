//! A new edition and the tickets that its pass has not reached yet: it counts from its own moment for all of
//! them, and what was missed before that moment stays missed.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use topics::catalogue::{TicketCommands, TicketEvents, Tickets, Topic};
use topics::codec::control::control_record;
use topics::codec::partition::partition_of;
use topics::codec::record::Outgoing;
use topics::records::control::Control;
use topics::records::editions::Reference;
use topics::records::ticket_actions::Actor;
use topics::records::ticket_commands::{Action, Change, TicketCommand};
use topics::records::ticket_events::{Event, TicketEvent};
use topics::records::tickets::Ticket;
use topics::values::ids::{EventId, TicketId};
use topics::values::time::Time;
use topics::values::vocabulary::{Category, Status};

use super::calendars::{declared, in_working_hours};
use super::ladders::{ladder, with_staff};
use super::scene::{
    DURBAN, HOUR, PARTITIONS, around, command, opening_at, ring, staff, start, ticket_id, to,
};
use crate::engine::task::{MachineTask, Progress, Task};
use crate::machines::tickets::TicketMachine;
use crate::rules::edition::Edition;

/// Many tickets in one partition, whose records come when the test says: the machine gets no other ticks.
struct Many {
    task: MachineTask<TicketMachine>,
    offset: i64,
    written: Vec<Outgoing>,
    edition: u32,
    /// The tickets in the order in which a pass reaches them.
    tickets: Vec<TicketId>,
}

impl Many {
    /// So many tickets about water, under edition 1. Those that the pass reaches first are opened `apart`
    /// later than the others.
    fn opened(count: usize, apart: Duration, reference: Reference) -> Self {
        let numbers = (0..).filter(|n| partition_of(ticket_id(*n).as_str().as_bytes(), PARTITIONS) == 0);
        let mut numbers: Vec<u32> = numbers.take(count).collect();
        numbers.sort_by_key(|n| ticket_id(*n));
        let mut many = Self {
            task: MachineTask::new(TicketMachine, around(0)),
            offset: 0,
            written: Vec::new(),
            edition: 0,
            tickets: numbers.iter().map(|n| ticket_id(*n)).collect(),
        };
        many.publish(start(), reference.clone());
        let edition = Edition::new(1, reference).unwrap();
        let late = 2.min(count / 2);
        for (place, n) in numbers.iter().enumerate().skip(late).chain(numbers.iter().enumerate().take(late)) {
            let at = if place < late { start() + apart } else { start() };
            let open = opening_at(*n, at, &edition, Category::Water, Some(DURBAN));
            let key = open.ticket.clone();
            let id = EventId::of(&[b"open", &n.to_be_bytes()]);
            many.append(command(&id, at, &key, &TicketCommand::Open(Box::new(open))), at);
        }
        many
    }

    fn append(&mut self, record: Outgoing, at: Time) {
        let record = record.appended(self.offset, at);
        self.offset += 1;
        assert_eq!(self.task.step(&record).unwrap(), Progress::Done);
        self.written.extend(self.task.outputs());
        self.written.extend(self.task.close("test"));
        self.task.commit();
    }

    fn publish(&mut self, at: Time, reference: Reference) {
        self.edition += 1;
        self.task.add_edition(Arc::new(Edition::new(self.edition, reference).unwrap()));
        self.append(control_record(TicketCommands::SPEC, 0, Control::Edition(self.edition), at), at);
    }

    fn tick(&mut self, at: Time) {
        self.append(control_record(TicketCommands::SPEC, 0, Control::Tick, at), at);
    }

    fn ask(&mut self, ticket: &TicketId, at: Time, actor: &Actor, action: Action) {
        let change = Change {
            ticket: ticket.clone(),
            at,
            actor: actor.clone(),
            revision: None,
            expected_status: None,
            action,
        };
        let id = EventId::of(&[b"change", &self.offset.to_be_bytes()]);
        self.append(command(&id, at, ticket, &TicketCommand::Change(Box::new(change))), at);
    }

    fn last(&self) -> TicketId {
        self.tickets.last().unwrap().clone()
    }

    fn ticket(&self, ticket: &TicketId) -> Ticket {
        let is_row = |one: &&Outgoing| one.topic == Tickets::SPEC.name && one.key == ticket.as_str();
        let row = self.written.iter().rfind(is_row).unwrap().clone();
        row.appended(0, start()).decode::<Tickets>(&ring()).unwrap().1
    }

    fn events(&self, ticket: &TicketId) -> Vec<TicketEvent> {
        let is_event = |one: &&Outgoing| one.topic == TicketEvents::SPEC.name && one.key == ticket.as_str();
        let decode =
            |one: &Outgoing| one.clone().appended(0, start()).decode::<TicketEvents>(&ring()).unwrap().1;
        self.written.iter().filter(is_event).map(decode).collect()
    }
}

fn hours(hours: u64) -> Time {
    start() + Duration::from_secs(hours * HOUR)
}

/// More tickets than a pass reaches in one step.
const MORE: usize = 502;

#[test]
fn a_new_calendar_counts_from_its_moment_for_tickets_that_its_pass_has_not_reached() {
    let mut many = Many::opened(MORE, Duration::ZERO, in_working_hours());
    let last = many.last();
    many.tick(hours(54));
    // All are due at 56 hours, on Wednesday at 16, until Wednesday becomes a holiday.
    many.publish(hours(55), declared("2026-03-04"));
    assert_eq!(many.ticket(&many.tickets[0]).resolution.due_at, hours(80));
    assert_eq!(many.ticket(&last).resolution.due_at, hours(56), "the pass has not reached it");
    many.tick(hours(57));
    let ticket = many.ticket(&last);
    assert_eq!((ticket.resolution.due_at, ticket.resolution.breached_at), (hours(80), None));
}

#[test]
fn a_command_finds_the_ticket_as_the_new_edition_has_it() {
    let mut many = Many::opened(MORE, Duration::ZERO, in_working_hours());
    let last = many.last();
    many.publish(hours(1), declared("2026-03-04"));
    many.ask(&last, hours(2), &staff("thabo"), to(Status::InProgress));
    let kinds: Vec<Event> = many.events(&last).into_iter().map(|event| event.event).collect();
    assert!(matches!(kinds[1..3], [Event::Moved { .. }, Event::Applied { .. }]), "{kinds:?}");
}

#[test]
fn a_deadline_that_passed_unseen_before_the_edition_is_missed_and_not_moved() {
    // More deadlines pass at once than fire in one step. The two tickets that the pass reaches first are due
    // later than all others.
    let mut many = Many::opened(1_002, Duration::from_secs(1), in_working_hours());
    let first = many.tickets[0].clone();
    many.publish(hours(73), declared("2026-03-04"));
    many.tick(hours(73));
    many.tick(hours(73));
    let ticket = many.ticket(&first);
    assert_eq!(ticket.resolution.due_at, hours(72) + Duration::from_secs(1), "on Thursday at 8");
    assert_eq!(ticket.resolution.breached_at, Some(hours(73)));
    let breached = many.tickets.iter().filter(|id| many.ticket(id).resolution.breached_at.is_some());
    assert_eq!(breached.count(), 1_002);
}

#[test]
fn a_ladder_counts_from_its_moment_for_tickets_that_its_pass_has_not_reached() {
    let with = |steps: &[&str]| Reference { ladders: ladder(steps), ..with_staff() };
    let before = with(&["1 resolution -50% notify lead", "2 resolution 0 escalate manager"]);
    // The times of the first step: 12 hours before, 13 hours now; the second one is due at 24 hours.
    let after = with(&["1 resolution -11h notify manager", "2 resolution 0 escalate login:boss"]);
    let mut many = Many::opened(MORE, Duration::ZERO, before);
    let last = many.last();
    many.publish(hours(12) + Duration::from_secs(1800), after);
    many.tick(hours(25));
    let steps: BTreeSet<(u8, String)> = many
        .events(&last)
        .into_iter()
        .filter_map(|event| match event.event {
            Event::Stepped { step, .. } => Some((step, event.reached[0].to_string())),
            _ => None,
        })
        .collect();
    let expected = [(1, "water-manager".to_owned()), (2, "boss".to_owned())];
    assert_eq!(steps, BTreeSet::from(expected));
}
