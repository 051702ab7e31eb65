//! What a sink reads from: the consumer that is its member of the group, and the topics.

use std::collections::{BTreeMap, BTreeSet};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::{Offset, TopicPartitionList};
use topics::catalogue::spec;

use crate::kafka::client::convert;
use crate::kafka::client::group::{self, Membership, Rebalance};
use crate::kafka::client::log_ends::{LagSchedule, LogEnds, TopicPartition};
use crate::kafka::sink::round::{self, Round};
use crate::kafka::{Installation, LogError};

/// The topics of a sink, read as a member of its group.
pub(super) struct TopicReader {
    installation: Installation,
    consumer: BaseConsumer<Membership>,
    lag_schedule: LagSchedule,
    ends: LogEnds,
}

impl TopicReader {
    /// Makes a consumer in the group `name`.
    pub(super) fn new(installation: Installation, name: &str) -> Result<Self, LogError> {
        let consumer = round::connect(&installation, name)?;
        let ends = LogEnds::new(&installation)?;
        Ok(Self { installation, consumer, lag_schedule: LagSchedule::new(), ends })
    }

    pub(super) fn installation(&self) -> &Installation {
        &self.installation
    }

    pub(super) fn subscribe(&self, topics: &[&str]) -> Result<(), LogError> {
        let names: Vec<String> = topics.iter().map(|name| self.installation.topic(name)).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        self.consumer.subscribe(&names).map_err(LogError::client("subscribing"))
    }

    pub(super) fn poll(&self) -> Result<Round, LogError> {
        round::poll(&self.consumer, &self.installation.prefix)
    }

    /// The rebalances since the last call.
    pub(super) fn changes(&self) -> Vec<Rebalance> {
        self.consumer.context().changes()
    }

    /// The partitions that are assigned now.
    pub(super) fn assigned(&self) -> Result<BTreeSet<TopicPartition>, LogError> {
        let assignment = self.consumer.assignment().map_err(LogError::client("asking for the assignment"))?;
        let mut assigned = BTreeSet::new();
        for element in assignment.elements() {
            let name = element.topic().strip_prefix(&self.installation.prefix).unwrap_or(element.topic());
            if let (Some(spec), Ok(partition)) = (spec(name), u32::try_from(element.partition())) {
                assigned.insert((spec.name, partition));
            }
        }
        Ok(assigned)
    }

    /// Pauses a partition until it is resumed at an offset.
    pub(super) fn pause(&self, (topic, partition): TopicPartition) -> Result<(), LogError> {
        group::pause(&self.consumer, &self.installation.topic(topic), partition)
    }

    /// Resumes partitions, each at its offset.
    pub(super) fn resume_at(&self, offsets: &BTreeMap<TopicPartition, i64>) -> Result<(), LogError> {
        let mut list = TopicPartitionList::new();
        for ((topic, partition), offset) in offsets {
            let name = self.installation.topic(topic);
            list.add_partition_offset(&name, convert::native(*partition), Offset::Offset(*offset))
                .map_err(LogError::client("placing a partition"))?;
        }
        group::resume_at(&self.consumer, &list)
    }

    /// The index of the topic, out of `topics`, whose lag is to be measured now, if one is due.
    pub(super) fn lag_due(&mut self, topics: usize) -> Option<usize> {
        self.lag_schedule.due(topics)
    }

    /// What the broker says of the ends of logs.
    pub(super) fn ends(&self) -> &LogEnds {
        &self.ends
    }

    /// Gives up the partitions and closes the consumer, and waits for a limited time.
    pub(super) fn leave(self) {
        group::leave(&self.consumer);
        group::close(self.consumer);
    }
}
