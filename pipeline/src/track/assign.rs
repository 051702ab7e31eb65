//! A person gives the ticket to another team or person. What is set so stays when the ticket is routed again.

use topics::editions::Reference;
use topics::text::{ActorName, Code};
use topics::ticket_events::Refusal;
use topics::tickets::Ticket;
use topics::words::{AssignmentReason, TeamRule};

/// Assigns the ticket by hand.
pub fn apply(reference: &Reference, ticket: &mut Ticket, team: Option<Code>, assigned_to: Option<ActorName>) -> Result<(), Refusal> {
    let moves = team.is_some() && team != ticket.routing.team;
    if !moves && assigned_to == ticket.routing.assigned_to {
        return Err(Refusal::NothingToDo);
    }
    if let Some(code) = team.filter(|_| moves) {
        let of = ticket.routing.municipality.as_ref().ok_or(Refusal::UnknownTeam)?;
        let ours =
            |team: &&topics::editions::Team| team.code == code && team.municipality.as_ref() == Some(of) && team.is_active && !team.is_saps;
        let team = reference.teams.iter().find(ours).ok_or(Refusal::UnknownTeam)?;
        let routing = &mut ticket.routing;
        routing.team = Some(code);
        routing.team_rule = TeamRule::Manual;
        routing.manager = team.manager.clone();
        routing.distance_m = None;
        routing.queue = None;
        ticket.manager_missing &= routing.manager.is_none();
    }
    ticket.routing.assigned_to = assigned_to;
    ticket.assignment_reason = AssignmentReason::ManualOverride;
    Ok(())
}
