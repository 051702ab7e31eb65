//! escalate: raises a ticket by one tier and assigns it to its team's manager, or does what a step of the
//! municipality's ladder or an automation says.

use topics::records::editions::{LadderStep, Rules, StaffMember};
use topics::records::tickets::Ticket;
use topics::values::automation::Effect;
use topics::values::ladder::Recipient;
use topics::values::text::ActorName;
use topics::values::time::Time;
use topics::values::vocabulary::{
    AssignmentReason, Clock, EscalationReason, Role, Severity, Status, StepAction,
};

use crate::rules::clocks;
use crate::rules::edition::Edition;
use crate::rules::holds;
use crate::rules::life::{Initiator, way};

/// The escalation reason for the breach of a clock.
pub const fn reason_of(clock: Clock) -> EscalationReason {
    match clock {
        Clock::Response => EscalationReason::SlaResponseBreach,
        Clock::Resolution => EscalationReason::SlaResolutionBreach,
    }
}

/// Raises the ticket by one tier. Its status becomes `escalated` if it is not that already. It is assigned to
/// the team's manager; without a manager it stays with its team and is flagged.
pub fn escalate(ticket: &mut Ticket, reason: EscalationReason, now: Time, rules: &Rules) {
    ticket.tier = ticket.tier.saturating_add(1);
    let manager = ticket.routing.manager.clone();
    let assignment = match reason {
        EscalationReason::SlaResponseBreach | EscalationReason::SlaResolutionBreach => {
            AssignmentReason::SlaBreach
        }
        EscalationReason::Manual => AssignmentReason::Escalation,
        EscalationReason::Ladder => AssignmentReason::Ladder,
        EscalationReason::Automation => AssignmentReason::Automation,
    };
    raise(ticket, reason, manager, assignment, now, rules);
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
pub fn by_step(edition: &Edition, ticket: &mut Ticket, step: &LadderStep, now: Time) -> Vec<ActorName> {
    ticket.tier = ticket.tier.max(step.step);
    let reached = step.whom.as_ref().map_or_else(Vec::new, |whom| recipients(edition, ticket, whom));
    match step.action {
        StepAction::Notify | StepAction::TellResident => {}
        StepAction::RaiseSeverity => ticket.facts.severity = more_severe(ticket.facts.severity),
        StepAction::Assign => assign(ticket, reached.first().cloned(), AssignmentReason::Ladder),
        StepAction::Escalate => {
            let is_late = step.at.is_after_deadline();
            let reason = if is_late { reason_of(step.clock) } else { EscalationReason::Ladder };
            let to = reached.first().cloned();
            raise(ticket, reason, to, AssignmentReason::Ladder, now, edition.rules());
        }
    }
    reached
}

/// Does what an automation says; returns whom it reaches, or `None` if the ticket is like that already.
pub fn by_automation(
    edition: &Edition,
    ticket: &mut Ticket,
    effect: &Effect,
    now: Time,
) -> Option<Vec<ActorName>> {
    let before = ticket.clone();
    let mut reached = Vec::new();
    match effect {
        Effect::Escalate if ticket.status == Status::Escalated => {}
        Effect::Escalate => {
            escalate(ticket, EscalationReason::Automation, now, edition.rules());
            reached.extend(ticket.routing.manager.clone());
        }
        Effect::Assign(whom) => {
            reached = recipients(edition, ticket, whom);
            assign(ticket, reached.first().cloned(), AssignmentReason::Automation);
        }
        Effect::Notify(whom) => {
            reached = recipients(edition, ticket, whom);
            return Some(reached);
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

/// The people whom a recipient stands for. The manager stands in for a lead whom the team does not name.
fn recipients(edition: &Edition, ticket: &Ticket, whom: &Recipient) -> Vec<ActorName> {
    let routing = &ticket.routing;
    let manager = routing.manager.clone();
    match whom {
        Recipient::Login(login) => vec![login.clone()],
        Recipient::Manager => manager.into_iter().collect(),
        Recipient::Lead => {
            let team = routing.team.as_ref().and_then(|code| edition.team(code));
            team.and_then(|team| team.lead.clone()).or(manager).into_iter().collect()
        }
        Recipient::Role(role) => {
            let is_of_team = |member: &&StaffMember| {
                member.role == *role
                    && Some(&member.municipality) == routing.municipality.as_ref()
                    && (member.team.is_none() || member.team == routing.team)
            };
            edition.staff().iter().filter(is_of_team).map(|member| member.login.clone()).collect()
        }
    }
}

const fn more_severe(severity: Severity) -> Severity {
    match severity {
        Severity::Low => Severity::Medium,
        Severity::Medium => Severity::High,
        Severity::High | Severity::Critical => Severity::Critical,
    }
}
