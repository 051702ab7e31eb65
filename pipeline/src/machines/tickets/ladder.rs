//! A step of a ladder that is due: what it does to the ticket, its event, and what the resident is told.

use topics::records::messages::Notice;
use topics::records::ticket_events::Event;
use topics::records::tickets::Ticket;
use topics::values::time::Time;
use topics::values::vocabulary::{Queue, StepAction};

use super::ESCALATE;
use super::write::{self, Happening, write};
use crate::engine::step::{StageResult, Step};
use crate::rules::ladders;
use crate::stages::escalate;

/// Lets the step with this number fire, which was due at this moment.
pub(super) fn step(step: &mut Step<'_, Ticket>, before: &Ticket, number: u8, due_at: Time) {
    let ladder = ladders::of(step.edition, before);
    let Some(rung) = ladder.and_then(|ladder| ladder.step(number)).cloned() else { return };
    let mut after = before.clone();
    ladders::pass(&mut after, &rung);
    let reached = escalate::by_step(step.edition, &mut after, &rung, step.now);
    after.revision += 1;
    let event = Event::Stepped {
        clock: rung.clock,
        step: rung.step,
        offset: rung.at,
        action: rung.action,
        due_at: before.clock(rung.clock).due_at,
        stand_in: reached.stand_in,
    };
    let envelope = write::named(step, "stepped", before, due_at);
    let happening = Happening {
        reached: reached.people,
        absent: reached.absent,
        ..Happening::of_system(ESCALATE, envelope, event)
    };
    let stepped = write(step, happening, Some(before), after);
    step.count(ESCALATE, StageResult::Forwarded);
    let notice = match rung.action {
        StepAction::TellResident => Some(Notice::Delayed {}),
        _ if stepped.status != before.status => Some(Notice::Status { outcome: None }),
        _ => None,
    };
    // A municipality that does not work with this system cannot say when the work goes on.
    if let Some(notice) = notice.filter(|_| stepped.routing.queue != Some(Queue::Referred)) {
        let envelope = write::named(step, "stepped-notice", before, due_at);
        write::tell(step, ESCALATE, envelope, &stepped, notice);
    }
}
