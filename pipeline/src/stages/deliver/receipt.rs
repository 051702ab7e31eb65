//! Receipts: how far Twilio says that a message got. They come late, twice and out of order; only forward
//! counts.

use std::time::Duration;

use topics::records::deliveries::{Delivery, DeliveryStatus, OutgoingMessage};
use topics::records::notifications::{Receipt, ReceiptStatus};
use topics::values::ids::MessageSid;
use topics::values::lane::Lane;

use super::{queue, retry, row, tell};
use crate::engine::step::{StageResult, Step};

/// Takes a receipt.
pub fn receipt(step: &mut Step<'_, Delivery>, lane: Lane, receipt: Receipt) -> StageResult {
    let Some(mut row) = row::get(step, receipt.notification.as_str()) else { return StageResult::Filtered };
    let sender = row.letter.from.clone();
    let fate = match receipt.status {
        ReceiptStatus::Queued | ReceiptStatus::Sending | ReceiptStatus::Sent => {
            reached(step, lane, row, receipt.attempt, receipt.sid, DeliveryStatus::Sent)
        }
        ReceiptStatus::Delivered => {
            reached(step, lane, row, receipt.attempt, receipt.sid, DeliveryStatus::Delivered)
        }
        ReceiptStatus::Read => reached(step, lane, row, receipt.attempt, receipt.sid, DeliveryStatus::Read),
        ReceiptStatus::Undelivered | ReceiptStatus::Failed => {
            let present = receipt.attempt == row.attempt && receipt.attempt > row.failed_attempt;
            // Once an attempt is known to be taken, another one's end is none: the resident has the message.
            let open = match row.status {
                DeliveryStatus::Sent => row.sid.as_ref() == Some(&receipt.sid),
                status => matches!(status, DeliveryStatus::Sending | DeliveryStatus::Unknown),
            };
            if !present || !open {
                return StageResult::Filtered;
            }
            row.sid = Some(receipt.sid);
            retry::refused(step, lane, row, receipt.code.unwrap_or(0), 0);
            StageResult::Forwarded
        }
    };
    queue::go_on(step, lane, &sender);
    fate
}

/// How far a status is; `failed` and the like are ends that nothing goes beyond.
const fn rank(status: DeliveryStatus) -> u8 {
    match status {
        DeliveryStatus::Queued | DeliveryStatus::Sending | DeliveryStatus::Unknown => 0,
        DeliveryStatus::Sent => 1,
        DeliveryStatus::Delivered => 2,
        DeliveryStatus::Read => 3,
        DeliveryStatus::Failed | DeliveryStatus::Superseded | DeliveryStatus::NotSent => 4,
    }
}

/// An attempt got as far as `to`. An earlier attempt's news count too, if it was given up without knowing:
/// whoever has the message needs no second one.
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
        // Its template may still be wanted; for as long as a window lasts, not for as long as the row.
        row.next_at = Some(step.now + Duration::from_secs(step.edition.rules().window_s));
    } else {
        row.next_at = None;
        row::drop_words(&mut row);
    }
    row::put(step, row);
    StageResult::Forwarded
}
