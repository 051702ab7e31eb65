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
        HeldSince: |t: &Ticket| t.held_since;
        HeldUntil: |t: &Ticket| t.hold.as_ref().map(|hold| hold.until);
        HoldReason: |t: &Ticket| t.hold.as_ref().map(|hold| hold.reason);
        UnattendedSince: |t: &Ticket| t.unattended_since;
        FirstRespondedAt: |t: &Ticket| t.first_responded_at;
        ResolvedAt: |t: &Ticket| t.resolved_at;
        ClosedAt: |t: &Ticket| t.closed_at;
        EscalatedAt: |t: &Ticket| t.escalated_at;
    }
}

/// The ticket's complete assignment, if it is a new one. The same people for another municipality or category
/// count as a new assignment too.
pub fn assignment(before: Option<&Ticket>, after: &Ticket, actor: &Actor) -> Option<AssignmentFact> {
    if before.is_some_and(|before| is_assigned_alike(before, after)) {
        return None;
    }
    // If a correction or a passed deadline causes a new routing, the person did not choose it.
    let by_hand =
        matches!(after.assignment_reason, AssignmentReason::ManualOverride | AssignmentReason::Escalation);
    Some(AssignmentFact {
        team: after.routing.team.clone(),
        assigned_to: after.routing.assigned_to.clone(),
        assigned_by: if by_hand { actor.login() } else { Actor::SYSTEM.login() },
        reason: after.assignment_reason,
        ticket_category: after.facts.category,
    })
}

fn is_assigned_alike(one: &Ticket, other: &Ticket) -> bool {
    one.routing.municipality == other.routing.municipality
        && one.routing.team == other.routing.team
        && one.routing.assigned_to == other.routing.assigned_to
        && one.facts.category == other.facts.category
}
