//! Membership in a chain's consumer group: partitions come and go on the polling thread, between transactions.

use std::sync::Mutex;
use std::sync::PoisonError;

use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::KafkaError;
use rdkafka::types::RDKafkaRespErr;
use rdkafka::{ClientContext, TopicPartitionList};

/// What a rebalance said.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// These partitions are ours; they are paused until they are restored.
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
                let followed = consumer.incremental_assign(partitions).and_then(|()| consumer.pause(partitions));
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
