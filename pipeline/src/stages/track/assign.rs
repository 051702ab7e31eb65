//! Assigns the ticket to another team or person by hand. Routing it again keeps such an assignment.

use topics::records::editions::Team;
use topics::records::ticket_actions::Refusal;
use topics::records::tickets::Ticket;
use topics::values::text::{ActorName, Code};
use topics::values::vocabulary::{AssignmentReason, TeamRule};

use crate::rules::edition::Edition;

/// Assigns the ticket by hand. Another team has to be an active team of the ticket's municipality.
pub fn apply(
    edition: &Edition,
    ticket: &mut Ticket,
    team: Option<Code>,
    assigned_to: Option<ActorName>,
) -> Result<(), Refusal> {
    let other = team.filter(|team| ticket.routing.team.as_ref() != Some(team));
    if other.is_none() && assigned_to == ticket.routing.assigned_to {
        return Err(Refusal::NothingToDo);
    }
    if let Some(code) = other {
        let routing = &mut ticket.routing;
        let is_possible = |team: &&Team| may_take(team, routing.municipality.as_ref());
        let team = edition.team(&code).filter(is_possible).ok_or(Refusal::UnknownTeam)?;
        routing.manager.clone_from(&team.manager);
        routing.team = Some(code);
        routing.team_rule = TeamRule::Manual;
        routing.distance_m = None;
        routing.queue = None;
        ticket.manager_missing &= routing.manager.is_none();
    }
    ticket.routing.assigned_to = assigned_to;
    ticket.assignment_reason = AssignmentReason::ManualOverride;
    Ok(())
}

/// Whether the team can get a ticket of this municipality.
fn may_take(team: &Team, municipality: Option<&Code>) -> bool {
    team.is_active && !team.is_saps && municipality.is_some() && team.municipality.as_ref() == municipality
}
