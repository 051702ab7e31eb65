//! Whether those who have a ticket are there: its team takes tickets, and its person is not absent. A ticket
//! is handed on if not, unless a person chose them.

use topics::records::assignments::Routing;
use topics::records::editions::Team;
use topics::records::tickets::Ticket;
use topics::values::calendar::Day;
use topics::values::text::ActorName;
use topics::values::time::Time;
use topics::values::vocabulary::{AssignmentReason, TeamRule};

use crate::rules::absences;
use crate::rules::clocks;
use crate::rules::edition::Edition;
use crate::rules::geography::period::{day_of, start_of};

/// Who of those that have a ticket is not there.
#[derive(Clone, Debug)]
pub enum Away<'a> {
    /// The team is switched off or unavailable.
    Team(&'a Team),
    /// The person is absent.
    Person(ActorName),
}

/// Who of those that have a ticket is not there at this time; missing if they are.
pub fn away<'a>(edition: &'a Edition, routing: &Routing, at: Time) -> Option<Away<'a>> {
    let on = day_of(at);
    let team = routing.team.as_ref().and_then(|code| edition.team(code));
    if let Some(team) = team.filter(|team| !team.is_there(on)) {
        return Some(Away::Team(team));
    }
    let person = routing.assigned_to.as_ref()?;
    absences::absence(edition.staff(), person, on).map(|_| Away::Person(person.clone()))
}

/// Whether a person chose those who are not there, so that the ticket stays with them.
pub fn is_chosen(ticket: &Ticket, away: &Away<'_>) -> bool {
    let is_person_chosen =
        ticket.assignment_reason == AssignmentReason::ManualOverride && ticket.routing.assigned_to.is_some();
    match away {
        Away::Team(_) => is_person_chosen || ticket.routing.team_rule == TeamRule::Manual,
        Away::Person(_) => is_person_chosen,
    }
}

/// Flags a ticket that a person gave to somebody who is not there, takes the flag off where they are, and
/// finds when that may change next. It is done with every write. A ticket that lies with somebody who is not
/// there, and is not flagged, is handed on at once: it came to them late, or what was due before has written
/// it first.
pub fn arm(edition: &Edition, ticket: &mut Ticket, now: Time) {
    if !clocks::run_in(ticket.status) {
        ticket.unattended_since = None;
        ticket.hand_on_at = None;
        return;
    }
    match away(edition, &ticket.routing, now) {
        None => ticket.unattended_since = None,
        Some(away) if is_chosen(ticket, &away) => {
            ticket.unattended_since.get_or_insert(now);
        }
        Some(_) if ticket.unattended_since.is_none() => {
            ticket.hand_on_at = Some(now);
            return;
        }
        Some(_) => {}
    }
    ticket.hand_on_at = next_change(edition, &ticket.routing, now);
}

/// The next moment after this one at which an absence or unavailability of those who have a ticket begins or
/// ends.
fn next_change(edition: &Edition, routing: &Routing, now: Time) -> Option<Time> {
    let team = routing.team.as_ref().and_then(|code| edition.team(code)).and_then(|team| team.unavailable);
    let person = routing.assigned_to.as_ref().and_then(|login| absences::member(edition.staff(), login));
    let absence = person.and_then(|member| member.absence.as_ref());
    let days = team.map(|days| (days.from, days.until)).into_iter();
    let days = days.chain(absence.map(|absence| (absence.from, absence.until)));
    let moments = days.flat_map(|(from, until)| {
        let end = until.map(|until| start_of(Day::from_number(until.number() + 1)));
        [Some(start_of(from)), end].into_iter().flatten()
    });
    moments.filter(|at| *at > now).min()
}
