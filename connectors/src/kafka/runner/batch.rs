//! Reads what the log holds into a batch: until it is drained, or enough for one transaction.

use std::time::{Duration, Instant};

use rdkafka::consumer::BaseConsumer;
use topics::codec::record::Incoming;

use crate::kafka::client::convert;
use crate::kafka::client::group::{Membership, report};
use crate::kafka::{LogError, whole_millis};

/// The most records of one transaction.
pub(super) const MOST_RECORDS: usize = 20_000;
/// The most time that a batch is waited for once it has begun.
const MOST_TIME: Duration = Duration::from_millis(100);

/// How long and how much a batch may be.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    /// The longest wait for its first record.
    pub(super) patience: Duration,
    /// Not complete before this moment, once it has a record.
    pub(super) not_before: Instant,
    /// The most records.
    pub(super) most: usize,
}

/// Reads a batch: until the log is drained, or a limit is met.
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
        if batch.len() >= most || (!batch.is_empty() && began.elapsed() > MOST_TIME) {
            return Ok(batch);
        }
    }
}
