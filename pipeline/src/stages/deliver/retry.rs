//! What Twilio's error codes mean to a message: the one table, for refused calls and for receipts alike.

use std::time::Duration;

use topics::records::deliveries::{Delivery, DeliveryStatus, OutgoingMessage};
use topics::values::lane::Lane;

use super::{circuit, queue, row, stop};
use crate::engine::step::Step;

/// Twilio's code for free text outside of the 24-hour window.
pub const OUTSIDE_WINDOW: u32 = 63016;
/// Twilio's code for a recipient who unsubscribed.
pub const UNSUBSCRIBED: u32 = 21610;
/// Twilio's code for credentials that it does not take.
pub const UNAUTHORISED: u32 = 20003;

/// How often a message is tried again before it has failed.
pub const MOST_RETRIES: u32 = 3;

/// What to do with a message that Twilio refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalVerdict {
    /// Try it again later.
    Again,
    /// Send its template instead.
    AsTemplate,
    /// It failed, and so would all others to this recipient.
    StopRecipient,
    /// The account is at fault, not the message: it keeps its place, and all calls stand still.
    OpenCircuit,
    /// It failed.
    Fail,
}

/// The table (<https://www.twilio.com/docs/api/errors>). `http` is the status of a refused call, 0 for a receipt.
pub const fn verdict(code: u32, http: u16) -> RefusalVerdict {
    match (code, http) {
        // Outside of the window for free text.
        (OUTSIDE_WINDOW, _) => RefusalVerdict::AsTemplate,
        // Unsubscribed; no WhatsApp account at this address; invalid recipient; not a phone number.
        (UNSUBSCRIBED | 63003 | 63024 | 21211, _) => RefusalVerdict::StopRecipient,
        // Credentials that Twilio does not take; 401 is how it says so where it gives no code.
        (UNAUTHORISED, _) | (0, 401) => RefusalVerdict::OpenCircuit,
        // WhatsApp's rate limit; Twilio's own (20429 comes with 429).
        (63018 | 20429, _) | (_, 429) => RefusalVerdict::Again,
        _ => RefusalVerdict::Fail,
    }
}

/// How long the `retries`-th retry (from 0) waits: it doubles.
pub fn delay(retry_s: u64, retries: u32) -> Duration {
    Duration::from_secs(retry_s.saturating_mul(1 << retries.min(16)))
}

/// Does with the message what the table says: the present attempt came to nothing.
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

/// Tries the message again after a while, if it was not tried too often.
pub fn later(step: &mut Step<'_, Delivery>, row: OutgoingMessage) {
    let delay = delay(step.edition.rules().retry_s, row.retries);
    once_more(step, row, Some(delay));
}

/// Tries the message again, if it was not tried too often.
pub fn once_more(step: &mut Step<'_, Delivery>, mut row: OutgoingMessage, after: Option<Duration>) {
    if row.retries >= MOST_RETRIES {
        return row::end(step, row, DeliveryStatus::Failed);
    }
    row.retries += 1;
    queue::again(step, row, after);
}
