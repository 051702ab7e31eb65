//! Hands a ticket on whose team or person is not there. It comes back only by hand.

use topics::records::ticket_events::{Absentee, Event};
use topics::records::tickets::Ticket;
use topics::values::text::ActorName;
use topics::values::time::Time;
use topics::values::vocabulary::{AssignmentReason, Status};

use super::place;
use crate::rules::clocks;
use crate::rules::edition::Edition;
use crate::rules::geography::locate;
use crate::rules::handover::{Away, away, is_chosen};

/// What became of a ticket whose team or person is not there, or is there again.
#[derive(Clone, Debug, PartialEq)]
pub struct Handover {
    /// What happened to the ticket.
    pub event: Event,
    /// The person who is absent, with who stands in.
    pub absent: Vec<Absentee>,
}

/// Hands an open ticket on if its team or person is not there; returns what became of it, or `None` if
/// nothing changes. One that a person gave to them stays, and so does one that nobody else can have: it is
/// flagged.
pub fn hand_on(edition: &Edition, now: Time, ticket: &mut Ticket) -> Option<Handover> {
    if !clocks::run_in(ticket.status) {
        return None;
    }
    let Some(away) = away(edition, &ticket.routing, now) else {
        let is_back = ticket.unattended_since.take().is_some();
        return is_back.then(|| Handover { event: Event::Attended {}, absent: Vec::new() });
    };
    let (team, until) = match &away {
        Away::Team(team) => (Some(team.code.clone()), team.unavailable.and_then(|days| days.until)),
        Away::Person(_) => (None, None),
    };
    let absent = match &away {
        Away::Team(_) => Vec::new(),
        Away::Person(login) => {
            edition.staff_of(&ticket.routing, now).stand_for(std::slice::from_ref(login)).absent
        }
    };
    let is_handed_on = !is_chosen(ticket, &away)
        && match away {
            Away::Team(_) => to_next_team(edition, now, ticket),
            Away::Person(login) => to_stand_in(edition, now, ticket, &login),
        };
    if is_handed_on {
        return Some(Handover { event: Event::HandedOn { team, until }, absent });
    }
    if ticket.unattended_since.is_some() {
        return None;
    }
    ticket.unattended_since = Some(now);
    Some(Handover { event: Event::Unattended { team, until }, absent })
}

/// Routes the ticket to the next team of its municipality; returns whether there is one. An escalated ticket
/// is assigned to the manager of that team.
fn to_next_team(edition: &Edition, now: Time, ticket: &mut Ticket) -> bool {
    let found = locate(ticket.point.0, ticket.facts.category, now, edition);
    if found.team.is_none() || found.municipality != ticket.routing.municipality {
        return false;
    }
    ticket.routing = found;
    ticket.assignment_reason = AssignmentReason::TeamUnavailable;
    if ticket.status == Status::Escalated {
        let manager = place::managers(edition, &ticket.routing, now).into_iter().next();
        ticket.manager_missing = manager.is_none();
        ticket.routing.assigned_to = manager.or_else(|| ticket.routing.assigned_to.take());
    } else {
        ticket.manager_missing |= place::is_nobodys(edition, &ticket.routing, now);
    }
    true
}

/// Assigns the ticket to who stands in for an absent person; returns whether anybody does.
fn to_stand_in(edition: &Edition, now: Time, ticket: &mut Ticket, login: &ActorName) -> bool {
    let stand_ins = edition.staff_of(&ticket.routing, now).stand_for(std::slice::from_ref(login)).people;
    let Some(stand_in) = stand_ins.into_iter().next() else { return false };
    ticket.routing.assigned_to = Some(stand_in);
    ticket.assignment_reason = AssignmentReason::PersonAbsent;
    true
}
