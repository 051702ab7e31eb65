//! Follows topics without a group: hands on each committed record of all their partitions, from some time
//! before the present.

use std::time::Duration;

use rdkafka::consumer::Consumer;
use rdkafka::{Offset, TopicPartitionList};
use topics::codec::record::Incoming;

use super::client::convert;
use super::client::log_lines;
use super::client::partition_reader::{offset_at, partition_reader};
use super::client::shutdown::Shutdown;
use super::{Installation, LogError, ends};

/// How long one poll waits.
const POLL: Duration = Duration::from_millis(100);

/// A record, or where the reading of a partition begins.
pub enum Followed<'a> {
    /// The partition is read from this offset on.
    Begin {
        /// The name of the topic, without the installation's prefix.
        topic: &'static str,
        /// The number of the partition.
        partition: u32,
        /// The first offset that is read.
        offset: i64,
    },
    /// The next record of a partition.
    Record(&'a Incoming),
}

/// Follows these topics until `stop`, from the records of the last `back` on.
///
/// # Errors
/// The broker cannot be asked where to begin. Later outages are waited out.
pub fn follow(
    installation: &Installation,
    topics: &[&'static str],
    back: Duration,
    stop: &Shutdown,
    mut take: impl FnMut(Followed<'_>),
) -> Result<(), LogError> {
    let consumer = partition_reader(installation, "reader", "read_committed")?;
    let since = crate::clock::present() - back;
    let mut list = TopicPartitionList::new();
    for topic in topics {
        let name = installation.topic(topic);
        for partition in 0..installation.partitions {
            let (_, end) = ends(&consumer, &name, partition)?;
            let offset = offset_at(&consumer, &name, partition, since)?.unwrap_or(end);
            list.add_partition_offset(&name, convert::native(partition), Offset::Offset(offset))
                .map_err(LogError::client("choosing where to begin"))?;
            take(Followed::Begin { topic, partition, offset });
        }
    }
    consumer.assign(&list).map_err(LogError::client("following topics"))?;
    while !stop.is_requested() {
        match consumer.poll(POLL) {
            None => {}
            Some(Err(error)) => log_lines::error(&error, "follow"),
            Some(Ok(message)) => {
                take(Followed::Record(&convert::incoming(&message, &installation.prefix)));
            }
        }
    }
    Ok(())
}
