//! Appends the outcome of a call to the log that permitted it, and retries for as long as the broker is not
//! available.

use std::sync::Arc;
use std::time::Duration;

use pipeline::engine::effect::{Call, Lookup};
use topics::catalogue::{Notifications, ProtectedNotifications, Topic};
use topics::codec::record::{Address, EncodeError, Envelope, Outgoing, encode};
use topics::codec::sealing::KeyRing;
use topics::records::notifications::{AttemptOutcome, CallResult, Notification};
use topics::values::ids::{EventId, NotificationId};
use topics::values::lane::Lane;
use topics::values::time::Time;

use crate::append::Append;
use crate::clock::present;

/// The source that the envelope of an outcome names.
const STAGE: &str = "twilio";

/// The first and the longest pause before an outcome is appended again.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

/// The log of the deliveries of a lane.
pub const fn log_of(lane: Lane) -> &'static str {
    match lane {
        Lane::Protected => ProtectedNotifications::SPEC.name,
        Lane::Municipal | Lane::Intake => Notifications::SPEC.name,
    }
}

/// The attempt that an outcome is about, and the log and partition that it is appended to.
#[derive(Clone, Debug)]
pub struct Attempt {
    lane: Lane,
    partition: u32,
    sender: String,
    notification: NotificationId,
    attempt: u32,
}

impl From<&Call> for Attempt {
    fn from(call: &Call) -> Self {
        let lane = call.lane;
        let partition = call.partition;
        let attempt = call.attempt;
        Self {
            lane,
            partition,
            sender: call.letter.from.clone(),
            notification: call.notification.clone(),
            attempt,
        }
    }
}

impl From<&Lookup> for Attempt {
    fn from(lookup: &Lookup) -> Self {
        let lane = lookup.lane;
        let partition = lookup.partition;
        let attempt = lookup.attempt;
        Self {
            lane,
            partition,
            sender: lookup.letter.from.clone(),
            notification: lookup.notification.clone(),
            attempt,
        }
    }
}

/// The name of a result in records and metrics.
pub const fn word(result: &CallResult) -> &'static str {
    match result {
        CallResult::Accepted { .. } => "accepted",
        CallResult::Refused { .. } => "refused",
        CallResult::Unreachable {} => "unreachable",
        CallResult::NotStarted {} => "not_started",
        CallResult::NoCredentials {} => "no_credentials",
        CallResult::NoTemplate {} => "no_template",
        CallResult::Unknown {} => "unknown",
        CallResult::Found { .. } => "found",
        CallResult::NotFound {} => "not_found",
        CallResult::ListFailed {} => "list_failed",
    }
}

/// The record with the outcome of `call`, for the log that permitted it.
///
/// # Errors
/// The record cannot be sealed.
pub fn outcome_of(
    call: &Call,
    ring: &Arc<KeyRing>,
    at: Time,
    result: CallResult,
) -> Result<Outgoing, EncodeError> {
    Attempt::from(call).record(ring, at, result)
}

impl Attempt {
    /// The record with the outcome of this attempt.
    fn record(self, ring: &Arc<KeyRing>, at: Time, result: CallResult) -> Result<Outgoing, EncodeError> {
        let parts = [
            b"outcome".as_slice(),
            self.notification.as_str().as_bytes(),
            &self.attempt.to_be_bytes(),
            word(&result).as_bytes(),
            &at.millis().to_be_bytes(),
        ];
        let envelope = Envelope::root(EventId::of(&parts), at);
        let address = Address::Partition(self.partition);
        let outcome = AttemptOutcome { notification: self.notification, attempt: self.attempt, at, result };
        let record = Notification::Outcome(outcome);
        match self.lane {
            Lane::Protected => {
                encode::<ProtectedNotifications>(ring, STAGE, &envelope, address, self.sender, &record)
            }
            Lane::Municipal | Lane::Intake => {
                encode::<Notifications>(ring, STAGE, &envelope, address, self.sender, &record)
            }
        }
    }

    /// Appends the outcome, and retries until the log has it: it is stored nowhere else.
    pub async fn append_outcome(self, log: &dyn Append, ring: &Arc<KeyRing>, result: CallResult) {
        let is_protected = self.lane == Lane::Protected;
        let record = match self.record(ring, present(), result) {
            Ok(record) => record,
            // Nothing in an outcome is sealed, so no key can be missing.
            Err(error) => return tracing::error!(%error, "an outcome cannot be written"),
        };
        let mut pause = PAUSES.0;
        while let Err(error) = log.append(record.clone()).await {
            // For the protected lane, a line would show that it has something to send.
            if !is_protected {
                tracing::warn!(%error, "an outcome is not in the log yet; tries again");
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(PAUSES.1);
        }
    }
}
