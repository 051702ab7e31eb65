//! detect: finds the next due time of a ticket and applies it. It is a function of the ticket and the time.

use std::time::Duration;

use topics::records::breaches::Breach;
use topics::records::tickets::Ticket;
use topics::values::time::Time;
use topics::values::vocabulary::{Clock, Level, Outcome, Role, Status};

use crate::rules::clocks;
use crate::rules::life::{Condition, Initiator, way};

/// A closed ticket whose due time failed is kept at least this long, so that a person can look at it.
const DISARMED_EXPIRY: Duration = Duration::from_secs(35 * 24 * 3600);

/// A due event of a ticket, caused by time alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TicketDue {
    /// The hold of the ticket ends.
    Resume,
    /// An absence or unavailability of those who have the ticket begins or ends.
    HandOn,
    /// The first deadline of a clock passes, after the resident had the ticket reopened and that moved it.
    First(Clock),
    /// A warning or a deadline of a clock passes.
    Clock(Level, Clock),
    /// A step of the municipality's ladder is due.
    Step(u8),
    /// An automation is due that waits for the ticket's time in its queue.
    Queued,
    /// No answer came to the question whether the ticket is resolved.
    Close,
    /// The ticket was closed long ago and expires.
    Expire,
}

/// The next due event and its time. At the same moment, warnings come before breaches, these before steps and
/// automations, and the response clock before the resolution clock; a warning that the time has jumped over
/// still comes before its breach.
pub fn next(ticket: &Ticket) -> Option<(Time, TicketDue)> {
    if let Some(disarmed_at) = ticket.disarmed_at {
        return expiry_of_disarmed(ticket, disarmed_at).map(|at| (at, TicketDue::Expire));
    }
    let of_status = match ticket.status {
        Status::Resolved => ticket.close_at.map(|at| (at, TicketDue::Close)),
        Status::Closed => ticket.expire_at.map(|at| (at, TicketDue::Expire)),
        Status::Open | Status::InProgress | Status::Escalated => None,
    };
    let step = ticket.ladder.as_ref().and_then(|ladder| ladder.next);
    let step = step.map(|next| (next.at, TicketDue::Step(next.step)));
    let queued = ticket.queue_stay.and_then(|stay| stay.next_at).map(|at| (at, TicketDue::Queued));
    let resume = ticket.hold.as_ref().map(|hold| (hold.until, TicketDue::Resume));
    Clock::BOTH
        .iter()
        .flat_map(|clock| pending(ticket, *clock))
        .chain(step)
        .chain(queued)
        .chain(of_status)
        .chain(resume)
        .chain(ticket.hand_on_at.map(|at| (at, TicketDue::HandOn)))
        .min()
}

/// When a ticket whose due time failed expires: not while a person still has to look at it.
fn expiry_of_disarmed(ticket: &Ticket, disarmed_at: Time) -> Option<Time> {
    let expire_at = ticket.expire_at.filter(|_| ticket.status == Status::Closed)?;
    Some(expire_at.max(disarmed_at + DISARMED_EXPIRY))
}

fn pending(ticket: &Ticket, clock: Clock) -> impl Iterator<Item = (Time, TicketDue)> {
    let state = *ticket.clock(clock);
    let is_open = state.met_at.is_none() && state.breached_at.is_none();
    let stands_still = clock == Clock::Resolution && ticket.hold.is_some();
    let runs = is_open && clocks::run_in(ticket.status) && !stands_still;
    let warning = (runs && state.warned().is_none())
        .then_some((state.warn_at, TicketDue::Clock(Level::Warning, clock)));
    // A clock that was met after its deadline was missed too, even if nothing could see it at that time:
    // because the ticket was closed, or because a correction brought the deadline back.
    let is_late = state.breached_at.is_none() && state.met_at.is_some_and(|met| met >= state.due_at);
    let breach = (runs || is_late).then_some((state.due_at, TicketDue::Clock(Level::Breach, clock)));
    let first = state
        .first_due_at
        .filter(|first| state.first_missed_at.is_none() && state.met_at.is_none_or(|met| met >= *first))
        .filter(|_| (clocks::run_in(ticket.status) && !stands_still) || state.met_at.is_some())
        .map(|first| (first, TicketDue::First(clock)));
    warning.into_iter().chain(breach).chain(first)
}

/// Applies a warning or deadline of a clock; returns what to report of it.
pub fn pass(ticket: &mut Ticket, level: Level, clock: Clock, now: Time, edition: u32) -> Breach {
    let state = ticket.clock_mut(clock);
    let due_at = state.due_at;
    match level {
        Level::Warning => {
            state.warned_at = Some(now);
            state.warned_of = Some(due_at);
        }
        Level::Breach => state.breached_at = Some(now),
    }
    report(ticket, level, clock, due_at, now, edition)
}

/// Records that the first deadline of a clock was missed; returns what to report of it, or `None` if there is
/// no such deadline.
pub fn pass_first(ticket: &mut Ticket, clock: Clock, now: Time, edition: u32) -> Option<Breach> {
    let state = ticket.clock_mut(clock);
    let due_at = state.first_due_at?;
    state.first_missed_at = Some(now);
    Some(report(ticket, Level::Breach, clock, due_at, now, edition))
}

fn report(ticket: &Ticket, level: Level, clock: Clock, due_at: Time, now: Time, edition: u32) -> Breach {
    Breach {
        ticket: ticket.ticket.clone(),
        edition,
        clock,
        level,
        tier: ticket.tier,
        due_at,
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
        clocks::enter(ticket, Status::Closed, outcome, Role::System, now, rules);
    }
    outcome.is_some()
}
