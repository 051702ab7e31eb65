//! A row of the store: how it is read, written and ended.

use std::time::Duration;

use topics::records::deliveries::{Delivery, DeliveryStatus, OutgoingMessage};
use topics::values::time::Time;

use crate::engine::step::Step;

/// The delivery of `key`, if it is one.
pub fn get(step: &Step<'_, Delivery>, key: &str) -> Option<OutgoingMessage> {
    match step.get(key)? {
        Delivery::Delivery(row) => Some((**row).clone()),
        Delivery::Stopped(_) | Delivery::Circuit(_) => None,
    }
}

/// Writes the row, as of now.
pub fn put(step: &mut Step<'_, Delivery>, mut row: OutgoingMessage) {
    row.at = step.now;
    row.edition = step.edition.number;
    row.version += 1;
    let key = row.notification.as_str().to_owned();
    step.put(&key, Delivery::Delivery(Box::new(row)));
}

/// Writes the row with its end: nothing more is done for it, its words are dropped, and in a while it is
/// forgotten.
pub fn end(step: &mut Step<'_, Delivery>, mut row: OutgoingMessage, status: DeliveryStatus) {
    row.status = status;
    row.next_at = None;
    row.expire_at = Some(expiry(step));
    drop_words(&mut row);
    put(step, row);
}

/// When a row that ends now is forgotten.
pub fn expiry(step: &Step<'_, Delivery>) -> Time {
    step.now + Duration::from_secs(step.edition.rules().delivery_expiry_s)
}

/// Keeps to whom it went, not what it said.
pub fn drop_words(row: &mut OutgoingMessage) {
    row.letter.body.clear();
    row.letter.template = None;
}

/// Switches the due times of a row off. What was still to be sent counts as failed: nobody would ever send
/// it.
pub fn disarm(row: &mut Delivery, at: Time) {
    match row {
        Delivery::Delivery(row) => {
            if matches!(
                row.status,
                DeliveryStatus::Queued | DeliveryStatus::Sending | DeliveryStatus::Unknown
            ) {
                row.status = DeliveryStatus::Failed;
            }
            (row.next_at, row.expire_at, row.disarmed_at) = (None, None, Some(at));
            row.version += 1;
        }
        Delivery::Stopped(stopped) => stopped.expire_at = None,
        Delivery::Circuit(circuit) => circuit.retry_at = None,
    }
}
