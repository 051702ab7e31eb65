//! The table of Twilio's error codes and what to do with the message, used for refused calls and for
//! receipts.

use std::time::Duration;

use topics::records::deliveries::{Delivery, DeliveryStatus, OutgoingMessage};
use topics::values::lane::Lane;

use super::{circuit, queue, row, stop};
use crate::engine::step::Step;

/// Twilio's code for free text outside of the 24-hour window.
pub const OUTSIDE_WINDOW: u32 = 63016;
/// Twilio's code for a recipient who unsubscribed.
pub const UNSUBSCRIBED: u32 = 21610;
/// Twilio's code for rejected credentials.
pub const UNAUTHORISED: u32 = 20003;

/// The number of retries of a message before it fails.
pub const MOST_RETRIES: u32 = 3;

/// What to do with a message that Twilio refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalVerdict {
    /// Retry the message later.
    Again,
    /// Send the template of the message instead of its text.
    AsTemplate,
    /// The message has failed, and so would all others to this recipient: nothing more is sent to them.
    StopRecipient,
    /// The account is at fault, not the message: the message keeps its place, and all calls are paused.
    OpenCircuit,
    /// The message has failed and is not retried.
    Fail,
}

/// Looks up the table (<https://www.twilio.com/docs/api/errors>). `http` is the status of a refused call, 0
/// for a receipt.
pub const fn verdict(code: u32, http: u16) -> RefusalVerdict {
    match (code, http) {
        // Free text outside of the window.
        (OUTSIDE_WINDOW, _) => RefusalVerdict::AsTemplate,
        // Unsubscribed; no WhatsApp account at this address; invalid recipient; not a phone number.
        (UNSUBSCRIBED | 63003 | 63024 | 21211, _) => RefusalVerdict::StopRecipient,
        // Rejected credentials; Twilio returns HTTP 401 where it gives no code.
        (UNAUTHORISED, _) | (0, 401) => RefusalVerdict::OpenCircuit,
        // WhatsApp's rate limit; Twilio's own (20429 comes with 429).
        (63018 | 20429, _) | (_, 429) => RefusalVerdict::Again,
        _ => RefusalVerdict::Fail,
    }
}

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
        RefusalVerdict::OpenCircuit => {
            circuit::open(step, code);
            queue::again(step, row, None);
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
    if row.retries >= MOST_RETRIES {
        return row::end(step, row, DeliveryStatus::Failed);
    }
    row.retries += 1;
    queue::again(step, row, after);
}
