//! Reads partitions: to their current end, or only their next record.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use pipeline::engine::task_row;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::{Offset, TopicPartitionList};
use topics::catalogue::TopicSpec;
use topics::codec::record::Incoming;
use topics::codec::task_row::{TaskRow, task_row_key};
use topics::values::time::Time;

use crate::kafka::client::convert;
use crate::kafka::client::log_lines;
use crate::kafka::{Installation, LogError, REQUEST_TIMEOUT, ReaderContext};

/// A consumer that reads partitions by hand, for [`scan`], [`first_records`] and their like: it reports their
/// ends, and begins at the earliest record if the one that it is to read was deleted. `group` says whose
/// committed offsets it can ask for.
pub(crate) fn partition_reader(
    installation: &Installation,
    group: &str,
    isolation: &str,
) -> Result<BaseConsumer<ReaderContext>, LogError> {
    let mut config = installation.reader(isolation);
    config.set("group.id", installation.topic(group));
    config.set("enable.partition.eof", "true").set("auto.offset.reset", "earliest");
    config.create_with_context(ReaderContext).map_err(LogError::client("making a consumer"))
}

/// Hands `take` all records of these partitions that the consumer's isolation level shows, each partition in
/// order from its offset. The consumer is a [`partition_reader`].
///
/// # Errors
/// The broker sends nothing for longer than `patience`, or `take` fails.
pub(crate) fn scan(
    installation: &Installation,
    consumer: &BaseConsumer<ReaderContext>,
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
/// The consumer is a [`partition_reader`].
///
/// # Errors
/// The broker sends nothing for longer than `patience`.
pub(crate) fn first_records(
    installation: &Installation,
    consumer: &BaseConsumer<ReaderContext>,
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

/// The offset of the first record of a partition that the broker appended at `time` or later; `None` if there
/// is no such record.
pub(crate) fn offset_at(
    consumer: &BaseConsumer<ReaderContext>,
    topic: &str,
    partition: u32,
    time: Time,
) -> Result<Option<i64>, LogError> {
    let mut asked = TopicPartitionList::new();
    let answer = asked
        .add_partition_offset(topic, convert::native(partition), Offset::Offset(time.millis()))
        .and_then(|()| consumer.offsets_for_times(asked, REQUEST_TIMEOUT))
        .map_err(LogError::client(format!("asking {topic}-{partition} for an offset by time")))?;
    Ok(match answer.elements().first().map(|element| element.offset()) {
        Some(Offset::Offset(offset)) => Some(offset),
        _ => None,
    })
}

/// The last row of each task in a store that the consumer's isolation level shows, each partition read from
/// its offset. A task whose last row cannot be read has none.
pub(crate) fn task_rows(
    installation: &Installation,
    consumer: &BaseConsumer<ReaderContext>,
    store: &'static TopicSpec,
    from: BTreeMap<u32, Offset>,
    patience: Duration,
) -> Result<BTreeMap<u32, TaskRow>, LogError> {
    let mut rows = BTreeMap::new();
    scan(installation, consumer, store.name, from, patience, |record| {
        take_task_row(&mut rows, record);
        Ok(())
    })?;
    Ok(rows)
}

fn take_task_row(rows: &mut BTreeMap<u32, TaskRow>, record: &Incoming) {
    if record.key_text() != Some(&task_row_key(record.partition)) {
        return;
    }
    match task_row::read(record) {
        Ok(row) => rows.insert(record.partition, row),
        Err(_) => rows.remove(&record.partition),
    };
}
