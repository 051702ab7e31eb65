//! The tickets machine: `track`, `detect` and `escalate` over one store, in one step. Every command is
//! answered by exactly one ticket event; a deadline that passes makes its records once, whatever else
//! happens.

mod audit;
mod automation;
pub mod editions;
mod handover;
mod ladder;
mod stage_names;
#[cfg(test)]
mod tests;
mod write;

use topics::catalogue::{self, MunicipalDeadLetters, TicketCommands};
use topics::records::breaches::Breach;
use topics::records::control::Control;
use topics::records::dead_letters::DeadClass;
use topics::records::messages::Notice;
use topics::records::ticket_actions::Actor;
use topics::records::ticket_actions::{ActionName, Refusal};
use topics::records::ticket_commands::{Action, Change, Open, TicketCommand};
use topics::records::ticket_events::Event;
use topics::records::tickets::Ticket;
use topics::values::automation::Trigger;
use topics::values::time::Time;
use topics::values::vocabulary::{Clock, EscalationReason, Level, Queue, Role};

use crate::engine::machine::Machine;
use crate::engine::step::{Reject, StageResult, Step};
use crate::engine::store::{Entity, Store};
use crate::rules::clocks;
use crate::rules::holds;
use crate::rules::ladders;
use crate::stages::detect::{self, TicketDue};
use crate::stages::escalate;
use crate::stages::track;
use stage_names::{DETECT, ESCALATE, TRACK};
use write::{Happening, write};

/// The most due times of a ticket that has just come: of its two clocks, the steps of a ladder, and its
/// queue.
const MOST_DUE: usize = 16;

/// The machine of tickets.
#[derive(Clone, Copy, Debug, Default)]
pub struct TicketMachine;

impl Entity for Ticket {
    type Index = ();

    fn due(&self) -> Option<Time> {
        detect::next(self).map(|(at, _)| at)
    }

    fn disarm(&mut self, at: Time) {
        self.disarmed_at = Some(at);
        self.at = at;
        self.version += 1;
    }
}

impl Machine for TicketMachine {
    type Log = TicketCommands;
    type Store = catalogue::Tickets;
    type Entity = Ticket;
    type DeadLetters = MunicipalDeadLetters;

    const STAGES: &'static [&'static str] = &[TRACK, DETECT, ESCALATE];

    fn control(record: &TicketCommand) -> Option<Control> {
        match record {
            TicketCommand::Edition(notice) => Some(Control::Edition(notice.number)),
            TicketCommand::Tick(_) => Some(Control::Tick),
            TicketCommand::Open(_) | TicketCommand::Change(_) => None,
        }
    }

    fn entity(&self, _store: &Store<Ticket>, _key: &str, record: &TicketCommand) -> Option<String> {
        match record {
            TicketCommand::Open(open) => Some(open.ticket.to_string()),
            TicketCommand::Change(change) => Some(change.ticket.to_string()),
            TicketCommand::Edition(_) | TicketCommand::Tick(_) => None,
        }
    }

    fn apply(
        &self,
        step: &mut Step<'_, Ticket>,
        _entity: Option<&str>,
        record: TicketCommand,
    ) -> Result<(), Reject> {
        match record {
            TicketCommand::Open(open) => {
                let ticket = open.ticket.clone();
                let edition = open.edition;
                begin(step, *open)?;
                // It was routed before the edition in force here arrived, and may have missed the pass over
                // all tickets at that time.
                if edition < step.edition.number {
                    self.catch_up(step, ticket.as_str());
                }
                Ok(())
            }
            TicketCommand::Change(change) => {
                answer(step, *change);
                Ok(())
            }
            TicketCommand::Edition(_) | TicketCommand::Tick(_) => Ok(()),
        }
    }

    fn fire(&self, step: &mut Step<'_, Ticket>, entity: &str) {
        let Some(before) = step.get(entity).cloned() else { return };
        match detect::next(&before).filter(|(at, _)| *at <= step.now) {
            // It was due before the edition came, which has another ladder for the ticket.
            Some((_, TicketDue::Step(_))) if ladders::is_other(step.edition, &before) => {
                editions::put_on_ladder(step, &before);
            }
            Some((_, TicketDue::First(clock))) => pass_first(step, &before, clock),
            Some((_, TicketDue::Clock(level, clock))) => pass(step, &before, level, clock),
            Some((at, TicketDue::Step(number))) => ladder::step(step, &before, number, at),
            Some((at, TicketDue::Queued)) => queued(step, &before, at),
            Some((at, TicketDue::HandOn)) => {
                handover::hand_on(step, &before, Some(at));
            }
            Some((at, TicketDue::Resume)) => resume(step, &before, at),
            Some((at, TicketDue::Close)) => close(step, &before, at),
            Some((_, TicketDue::Expire)) => {
                step.remove(entity);
                step.count(DETECT, StageResult::Filtered);
            }
            None => {}
        }
    }

    fn disarmed(&self, step: &mut Step<'_, Ticket>, entity: &str) {
        let Some(before) = step.get(entity).cloned() else { return };
        let envelope = step.next_envelope(DETECT);
        let happening = Happening::of_system(DETECT, envelope, Event::Disarmed {});
        write(step, happening, Some(&before), before.clone());
    }

    const RECONSIDERS: bool = true;

    fn reconsider(&self, step: &mut Step<'_, Ticket>, entity: &str) {
        editions::reconsider(step, entity);
    }
}

