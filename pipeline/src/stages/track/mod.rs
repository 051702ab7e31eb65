//! track: applies commands to a ticket, or refuses them with a reason.

mod addendum;
mod assign;
mod correct;
mod place;
mod status;

use topics::codec::sealing::Sealed;
use topics::records::assignments::Routing;
use topics::records::ticket_actions::Actor;
use topics::records::ticket_actions::Refusal;
use topics::records::ticket_commands::{Action, Change, Open};
use topics::records::tickets::Ticket;
use topics::values::time::Time;
use topics::values::vocabulary::{AssignmentReason, Role, Status};

use crate::rules::clocks;
use crate::rules::edition::Edition;
use crate::rules::texts;

/// The result of a command that was applied.
#[derive(Debug, Default, PartialEq)]
pub struct Applied {
    /// The note or reason that came with the command.
    pub note: Option<Sealed<String>>,
    /// Whether a manager requested an escalation, which the `escalate` stage carries out.
    pub escalate: bool,
}

/// Creates the ticket of a routed and stamped report, with the version of its first write.
pub fn open(edition: &Edition, now: Time, open: Open) -> Ticket {
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
        tier: 0,
        escalated_at: None,
        escalation_reason: None,
        manager_missing: false,
        first_responded_at: None,
        resolved_at: None,
        close_at: None,
        closed_at: None,
        addenda: 0,
        reopened_at: None,
        held_since: None,
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
            correct::apply(edition, ticket, correct::Correction { category, severity, language, point })?;
            Applied::default()
        }
        Action::Addendum { media, words, point, basis, routing: _ } => {
            addendum::apply(edition, ticket, addendum::Added { media, words, point, basis })?;
            Applied::default()
        }
    };
    // A person has looked at the ticket, so its due times run again.
    ticket.disarmed_at = None;
    ticket.revision += 1;
    Ok(applied)
}

/// Routes a ticket again that waits in a queue; returns whether that changed its place. Its deadlines do not
/// change.
pub fn reconsider(edition: &Edition, ticket: &mut Ticket) -> bool {
    if ticket.routing.queue.is_none() || !clocks::run_in(ticket.status) {
        return false;
    }
    let before = ticket.routing.clone();
    place::route(edition, ticket);
    Routing { edition: before.edition, ..ticket.routing.clone() } != before
}

/// Whether the actor may request this at all; the status table decides which actor may take which step. A
/// member of staff must have a name.
fn allowed(action: &Action, actor: &Actor) -> Result<(), Refusal> {
    let may = match (actor.role, action) {
        (Role::Resident, Action::Status { .. } | Action::Addendum { .. }) => true,
        (Role::Staff | Role::Manager, Action::Addendum { .. }) => false,
        (Role::Staff | Role::Manager, _) => actor.name.is_some(),
        (Role::Resident | Role::System, _) => false,
    };
    if may { Ok(()) } else { Err(Refusal::ForbiddenRole) }
}

fn said(words: Sealed<String>) -> Result<Applied, Refusal> {
    if words.trim().is_empty() {
        return Err(Refusal::NothingToDo);
    }
    Ok(Applied { note: Some(words), ..Applied::default() })
}
