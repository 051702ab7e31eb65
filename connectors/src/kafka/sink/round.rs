//! The rounds of a sink: the consumer that they are read with, and the records of one round.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rdkafka::consumer::BaseConsumer;
use rdkafka::error::KafkaError;
use rdkafka::types::RDKafkaErrorCode;
use topics::codec::record::Incoming;

use crate::kafka::client::convert;
use crate::kafka::client::group::{Membership, report};
use crate::kafka::{Installation, LogError};

/// The most records of one round of batches.
const MAX_RECORDS: usize = 20_000;
/// The longest time from the first record of a round to its end.
const MAX_TIME: Duration = Duration::from_millis(50);
/// A round is collected for at least this long: it costs a transaction, however few its records.
const PACE: Duration = Duration::from_millis(20);
/// How long a round waits for its first record: the longest delay until the sink notices a request to stop.
const FIRST_RECORD: Duration = Duration::from_millis(100);

/// Records by topic (without the prefix) and partition, in the order of their offsets.
pub(super) type RecordsByPartition = BTreeMap<(String, u32), Vec<Incoming>>;

/// What one round has read.
#[derive(Default)]
pub(super) struct Round {
    pub(super) records: RecordsByPartition,
    /// Whether the log of some partition does not hold the position that it is read from. The client does not
    /// say which partition.
    pub(super) is_out_of_range: bool,
}

/// Makes a consumer in the group `name`.
pub(super) fn connect(installation: &Installation, name: &str) -> Result<BaseConsumer<Membership>, LogError> {
    let mut config = installation.client();
    config.set("group.id", installation.topic(name));
    config.set("partition.assignment.strategy", "cooperative-sticky");
    config.set("session.timeout.ms", "6000").set("heartbeat.interval.ms", "500");
    config.set("enable.auto.commit", "false").set("enable.auto.offset.store", "false");
    config.set("isolation.level", "read_committed");
    // The database decides at which offset a partition begins. A log without that offset is an alarm.
    config.set("auto.offset.reset", "error");
    config.set("fetch.wait.max.ms", "500").set("queued.max.messages.kbytes", "32768");
    config.create_with_context(Membership::default()).map_err(LogError::client("making a consumer"))
}

/// Reads the records of one round. Rebalances are served by the same polls.
pub(super) fn poll(consumer: &BaseConsumer<Membership>, prefix: &str) -> Result<Round, LogError> {
    let mut round = Round::default();
    let mut count = 0;
    let mut began = Instant::now();
    loop {
        let wait = if count == 0 { FIRST_RECORD } else { PACE.saturating_sub(began.elapsed()) };
        match consumer.poll(wait) {
            None => return Ok(round),
            Some(Err(KafkaError::MessageConsumption(RDKafkaErrorCode::AutoOffsetReset))) => {
                round.is_out_of_range = true;
            }
            Some(Err(error)) => report(error)?,
            Some(Ok(message)) => {
                if count == 0 {
                    began = Instant::now();
                }
                count += 1;
                let record = convert::incoming(&message, prefix);
                round.records.entry((record.topic.clone(), record.partition)).or_default().push(record);
            }
        }
        if count >= MAX_RECORDS || (count > 0 && began.elapsed() > MAX_TIME) {
            return Ok(round);
        }
    }
}
