//! Reads partitions: to their current end, or only their next record.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::{Offset, TopicPartitionList};
use topics::codec::record::Incoming;

use crate::kafka::client::convert;
use crate::kafka::client::log_lines;
use crate::kafka::{Installation, LogError, Quiet};

/// Hands `take` all records of these partitions that the consumer's isolation level shows, each partition in
/// order from its offset. The consumer reports the ends (`enable.partition.eof`).
///
/// # Errors
/// The broker sends nothing for longer than `patience`, or `take` fails.
pub(crate) fn scan(
    installation: &Installation,
    consumer: &BaseConsumer<Quiet>,
    topic: &'static str,
    mut from: BTreeMap<u32, Offset>,
    patience: Duration,
    mut take: impl FnMut(&Incoming) -> Result<(), LogError>,
) -> Result<(), LogError> {
    let name = installation.topic(topic);
    let doing = || LogError::client(format!("reading {name}"));
    let mut list = TopicPartitionList::new();
    for (partition, offset) in &from {
        list.add_partition_offset(&name, convert::native(*partition), *offset).map_err(doing())?;
    }
    consumer.assign(&list).map_err(doing())?;
    let mut heard = Instant::now();
    while let Some(first) = from.keys().next().copied() {
        if heard.elapsed() > patience {
            let seconds = patience.as_secs();
            return Err(LogError::Alarm(format!(
                "the broker sent nothing of {topic}, partition {first}, for {seconds} s"
            )));
        }
        match consumer.poll(Duration::from_millis(100)) {
            None => continue,
            Some(Err(KafkaError::PartitionEOF(partition))) => {
                from.retain(|open, _| convert::native(*open) != partition)
            }
            Some(Err(error)) => {
                log_lines::error(&error, topic);
                continue;
            }
            Some(Ok(message)) => take(&convert::incoming(&message, &installation.prefix))?,
        }
        heard = Instant::now();
    }
    Ok(())
}

/// The first record of each partition at or after its offset; none for a partition that has no such record.
/// The consumer reports the ends (`enable.partition.eof`).
///
/// # Errors
/// The broker sends nothing for longer than `patience`.
pub(crate) fn first_records(
    installation: &Installation,
    consumer: &BaseConsumer<Quiet>,
    topic: &str,
    mut from: BTreeMap<u32, i64>,
    patience: Duration,
) -> Result<BTreeMap<u32, Incoming>, LogError> {
    let name = installation.topic(topic);
    let doing = || LogError::client(format!("reading {name}"));
    let mut found = BTreeMap::new();
    if from.is_empty() {
        return Ok(found);
    }
    consumer.assign(&convert::positions(&name, from.clone())).map_err(doing())?;
    let began = Instant::now();
    while let Some(first) = from.keys().next() {
        if began.elapsed() > patience {
            let seconds = patience.as_secs();
            return Err(LogError::Alarm(format!(
                "the broker sent nothing of {topic}, partition {first}, for {seconds} s"
            )));
        }
        match consumer.poll(Duration::from_millis(100)) {
            None => {}
            Some(Err(KafkaError::PartitionEOF(partition))) => {
                from.retain(|open, _| convert::native(*open) != partition);
            }
            Some(Err(error)) => log_lines::error(&error, topic),
            Some(Ok(message)) => {
                let record = convert::incoming(&message, &installation.prefix);
                if record.topic == topic && from.remove(&record.partition).is_some() {
                    found.insert(record.partition, record);
                }
            }
        }
    }
    consumer.unassign().map_err(doing())?;
    Ok(found)
}
