//! Retries: how often and after which pause a message is tried again.

use std::time::Duration;

use topics::records::deliveries::{Delivery, DeliveryStatus, OutgoingMessage};

use super::{queue, row};
use crate::engine::step::Step;

/// The number of retries of a message before it fails.
pub const MAX_RETRIES: u32 = 3;

/// The wait before retry number `retries` (from 0); it doubles each time.
pub fn delay(retry_s: u64, retries: u32) -> Duration {
    Duration::from_secs(retry_s.saturating_mul(1 << retries.min(16)))
}

/// Retries the message after a back-off, or fails it if it has no retries left.
pub fn later(step: &mut Step<'_, Delivery>, row: OutgoingMessage) {
    let delay = delay(step.edition.rules().retry_s, row.retries);
    once_more(step, row, Some(delay));
}

/// Retries the message, or fails it if it has no retries left.
pub fn once_more(step: &mut Step<'_, Delivery>, mut row: OutgoingMessage, after: Option<Duration>) {
    if row.retries >= MAX_RETRIES {
        return row::end(step, row, DeliveryStatus::Failed);
    }
    row.retries += 1;
    queue::again(step, row, after);
}
