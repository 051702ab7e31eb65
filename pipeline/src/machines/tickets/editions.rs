//! What a new edition does to a ticket: it may be routed again, get another policy or ladder, or have its
//! deadlines moved by another calendar. Each is an event of its own.

use topics::records::editions::Automation;
use topics::records::messages::Notice;
use topics::records::ticket_events::Event;
use topics::records::tickets::Ticket;
use topics::values::time::Time;
use topics::values::vocabulary::Clock;

use super::TRACK;
use super::handover;
use super::write::{self, Happening, write};
use crate::engine::step::Step;
use crate::rules::automations;
use crate::rules::clocks;
use crate::rules::edition::Edition;
use crate::rules::foresight::{self, Foreseen, ForeseenHandover};
use crate::rules::geography::period::{day_of, start_of};
use crate::rules::ladders;
use crate::stages::track::{self, Recounted};

/// Applies the edition in force to a ticket; the resident is told if it gets another date.
pub(super) fn reconsider(step: &mut Step<'_, Ticket>, entity: &str) {
    let Some(before) = step.get(entity).cloned() else { return };
    // First, while the deadlines are those of the ladder before.
    let mut ticket = put_on_ladder(step, &before);
    let mut after = ticket.clone();
    if track::reconsider(step.edition, step.now, &mut after) {
        ticket = happened(step, &ticket, after, Event::Rerouted {});
    }
    let mut after = ticket.clone();
    if track::restamp(step.edition, &mut after) {
        ticket = happened(step, &ticket, after, Event::Restamped {});
    }
    for clock in Clock::BOTH {
        let mut after = ticket.clone();
        if let Some(recounted) = track::recount(step.edition, &mut after, clock, step.now) {
            let Recounted { old_due_at, new_due_at, closed, opened } = recounted;
            let event = Event::Moved { clock, old_due_at, new_due_at, closed, opened };
            ticket = happened(step, &ticket, after, event);
        }
    }
    let ticket = handover::hand_on(step, &ticket, None);
    write::arm(step, &ticket);
    if ticket.resolution.due_at != before.resolution.due_at {
        let envelope = step.next_envelope(TRACK);
        write::tell(step, TRACK, envelope, &ticket, Notice::Promised {});
    }
}

/// Puts a ticket on the ladder that the edition has for it; returns the ticket after it.
pub(super) fn put_on_ladder(step: &mut Step<'_, Ticket>, before: &Ticket) -> Ticket {
    if !ladders::is_other(step.edition, before) {
        return before.clone();
    }
    happened(step, before, before.clone(), Event::LadderChanged {})
}

/// What an edition would do to a ticket at this moment; missing if the ticket is not open.
pub fn foresee(edition: &Edition, ticket: &Ticket, now: Time) -> Option<Foreseen> {
    if !clocks::run_in(ticket.status) {
        return None;
    }
    let mut after = ticket.clone();
    track::reconsider(edition, now, &mut after);
    track::restamp(edition, &mut after);
    for clock in Clock::BOTH {
        track::recount(edition, &mut after, clock, now);
    }
    let handover = foresee_handover(edition, &after, now);
    track::hand_on(edition, now, &mut after);
    let due_at = |ticket: &Ticket, clock| ticket.clock(clock).due_at;
    let owner = |ticket: &Ticket| {
        let routing = &ticket.routing;
        (routing.municipality.clone(), routing.team.clone(), routing.assigned_to.clone())
    };
    let is_soon = |at: Time| at <= now + foresight::SOON;
    let breaches = |clock: &Clock| {
        let state = after.clock(*clock);
        let runs = state.met_at.is_none() && state.breached_at.is_none();
        runs && is_soon(state.due_at) && !is_soon(due_at(ticket, *clock))
    };
    let is_met = |automation: &&Automation| automations::is_for(automation, &after, now);
    let code = |automation: &Automation| automation.code.to_string();
    Some(Foreseen {
        municipality: ticket.routing.municipality.as_ref().map(ToString::to_string),
        moves: Clock::BOTH.iter().any(|clock| due_at(ticket, *clock) != due_at(&after, *clock)),
        breaches: Clock::BOTH.iter().any(breaches),
        changes_hands: owner(ticket) != owner(&after),
        handover,
        automations: edition.automations().of(&after).iter().filter(is_met).map(code).collect(),
    })
}

/// Where a ticket goes whose team is not there, now or from a later day on.
fn foresee_handover(edition: &Edition, ticket: &Ticket, now: Time) -> Option<ForeseenHandover> {
    let team = edition.team(ticket.routing.team.as_ref()?)?;
    let begins_at = team.unavailable.map(|days| start_of(days.from));
    let at = if team.is_active { begins_at?.max(now) } else { now };
    let mut after = ticket.clone();
    // A team that is there again by now keeps its tickets.
    if team.is_there(day_of(at)) {
        return None;
    }
    let event = track::hand_on(edition, at, &mut after).map(|handover| handover.event);
    let is_handed_on = matches!(event, Some(Event::HandedOn { .. }));
    let to = after.routing.team.filter(|_| is_handed_on);
    Some(ForeseenHandover { team: team.code.to_string(), to: to.map(|code| code.to_string()) })
}

fn happened(step: &mut Step<'_, Ticket>, before: &Ticket, after: Ticket, event: Event) -> Ticket {
    let envelope = step.next_envelope(TRACK);
    write(step, Happening::of_system(TRACK, envelope, event), Some(before), after)
}
