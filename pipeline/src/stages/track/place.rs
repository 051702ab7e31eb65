//! Routes a ticket again by its current point and category. Assignments made by hand are kept.

use topics::records::assignments::Routing;
use topics::records::tickets::Ticket;
use topics::values::text::ActorName;
use topics::values::time::Time;
use topics::values::vocabulary::{AssignmentReason, Status, TeamRule};

use crate::rules::edition::Edition;
use crate::rules::geography::locate;

/// Routes the ticket again, by the areas that are in force now. A team or person assigned by hand is kept
/// while the municipality stays the same, because they cannot work for another one. A ticket that was
/// escalated to its team's manager is assigned to the manager of its new team.
pub fn route(edition: &Edition, now: Time, ticket: &mut Ticket) {
    let found = locate(ticket.point.0, ticket.facts.category, now, edition);
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
    let was_escalated = match ticket.assignment_reason {
        AssignmentReason::SlaBreach | AssignmentReason::Escalation => true,
        // Steps of ladders, automations and handovers also give tickets to people that are not escalated.
        AssignmentReason::Ladder
        | AssignmentReason::Automation
        | AssignmentReason::TeamUnavailable
        | AssignmentReason::PersonAbsent => ticket.status == Status::Escalated,
        AssignmentReason::ManualOverride | AssignmentReason::GeospatialRouting => false,
    };
    if ticket.assignment_reason == AssignmentReason::ManualOverride && stays {
        routing.assigned_to = before.assigned_to;
        return;
    }
    let managers = if was_escalated { managers(edition, routing, now) } else { Vec::new() };
    if let Some(manager) = managers.into_iter().next() {
        routing.assigned_to = Some(manager);
    } else {
        ticket.manager_missing |= was_escalated || is_nobodys(edition, routing, now);
        ticket.assignment_reason = AssignmentReason::GeospatialRouting;
    }
}

/// The manager of the team that the ticket is routed to, or who stands in while that one is absent.
pub fn managers(edition: &Edition, routing: &Routing, now: Time) -> Vec<ActorName> {
    let staff = edition.staff_of(routing, now);
    staff.manager.map_or_else(Vec::new, |manager| staff.stand_for(std::slice::from_ref(manager)).people)
}

/// Whether a ticket is routed to a team whose lead is absent, and nobody stands in.
pub fn is_nobodys(edition: &Edition, routing: &Routing, now: Time) -> bool {
    let staff = edition.staff_of(routing, now);
    let is_absent = |lead: &ActorName| staff.stand_for(std::slice::from_ref(lead)).people.is_empty();
    routing.assigned_to.is_none() && staff.lead.is_some_and(is_absent)
}
