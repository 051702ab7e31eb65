//! What happens to a ticket's clocks and dates when its status changes, for every actor.

use std::time::Duration;

use topics::records::editions::Rules;
use topics::records::ticket_commands::{Deadline, Deadlines, WorkingPromise};
use topics::records::tickets::{ClockState, Ticket};
use topics::values::time::Time;
use topics::values::vocabulary::{Clock, Outcome, Role, Status};

use crate::rules::calendar::{Counting, Stretch, WorkingTime};
use crate::rules::hold_times;
use crate::rules::policy;

/// A clock that starts with this deadline.
pub const fn start(deadline: Deadline) -> ClockState {
    ClockState {
        due_at: deadline.due_at,
        warn_at: deadline.warn_at,
        warned_at: None,
        warned_of: None,
        breached_at: None,
        met_at: None,
        first_due_at: None,
        first_missed_at: None,
        shortest_due_at: None,
        given_at: None,
        working: deadline.working,
        without_holds_due_at: None,
    }
}

/// Whether the clocks of a ticket run in this status.
pub const fn run_in(status: Status) -> bool {
    matches!(status, Status::Open | Status::InProgress | Status::Escalated)
}

/// The nearer deadline of the clocks that run and are not met yet: not of a ticket that is resolved or
/// closed, and not the resolution of a ticket that is held. The column `tickets.next_due_at` says the same.
pub fn next_due(ticket: &Ticket) -> Option<Time> {
    let is_pending = |clock: &Clock| {
        let stands_still = *clock == Clock::Resolution && ticket.held_since.is_some();
        run_in(ticket.status) && ticket.clock(*clock).met_at.is_none() && !stands_still
    };
    Clock::BOTH.iter().filter(|clock| is_pending(clock)).map(|clock| ticket.clock(*clock).due_at).min()
}

/// A person of the municipality has looked at the ticket, which meets the response clock, in time or late.
pub fn respond(ticket: &mut Ticket, now: Time) {
    ticket.first_responded_at.get_or_insert(now);
    ticket.response.met_at.get_or_insert(now);
}

/// Why the clocks of a ticket run again after they stood still.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reopening {
    /// Staff undo what staff or time did: the promise is where it was.
    Undone,
    /// The resident says that the problem is not solved: the municipality gets more time, and the promise is
    /// still judged by its first date.
    Denied,
    /// The resident had closed the ticket: the promise was kept or given back, and a new one begins.
    Renewed,
}

impl Reopening {
    const fn of(closed_with: Option<Outcome>, by: Role) -> Self {
        match (closed_with, by) {
            (Some(Outcome::Confirmed | Outcome::Withdrawn), _) => Self::Renewed,
            (_, Role::Resident) => Self::Denied,
            (_, Role::Staff | Role::Manager | Role::System) => Self::Undone,
        }
    }

    const fn explain(self) -> &'static str {
        match self {
            Self::Undone => "the deadlines are where they were; one that passed meanwhile is missed at once",
            Self::Denied => "at least `reopen_least_s` more; the first date still judges whether it was kept",
            Self::Renewed => "a new promise of at least `reopen_least_s`",
        }
    }
}

/// What happens to the deadlines of a reopened ticket, as Markdown for the documents.
pub fn reopenings_markdown() -> String {
    let mut text =
        String::from("| the ticket was | staff reopen it | the resident reopens it |\n|---|---|---|\n");
    let closed = Outcome::ALL.iter().map(|outcome| (format!("closed, {outcome}"), Some(*outcome)));
    for (was, outcome) in std::iter::once(("resolved".to_owned(), None)).chain(closed) {
        let staff = Reopening::of(outcome, Role::Staff).explain();
        let resident = Reopening::of(outcome, Role::Resident).explain();
        text.push_str(&format!("| {was} | {staff} | {resident} |\n"));
    }
    text
}

