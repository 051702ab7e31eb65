//! What a hold does to the deadline of the resolution, and which holds look as if they were set to save it.

use std::time::Duration;

use topics::records::tickets::{PastHold, Ticket};
use topics::values::time::Time;
use topics::values::vocabulary::Clock;

use crate::rules::calendar::{Counting, Stretch};
use crate::rules::clocks;
use crate::rules::edition::Edition;
use crate::rules::hold_times::stretches;

/// A hold that begins after this share of the time, in percent, is counted as late.
const LATE_PERCENT: u128 = 90;

/// A ticket that is resolved or closed this shortly before its deadline is counted.
const LAST_MINUTES: Duration = Duration::from_secs(300);

/// Stamps the ticket again by its current municipality, category and severity, counting from the time of the
/// report.
pub fn stamp(edition: &Edition, ticket: &mut Ticket) {
    let facts = ticket.facts.clone();
    let municipality = ticket.routing.municipality.clone();
    let held = stretches(ticket);
    let around = |holds: &[Stretch]| {
        edition.deadlines(municipality.as_ref(), facts.category, facts.severity, facts.reported_at, holds)
    };
    clocks::promise(ticket, &around(&held), edition.rules());
    if !held.is_empty() && ticket.resolution.breached_at.is_none() {
        let due_at = clocks::without_holds(ticket, around(&[]).resolution, edition.rules());
        ticket.resolution.without_holds_due_at = Some(due_at);
    }
}

/// Ends the present hold at a moment and gives the resolution the time that was left; returns whether there
/// was a hold.
pub fn end(ticket: &mut Ticket, edition: &Edition, at: Time) -> bool {
    let (Some(from), Some(hold)) = (ticket.held_since.take(), ticket.hold.take()) else { return false };
    ticket.past_holds.push(PastHold { from, to: at, reason: hold.reason });
    if clocks::is_over(&ticket.resolution) {
        return true;
    }
    let held = stretches(ticket);
    let calendar = edition.calendar(ticket.routing.municipality.as_ref());
    let counted =
        ticket.resolution.working.zip(calendar).map(|(promise, calendar)| {
            clocks::count_working(ticket, promise, calendar, edition.rules(), &held)
        });
    let state = &mut ticket.resolution;
    let old_due_at = state.due_at;
    state.without_holds_due_at.get_or_insert(old_due_at);
    let (due_at, warn_at) = match counted {
        Some(deadline) => (deadline.due_at, deadline.warn_at),
        // A correction has brought the deadline back to before the hold: there was no time left to keep.
        _ if old_due_at <= from => (old_due_at, state.warn_at),
        // Every hour counts, so each hour of the hold is one more.
        _ => (old_due_at + at.since(from), state.warn_at + at.since(from)),
    };
    clocks::shift(state, due_at, warn_at, at);
    true
}

/// Whether most of the time for the resolution has passed.
pub fn is_late(ticket: &Ticket, edition: &Edition, now: Time) -> bool {
    let calendar = edition.calendar(ticket.routing.municipality.as_ref());
    let state = ticket.clock(Clock::Resolution);
    let (counting, from) = match (state.working, calendar) {
        (Some(promise), Some(calendar)) => (Counting::WorkingHours(calendar), promise.from),
        _ => (Counting::RoundTheClock, state.given_at.unwrap_or(ticket.facts.reported_at)),
    };
    let used = counting.time_between(&stretches(ticket), from, now).as_millis();
    let left = counting.time_between(&[], now, state.due_at).as_millis();
    used * 100 >= (used + left) * LATE_PERCENT
}

/// Counts a ticket that a member of staff resolves or closes minutes before its deadline.
pub fn note_last_minute(ticket: &mut Ticket, now: Time) {
    let state = &ticket.resolution;
    if !clocks::is_over(state) && state.due_at > now && state.due_at.since(now) <= LAST_MINUTES {
        ticket.last_minute_closings = ticket.last_minute_closings.saturating_add(1);
    }
}
