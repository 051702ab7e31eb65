//! Retries: for how long and after which pauses a message is tried again.

use std::time::Duration;

use topics::records::deliveries::{Delivery, DeliveryStatus, OutgoingMessage};

use super::{life, queue, row};
use crate::engine::step::Step;

/// The longest wait before a retry, so that messages go out soon after an outage.
const LONGEST_PAUSE: Duration = Duration::from_secs(15 * 60);

/// A message waits for this many retries before the other messages to its recipient, so that they arrive in
/// order after a short trouble. From then on, they pass it while it waits.
pub const HOLDS_RECIPIENT: u32 = 3;

/// The wait before retry number `retries` (from 0); it doubles each time, up to 15 minutes.
pub fn delay(retry_s: u64, retries: u32) -> Duration {
    Duration::from_secs(retry_s.saturating_mul(1 << retries.min(16))).min(LONGEST_PAUSE)
}

/// Retries the message after a back-off, or fails it if it is too old then.
pub fn later(step: &mut Step<'_, Delivery>, row: OutgoingMessage) {
    let delay = delay(step.edition.rules().retry_s, row.retries);
    once_more(step, row, delay);
}

/// Retries a message that is known not to have been sent: the first time without a pause.
pub fn unsent(step: &mut Step<'_, Delivery>, row: OutgoingMessage) {
    let pause = match row.retries.checked_sub(1) {
        None => Duration::ZERO,
        Some(retries) => delay(step.edition.rules().retry_s, retries),
    };
    once_more(step, row, pause);
}

fn once_more(step: &mut Step<'_, Delivery>, mut row: OutgoingMessage, pause: Duration) {
    if step.now + pause >= life::ends_at(&row) {
        return row::end(step, row, DeliveryStatus::Failed);
    }
    row.retries = row.retries.saturating_add(1);
    queue::again(step, row, (!pause.is_zero()).then_some(pause));
}
