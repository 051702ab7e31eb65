//! The automations of a municipality: what starts them, and their events. Each does something at most once
//! for one thing that happens, also if other automations change the ticket.

use std::collections::BTreeSet;

use topics::records::editions::Automation;
use topics::records::ticket_actions::ActionName;
use topics::records::ticket_events::Event;
use topics::records::tickets::Ticket;
use topics::values::automation::Trigger;
use topics::values::text::Code;
use topics::values::time::Time;

use super::ESCALATE;
use super::write::{Happening, write};
use crate::engine::step::{StageResult, Step};
use crate::rules::automations::{due_in, is_for, starts};
use crate::rules::clocks;
use crate::stages::escalate;

/// What an applied command is for automations; missing if they do not start with it.
pub(super) fn happened(action: ActionName, before: &Ticket, after: &Ticket) -> Option<Trigger> {
    if after.reopenings > before.reopenings {
        return Some(Trigger::Reopened(Some(u8::try_from(after.reopenings).unwrap_or(u8::MAX))));
    }
    match action {
        ActionName::Note => Some(Trigger::Note),
        ActionName::Hold => Some(Trigger::Held),
        ActionName::Status
        | ActionName::Assign
        | ActionName::Correct
        | ActionName::Resume
        | ActionName::Addendum => Some(Trigger::Changed),
        ActionName::Open | ActionName::Reply => None,
    }
}

/// Lets the automations do what they do when this has happened; returns the ticket after it. Those that start
/// with a change are tried once more after an automation has changed the ticket.
pub(super) fn run(step: &mut Step<'_, Ticket>, ticket: Ticket, happened: Trigger) -> Ticket {
    run_those(step, ticket, &|automation| starts(automation, happened))
}

/// Lets the automations do what they do when a ticket has been in its queue until this moment; returns the
/// ticket after it. Those that were due before in this stay are not tried again.
pub(super) fn run_queued(step: &mut Step<'_, Ticket>, ticket: Ticket, due_at: Time) -> Ticket {
    let Some(stay) = ticket.queue_stay else { return ticket };
    run_those(step, ticket, &|automation| due_in(automation, &stay) == Some(due_at))
}

/// Whether an automation starts.
type Starts<'a> = &'a dyn Fn(&Automation) -> bool;

fn run_those(step: &mut Step<'_, Ticket>, ticket: Ticket, starts_now: Starts<'_>) -> Ticket {
    let mut fired = BTreeSet::new();
    let (ticket, has_changed) = try_all(step, ticket, starts_now, &mut fired);
    if !has_changed {
        return ticket;
    }
    try_all(step, ticket, &|automation| starts(automation, Trigger::Changed), &mut fired).0
}

/// Tries the automations in their order, except those that fired; returns whether one changed the ticket.
fn try_all(
    step: &mut Step<'_, Ticket>,
    mut ticket: Ticket,
    starts_now: Starts<'_>,
    fired: &mut BTreeSet<Code>,
) -> (Ticket, bool) {
    let mut has_changed = false;
    // The automations are those of the municipality that has the ticket before the first of them.
    let edition = step.edition;
    for automation in edition.automations().of(&ticket).to_vec() {
        let may_fire = clocks::run_in(ticket.status) && starts_now(&automation);
        if !may_fire || fired.contains(&automation.code) || !is_for(&automation, &ticket, step.now) {
            continue;
        }
        if let Some(after) = fire(step, &ticket, &automation) {
            has_changed |= after.revision != ticket.revision;
            fired.insert(automation.code);
            ticket = after;
        }
    }
    (ticket, has_changed)
}

/// Lets an automation fire; returns the ticket after it, or `None` if it was like that already.
fn fire(step: &mut Step<'_, Ticket>, before: &Ticket, automation: &Automation) -> Option<Ticket> {
    let mut after = before.clone();
    let reached = escalate::by_automation(step.edition, &mut after, &automation.effect, step.now)?;
    if after != *before {
        after.revision += 1;
    }
    let event = Event::Automated {
        automation: automation.code.clone(),
        effect: automation.effect.name(),
        stand_in: reached.stand_in,
    };
    let envelope = step.next_envelope(ESCALATE);
    let happening = Happening {
        reached: reached.people,
        absent: reached.absent,
        ..Happening::of_system(ESCALATE, envelope, event)
    };
    let written = write(step, happening, Some(before), after);
    step.count(ESCALATE, StageResult::Forwarded);
    Some(written)
}
