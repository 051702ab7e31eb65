//! Reads records of the log into a batch for one transaction.

use std::time::{Duration, Instant};

use rdkafka::consumer::BaseConsumer;
use topics::codec::record::Incoming;

use crate::kafka::client::convert;
use crate::kafka::client::group::{Membership, report};
use crate::kafka::{LogError, whole_millis};

/// The most records of one transaction.
pub(super) const MAX_RECORDS: usize = 20_000;
/// The longest time from the first record of a batch to its end.
const MAX_TIME: Duration = Duration::from_millis(100);

/// The limits of a batch, in time and records.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    /// The longest wait for its first record.
    pub(super) patience: Duration,
    /// A batch that has a record is not complete before this moment.
    pub(super) not_before: Instant,
    /// The largest number of records in the batch.
    pub(super) most: usize,
}

/// Reads a batch, until the client has no more records or a limit is reached.
pub(super) fn poll(
    consumer: &BaseConsumer<Membership>,
    prefix: &str,
    limits: Limits,
) -> Result<Vec<Incoming>, LogError> {
    let Limits { patience, not_before, most } = limits;
    let mut batch = Vec::new();
    let mut began = Instant::now();
    loop {
        let left = not_before.saturating_duration_since(Instant::now());
        let wait = if batch.is_empty() { patience.saturating_sub(began.elapsed()) } else { left };
        match consumer.poll(whole_millis(wait)) {
            None => return Ok(batch),
            Some(Ok(message)) => {
                if batch.is_empty() {
                    began = Instant::now();
                }
                batch.push(convert::incoming(&message, prefix));
            }
            Some(Err(error)) => report(error)?,
        }
        if batch.len() >= most || (!batch.is_empty() && began.elapsed() > MAX_TIME) {
            return Ok(batch);
        }
    }
}
