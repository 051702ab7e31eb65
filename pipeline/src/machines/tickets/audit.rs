//! The changes of a ticket, found by comparing it with its previous state, so that no change can be
//! forgotten.

use topics::records::ticket_actions::Actor;
use topics::records::ticket_events::{AssignmentFact, FieldChange};
use topics::records::tickets::Ticket;
use topics::values::vocabulary::AssignmentReason;

/// Lists the fields that differ, each with its old and new value.
macro_rules! differences {
    ($before:expr, $after:expr; $($change:ident: $field:expr;)+) => {{
        let mut changes = Vec::new();
        $({
            let old = $before.and_then($field);
            let new = Some($after).and_then($field);
            if old != new {
                changes.push(FieldChange::$change { old, new });
            }
        })+
        changes
    }};
}

/// The fields that differ.
pub fn changes(before: Option<&Ticket>, after: &Ticket) -> Vec<FieldChange> {
    differences! { before, after;
        Status: |t: &Ticket| Some(t.status);
        Outcome: |t: &Ticket| t.outcome;
        Category: |t: &Ticket| Some(t.facts.category);
        Severity: |t: &Ticket| Some(t.facts.severity);
        Language: |t: &Ticket| Some(t.facts.language);
        Municipality: |t: &Ticket| t.routing.municipality.clone();
        Ward: |t: &Ticket| t.routing.ward.clone();
        AssignedTeam: |t: &Ticket| t.routing.team.clone();
        AssignedTo: |t: &Ticket| t.routing.assigned_to.clone();
        Queue: |t: &Ticket| t.routing.queue;
        Tier: |t: &Ticket| Some(t.tier);
        ResponseDueAt: |t: &Ticket| Some(t.response.due_at);
        ResolutionDueAt: |t: &Ticket| Some(t.resolution.due_at);
        FirstRespondedAt: |t: &Ticket| t.first_responded_at;
        ResolvedAt: |t: &Ticket| t.resolved_at;
        ClosedAt: |t: &Ticket| t.closed_at;
        EscalatedAt: |t: &Ticket| t.escalated_at;
    }
}

/// The ticket's complete assignment, if it is a new one. The same people for another municipality or category
/// count as a new assignment too.
pub fn assignment(before: Option<&Ticket>, after: &Ticket, actor: &Actor) -> Option<AssignmentFact> {
    let held = |ticket: &Ticket| {
        let routing = &ticket.routing;
        (
            routing.municipality.clone(),
            routing.team.clone(),
            routing.assigned_to.clone(),
            ticket.facts.category,
        )
    };
    if before.map(held).as_ref() == Some(&held(after)) {
        return None;
    }
    let (_, team, assigned_to, ticket_category) = held(after);
    // If a correction or a passed deadline causes a new routing, the person did not choose it.
    let by_hand =
        matches!(after.assignment_reason, AssignmentReason::ManualOverride | AssignmentReason::Escalation);
    Some(AssignmentFact {
        team,
        assigned_to,
        assigned_by: if by_hand { actor.login() } else { Actor::SYSTEM.login() },
        reason: after.assignment_reason,
        ticket_category,
    })
}