/// Moves the ticket to a status, with its outcome if that is closed.
pub fn enter(ticket: &mut Ticket, to: Status, outcome: Option<Outcome>, by: Role, now: Time, rules: &Rules) {
    let from = std::mem::replace(&mut ticket.status, to);
    let closed_with = std::mem::replace(&mut ticket.outcome, outcome.filter(|_| to == Status::Closed));
    let is = |status| to == status;
    ticket.closed_at = is(Status::Closed).then_some(now);
    ticket.expire_at = is(Status::Closed).then_some(now + Duration::from_secs(rules.ticket_expiry_s));
    ticket.close_at = is(Status::Resolved).then_some(now + Duration::from_secs(rules.auto_close_s));
    if is(Status::Resolved) {
        ticket.resolved_at = Some(now);
        ticket.resolution.met_at.get_or_insert(now);
    }
    if run_in(to) && !run_in(from) {
        ticket.reopenings = ticket.reopenings.saturating_add(1);
        reopen(ticket, Reopening::of(closed_with, by), now, rules);
    }
}

/// Lets the clocks of a reopened ticket run again. Unless staff undo what they did themselves, it gets at
/// least `reopen_least_s`. A response clock that was met or missed stays as it is.
fn reopen(ticket: &mut Ticket, why: Reopening, now: Time, rules: &Rules) {
    ticket.resolution.met_at = None;
    if why == Reopening::Undone {
        return;
    }
    ticket.reopened_at = Some(now);
    let least = least_deadline(now, rules, &[]);
    if !is_over(&ticket.response) {
        extend(&mut ticket.response, least, now, why);
    }
    extend(&mut ticket.resolution, least, now, why);
}

/// Whether the clock was met or missed.
pub const fn is_over(clock: &ClockState) -> bool {
    clock.met_at.is_some() || clock.breached_at.is_some()
}

/// Moves the deadline of the clock to `least` if it is earlier. A deadline that was missed already stays
/// missed in `breaches`.
fn extend(clock: &mut ClockState, least: Deadline, reopened_at: Time, why: Reopening) {
    if clock.due_at >= least.due_at {
        return;
    }
    let is_new_promise = why == Reopening::Renewed || clock.breached_at.is_some();
    let first_due_at = if is_new_promise { None } else { clock.first_due_at.or(Some(clock.due_at)) };
    *clock = ClockState {
        first_due_at,
        first_missed_at: clock.first_missed_at.filter(|_| !is_new_promise),
        warned_at: clock.warned_at,
        warned_of: clock.warned_of,
        given_at: Some(reopened_at),
        ..start(least)
    };
}

/// The deadline that a ticket reopened at this moment gets at least. It has the system's time and the
/// system's share for the warning, and the holds since then do not count.
fn least_deadline(reopened_at: Time, rules: &Rules, holds: &[Stretch]) -> Deadline {
    let time = Duration::from_secs(rules.reopen_least_s);
    let after = |time| Counting::RoundTheClock.deadline_after(holds, reopened_at, time);
    let warn_at = after(time * u32::from(rules.warning_pct) / 100);
    Deadline { due_at: after(time), warn_at, working: None }
}

/// When the ticket was reopened and the deadline that it has at least since then, apart from its holds;
/// missing if no reopening gave it more time.
fn least_of(ticket: &Ticket, rules: &Rules, holds: &[Stretch]) -> Option<(Time, Deadline)> {
    ticket.reopened_at.map(|at| (at, least_deadline(at, rules, holds)))
}

/// The deadline of the resolution that replaces this one, as it would be without holds.
pub(in crate::rules) fn without_holds(ticket: &Ticket, promised: Deadline, rules: &Rules) -> Time {
    least_of(ticket, rules, &[]).map_or(promised.due_at, |(_, least)| promised.due_at.max(least.due_at))
}

/// The deadline of a promise in working hours, apart from the holds; a reopened ticket keeps its minimum.
pub(in crate::rules) fn count_working(
    ticket: &Ticket,
    promise: WorkingPromise,
    calendar: &WorkingTime,
    rules: &Rules,
    held: &[Stretch],
) -> Deadline {
    let counted = policy::working_deadline(promise, calendar, held);
    match least_of(ticket, rules, held) {
        Some((_, least)) if counted.due_at < least.due_at => Deadline { working: counted.working, ..least },
        _ => counted,
    }
}

