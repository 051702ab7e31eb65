//! detect: finds the next due time of a ticket and applies it. It is a function of the ticket and the time.

use topics::records::breaches::Breach;
use topics::records::tickets::Ticket;
use topics::values::time::Time;
use topics::values::vocabulary::{Clock, Level, Outcome, Status};

use crate::rules::clocks;
use crate::rules::life::{Condition, Initiator, way};

/// A due event of a ticket, caused by time alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TicketDue {
    /// A warning or a deadline of a clock passes.
    Clock(Level, Clock),
    /// No answer came to the question whether the ticket is resolved.
    Close,
    /// The ticket was closed long ago and expires.
    Expire,
}

/// The next due event and its time. At the same moment, warnings come before breaches and the response clock
/// before the resolution clock; a warning that the time has jumped over still comes before its breach.
pub fn next(ticket: &Ticket) -> Option<(Time, TicketDue)> {
    if ticket.disarmed_at.is_some() {
        return None;
    }
    match ticket.status {
        Status::Resolved => ticket.close_at.map(|at| (at, TicketDue::Close)),
        Status::Closed => ticket.expire_at.map(|at| (at, TicketDue::Expire)),
        Status::Open | Status::InProgress | Status::Escalated => {
            Clock::BOTH.iter().flat_map(|clock| pending(ticket, *clock)).min()
        }
    }
}

fn pending(ticket: &Ticket, clock: Clock) -> impl Iterator<Item = (Time, TicketDue)> {
    let state = *ticket.clock(clock);
    let running = state.met_at.is_none() && state.breached_at.is_none();
    let warning = (running && state.warned().is_none())
        .then_some((state.warn_at, TicketDue::Clock(Level::Warning, clock)));
    let breach = running.then_some((state.due_at, TicketDue::Clock(Level::Breach, clock)));
    warning.into_iter().chain(breach)
}

/// Applies a warning or deadline of a clock; returns what to report of it.
pub fn pass(ticket: &mut Ticket, level: Level, clock: Clock, now: Time, edition: u32) -> Breach {
    let state = ticket.clock_mut(clock);
    match level {
        Level::Warning => (state.warned_at, state.warned_of) = (Some(now), Some(state.due_at)),
        Level::Breach => state.breached_at = Some(now),
    }
    Breach {
        ticket: ticket.ticket.clone(),
        edition,
        clock,
        level,
        tier: ticket.tier,
        due_at: ticket.clock(clock).due_at,
        seen_at: now,
        municipality: ticket.routing.municipality.clone(),
        team: ticket.routing.team.clone(),
        category: ticket.facts.category,
    }
}

/// The outcome with which time closes a ticket of this status, or `None` if time does not close it.
pub fn closes_with(status: Status) -> Option<Outcome> {
    match way(status, Status::Closed, &[Initiator::Time])?.needs {
        Condition::Outcome([outcome, ..]) => Some(*outcome),
        _ => None,
    }
}

/// Closes a ticket for which no answer came in time; returns whether its status allowed that.
pub fn close(ticket: &mut Ticket, now: Time, rules: &topics::records::editions::Rules) -> bool {
    let outcome = closes_with(ticket.status);
    if outcome.is_some() {
        clocks::enter(ticket, Status::Closed, outcome, now, rules);
    }
    outcome.is_some()
}
