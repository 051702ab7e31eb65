//! Routes and stamps a ticket again by its current point and category. Assignments made by hand are kept.

use topics::records::tickets::Ticket;
use topics::values::vocabulary::{AssignmentReason, TeamRule};

use crate::rules::calendar::Stretch;
use crate::rules::clocks;
use crate::rules::edition::Edition;
use crate::rules::geography::locate;
use crate::rules::holds;

/// Routes the ticket again. A team or person assigned by hand is kept while the municipality stays the same,
/// because they cannot work for another one. A ticket that was escalated to its team's manager is assigned to
/// the manager of its new team.
pub fn route(edition: &Edition, ticket: &mut Ticket) {
    let found = locate(ticket.point.0, ticket.facts.category, edition);
    let before = std::mem::replace(&mut ticket.routing, found);
    let routing = &mut ticket.routing;
    let stays = routing.municipality == before.municipality;
    if stays && before.team_rule == TeamRule::Manual {
        routing.team = before.team;
        routing.team_rule = before.team_rule;
        routing.assigned_to = before.assigned_to;
        routing.manager = before.manager;
        routing.distance_m = None;
        routing.queue = None;
        return;
    }
    match ticket.assignment_reason {
        AssignmentReason::ManualOverride if stays => routing.assigned_to = before.assigned_to,
        AssignmentReason::SlaBreach | AssignmentReason::Escalation if routing.manager.is_some() => {
            routing.assigned_to = routing.manager.clone();
        }
        AssignmentReason::SlaBreach | AssignmentReason::Escalation => {
            ticket.manager_missing = true;
            ticket.assignment_reason = AssignmentReason::GeospatialRouting;
        }
        AssignmentReason::ManualOverride | AssignmentReason::GeospatialRouting => {
            ticket.assignment_reason = AssignmentReason::GeospatialRouting;
        }
    }
}

/// Stamps the ticket again by its current municipality, category and severity, counting from the time of the
/// report.
pub fn stamp(edition: &Edition, ticket: &mut Ticket) {
    let facts = ticket.facts.clone();
    let municipality = ticket.routing.municipality.clone();
    let held = holds::stretches(ticket);
    let around = |holds: &[Stretch]| {
        edition.deadlines(municipality.as_ref(), facts.category, facts.severity, facts.reported_at, holds)
    };
    clocks::promise(ticket, &around(&held), edition.rules());
    if !held.is_empty() && ticket.resolution.breached_at.is_none() {
        ticket.resolution.without_holds_due_at = Some(around(&[]).resolution.due_at);
    }
}
