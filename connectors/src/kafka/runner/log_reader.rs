//! What a chain reads from: the consumer that is its member of the group, and the log's topic.

use std::collections::BTreeMap;
use std::time::Duration;

use rdkafka::TopicPartitionList;
use rdkafka::consumer::{BaseConsumer, Consumer};
use topics::codec::record::Incoming;

use crate::kafka::client::convert;
use crate::kafka::client::group::{Membership, Rebalance, close, leave, pause, resume_at};
use crate::kafka::client::log_ends::{LagSchedule, LogEnds};
use crate::kafka::client::transaction::Transactions;
use crate::kafka::runner::batch::{self, Limits};
use crate::kafka::{Installation, LogError};

/// Makes the consumer of a chain: the static member `member` of `group`.
pub(super) fn connect(
    installation: &Installation,
    group: &str,
    member: &str,
) -> Result<BaseConsumer<Membership>, LogError> {
    let mut config = installation.client();
    config.set("group.id", group).set("group.instance.id", member);
    config.set("partition.assignment.strategy", "cooperative-sticky");
    config.set("session.timeout.ms", "6000").set("heartbeat.interval.ms", "300");
    config.set("enable.auto.commit", "false").set("isolation.level", "read_committed");
    // The restored task row decides at which offset a partition begins. A log without that offset is an
    // alarm.
    config.set("auto.offset.reset", "error");
    config.set("fetch.wait.max.ms", "500").set("queued.max.messages.kbytes", "32768");
    config.create_with_context(Membership::default()).map_err(LogError::client("making a consumer"))
}

/// The log of a chain, read as a member of the chain's group.
pub(super) struct LogReader {
    consumer: BaseConsumer<Membership>,
    /// The log's topic as the broker knows it.
    topic: String,
    lag_schedule: LagSchedule,
    ends: LogEnds,
}

impl LogReader {
    pub(super) fn new(consumer: BaseConsumer<Membership>, topic: String, ends: LogEnds) -> Self {
        Self { consumer, topic, lag_schedule: LagSchedule::new(), ends }
    }

    /// The consumer, whose group a transaction commits its offsets for.
    pub(super) fn consumer(&self) -> &BaseConsumer<Membership> {
        &self.consumer
    }

    /// Whether the broker answers a question about the log within a second.
    pub(super) fn broker_answers(&self) -> bool {
        self.consumer.fetch_metadata(Some(&self.topic), Duration::from_secs(1)).is_ok()
    }

    pub(super) fn subscribe(&self) -> Result<(), LogError> {
        self.consumer.subscribe(&[&self.topic]).map_err(LogError::client("subscribing"))
    }

    /// The rebalances since the last call.
    pub(super) fn changes(&self) -> Vec<Rebalance> {
        self.consumer.context().changes()
    }

    /// Leaves the group, so that the partitions are assigned to others.
    pub(super) fn leave(&self) {
        leave(&self.consumer);
    }

    /// Closes the consumer, and waits for a limited time.
    pub(super) fn close(self) {
        close(self.consumer);
    }

    /// Reads a batch; `prefix` is taken off the topic's name.
    pub(super) fn poll(&self, prefix: &str, limits: Limits) -> Result<Vec<Incoming>, LogError> {
        batch::poll(&self.consumer, prefix, limits)
    }

    /// Pauses a partition until it is resumed at an offset.
    pub(super) fn pause(&self, partition: u32) -> Result<(), LogError> {
        pause(&self.consumer, &self.topic, partition)
    }

    /// Resumes partitions, each at its offset.
    pub(super) fn resume_at(&self, offsets: impl IntoIterator<Item = (u32, i64)>) -> Result<(), LogError> {
        resume_at(&self.consumer, &self.positions(offsets))
    }

    /// Offsets of partitions of the log, as the client lists them.
    pub(super) fn positions(&self, offsets: impl IntoIterator<Item = (u32, i64)>) -> TopicPartitionList {
        convert::positions(&self.topic, offsets)
    }

    /// The offsets that the group has committed, which show the outcome of a transaction.
    pub(super) fn outcome(
        &self,
        transactions: &Transactions,
        partitions: impl Iterator<Item = u32>,
    ) -> Result<BTreeMap<u32, i64>, LogError> {
        transactions.outcome(&self.consumer, &self.topic, partitions)
    }

    /// Whether the lag is to be measured now.
    pub(super) fn lag_is_due(&mut self) -> bool {
        self.lag_schedule.due(1).is_some()
    }

    /// What the broker says of the ends of logs.
    pub(super) fn ends(&self) -> &LogEnds {
        &self.ends
    }
}
