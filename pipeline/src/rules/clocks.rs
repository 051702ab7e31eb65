//! What happens to a ticket's clocks and dates when its status changes, for every actor.

use std::time::Duration;

use topics::records::editions::Rules;
use topics::records::ticket_commands::{Deadline, Deadlines};
use topics::records::tickets::{ClockState, Ticket};
use topics::values::time::Time;
use topics::values::vocabulary::{Outcome, Status};

/// A clock that starts with this deadline.
pub const fn start(deadline: Deadline) -> ClockState {
    ClockState {
        due_at: deadline.due_at,
        warn_at: deadline.warn_at,
        warned_at: None,
        warned_of: None,
        breached_at: None,
        met_at: None,
    }
}

/// The same clock with another deadline. Warnings already given are kept: if a deadline comes back, the team
/// is not warned of it twice.
const fn with_deadline(clock: &ClockState, deadline: Deadline) -> ClockState {
    ClockState { warned_at: clock.warned_at, warned_of: clock.warned_of, ..start(deadline) }
}

/// Whether the clocks of a ticket run in this status.
pub const fn run_in(status: Status) -> bool {
    matches!(status, Status::Open | Status::InProgress | Status::Escalated)
}

/// A person of the municipality has looked at the ticket, which meets the response clock, in time or late.
pub fn respond(ticket: &mut Ticket, now: Time) {
    ticket.first_responded_at.get_or_insert(now);
    ticket.response.met_at.get_or_insert(now);
}

/// Moves the ticket to a status, with its outcome if that is closed.
pub fn enter(ticket: &mut Ticket, to: Status, outcome: Option<Outcome>, now: Time, rules: &Rules) {
    let from = std::mem::replace(&mut ticket.status, to);
    let is = |status| to == status;
    ticket.outcome = outcome.filter(|_| is(Status::Closed));
    ticket.closed_at = is(Status::Closed).then_some(now);
    ticket.expire_at = is(Status::Closed).then_some(now + Duration::from_secs(rules.ticket_expiry_s));
    ticket.close_at = is(Status::Resolved).then_some(now + Duration::from_secs(rules.auto_close_s));
    if is(Status::Resolved) {
        ticket.resolved_at = Some(now);
        ticket.resolution.met_at.get_or_insert(now);
    }
    if run_in(to) && !run_in(from) {
        reopen(ticket, now, rules);
    }
}

/// Gives a reopened ticket at least `reopen_least_s`. A response clock that was met or missed stays as it is;
/// the resolution clock starts again.
fn reopen(ticket: &mut Ticket, now: Time, rules: &Rules) {
    ticket.reopened_at = Some(now);
    ticket.resolution.met_at = None;
    let least = least_deadline(now, rules);
    let over = ticket.response.met_at.is_some() || ticket.response.breached_at.is_some();
    if !over && ticket.response.due_at < least.due_at {
        ticket.response = with_deadline(&ticket.response, least);
    }
    if ticket.resolution.due_at < least.due_at {
        ticket.resolution = with_deadline(&ticket.resolution, least);
    }
}

/// The deadline that a ticket reopened at this moment gets at least. It has the system's time and the
/// system's share for the warning.
fn least_deadline(reopened_at: Time, rules: &Rules) -> Deadline {
    let time = Duration::from_secs(rules.reopen_least_s);
    Deadline { due_at: reopened_at + time, warn_at: reopened_at + time * u32::from(rules.warning_pct) / 100 }
}

/// Replaces the deadlines because the report's category, severity or place was corrected. A clock that was
/// met or missed stays as it was, and a reopened ticket keeps its minimum.
pub fn promise(ticket: &mut Ticket, deadlines: &Deadlines, rules: &Rules) {
    ticket.policy = deadlines.policy;
    ticket.policy_edition = deadlines.edition;
    let least = ticket.reopened_at.map(|at| least_deadline(at, rules));
    for (clock, deadline) in
        [(&mut ticket.response, deadlines.response), (&mut ticket.resolution, deadlines.resolution)]
    {
        let deadline = least.filter(|least| deadline.due_at < least.due_at).unwrap_or(deadline);
        if clock.met_at.is_none() && clock.breached_at.is_none() {
            *clock = with_deadline(clock, deadline);
        }
    }
}
