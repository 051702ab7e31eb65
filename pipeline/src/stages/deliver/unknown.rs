//! Calls that Twilio may or may not have taken. A receipt settles one; else Twilio's list is asked.

use std::time::Duration;

use topics::records::deliveries::{Delivery, DeliveryStatus, OutgoingMessage};
use topics::values::ids::MessageSid;
use topics::values::lane::Lane;

use super::{circuit, queue, row};
use crate::engine::effect::{CALL_TIMEOUT, Effect, Lookup};
use crate::engine::step::Step;

/// A permitted call without outcome is unknown after this: it started before its deadline, took
/// [`CALL_TIMEOUT`] at most, and its outcome has had 5 s to be appended. An outcome that comes later still
/// counts.
pub const SETTLED_WITHIN: Duration = CALL_TIMEOUT.saturating_add(Duration::from_secs(5));

/// How often the list is asked about one attempt; each time it waits twice as long, in all two hours.
pub const MOST_LOOKUPS: u32 = 6;

/// How many SIDs of other messages a question names. Nothing else is sent to a recipient while an outcome is
/// unknown, so only the last few before can be mistaken for it.
const MOST_TAKEN: usize = 20;

/// The message may have been sent.
pub fn unknown(step: &mut Step<'_, Delivery>, mut row: OutgoingMessage) {
    row.status = DeliveryStatus::Unknown;
    row.next_at = Some(step.now + Duration::from_secs(step.edition.rules().lookup_s));
    row::put(step, row);
}

/// Asks Twilio's list, or gives up: the message stays unknown, and is not sent twice.
pub fn look_up(step: &mut Step<'_, Delivery>, lane: Lane, mut row: OutgoingMessage) {
    // An account that takes no calls gives no list: that is asked when calls are tried again, and counts as
    // never asked.
    if let Some(at) = circuit::stands_until(step) {
        row.next_at = Some(at);
        return row::put(step, row);
    }
    if row.lookups >= MOST_LOOKUPS {
        return row::end(step, row, DeliveryStatus::Unknown);
    }
    row.lookups += 1;
    let wait = step.edition.rules().lookup_s.saturating_mul(1 << row.lookups);
    row.next_at = Some(step.now + Duration::from_secs(wait));
    let taken = step.index().sids(&row.letter.from, &row.letter.citizen, MOST_TAKEN);
    step.ask(Effect::Lookup(Lookup {
        lane,
        partition: step.context.partition,
        notification: row.notification.clone(),
        attempt: row.attempt,
        since: row.deadline.unwrap_or(step.now) - queue::START_WITHIN,
        letter: row.letter.clone(),
        as_template: row.as_template,
        taken,
    }));
    row::put(step, row);
}

/// Whether a SID that the list gave belongs to another message by now.
pub fn is_taken(step: &Step<'_, Delivery>, row: &OutgoingMessage, sid: &MessageSid) -> bool {
    step.index().sids(&row.letter.from, &row.letter.citizen, MOST_TAKEN).contains(sid)
}
