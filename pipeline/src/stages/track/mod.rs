//! track: applies commands to a ticket, or refuses them with a reason.

mod addendum;
mod applied;
mod assign;
mod correct;
mod hand_on;
pub mod hold;
mod place;
mod renewal;
mod status;

use std::time::Duration;

use topics::codec::sealing::Sealed;
use topics::records::ticket_actions::Actor;
use topics::records::ticket_actions::Refusal;
use topics::records::ticket_commands::{Action, Change, Open};
use topics::records::tickets::Ticket;
use topics::values::time::Time;
use topics::values::vocabulary::{AssignmentReason, HoldReason, Role, Status};

use crate::rules::clocks;
use crate::rules::edition::Edition;
use crate::rules::holds;
use crate::rules::texts;

pub use applied::Applied;
pub use hand_on::{Handover, hand_on};
pub use renewal::{Recounted, reconsider, recount, restamp};

/// Creates the ticket of a routed and stamped report, with the version of its first write.
pub fn open(edition: &Edition, now: Time, open: Open) -> Ticket {
    let manager_missing = place::is_nobodys(edition, &open.routing, now);
    Ticket {
        ticket: open.ticket,
        at: now,
        edition: edition.number,
        version: 0,
        revision: 0,
        status: Status::Open,
        outcome: None,
        facts: open.facts,
        routing: open.routing,
        assignment_reason: AssignmentReason::GeospatialRouting,
        policy: open.deadlines.policy,
        policy_edition: open.deadlines.edition,
        response: clocks::start(open.deadlines.response),
        resolution: clocks::start(open.deadlines.resolution),
        closed_days: open.deadlines.closed_days,
        tier: 0,
        escalated_at: None,
        escalation_reason: None,
        manager_missing,
        unattended_since: None,
        hand_on_at: None,
        first_responded_at: None,
        resolved_at: None,
        close_at: None,
        closed_at: None,
        addenda: 0,
        reopened_at: None,
        held_since: None,
        hold: None,
        past_holds: Vec::new(),
        late_holds: 0,
        last_minute_closings: 0,
        reopenings: 0,
        tags: Vec::new(),
        queue_stay: None,
        ladder: None,
        expire_at: None,
        disarmed_at: None,
        point: open.point,
    }
}

/// Applies a command to the ticket.
///
/// # Errors
/// Returns the reason why the command is refused. The ticket may be partly changed then and must be dropped.
pub fn change(edition: &Edition, now: Time, ticket: &mut Ticket, change: Change) -> Result<Applied, Refusal> {
    let Change { actor, revision, expected_status, action, .. } = change;
    allowed(&action, &actor)?;
    if revision.is_some_and(|seen| seen != ticket.revision) {
        return Err(Refusal::StaleRevision);
    }
    if expected_status.is_some_and(|seen| seen != ticket.status) {
        return Err(Refusal::UnexpectedStatus);
    }
    let applied = match action {
        Action::Status { to, outcome, reason } => {
            status::apply(edition, now, ticket, &actor, status::StatusRequest { to, outcome, reason })?
        }
        Action::Assign { team, assigned_to, reason } => {
            assign::apply(edition, ticket, team, assigned_to)?;
            Applied { note: reason, ..Applied::default() }
        }
        Action::Note { note } => said(note)?,
        Action::Reply { text } => {
            if text.chars().count() > texts::LONGEST_REPLY {
                return Err(Refusal::ReplyTooLong);
            }
            let applied = said(text)?;
            clocks::respond(ticket, now);
            applied
        }
        Action::Correct { category, severity, language, point } => {
            correct::apply(
                edition,
                now,
                ticket,
                correct::Correction { category, severity, language, point },
            )?;
            Applied::default()
        }
        Action::Hold { reason, until, length_s, note } => {
            let until = length_s.map_or(until, |seconds| now + Duration::from_secs(seconds));
            hold::apply(edition, now, ticket, &actor, hold::HoldRequest { reason, until, note })?
        }
        Action::Resume { note } => hold::resume(edition, now, ticket, note)?,
        Action::Addendum { media, has_words, point, basis, routing: _ } => {
            // What the resident sends is the answer that the ticket waits for.
            if ticket.hold.as_ref().is_some_and(|hold| hold.reason == HoldReason::WaitingForResident) {
                holds::end(ticket, edition, now);
            }
            addendum::apply(edition, now, ticket, addendum::Added { media, has_words, point, basis })?;
            Applied::default()
        }
    };
    // A person has looked at the ticket, so its due times run again.
    ticket.disarmed_at = None;
    ticket.revision += 1;
    Ok(applied)
}

/// Whether the actor may request this at all; the status table decides which actor may take which step. A
/// member of staff must have a name.
fn allowed(action: &Action, actor: &Actor) -> Result<(), Refusal> {
    let is_named = || matches!(actor.role, Role::Staff | Role::Manager) && actor.name.is_some();
    let may = match action {
        Action::Status { .. } => actor.role == Role::Resident || is_named(),
        Action::Addendum { .. } => actor.role == Role::Resident,
        Action::Assign { .. }
        | Action::Note { .. }
        | Action::Reply { .. }
        | Action::Correct { .. }
        | Action::Hold { .. }
        | Action::Resume { .. } => is_named(),
    };
    if may { Ok(()) } else { Err(Refusal::ForbiddenRole) }
}

fn said(words: Sealed<String>) -> Result<Applied, Refusal> {
    if words.trim().is_empty() {
        return Err(Refusal::NothingToDo);
    }
    Ok(Applied { note: Some(words), ..Applied::default() })
}
