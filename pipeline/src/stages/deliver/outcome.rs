//! Applies the outcome of a call or of a lookup.

use std::time::Duration;

use topics::records::deliveries::{Delivery, DeliveryStatus, OutgoingMessage};
use topics::records::notifications::{AttemptOutcome, CallResult};
use topics::values::lane::Lane;

use super::circuit::Evidence;
use super::{circuit, queue, receipt, refusal, retry, row, unknown};
use crate::engine::step::{StageResult, Step};

/// A call that was not started is permitted again after this time: the caller is behind, or its clock is
/// ahead of the log's time.
const NOT_STARTED_PAUSE: Duration = Duration::from_secs(1);

/// Applies the outcome of a call or of a lookup.
pub fn outcome(step: &mut Step<'_, Delivery>, lane: Lane, outcome: AttemptOutcome) -> StageResult {
    let Some(row) = row::get(step, outcome.notification.as_str()) else { return StageResult::Filtered };
    let sender = row.letter.from.clone();
    let closed = outcome.attempt == row.attempt
        && is_accepted(step, &row, &outcome.result)
        && circuit::passed(step, &row, Evidence::Accepted);
    let result = match outcome.result {
        // The message was sent, whatever the row has assumed since.
        CallResult::Accepted { sid } => {
            receipt::reached(step, lane, row, outcome.attempt, sid, DeliveryStatus::Sent)
        }
        result if outcome.attempt == row.attempt => settle(step, lane, row, result),
        _ => StageResult::Filtered,
    };
    if closed {
        queue::go_on_everywhere(step, lane);
    } else {
        queue::go_on(step, lane, &sender);
    }
    result
}

/// Whether the outcome shows that Twilio accepted the message. A refusal for another reason does not show
/// that the account and the sender are in order: it may have been found first.
fn is_accepted(step: &Step<'_, Delivery>, row: &OutgoingMessage, result: &CallResult) -> bool {
    match result {
        CallResult::Accepted { .. } => true,
        CallResult::Found { sid } => !unknown::is_taken(step, row, sid),
        _ => false,
    }
}

fn settle(
    step: &mut Step<'_, Delivery>,
    lane: Lane,
    mut row: OutgoingMessage,
    result: CallResult,
) -> StageResult {
    match (row.status, result) {
        (DeliveryStatus::Sending | DeliveryStatus::Unknown, CallResult::Refused { code, http }) => {
            refusal::refused(step, lane, row, code, http);
        }
        (DeliveryStatus::Sending | DeliveryStatus::Unknown, CallResult::Unreachable {}) => {
            // A call that did not connect cannot have sent anything, and an outage of the network is not the
            // message's fault: it is repeated for as long as the outage lasts, and not counted as a retry.
            row.failed_attempt = row.attempt;
            row.code = Some(0);
            let pause = retry::delay(step.edition.rules().retry_s, 0);
            queue::again(step, row, Some(pause));
        }
        (DeliveryStatus::Sending | DeliveryStatus::Unknown, CallResult::NotStarted {}) => {
            row.failed_attempt = row.attempt;
            queue::again(step, row, Some(NOT_STARTED_PAUSE));
        }
        (DeliveryStatus::Sending | DeliveryStatus::Unknown, CallResult::NoCredentials {}) => {
            refusal::no_credentials(step, lane, row);
        }
        (DeliveryStatus::Sending | DeliveryStatus::Unknown, CallResult::NoTemplate {}) => {
            refusal::no_template(step, lane, row);
        }
        (DeliveryStatus::Sending, CallResult::Unknown {}) => unknown::unknown(step, row),
        (DeliveryStatus::Unknown, CallResult::Found { sid }) => {
            if unknown::is_taken(step, &row, &sid) {
                return StageResult::Filtered;
            }
            let attempt = row.attempt;
            return receipt::reached(step, lane, row, attempt, sid, DeliveryStatus::Sent);
        }
        (DeliveryStatus::Unknown, CallResult::NotFound {}) => retry::unsent(step, row),
        (DeliveryStatus::Unknown, CallResult::ListFailed {}) => unknown::list_failed(step, row),
        _ => return StageResult::Filtered,
    }
    StageResult::Forwarded
}
