//! Membership in a chain's consumer group: partitions come and go on the polling thread, between transactions.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::KafkaError;
use rdkafka::types::RDKafkaRespErr;
use rdkafka::{ClientContext, Offset, TopicPartitionList};

use super::{LogError, wire};

/// What a rebalance said.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// These partitions are ours; they are paused until they are restored and placed.
    Assigned(Vec<u32>),
    /// These are not ours any more.
    Revoked(Vec<u32>),
    /// The client could not follow.
    Failed(String),
}

/// Notes what rebalances say, for the chain to read after each poll.
#[derive(Default)]
pub(super) struct Membership(Mutex<Vec<Change>>);

impl Membership {
    /// What was said since the last call.
    pub(super) fn changes(&self) -> Vec<Change> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn note(&self, change: Change) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(change);
    }
}

impl ClientContext for Membership {}

impl ConsumerContext for Membership {
    /// The chain polls only outside of transactions, so a revocation never meets an open one.
    fn rebalance(&self, consumer: &BaseConsumer<Self>, code: RDKafkaRespErr, partitions: &mut TopicPartitionList) {
        let numbers = partitions.elements().iter().filter_map(|element| u32::try_from(element.partition()).ok()).collect();
        let followed: Result<(), KafkaError> = match code {
            RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS => {
                // Where to begin is not for the group to say: whoever restores a partition seeks. Without a place of its own a
                // partition whose committed offset cannot be fetched would stand still without a word.
                let placed = partitions.set_all_offsets(Offset::Beginning);
                let followed = placed.and_then(|()| consumer.incremental_assign(partitions)).and_then(|()| consumer.pause(partitions));
                self.note(Change::Assigned(numbers));
                followed
            }
            _ => {
                self.note(Change::Revoked(numbers));
                consumer.incremental_unassign(partitions)
            }
        };
        if let Err(error) = followed {
            self.note(Change::Failed(error.to_string()));
        }
    }
}

/// Lets partitions that were assigned go on, each at its position, whatever was read of it before.
pub(super) fn resume_at(consumer: &BaseConsumer<Membership>, topic: &str, positions: &[(u32, i64)]) -> Result<(), LogError> {
    let doing = || format!("going on with {} partitions of {topic}", positions.len());
    let mut to = TopicPartitionList::new();
    for (partition, position) in positions {
        let added = to.add_partition_offset(topic, wire::native(*partition), Offset::Offset(*position));
        added.map_err(LogError::client(doing()))?;
    }
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let sought = consumer.seek_partitions(to.clone(), Duration::from_secs(5));
        match sought.and_then(|list| list.elements().iter().try_for_each(|element| element.error())) {
            Ok(()) => break,
            // The client has not begun to fetch one of them yet.
            Err(_) if Instant::now() < deadline => std::thread::sleep(Duration::from_millis(5)),
            Err(error) => return Err(LogError::Client { doing: doing(), error }),
        }
    }
    consumer.resume(&to).map_err(LogError::client(doing()))
}

/// Lets nothing more of a partition be read until [`resume_at`].
pub(super) fn pause(consumer: &BaseConsumer<Membership>, topic: &str, partition: u32) -> Result<(), LogError> {
    let mut paused = TopicPartitionList::new();
    paused.add_partition(topic, wire::native(partition));
    consumer.pause(&paused).map_err(LogError::client(format!("pausing {topic}-{partition}")))
}
