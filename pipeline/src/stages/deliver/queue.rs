//! Adds messages to the queue and permits calls.

use std::time::Duration;

use topics::records::deliveries::{Delivery, DeliveryStatus, OutgoingMessage};
use topics::records::notifications::Notify;
use topics::values::lane::Lane;
use topics::values::vocabulary::Class;

use super::permits::{START_WITHIN, most_permitted};
use super::{circuit, error_codes, row, stop};
use crate::engine::effect::{Call, Effect, GivenUp};
use crate::engine::step::{StageResult, Step};

/// The maximum number of messages that one step of an entity moves; a due time continues with the rest, at
/// the next tick at the latest.
const MAX_MOVED: usize = 200;

/// Adds a message to the queue.
pub fn notify(step: &mut Step<'_, Delivery>, lane: Lane, notify: Notify) -> StageResult {
    if step.get(notify.notification.as_str()).is_some() {
        return StageResult::Filtered;
    }
    let serial = step.next_serial();
    let row = OutgoingMessage {
        notification: notify.notification,
        at: step.now,
        edition: step.edition.number,
        version: 0,
        serial,
        status: DeliveryStatus::Queued,
        class: notify.class,
        language: notify.language,
        ticket: notify.ticket,
        queued_at: step.now,
        attempt: 0,
        failed_attempt: 0,
        retries: 0,
        lookups: 0,
        deadline: None,
        next_at: None,
        window_end: notify.window_end,
        as_template: false,
        ignores_stop: notify.ignores_stop,
        sid: None,
        code: None,
        blamed: None,
        expire_at: None,
        disarmed_at: None,
        letter: notify.letter,
    };
    supersede_older(step, &row);
    let sender = row.letter.from.clone();
    row::put(step, row);
    go_on(step, lane, &sender);
    StageResult::Forwarded
}

/// Drops all waiting news of a ticket but the newest, which replaces them.
fn supersede_older(step: &mut Step<'_, Delivery>, row: &OutgoingMessage) {
    let (Class::Status, Some(ticket)) = (row.class, &row.ticket) else { return };
    for older in step.index().older_news(ticket, row.serial) {
        if let Some(older) = row::get(step, &older) {
            row::end(step, older, DeliveryStatus::Superseded);
        }
    }
}

/// Puts a message back into its place in the queue, unless there is newer news of its ticket.
pub fn again(step: &mut Step<'_, Delivery>, mut row: OutgoingMessage, after: Option<Duration>) {
    let outdated = |ticket| row.class == Class::Status && step.index().has_newer_news(ticket, row.serial);
    if row.ticket.as_ref().is_some_and(outdated) {
        return row::end(step, row, DeliveryStatus::Superseded);
    }
    // The receipt is so late that the content of the message has been dropped.
    if row.letter.body.is_empty() {
        return row::end(step, row, DeliveryStatus::Failed);
    }
    // The id of a failed attempt is kept, so that a lookup does not mistake that message for the next
    // attempt.
    row.status = DeliveryStatus::Queued;
    row.expire_at = None;
    row.next_at = after.map(|after| step.now + after);
    row::put(step, row);
}

/// Ends a message that has waited for longer than anything is waited for. Its code says what it waited for:
/// that of the circuit that is open, or of its own last attempt.
pub fn give_up(step: &mut Step<'_, Delivery>, lane: Lane, mut row: OutgoingMessage) {
    row.code = circuit::code(step, &row.letter.from).or(row.code);
    step.request(Effect::GivenUp(GivenUp { lane, code: row.code.unwrap_or(0) }));
    row::end(step, row, DeliveryStatus::Failed);
}

/// Permits as many calls of `sender` as the limit allows. Called after every change that may free a permit,
/// add a message or free a recipient, so a queue only ever waits for a record or a due time.
pub fn go_on(step: &mut Step<'_, Delivery>, lane: Lane, sender: &str) {
    // Any sender may make the one call that tests the circuit of the account.
    if circuit::exists(step) { go_on_everywhere(step, lane) } else { move_queue(step, lane, sender) }
}

/// Permits calls in the queues of all senders.
pub fn go_on_everywhere(step: &mut Step<'_, Delivery>, lane: Lane) {
    for sender in step.index().senders() {
        move_queue(step, lane, &sender);
    }
}

fn move_queue(step: &mut Step<'_, Delivery>, lane: Lane, sender: &str) {
    for _ in 0..MAX_MOVED {
        if !may_call(step, lane, sender) {
            return;
        }
        let Some(row) = circuit::next(step, sender).and_then(|key| row::get(step, key)) else { return };
        move_one(step, lane, row);
    }
    if !may_call(step, lane, sender) {
        return;
    }
    if let Some(mut row) = circuit::next(step, sender).and_then(|key| row::get(step, key)) {
        row.next_at = Some(step.now);
        row::put(step, row);
    }
}

fn may_call(step: &Step<'_, Delivery>, lane: Lane, sender: &str) -> bool {
    circuit::lets_through(step, sender) && step.index().sending(sender) < most_permitted(lane)
}

/// Permits the call for the message that is next, or ends the message if it must not be sent.
fn move_one(step: &mut Step<'_, Delivery>, lane: Lane, mut row: OutgoingMessage) {
    if let Some(code) = stop::reason(step, &row) {
        row.code = Some(code);
        return row::end(step, row, DeliveryStatus::NotSent);
    }
    let deadline = step.now + START_WITHIN;
    // The window must still be open when the call starts, which may be as late as its deadline.
    row.as_template |= row.window_end.is_some_and(|end| deadline >= end);
    if row.as_template && row.letter.template.is_none() {
        row.code = Some(error_codes::OUTSIDE_WINDOW);
        return row::end(step, row, DeliveryStatus::Failed);
    }
    row.status = DeliveryStatus::Sending;
    row.attempt += 1;
    row.lookups = 0;
    row.deadline = Some(deadline);
    step.request(Effect::Call(Call {
        lane,
        partition: step.context.partition,
        notification: row.notification.clone(),
        attempt: row.attempt,
        deadline,
        letter: row.letter.clone(),
        as_template: row.as_template,
    }));
    row::put(step, row);
}
