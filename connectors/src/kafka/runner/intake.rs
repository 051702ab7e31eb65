//! Reads what the log holds into a batch: until it is drained, or enough for one transaction.

use std::time::{Duration, Instant};

use rdkafka::consumer::BaseConsumer;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use topics::record::Incoming;

use crate::kafka::group::Membership;
use crate::kafka::{LogError, wire};

/// The most records of one transaction.
pub(super) const MOST_RECORDS: usize = 20_000;
/// The most time that a batch is waited for once it has begun.
const MOST_TIME: Duration = Duration::from_millis(100);

/// Reads a batch: waits up to `patience` for its first record, and once it has one, until the log is drained and
/// `not_before` has come.
pub(super) fn poll(
    consumer: &BaseConsumer<Membership>,
    prefix: &str,
    patience: Duration,
    not_before: Instant,
) -> Result<Vec<Incoming>, LogError> {
    let mut batch = Vec::new();
    let mut began = Instant::now();
    loop {
        let left = not_before.saturating_duration_since(Instant::now());
        let wait = if batch.is_empty() { patience.saturating_sub(began.elapsed()) } else { left };
        match consumer.poll(wait) {
            None => return Ok(batch),
            Some(Ok(message)) => {
                if batch.is_empty() {
                    began = Instant::now();
                }
                batch.push(wire::incoming(&message, prefix));
            }
            Some(Err(error)) => report(error)?,
        }
        if batch.len() >= MOST_RECORDS || (!batch.is_empty() && began.elapsed() > MOST_TIME) {
            return Ok(batch);
        }
    }
}

/// Most of what the client reports passes by itself; what does not ends the chain.
fn report(error: KafkaError) -> Result<(), LogError> {
    let ends = matches!(
        error,
        KafkaError::MessageConsumptionFatal(_)
            | KafkaError::MessageConsumption(
                RDKafkaErrorCode::AutoOffsetReset | RDKafkaErrorCode::TopicAuthorizationFailed | RDKafkaErrorCode::GroupAuthorizationFailed
            )
    );
    if ends {
        return Err(LogError::Client { doing: "reading the log".to_owned(), error });
    }
    tracing::warn!(%error, "the consumer reports");
    Ok(())
}
