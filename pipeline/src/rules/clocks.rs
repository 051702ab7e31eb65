//! What happens to a ticket's clocks and dates when its status changes, whoever changes it.

use std::time::Duration;

use topics::records::editions::Rules;
use topics::records::ticket_commands::{Deadline, Deadlines};
use topics::records::tickets::{ClockState, Ticket};
use topics::values::time::Time;
use topics::values::vocabulary::{Outcome, Status};

/// A clock that starts with this promise.
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

/// The same clock with another promise. What the team was warned of stays known: a deadline that comes back
/// warns nobody twice.
const fn again(clock: &ClockState, deadline: Deadline) -> ClockState {
    ClockState { warned_at: clock.warned_at, warned_of: clock.warned_of, ..start(deadline) }
}

/// Whether the clocks of a ticket run in this status.
pub const fn run_in(status: Status) -> bool {
    matches!(status, Status::Open | Status::InProgress | Status::Escalated)
}

/// A person of the municipality has looked: meets the response clock, late or not.
pub fn respond(ticket: &mut Ticket, now: Time) {
    ticket.first_responded_at.get_or_insert(now);
    ticket.response.met_at.get_or_insert(now);
}

/// Brings the ticket into a status, with its outcome where that is closed.
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

/// Gives a reopened ticket at least `reopen_least_s`. A response clock that was met or missed has had its
/// say; the resolution is promised anew.
fn reopen(ticket: &mut Ticket, now: Time, rules: &Rules) {
    ticket.reopened_at = Some(now);
    ticket.resolution.met_at = None;
    let least = least(now, rules);
    let over = ticket.response.met_at.is_some() || ticket.response.breached_at.is_some();
    if !over && ticket.response.due_at < least.due_at {
        ticket.response = again(&ticket.response, least);
    }
    if ticket.resolution.due_at < least.due_at {
        ticket.resolution = again(&ticket.resolution, least);
    }
}

/// What a ticket reopened at this moment is promised at least. The share of the warning is the system's, as
/// is the time.
fn least(reopened_at: Time, rules: &Rules) -> Deadline {
    let time = Duration::from_secs(rules.reopen_least_s);
    Deadline { due_at: reopened_at + time, warn_at: reopened_at + time * u32::from(rules.warning_pct) / 100 }
}

/// Replaces what was promised, because the matter or its place was another one. A clock that was met or
/// missed stays as it was, and so does the least that a reopened ticket is given.
pub fn promise(ticket: &mut Ticket, deadlines: &Deadlines, rules: &Rules) {
    ticket.policy = deadlines.policy;
    ticket.policy_edition = deadlines.edition;
    let least = ticket.reopened_at.map(|at| least(at, rules));
    for (clock, deadline) in
        [(&mut ticket.response, deadlines.response), (&mut ticket.resolution, deadlines.resolution)]
    {
        let deadline = least.filter(|least| deadline.due_at < least.due_at).unwrap_or(deadline);
        if clock.met_at.is_none() && clock.breached_at.is_none() {
            *clock = again(clock, deadline);
        }
    }
}