/// Replaces the deadlines because the report's category, severity or place was corrected. A clock that was
/// missed stays as it was, and a reopened ticket keeps its minimum.
pub fn promise(ticket: &mut Ticket, deadlines: &Deadlines, rules: &Rules) {
    ticket.policy = deadlines.policy;
    ticket.policy_edition = deadlines.edition;
    ticket.closed_days.clone_from(&deadlines.closed_days);
    let held = hold_times::stretches(ticket);
    let response = least_of(ticket, rules, &[]);
    let resolution = least_of(ticket, rules, &held);
    replace(&mut ticket.response, deadlines.response, response);
    replace(&mut ticket.resolution, deadlines.resolution, resolution);
}

/// Replaces the deadline of a clock that was not missed. Warnings already given are kept: if a deadline comes
/// back, the team is not warned of it twice.
fn replace(clock: &mut ClockState, promised: Deadline, least: Option<(Time, Deadline)>) {
    if clock.breached_at.is_some() {
        return;
    }
    if let Some(met_at) = clock.met_at {
        let was_promised = clock.shortest_due_at.is_some_and(|shortest| promised.due_at >= shortest);
        // A clock that was met in time does not become late by a deadline that was never promised.
        if met_at >= promised.due_at && !was_promised {
            return;
        }
    }
    let least = least.filter(|(_, least)| promised.due_at < least.due_at);
    let deadline = least.map_or(promised, |(_, least)| least);
    if deadline.due_at > clock.due_at {
        let replaced = clock.shortest_due_at.unwrap_or(clock.due_at);
        clock.shortest_due_at = Some(replaced.min(clock.due_at));
    }
    if clock.first_missed_at.is_none() && clock.first_due_at.is_some() {
        clock.first_due_at = (deadline.due_at != promised.due_at).then_some(promised.due_at);
    }
    clock.due_at = deadline.due_at;
    clock.warn_at = deadline.warn_at;
    clock.working = deadline.working;
    clock.given_at = least.map(|(reopened_at, _)| reopened_at);
}

/// Counts the deadline of a clock again on a calendar, if it is promised in working hours and still runs;
/// returns the new deadline if it is another one. A deadline that was met or missed stays as it is.
pub fn recount(
    ticket: &mut Ticket,
    clock: Clock,
    calendar: &WorkingTime,
    rules: &Rules,
    now: Time,
) -> Option<Time> {
    let held = match clock {
        Clock::Response => Vec::new(),
        Clock::Resolution => hold_times::stretches(ticket),
    };
    let state = ticket.clock(clock);
    let promise = state.working.filter(|_| !is_over(state))?;
    let deadline = count_working(ticket, promise, calendar, rules, &held);
    let without_holds = count_working(ticket, promise, calendar, rules, &[]);
    let state = ticket.clock_mut(clock);
    if deadline.due_at == state.due_at {
        return None;
    }
    if state.without_holds_due_at.is_some() {
        state.without_holds_due_at = Some(without_holds.due_at);
    }
    shift(state, deadline.due_at, deadline.warn_at, now);
    Some(deadline.due_at)
}

/// Gives a clock that runs another deadline. A team that was warned is warned again only if there is time
/// until the new warning.
pub(in crate::rules) fn shift(state: &mut ClockState, due_at: Time, warn_at: Time, now: Time) {
    if state.warned().is_some() && warn_at <= now {
        state.warned_of = state.warned_of.max(Some(due_at));
    }
    // A first date that is not judged yet moves as the deadline does.
    if state.first_missed_at.is_none() {
        state.first_due_at = state.first_due_at.map(|first| first + due_at.since(state.due_at));
    }
    state.due_at = due_at;
    state.warn_at = warn_at;
}
