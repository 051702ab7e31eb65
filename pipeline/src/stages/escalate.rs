//! escalate: raises a ticket by one tier and assigns it to its team's manager, or does what a step of the
//! municipality's ladder or an automation says.

use topics::records::editions::{LadderStep, Rules};
use topics::records::ticket_events::Absentee;
use topics::records::tickets::Ticket;
use topics::values::automation::Effect;
use topics::values::ladder::{Recipient, StandIn};
use topics::values::text::ActorName;
use topics::values::time::Time;
use topics::values::vocabulary::{
    AssignmentReason, Clock, EscalationReason, Role, Severity, Status, StepAction,
};

use crate::rules::clocks;
use crate::rules::edition::Edition;
use crate::rules::holds;
use crate::rules::life::{Initiator, way};
use crate::rules::recipients::Reached;

/// The escalation reason for the breach of a clock.
pub const fn reason_of(clock: Clock) -> EscalationReason {
    match clock {
        Clock::Response => EscalationReason::SlaResponseBreach,
        Clock::Resolution => EscalationReason::SlaResolutionBreach,
    }
}

/// Raises the ticket by one tier. Its status becomes `escalated` if it is not that already. It is assigned to
/// the manager whom its team has now, or who stands in while that one is absent; without a manager it stays
/// with its team and is flagged. Returns who was absent.
pub fn escalate(
    edition: &Edition,
    ticket: &mut Ticket,
    reason: EscalationReason,
    now: Time,
) -> Vec<Absentee> {
    ticket.tier = ticket.tier.saturating_add(1);
    let staff = edition.staff_of(&ticket.routing, now);
    let reached = staff.manager.map_or_else(Reached::default, |_| staff.reached(&Recipient::Manager));
    let manager = reached.people.first().cloned();
    let assignment = match reason {
        EscalationReason::SlaResponseBreach | EscalationReason::SlaResolutionBreach => {
            AssignmentReason::SlaBreach
        }
        EscalationReason::Manual => AssignmentReason::Escalation,
        EscalationReason::Ladder => AssignmentReason::Ladder,
        EscalationReason::Automation => AssignmentReason::Automation,
    };
    raise(ticket, reason, manager, assignment, now, edition.rules());
    reached.absent
}

/// Gives the ticket the status `escalated`, if it can have that, and assigns it to a person; without one it
/// stays with its team and is flagged.
fn raise(
    ticket: &mut Ticket,
    reason: EscalationReason,
    to: Option<ActorName>,
    assignment: AssignmentReason,
    now: Time,
    rules: &Rules,
) {
    if way(ticket.status, Status::Escalated, &[Initiator::Escalation]).is_some() {
        clocks::enter(ticket, Status::Escalated, None, Role::System, now, rules);
    }
    ticket.escalated_at.get_or_insert(now);
    ticket.escalation_reason = Some(reason);
    ticket.manager_missing = to.is_none();
    assign(ticket, to, assignment);
}

fn assign(ticket: &mut Ticket, to: Option<ActorName>, reason: AssignmentReason) {
    if to.is_some() && ticket.routing.assigned_to != to {
        ticket.routing.assigned_to = to;
        ticket.assignment_reason = reason;
    }
}

/// Does what a step of a ladder says; returns whom it reaches. The ticket's tier is the highest step that
/// fired.
pub fn by_step(edition: &Edition, ticket: &mut Ticket, step: &LadderStep, now: Time) -> Reached {
    ticket.tier = ticket.tier.max(step.step);
    let reached = step.whom.as_ref().map_or_else(Reached::default, |whom| reach(edition, ticket, whom, now));
    let to = reached.people.first().cloned();
    match step.action {
        StepAction::Notify | StepAction::TellResident => {}
        StepAction::RaiseSeverity => ticket.facts.severity = more_severe(ticket.facts.severity),
        StepAction::Assign => assign(ticket, to, AssignmentReason::Ladder),
        StepAction::Escalate => {
            let is_late = step.at.is_after_deadline();
            let reason = if is_late { reason_of(step.clock) } else { EscalationReason::Ladder };
            raise(ticket, reason, to, AssignmentReason::Ladder, now, edition.rules());
        }
    }
    reached
}

/// Whom a recipient stands for in the ticket's team, by the present edition; the ticket is flagged if that is
/// nobody.
fn reach(edition: &Edition, ticket: &mut Ticket, whom: &Recipient, now: Time) -> Reached {
    let reached = edition.staff_of(&ticket.routing, now).reached(whom);
    ticket.manager_missing |= reached.stand_in == Some(StandIn::Nobody);
    reached
}

/// Does what an automation says; returns whom it reaches, or `None` if the ticket is like that already.
pub fn by_automation(edition: &Edition, ticket: &mut Ticket, effect: &Effect, now: Time) -> Option<Reached> {
    let before = ticket.clone();
    let mut reached = Reached::default();
    match effect {
        Effect::Escalate if ticket.status == Status::Escalated => {}
        Effect::Escalate => {
            reached.absent = escalate(edition, ticket, EscalationReason::Automation, now);
            if !ticket.manager_missing {
                reached.people.extend(ticket.routing.assigned_to.clone());
            }
        }
        Effect::Assign(whom) => {
            reached = reach(edition, ticket, whom, now);
            assign(ticket, reached.people.first().cloned(), AssignmentReason::Automation);
        }
        Effect::Notify(whom) => {
            return Some(reach(edition, ticket, whom, now));
        }
        Effect::Severity(severity) => {
            if ticket.facts.severity != *severity {
                ticket.facts.severity = *severity;
                holds::stamp(edition, ticket);
            }
        }
        Effect::Tag(tag) => {
            if !ticket.tags.contains(tag) {
                ticket.tags.push(tag.clone());
                ticket.tags.sort();
            }
        }
    }
    (*ticket != before).then_some(reached)
}

const fn more_severe(severity: Severity) -> Severity {
    match severity {
        Severity::Low => Severity::Medium,
        Severity::Medium => Severity::High,
        Severity::High | Severity::Critical => Severity::Critical,
    }
}
