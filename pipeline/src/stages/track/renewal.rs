//! What a new edition changes of a ticket: its place, its policy, its deadlines.

use topics::records::assignments::Routing;
use topics::records::tickets::Ticket;
use topics::values::calendar::Day;
use topics::values::time::Time;
use topics::values::vocabulary::Clock;

use super::place;
use crate::rules::clocks;
use crate::rules::edition::Edition;
use crate::rules::holds;

/// Routes a ticket again that waits in a queue; returns whether that changed its place. Its deadlines do not
/// change.
pub fn reconsider(edition: &Edition, now: Time, ticket: &mut Ticket) -> bool {
    if ticket.routing.queue.is_none() || !clocks::run_in(ticket.status) {
        return false;
    }
    let before = ticket.routing.clone();
    place::route(edition, now, ticket);
    Routing { edition: before.edition, ..ticket.routing.clone() } != before
}

/// Gives an open ticket the present policy, if the edition applies its policies to open tickets of older
/// ones; returns whether it did.
pub fn restamp(edition: &Edition, ticket: &mut Ticket) -> bool {
    let applies = u64::from(ticket.policy_edition) < edition.rules().policies_apply_from;
    if !applies || !clocks::run_in(ticket.status) {
        return false;
    }
    holds::stamp(edition, ticket);
    true
}

/// What a new calendar did to a deadline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recounted {
    /// The deadline until then.
    pub old_due_at: Time,
    /// The deadline from then on.
    pub new_due_at: Time,
    /// The days that count no more.
    pub closed: Vec<Day>,
    /// The days that count again.
    pub opened: Vec<Day>,
}

/// Counts the deadline of a clock again on the municipality's present calendar, if its ticket is open;
/// returns what moved it, if it moved.
pub fn recount(edition: &Edition, ticket: &mut Ticket, clock: Clock, now: Time) -> Option<Recounted> {
    let calendar = edition.calendar(ticket.routing.municipality.as_ref())?;
    if !clocks::run_in(ticket.status) {
        return None;
    }
    let from = ticket.clock(clock).working?.from;
    let old_due_at = ticket.clock(clock).due_at;
    let new_due_at = clocks::recount(ticket, clock, calendar, edition.rules(), now)?;
    let until_old = calendar.closed_days(from, old_due_at);
    let before = &ticket.closed_days;
    let closed = until_old.iter().filter(|day| !before.contains(day)).copied().collect();
    let opened = before.iter().filter(|day| calendar.closed(**day).is_none()).copied().collect();
    if clock == Clock::Resolution {
        ticket.closed_days = calendar.closed_days(from, ticket.response.due_at.max(new_due_at));
    }
    Some(Recounted { old_due_at, new_due_at, closed, opened })
}
