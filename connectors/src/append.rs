//! The interface to the log that the connectors for WhatsApp, Twilio and PostGIS use: it appends a record and
//! reports when the broker has it. `kafka` implements it and `main` passes it on, so that no connector
//! imports another.

use std::future::Future;
use std::pin::Pin;

use topics::codec::record::Outgoing;
use topics::values::time::Time;

/// The broker did not take a record, as far as is known.
#[derive(Debug, thiserror::Error)]
#[error("the broker has not acknowledged a record: {why}; is it up, and is its disk full?")]
pub struct AppendError {
    /// The topic. It is not part of the error's text, because the topic of the police lane must not be in a
    /// log line.
    pub topic: &'static str,
    /// What the Kafka client reports as the cause.
    pub why: String,
}

/// Appends records outside of a transaction: acknowledged by all replicas, idempotent within the process.
pub trait Append: Send + Sync + 'static {
    /// Appends `record`; resolves when the broker has acknowledged it or gives up after the delivery time-out
    /// (10 s).
    fn append(&self, record: Outgoing) -> Pin<Box<dyn Future<Output = Result<(), AppendError>> + Send + '_>>;

    /// How many milliseconds this host's clock is ahead of the broker's, by the record that was acknowledged
    /// last; below 0 it is behind. `None` before the first record, or where the log has no clock of its own.
    fn clock_ahead(&self) -> Option<i64> {
        None
    }

    /// The present by the clock that stamps the records of a partition: the timestamp of a record that was
    /// acknowledged, and the time that has passed since by this host's monotonic clock. It is never later
    /// than that clock shows, and earlier only by the time that the acknowledgement took. `None` before the
    /// first record, or where the log has no clock of its own.
    fn log_time(&self, _topic: &'static str, _partition: u32) -> Option<Time> {
        None
    }
}
