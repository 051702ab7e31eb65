//! The tickets that a conversation knows: which of them a turn may be about.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use topics::records::conversations::KnownTicket;
use topics::records::editions::Rules;
use topics::values::ids::{MessageSid, TicketId};
use topics::values::point::Point;
use topics::values::time::Time;
use topics::values::tracking::TrackingNumber;
use topics::values::vocabulary::{Category, Status};

use crate::rules::geography::metres_between;
use crate::understanding::numbers;

/// The tickets of a conversation, by id.
pub type TicketMap = BTreeMap<TicketId, KnownTicket>;

/// The number of tickets above which the oldest closed ones are forgotten. A ticket that is not closed still
/// has news for the resident, so it is kept.
const MAX_TICKETS: usize = 100;
/// The number of tickets above which even open ones are forgotten, the oldest first, so that the row of the
/// conversation stays far below the largest record of its topic. News of a forgotten ticket become dead
/// letters.
pub const MAX_OPEN_TICKETS: usize = 1000;
/// The maximum number of our messages about a ticket that are remembered to recognise replies to them.
const MAX_SENT: usize = 5;

/// The tickets of a conversation at a point in time.
#[derive(Clone, Copy)]
pub struct Tickets<'a> {
    known: &'a TicketMap,
    now: Time,
    rules: &'a Rules,
}

impl<'a> Tickets<'a> {
    pub const fn new(known: &'a TicketMap, now: Time, rules: &'a Rules) -> Self {
        Self { known, now, rules }
    }

    /// The rules of the edition.
    pub const fn rules(&self) -> &'a Rules {
        self.rules
    }

    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    pub fn category(&self, ticket: &TicketId) -> Option<Category> {
        self.known.get(ticket).map(|known| known.category)
    }

    pub fn status(&self, ticket: &TicketId) -> Option<Status> {
        self.known.get(ticket)?.status
    }

    pub fn is_located(&self, ticket: &TicketId) -> bool {
        self.known.get(ticket).is_some_and(|known| known.located)
    }

    /// The tickets that are not closed, the most recently mentioned one first.
    pub fn open(&self) -> Vec<TicketId> {
        let open = self.known.iter().filter(|(_, known)| known.status != Some(Status::Closed));
        let mut open: Vec<(&TicketId, &KnownTicket)> = open.collect();
        open.sort_by_key(|(ticket, known)| (Reverse(known.spoken_at), (*ticket).clone()));
        open.into_iter().map(|(ticket, _)| ticket.clone()).collect()
    }

    /// The tickets that wait for a confirmation, the most recently mentioned one first.
    pub fn resolved(&self) -> Vec<TicketId> {
        let mut open = self.open();
        open.retain(|ticket| self.status(ticket) == Some(Status::Resolved));
        open
    }

    /// The open tickets, or the most recent closed one if none is open.
    pub fn current(&self) -> Vec<TicketId> {
        let open = self.open();
        if !open.is_empty() {
            return open;
        }
        let last = self.known.iter().max_by_key(|(_, known)| known.at);
        last.map(|(ticket, _)| ticket.clone()).into_iter().collect()
    }

    /// The most recently mentioned ticket, if that was less than `seconds` ago and the ticket is not closed.
    pub fn recent(&self, seconds: u64) -> Option<TicketId> {
        let ticket = self.open().into_iter().next()?;
        let spoken_at = self.known.get(&ticket)?.spoken_at;
        self.is_within(spoken_at, seconds).then_some(ticket)
    }

    /// Whether there is a ticket of this category that is not closed.
    pub fn has_open(&self, category: Category) -> bool {
        self.known.values().any(|known| known.category == category && known.status != Some(Status::Closed))
    }

    /// Whether the ticket's last news says that it is resolved or closed.
    pub fn is_over(&self, ticket: &TicketId) -> bool {
        matches!(self.status(ticket), Some(Status::Resolved | Status::Closed))
    }

    /// Whether the ticket was closed so long ago that it cannot be reopened. It gets no more commands,
    /// because it may have expired, and then no answer would come.
    pub fn is_past(&self, ticket: &TicketId) -> bool {
        let closed_at = self.known.get(ticket).and_then(|known| known.closed_at);
        let kept_s = self.rules.reopen_s.min(self.rules.ticket_expiry_s);
        closed_at.is_some_and(|at| !self.is_within(at, kept_s))
    }

    /// The ticket of this number.
    pub fn numbered(&self, number: &TrackingNumber) -> Option<TicketId> {
        let is_it = |(_, known): &(&TicketId, &KnownTicket)| known.tracking_number == *number;
        self.known.iter().find(is_it).map(|(ticket, _)| ticket.clone())
    }

    /// The only ticket whose number a text nearly contains: one character is wrong, missing, too many or
    /// swapped with the next.
    pub fn nearly_numbered(&self, text: &str) -> Option<TicketId> {
        let is_near = |known: &KnownTicket| numbers::nearly(text, &known.tracking_number);
        let mut near = self.known.iter().filter(|(_, known)| is_near(known));
        let (ticket, _) = near.next()?;
        near.next().is_none().then(|| ticket.clone())
    }

    /// The ticket of this category that is worked on, at most `metres` from a point; the nearest one.
    pub fn same_matter(&self, category: Category, point: Point, metres: f64) -> Option<TicketId> {
        let distance = |(ticket, known): (&TicketId, &KnownTicket)| {
            let is_same = known.category == category && !self.is_over(ticket);
            let metres = metres_between(known.point.filter(|_| is_same)?, point);
            Some((metres, ticket.clone()))
        };
        let near = self.known.iter().filter_map(distance).filter(|(distance, _)| *distance <= metres);
        near.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, ticket)| ticket)
    }

    /// The ticket that a message is about: a message of ours about it, or the message that it was opened
    /// with.
    pub fn of_message(&self, sid: &MessageSid) -> Option<TicketId> {
        let opened = TicketId::of(sid);
        let is_it =
            |(ticket, known): &(&TicketId, &KnownTicket)| **ticket == opened || known.sent.contains(sid);
        self.known.iter().find(is_it).map(|(ticket, _)| ticket.clone())
    }

    /// Whether `at` is less than this number of seconds ago.
    fn is_within(&self, at: Time, seconds: u64) -> bool {
        self.now.since(at).as_secs() < seconds
    }
}

