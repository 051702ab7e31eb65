//! Calls with an unknown outcome: Twilio may or may not have accepted the message. A receipt settles such a
//! call; without one, Twilio's message list is looked up.

use std::time::Duration;

use topics::records::deliveries::{Delivery, DeliveryStatus, OutgoingMessage};
use topics::values::ids::MessageSid;
use topics::values::lane::Lane;

use super::{circuit, permits, row};
use crate::engine::effect::{CALL_TIMEOUT, Effect, Lookup};
use crate::engine::step::Step;

/// A permitted call without an outcome is unknown after this time: it started before its deadline, took at
/// most [`CALL_TIMEOUT`], and had 5 s for its outcome to be appended. An outcome that arrives later still
/// counts.
pub const SETTLED_WITHIN: Duration = CALL_TIMEOUT.saturating_add(Duration::from_secs(5));

/// The number of lookups for one attempt that may stay without an answer. The wait doubles each time and adds
/// up to two hours.
pub const MAX_LOOKUPS: u32 = 6;

/// The longest time between two lookups while Twilio's list fails.
const LONGEST_WAIT: Duration = Duration::from_secs(3600);

/// For how long a lookup is repeated while Twilio's list fails. No other message is sent to the recipient
/// meanwhile.
const MAX_AGE: Duration = Duration::from_secs(24 * 3600);

/// The number of SIDs of other messages that a lookup contains. No other message is sent to the recipient
/// while an outcome is unknown, so only the last few before it can be mistaken for it.
const MAX_TAKEN: usize = 20;

/// Marks the message as possibly sent and schedules the first lookup.
pub fn unknown(step: &mut Step<'_, Delivery>, mut row: OutgoingMessage) {
    row.status = DeliveryStatus::Unknown;
    row.next_at = Some(step.now + Duration::from_secs(step.edition.rules().lookup_s));
    row::put(step, row);
}

/// Looks the message up in Twilio's list, or gives up: then the outcome stays unknown and the message is not
/// sent a second time.
pub fn look_up(step: &mut Step<'_, Delivery>, lane: Lane, mut row: OutgoingMessage) {
    // An account that is refused cannot list messages either. The lookup waits until calls are tried again
    // and does not count.
    if let Some(at) = circuit::stands_until(step) {
        row.next_at = Some(at);
        return row::put(step, row);
    }
    if row.lookups >= MAX_LOOKUPS {
        return row::end(step, row, DeliveryStatus::Unknown);
    }
    row.lookups += 1;
    let wait = step.edition.rules().lookup_s.saturating_mul(1 << row.lookups);
    row.next_at = Some(step.now + Duration::from_secs(wait));
    let taken = step.index().sids(&row.letter.from, &row.letter.citizen, MAX_TAKEN);
    step.request(Effect::Lookup(Lookup {
        lane,
        partition: step.context.partition,
        notification: row.notification.clone(),
        attempt: row.attempt,
        since: permits::permitted_at(&row).unwrap_or(step.now),
        letter: row.letter.clone(),
        as_template: row.as_template,
        taken,
    }));
    row::put(step, row);
}

/// Twilio's list could not answer the last lookup, which therefore does not count. It is repeated after as
/// long as the call is old, until the call is a day old.
pub fn list_failed(step: &mut Step<'_, Delivery>, mut row: OutgoingMessage) {
    let age = step.now.since(permits::permitted_at(&row).unwrap_or(row.queued_at));
    if row.next_at.is_none() || row.lookups == 0 {
        return;
    }
    if age >= MAX_AGE {
        return row::end(step, row, DeliveryStatus::Unknown);
    }
    row.lookups -= 1;
    let least = Duration::from_secs(step.edition.rules().lookup_s);
    row.next_at = Some(step.now + age.min(LONGEST_WAIT).max(least));
    row::put(step, row);
}

/// Whether a SID from the list is known to belong to another message by now.
pub fn is_taken(step: &Step<'_, Delivery>, row: &OutgoingMessage, sid: &MessageSid) -> bool {
    step.index().sids(&row.letter.from, &row.letter.citizen, MAX_TAKEN).contains(sid)
}
