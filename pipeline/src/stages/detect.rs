//! detect: a function of a ticket and the time. It says what happens to the ticket by itself next, and when.

use topics::records::breaches::Breach;
use topics::records::tickets::Ticket;
use topics::values::time::Time;
use topics::values::vocabulary::{Clock, Level, Outcome, Status};

use crate::rules::clocks;
use crate::rules::life::{Condition, Initiator, way};

/// What happens to a ticket by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TicketDue {
    /// A clock's warning or deadline passes.
    Clock(Level, Clock),
    /// Nobody answered whether it is resolved.
    Close,
    /// It was closed long ago and is forgotten.
    Expire,
}

/// What happens next and when. At the same moment warnings go before breaches and the response before the
/// resolution; a warning that the time has jumped over still goes before its breach.
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

/// Lets a warning or deadline of a clock pass; says what to tell of it.
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

/// The outcome with which time closes a ticket of this status; none where it does not.
pub fn closes_with(status: Status) -> Option<Outcome> {
    match way(status, Status::Closed, &[Initiator::Time])?.needs {
        Condition::Outcome([outcome, ..]) => Some(*outcome),
        _ => None,
    }
}

/// Closes a ticket about which nobody said anything in time; says whether it was one to close.
pub fn close(ticket: &mut Ticket, now: Time, rules: &topics::records::editions::Rules) -> bool {
    let outcome = closes_with(ticket.status);
    if outcome.is_some() {
        clocks::enter(ticket, Status::Closed, outcome, now, rules);
    }
    outcome.is_some()
}
