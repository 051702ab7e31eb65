//! escalate: raises a ticket by one tier and assigns it to its team's manager.

use topics::records::editions::Rules;
use topics::records::tickets::Ticket;
use topics::values::time::Time;
use topics::values::vocabulary::{AssignmentReason, Clock, EscalationReason, Role, Status};

use crate::rules::clocks;
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
    if way(ticket.status, Status::Escalated, &[Initiator::Escalation]).is_some() {
        clocks::enter(ticket, Status::Escalated, None, Role::System, now, rules);
    }
    ticket.tier = ticket.tier.saturating_add(1);
    ticket.escalated_at.get_or_insert(now);
    ticket.escalation_reason = Some(reason);
    ticket.manager_missing = ticket.routing.manager.is_none();
    if ticket.routing.manager.is_some() && ticket.routing.assigned_to != ticket.routing.manager {
        ticket.routing.assigned_to = ticket.routing.manager.clone();
        ticket.assignment_reason = match reason {
            EscalationReason::SlaResponseBreach | EscalationReason::SlaResolutionBreach => {
                AssignmentReason::SlaBreach
            }
            EscalationReason::Manual => AssignmentReason::Escalation,
        };
    }
}