impl TicketMachine {
    /// Reconsiders a ticket that came later than the edition, after what was due before the edition.
    fn catch_up(self, step: &mut Step<'_, Ticket>, entity: &str) {
        let was_due = |step: &Step<'_, Ticket>| {
            step.get(entity).and_then(Entity::due).is_some_and(|due| due <= step.edition_at)
        };
        // More than fire of one ticket at once are left to the task.
        for _ in 0..MOST_DUE {
            if was_due(step) {
                self.fire(step, entity);
            }
        }
        self.reconsider(step, entity);
    }
}

/// Opens a ticket for a report.
fn begin(step: &mut Step<'_, Ticket>, open: Open) -> Result<(), Reject> {
    // There is no partition in which the ticket's notices could be heard.
    if open.facts.reply_partition >= step.context.partitions {
        return Err(Reject(DeadClass::Rejected));
    }
    if let Some(ticket) = step.get(open.ticket.as_str()).cloned() {
        let event = Event::Refused {
            command: step.cause.id.clone(),
            action: ActionName::Open,
            refusal: Refusal::AlreadyOpen,
        };
        write::refuse(step, TRACK, &ticket, Actor::RESIDENT, event);
        step.count(TRACK, StageResult::Filtered);
        return Ok(());
    }
    let ticket = track::open(step.edition, step.now, open);
    let envelope = step.next_envelope(TRACK);
    let opened =
        Happening { actor: Actor::RESIDENT, ..Happening::of_system(TRACK, envelope, Event::Opened {}) };
    let ticket = write(step, opened, None, ticket);
    let ticket = automation::run(step, ticket, Trigger::Opened);
    let notice = Notice::Opened {
        severity: ticket.facts.severity,
        resolution_due_at: ticket.resolution.due_at,
        queue: ticket.routing.queue,
    };
    let envelope = step.next_envelope(TRACK);
    write::tell(step, TRACK, envelope, &ticket, notice);
    step.count(TRACK, StageResult::Forwarded);
    Ok(())
}

/// Applies or refuses a command; either way it is answered by one event, and a resident is told.
fn answer(step: &mut Step<'_, Ticket>, change: Change) {
    let command = step.cause.id.clone();
    let action = change.action.name();
    let actor = change.actor.clone();
    let refused = |refusal| Event::Refused { command: command.clone(), action, refusal };
    let reply = if let Action::Reply { text } = &change.action { Some(text.clone()) } else { None };
    let Some(before) = step.get(change.ticket.as_str()).cloned() else {
        write::refuse_unknown(step, TRACK, change.ticket, actor, refused(Refusal::UnknownTicket));
        step.count(TRACK, StageResult::Filtered);
        return;
    };
    let mut after = before.clone();
    let (after, refusal) = match track::change(step.edition, step.now, &mut after, change) {
        Err(refusal) => {
            write::refuse(step, TRACK, &before, actor.clone(), refused(refusal));
            (before.clone(), Some(refusal))
        }
        Ok(applied) => {
            let mut absent = Vec::new();
            if applied.escalate {
                absent = escalate::escalate(step.edition, &mut after, EscalationReason::Manual, step.now);
                step.count(ESCALATE, StageResult::Forwarded);
            }
            let event = Event::Applied { command: command.clone(), action };
            let envelope = step.next_envelope(TRACK);
            let happening = Happening {
                actor: actor.clone(),
                note: applied.note,
                absent,
                ..Happening::of_system(TRACK, envelope, event)
            };
            let after = write(step, happening, Some(&before), after);
            let happened = automation::happened(action, &before, &after);
            let after = match happened {
                Some(happened) => automation::run(step, after, happened),
                None => after,
            };
            (after, None)
        }
    };
    let notice = match actor.role {
        Role::Resident => {
            Some(Notice::Answered { command, refused: refusal, had_place: before.point.is_some() })
        }
        _ if refusal.is_some() => None,
        _ => reply
            .map(|text| Notice::Reply { text })
            .or((before.status != after.status).then_some(Notice::Status { outcome: after.outcome }))
            .or_else(|| held_notice(&before, &after))
            .or((before.resolution.due_at != after.resolution.due_at).then_some(Notice::Promised {})),
    };
    if let Some(notice) = notice {
        let envelope = step.next_envelope(TRACK);
        write::tell(step, TRACK, envelope, &after, notice);
    }
    step.count(TRACK, if refusal.is_none() { StageResult::Forwarded } else { StageResult::Filtered });
}

