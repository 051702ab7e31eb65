//! Routing a ticket again: by its point and category as they are now. What a person set by hand stays.

use topics::records::tickets::Ticket;
use topics::values::vocabulary::{AssignmentReason, TeamRule};

use crate::rules::clocks;
use crate::rules::edition::Edition;
use crate::rules::geography::locate;

/// Routes the ticket again. A team or person set by hand stays as long as the municipality does: another one
/// cannot be served by them. A ticket that went up to its team's manager goes to the manager of its team now.
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

/// Stamps the ticket again: by its municipality, category and severity as they are now, from the time of the
/// report.
pub fn stamp(edition: &Edition, ticket: &mut Ticket) {
    let facts = &ticket.facts;
    let deadlines = edition.deadlines(
        ticket.routing.municipality.as_ref(),
        facts.category,
        facts.severity,
        facts.reported_at,
    );
    clocks::promise(ticket, &deadlines, edition.rules());
}
