//! The rows of the deliveries store: how they are read, written and ended.

use std::time::Duration;

use topics::records::deliveries::{Delivery, DeliveryStatus, OutgoingMessage};
use topics::values::time::Time;

use crate::engine::step::Step;

/// A row whose due time failed expires after this time, as long as deliveries are remembered by default.
const DISARMED_EXPIRY: Duration = Duration::from_secs(30 * 24 * 3600);

/// The delivery stored under `key`, or `None` if the row is missing or of another kind.
pub fn get(step: &Step<'_, Delivery>, key: &str) -> Option<OutgoingMessage> {
    match step.get(key)? {
        Delivery::Delivery(row) => Some((**row).clone()),
        Delivery::Stopped(_) | Delivery::Circuit(_) => None,
    }
}

/// Writes the row with the current time as its last change.
pub fn put(step: &mut Step<'_, Delivery>, mut row: OutgoingMessage) {
    row.at = step.now;
    row.edition = step.edition.number;
    row.version += 1;
    let key = row.notification.as_str().to_owned();
    step.put(&key, Delivery::Delivery(Box::new(row)));
}

/// Ends the row and writes it: the message needs no more processing, its content is dropped, and the row
/// expires later.
pub fn end(step: &mut Step<'_, Delivery>, mut row: OutgoingMessage, status: DeliveryStatus) {
    row.status = status;
    row.next_at = None;
    row.expire_at = Some(expiry(step));
    drop_words(&mut row);
    put(step, row);
}

/// The time at which a row that ends now expires.
pub fn expiry(step: &Step<'_, Delivery>) -> Time {
    step.now + Duration::from_secs(step.edition.rules().delivery_expiry_s)
}

/// Drops the content of the message and keeps its recipient.
pub fn drop_words(row: &mut OutgoingMessage) {
    row.letter.body.clear();
    row.letter.template = None;
}

/// Switches off the due times of a row except its expiry. A message that was still to be sent counts as
/// failed, because nothing would send it any more.
pub fn disarm(row: &mut Delivery, at: Time) {
    let expire_at = at + DISARMED_EXPIRY;
    match row {
        Delivery::Delivery(row) => {
            if matches!(
                row.status,
                DeliveryStatus::Queued | DeliveryStatus::Sending | DeliveryStatus::Unknown
            ) {
                row.status = DeliveryStatus::Failed;
            }
            row.next_at = None;
            row.expire_at = Some(expire_at);
            row.disarmed_at = Some(at);
            row.version += 1;
        }
        Delivery::Stopped(stopped) => stopped.expire_at = stopped.expire_at.map(|_| expire_at),
        Delivery::Circuit(circuit) => {
            circuit.retry_at = None;
            circuit.closes_at = Some(expire_at);
        }
    }
}
