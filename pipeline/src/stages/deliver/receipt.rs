//! Receipts: how far Twilio reports that a message got. Receipts arrive late, twice and out of order, so only
//! evidence is applied.

use std::time::Duration;

use topics::records::deliveries::{Delivery, DeliveryStatus, OutgoingMessage};
use topics::records::notifications::{Receipt, ReceiptStatus};
use topics::values::ids::MessageSid;
use topics::values::lane::Lane;

use super::circuit::Evidence;
use super::error_codes::{RefusalVerdict, verdict};
use super::{circuit, queue, refusal, row, tell};
use crate::engine::step::{StageResult, Step};

/// Applies a receipt to the row of its message.
pub fn receipt(step: &mut Step<'_, Delivery>, lane: Lane, receipt: Receipt) -> StageResult {
    let Some(mut row) = row::get(step, receipt.notification.as_str()) else { return StageResult::Filtered };
    let sender = row.letter.from.clone();
    let is_present = receipt.attempt == row.attempt && receipt.attempt > row.failed_attempt;
    let closed =
        is_present && evidence(&receipt).is_some_and(|evidence| circuit::passed(step, &row, evidence));
    let result = match receipt.status {
        ReceiptStatus::Queued | ReceiptStatus::Sending | ReceiptStatus::Sent => {
            reached(step, lane, row, receipt.attempt, receipt.sid, DeliveryStatus::Sent)
        }
        ReceiptStatus::Delivered => {
            reached(step, lane, row, receipt.attempt, receipt.sid, DeliveryStatus::Delivered)
        }
        ReceiptStatus::Read => reached(step, lane, row, receipt.attempt, receipt.sid, DeliveryStatus::Read),
        ReceiptStatus::Undelivered | ReceiptStatus::Failed => {
            // Once an attempt is known to be accepted, the failure of another attempt does not end the row:
            // the resident has the message.
            let open = match row.status {
                DeliveryStatus::Sent => row.sid.as_ref() == Some(&receipt.sid),
                status => matches!(status, DeliveryStatus::Sending | DeliveryStatus::Unknown),
            };
            if !is_present || !open {
                return StageResult::Filtered;
            }
            row.sid = Some(receipt.sid);
            refusal::refused(step, lane, row, receipt.code.unwrap_or(0), 0);
            StageResult::Forwarded
        }
    };
    if closed {
        queue::go_on_everywhere(step, lane);
    } else {
        queue::go_on(step, lane, &sender);
    }
    result
}

/// How far the message got, or `None` if that is not known: the account or the sender is at fault, the
/// receipt of the failure has no code, or a limit was reached, which may be found before the fault. A message
/// that WhatsApp could not deliver for another reason has passed both.
fn evidence(receipt: &Receipt) -> Option<Evidence> {
    match receipt.status {
        ReceiptStatus::Queued | ReceiptStatus::Sending | ReceiptStatus::Sent => Some(Evidence::Accepted),
        ReceiptStatus::Delivered | ReceiptStatus::Read => Some(Evidence::Confirmed),
        ReceiptStatus::Undelivered | ReceiptStatus::Failed => match verdict(receipt.code?, 0) {
            RefusalVerdict::OpenCircuit(_) | RefusalVerdict::Again => None,
            RefusalVerdict::AsTemplate
            | RefusalVerdict::WaitForTemplate
            | RefusalVerdict::StopRecipient
            | RefusalVerdict::Fail => Some(Evidence::Confirmed),
        },
    }
}

/// The rank of a status. `failed` and similar statuses are final and have the highest rank.
const fn rank(status: DeliveryStatus) -> u8 {
    match status {
        DeliveryStatus::Queued | DeliveryStatus::Sending | DeliveryStatus::Unknown => 0,
        DeliveryStatus::Sent => 1,
        DeliveryStatus::Delivered => 2,
        DeliveryStatus::Read => 3,
        DeliveryStatus::Failed | DeliveryStatus::Superseded | DeliveryStatus::NotSent => 4,
    }
}

/// Records that an attempt reached the status `to`. A receipt for an earlier attempt counts too if that
/// attempt was given up with an unknown outcome: a resident who has the message needs no second one.
pub fn reached(
    step: &mut Step<'_, Delivery>,
    lane: Lane,
    mut row: OutgoingMessage,
    attempt: u32,
    sid: MessageSid,
    to: DeliveryStatus,
) -> StageResult {
    if attempt <= row.failed_attempt || rank(to) <= rank(row.status) {
        return StageResult::Filtered;
    }
    tell::sent(step, lane, &row, &sid);
    row.status = to;
    row.sid = Some(sid);
    row.code = None;
    row.expire_at = Some(row::expiry(step));
    if to == DeliveryStatus::Sent {
        // The template may still be needed, so the content is kept as long as a window lasts, not as long as
        // the row.
        row.next_at = Some(step.now + Duration::from_secs(step.edition.rules().window_s));
    } else {
        row.next_at = None;
        row::drop_words(&mut row);
    }
    row::put(step, row);
    StageResult::Forwarded
}
