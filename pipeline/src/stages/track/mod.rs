//! track: applies commands to a ticket, or refuses them with a reason.

mod addendum;
mod assign;
mod correct;
pub mod hold;
mod place;
mod status;

use topics::codec::sealing::Sealed;
use topics::records::assignments::Routing;
use topics::records::ticket_actions::Actor;
use topics::records::ticket_actions::Refusal;
use topics::records::ticket_commands::{Action, Change, Open};
use topics::records::tickets::Ticket;
use topics::values::calendar::Day;
use topics::values::time::Time;
use topics::values::vocabulary::{AssignmentReason, Clock, HoldReason, Role, Status};

use crate::rules::clocks;
use crate::rules::edition::Edition;
use crate::rules::holds;
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
        closed_days: open.deadlines.closed_days,
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
        hold: None,
        past_holds: Vec::new(),
        late_holds: 0,
        last_minute_closings: 0,
        reopenings: 0,
        tags: Vec::new(),
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
            correct::apply(edition, ticket, correct::Correction { category, severity, language, point })?;
            Applied::default()
        }
        Action::Hold { reason, until, note } => {
            hold::apply(edition, now, ticket, &actor, hold::HoldRequest { reason, until, note })?
        }
        Action::Resume { note } => hold::resume(edition, now, ticket, note)?,
        Action::Addendum { media, words, point, basis, routing: _ } => {
            // What the resident sends is the answer that the ticket waits for.
            if ticket.hold.as_ref().is_some_and(|hold| hold.reason == HoldReason::WaitingForResident) {
                holds::end(ticket, edition, now);
            }
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
    let new_due_at = clocks::recount(ticket, clock, calendar, now)?;
    let until_old = calendar.closed_days(from, old_due_at);
    let before = &ticket.closed_days;
    let closed = until_old.iter().filter(|day| !before.contains(day)).copied().collect();
    let opened = before.iter().filter(|day| calendar.closed(**day).is_none()).copied().collect();
    if clock == Clock::Resolution {
        ticket.closed_days = calendar.closed_days(from, ticket.response.due_at.max(new_due_at));
    }
    Some(Recounted { old_due_at, new_due_at, closed, opened })
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
