//! Retries: what follows for a message from the verdict on its last attempt.

use std::time::Duration;

use topics::records::deliveries::{Delivery, DeliveryStatus, OutgoingMessage};
use topics::values::lane::Lane;

use super::circuit::FaultSign;
use super::error_codes::{RefusalVerdict, verdict};
use super::{blame, circuit, queue, row, stop};
use crate::engine::step::Step;

/// The number of retries of a message before it fails.
pub const MAX_RETRIES: u32 = 3;

/// The wait before retry number `retries` (from 0); it doubles each time.
pub fn delay(retry_s: u64, retries: u32) -> Duration {
    Duration::from_secs(retry_s.saturating_mul(1 << retries.min(16)))
}

/// Applies the table to a message whose current attempt failed.
pub fn refused(step: &mut Step<'_, Delivery>, lane: Lane, mut row: OutgoingMessage, code: u32, http: u16) {
    row.code = Some(code);
    row.failed_attempt = row.attempt;
    match verdict(code, http) {
        RefusalVerdict::Again => later(step, row),
        RefusalVerdict::AsTemplate if !row.as_template && row.letter.template.is_some() => {
            row.as_template = true;
            queue::again(step, row, None);
        }
        RefusalVerdict::StopRecipient => {
            stop::recipient(step, lane, &row, code);
            row::end(step, row, DeliveryStatus::Failed);
        }
        RefusalVerdict::OpenCircuit(fault) => {
            // A failure without an HTTP status comes from a receipt or from Twilio's list, after Twilio had
            // accepted the call.
            let heard = if http == 0 { FaultSign::Receipt } else { FaultSign::Refusal };
            if !circuit::is_news(step, fault, &row) {
                return queue::again(step, row, None);
            }
            blame::refused(step, lane, row, fault, heard);
        }
        RefusalVerdict::AsTemplate | RefusalVerdict::Fail => row::end(step, row, DeliveryStatus::Failed),
    }
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
