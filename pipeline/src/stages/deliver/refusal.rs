//! What follows for a message from the verdict on its last attempt.

use topics::records::deliveries::{Delivery, DeliveryStatus, OutgoingMessage};
use topics::values::lane::Lane;

use super::circuit::FaultSign;
use super::error_codes::{RefusalVerdict, verdict};
use super::{blame, circuit, queue, retry, row, stop};
use crate::engine::step::Step;

/// Applies the table to a message whose current attempt failed.
pub fn refused(step: &mut Step<'_, Delivery>, lane: Lane, mut row: OutgoingMessage, code: u32, http: u16) {
    row.code = Some(code);
    row.failed_attempt = row.attempt;
    match verdict(code, http) {
        RefusalVerdict::Again => retry::later(step, row),
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