/// What the resident is told if the ticket is held from now on.
fn held_notice(before: &Ticket, after: &Ticket) -> Option<Notice> {
    let hold = after.hold.as_ref().filter(|_| before.hold.is_none())?;
    Some(Notice::Held { reason: hold.reason, until: hold.until })
}

/// Handles a first deadline that passes: it is recorded as missed. The ticket is not escalated, because the
/// resident's reopening has given it more time.
fn pass_first(step: &mut Step<'_, Ticket>, before: &Ticket, clock: Clock) {
    let mut after = before.clone();
    if let Some(breach) = detect::pass_first(&mut after, clock, step.now, step.edition.number) {
        record(step, before, after, &breach);
    }
}

/// Handles a warning or deadline that passes; a deadline escalates the ticket if its clocks run, unless the
/// municipality's ladder says what it does.
fn pass(step: &mut Step<'_, Ticket>, before: &Ticket, level: Level, clock: Clock) {
    let mut after = before.clone();
    let breach = detect::pass(&mut after, level, clock, step.now, step.edition.number);
    let passed = record(step, before, after, &breach);
    let by_ladder = ladders::of(step.edition, &passed).is_some_and(|ladder| ladder.is_for(clock));
    if level == Level::Breach && clocks::run_in(passed.status) && !by_ladder {
        raise(step, &passed, &breach);
    }
}

/// Writes the breach record, the event and the ticket; returns the ticket as written.
fn record(step: &mut Step<'_, Ticket>, before: &Ticket, after: Ticket, breach: &Breach) -> Ticket {
    let envelope = write::fired(step, "breach", breach);
    write::breach(step, DETECT, envelope, breach);
    let clock = breach.clock;
    let event = match breach.level {
        Level::Warning => Event::Warned { clock },
        Level::Breach => Event::Breached { clock },
    };
    let envelope = write::fired(step, "passed", breach);
    let passed = write(step, Happening::of_system(DETECT, envelope, event), Some(before), after);
    step.count(DETECT, StageResult::Forwarded);
    passed
}

/// Escalates a ticket whose deadline has passed, and tells the resident if its status changes.
fn raise(step: &mut Step<'_, Ticket>, passed: &Ticket, breach: &Breach) {
    let reason = escalate::reason_of(breach.clock);
    let mut after = passed.clone();
    let absent = escalate::escalate(step.edition, &mut after, reason, step.now);
    after.revision += 1;
    let envelope = write::fired(step, "escalated", breach);
    let happening =
        Happening { absent, ..Happening::of_system(ESCALATE, envelope, Event::Escalated { reason }) };
    let escalated = write(step, happening, Some(passed), after);
    step.count(ESCALATE, StageResult::Forwarded);
    // A municipality that does not work with this system has no senior team that could take the ticket.
    if escalated.status != passed.status && escalated.routing.queue != Some(Queue::Referred) {
        let envelope = write::fired(step, "notice", breach);
        write::tell(step, ESCALATE, envelope, &escalated, Notice::Status { outcome: None });
    }
}

/// Ends a hold at the time that was set for it; the clock has run since then.
fn resume(step: &mut Step<'_, Ticket>, before: &Ticket, until: Time) {
    let mut after = before.clone();
    holds::end(&mut after, step.edition, until);
    let envelope = write::named(step, "resumed", before, until);
    let happening = Happening::of_system(DETECT, envelope, Event::Resumed {});
    let resumed = write(step, happening, Some(before), after);
    let envelope = write::named(step, "resumed-notice", before, until);
    write::tell(step, DETECT, envelope, &resumed, Notice::Promised {});
    step.count(DETECT, StageResult::Forwarded);
}

/// Tries the automations that wait for the time that the ticket has been in its queue. What does not fire now
/// is not tried again in this stay.
fn queued(step: &mut Step<'_, Ticket>, before: &Ticket, due_at: Time) {
    let mut ticket = before.clone();
    if let Some(stay) = &mut ticket.queue_stay {
        stay.tried_until = Some(due_at);
    }
    let after = automation::run_queued(step, ticket, due_at);
    if after.version == before.version {
        write::arm(step, &after);
    }
    if after.status != before.status {
        let envelope = write::named(step, "queued-notice", before, due_at);
        write::tell(step, ESCALATE, envelope, &after, Notice::Status { outcome: None });
    }
}

/// Closes a resolved ticket because the resident did not answer in time.
fn close(step: &mut Step<'_, Ticket>, before: &Ticket, due_at: Time) {
    let mut after = before.clone();
    detect::close(&mut after, step.now, step.edition.rules());
    let envelope = write::named(step, "auto-closed", before, due_at);
    let happening = Happening::of_system(DETECT, envelope, Event::AutoClosed {});
    let closed = write(step, happening, Some(before), after);
    let envelope = write::named(step, "auto-closed-notice", before, due_at);
    write::tell(step, DETECT, envelope, &closed, Notice::Status { outcome: closed.outcome });
    step.count(DETECT, StageResult::Forwarded);
}
