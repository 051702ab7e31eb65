//! Asking for a message, and giving permits.

use std::time::Duration;

use topics::records::deliveries::{Delivery, DeliveryStatus, OutgoingMessage};
use topics::records::notifications::Notify;
use topics::values::lane::Lane;
use topics::values::vocabulary::Class;

use super::{circuit, retry, row, stop};
use crate::engine::effect::{Call, Effect, calls_per_second};
use crate::engine::step::{StageResult, Step};

/// How many seconds' worth of calls may be permitted and not settled. It bounds what a crash leaves unknown,
/// and keeps a caller busy whose answers take up to so long.
const PERMITTED_S: u32 = 2;

/// A permitted call must start within this time: the calls before it take `PERMITTED_S`, the commit and the
/// way to the caller at most a second more (a transaction ends after 250 ms).
pub const START_WITHIN: Duration = Duration::from_secs(PERMITTED_S as u64 + 1);

/// How many messages an entity's step moves at most; the rest goes on by a due time, with the next tick at
/// the latest.
const MOST_MOVED: usize = 200;

/// How many calls of one sender may be permitted and not settled: 144 municipal, 16 protected.
pub const fn most_permitted(lane: Lane) -> usize {
    (calls_per_second(lane) * PERMITTED_S) as usize
}

/// Takes a message into the queue.
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

/// Of the news of a ticket that wait, only the newest is worth a message.
fn supersede_older(step: &mut Step<'_, Delivery>, row: &OutgoingMessage) {
    let (Class::Status, Some(ticket)) = (row.class, &row.ticket) else { return };
    for older in step.index().older_news(ticket, row.serial) {
        if let Some(older) = row::get(step, &older) {
            row::end(step, older, DeliveryStatus::Superseded);
        }
    }
}

/// Puts a message back into its place in the queue, unless there are newer news of its ticket.
pub fn again(step: &mut Step<'_, Delivery>, mut row: OutgoingMessage, after: Option<Duration>) {
    let outdated = |ticket| row.class == Class::Status && step.index().has_newer_news(ticket, row.serial);
    if row.ticket.as_ref().is_some_and(outdated) {
        return row::end(step, row, DeliveryStatus::Superseded);
    }
    // A receipt so late that the words are gone.
    if row.letter.body.is_empty() {
        return row::end(step, row, DeliveryStatus::Failed);
    }
    // The id of an attempt that failed stays: the list must not take that message for the next attempt.
    row.status = DeliveryStatus::Queued;
    row.expire_at = None;
    row.next_at = after.map(|after| step.now + after);
    row::put(step, row);
}

/// Lets the queue of `sender` go on as far as its permits allow. Called after everything that may have given
/// it a permit, a message or a recipient who is free again; so a queue never waits for anything but a record
/// or a due time.
pub fn go_on(step: &mut Step<'_, Delivery>, lane: Lane, sender: &str) {
    // The one call that tries a circuit may be any sender's.
    if circuit::exists(step) { go_on_everywhere(step, lane) } else { move_queue(step, lane, sender) }
}

/// Lets the queues of all senders go on.
pub fn go_on_everywhere(step: &mut Step<'_, Delivery>, lane: Lane) {
    for sender in step.index().senders() {
        move_queue(step, lane, &sender);
    }
}

fn move_queue(step: &mut Step<'_, Delivery>, lane: Lane, sender: &str) {
    for _ in 0..MOST_MOVED {
        if !may_call(step, lane, sender) {
            return;
        }
        let Some(row) = step.index().next(sender).and_then(|key| row::get(step, key)) else { return };
        move_one(step, lane, row);
    }
    let more = step
        .index()
        .next(sender)
        .and_then(|key| row::get(step, key))
        .filter(|_| may_call(step, lane, sender));
    if let Some(mut row) = more {
        row.next_at = Some(step.now);
        row::put(step, row);
    }
}

fn may_call(step: &Step<'_, Delivery>, lane: Lane, sender: &str) -> bool {
    circuit::lets_through(step) && step.index().sending(sender) < most_permitted(lane)
}

/// Permits the call for a message whose turn it is, or ends it where no call is to be made.
fn move_one(step: &mut Step<'_, Delivery>, lane: Lane, mut row: OutgoingMessage) {
    if let Some(code) = stop::reason(step, &row) {
        row.code = Some(code);
        return row::end(step, row, DeliveryStatus::NotSent);
    }
    let deadline = step.now + START_WITHIN;
    // The window must still be open when the call starts, which may be as late as its deadline.
    row.as_template |= row.window_end.is_some_and(|end| deadline >= end);
    if row.as_template && row.letter.template.is_none() {
        row.code = Some(retry::OUTSIDE_WINDOW);
        return row::end(step, row, DeliveryStatus::Failed);
    }
    row.status = DeliveryStatus::Sending;
    row.attempt += 1;
    row.lookups = 0;
    row.deadline = Some(deadline);
    step.ask(Effect::Call(Call {
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
