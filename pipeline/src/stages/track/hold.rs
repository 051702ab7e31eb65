//! Holds: the clock of the resolution stands still for a reason that is not the municipality's, and the
//! remaining time stays what it was. The response clock never stands still.

use std::time::Duration;

use topics::codec::sealing::Sealed;
use topics::records::ticket_actions::{Actor, Refusal};
use topics::records::tickets::{Hold, Ticket};
use topics::values::time::Time;
use topics::values::vocabulary::HoldReason;

use super::Applied;
use crate::rules::clocks;
use crate::rules::edition::Edition;
use crate::rules::holds;

/// How often a ticket can be held: each hold is kept, because deadlines are counted around them.
pub const MOST_HOLDS: usize = 20;

/// The hold that a command asks for.
pub struct HoldRequest {
    /// Why the ticket is to be held.
    pub reason: HoldReason,
    /// When the hold ends by itself.
    pub until: Time,
    /// A note that the asker left for colleagues.
    pub note: Option<Sealed<String>>,
}

/// Holds the ticket, or says why it cannot be held.
pub fn apply(
    edition: &Edition,
    now: Time,
    ticket: &mut Ticket,
    actor: &Actor,
    wish: HoldRequest,
) -> Result<Applied, Refusal> {
    let HoldRequest { reason, until, note } = wish;
    if !clocks::run_in(ticket.status) {
        return Err(Refusal::ForbiddenTransition);
    }
    if ticket.hold.is_some() {
        return Err(Refusal::HeldAlready);
    }
    if ticket.resolution.breached_at.is_some() {
        return Err(Refusal::DeadlinePassed);
    }
    if until <= now {
        return Err(Refusal::HoldInThePast);
    }
    if until > now + Duration::from_secs(edition.hold_limit_s(reason)) {
        return Err(Refusal::HoldTooLong);
    }
    if ticket.past_holds.len() >= MOST_HOLDS {
        return Err(Refusal::HeldTooOften);
    }
    if holds::is_late(ticket, edition, now) {
        ticket.late_holds = ticket.late_holds.saturating_add(1);
    }
    ticket.held_since = Some(now);
    ticket.hold = Some(Hold { reason, until, by: actor.login() });
    Ok(Applied { note, escalate: false })
}

/// Lets the clock run again before the hold ends by itself.
pub fn resume(
    edition: &Edition,
    now: Time,
    ticket: &mut Ticket,
    note: Option<Sealed<String>>,
) -> Result<Applied, Refusal> {
    if holds::end(ticket, edition, now) {
        Ok(Applied { note, escalate: false })
    } else {
        Err(Refusal::NothingToDo)
    }
}