/// What is known of a ticket when its report is filed.
pub fn newly_filed(
    tracking_number: TrackingNumber,
    category: Category,
    point: Option<Point>,
    now: Time,
) -> KnownTicket {
    KnownTicket {
        tracking_number,
        category,
        located: point.is_some(),
        point,
        spoken_at: now,
        status: None,
        outcome: None,
        closed_at: None,
        version: 0,
        at: now,
        resolution_due_at: None,
        too_late: false,
        waiting: None,
        asked: Default::default(),
        sent: Vec::new(),
    }
}

/// Adds a ticket. Older ones are forgotten until there is room for it.
pub fn insert(tickets: &mut TicketMap, ticket: TicketId, known: KnownTicket) {
    while tickets.len() >= MAX_TICKETS {
        let order = |known: &KnownTicket| (known.status != Some(Status::Closed), known.at);
        let oldest = tickets.iter().min_by_key(|(_, known)| order(known));
        let Some((oldest, known)) = oldest else { break };
        if known.status != Some(Status::Closed) && tickets.len() < MAX_OPEN_TICKETS {
            break;
        }
        let oldest = oldest.clone();
        tickets.remove(&oldest);
    }
    tickets.insert(ticket, known);
}

/// The ticket of this category that the resident wanted to reopen too late. One new report continues from
/// it, so it is returned only once.
pub fn take_too_late(tickets: &mut TicketMap, category: Category) -> Option<TicketId> {
    let late = tickets.iter_mut().filter(|(_, known)| known.too_late && known.category == category);
    let (ticket, known) = late.max_by_key(|(_, known)| known.at)?;
    known.too_late = false;
    Some(ticket.clone())
}

/// Remembers that our message `sid` is about the ticket.
pub fn remember_message(tickets: &mut TicketMap, ticket: &TicketId, sid: MessageSid) {
    let Some(known) = tickets.get_mut(ticket).filter(|known| !known.sent.contains(&sid)) else {
        return;
    };
    if known.sent.len() >= MAX_SENT {
        known.sent.remove(0);
    }
    known.sent.push(sid);
}
