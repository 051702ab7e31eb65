//! Lets a machine go on with a log that an operator has looked at, after records were deleted unread, were
//! lost by the broker, or the topic was created again. Every record that the machine cannot have processed is
//! read.

use std::collections::BTreeMap;
use std::fmt::Write;

use pipeline::engine::task_row;
use pipeline::topology::MachineSpec;
use rdkafka::Offset;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use topics::codec::task_row::{LastRecord, TaskRow};
use topics::values::lane::Lane;
use topics::values::time::Time;

use crate::append::Append;
use crate::kafka::admin::stage_cut::{at_rest, delete_group};
use crate::kafka::client::appender::Appender;
use crate::kafka::client::convert;
use crate::kafka::client::partition_reader::{offset_at, partition_reader, task_rows};
use crate::kafka::client::transaction::committed;
use crate::kafka::runner::log_range::{LogWriters, RecordsNear, TaskPosition};
use crate::kafka::{Installation, LogError, REQUEST_TIMEOUT, ReaderContext, ends};

/// Sets the position of each partition of `machine` whose log is not the one that it has read. Returns a
/// summary.
///
/// # Errors
/// The machine runs, or the broker does not answer; then nothing was changed, or running it again completes
/// it.
pub async fn adopt(installation: &Installation, machine: &'static MachineSpec) -> Result<String, LogError> {
    at_rest(installation, machine).await?;
    let reader = partition_reader(installation, machine.name, "read_committed")?;
    let rows = match machine.store {
        Some(store) => {
            task_rows(installation, &reader, store, from_beginning(installation), REQUEST_TIMEOUT)?
        }
        None => BTreeMap::new(),
    };
    let log = installation.topic(machine.log.name);
    let group = committed(&reader, &log, 0..installation.partitions)?;
    let mut moves = BTreeMap::new();
    for partition in 0..installation.partitions {
        let row = rows.get(&partition);
        refuse_what_is_lost(machine, partition, row, group.get(&partition).copied())?;
        let next = row.map(|row| row.next_offset).or_else(|| group.get(&partition).copied()).unwrap_or(0);
        let last = row.and_then(|row| row.last_record.as_ref());
        if let Some(start) = new_start(installation, &reader, machine, partition, next, last)? {
            moves.insert(partition, (next, start));
        } else if row.is_some_and(|row| group.get(&partition).is_some_and(|group| *group != row.next_offset))
        {
            // The row and the group disagree, and the log has all records: the row decides, because it
            // belongs to the state of the store.
            moves.insert(partition, (next, next));
        }
    }
    apply(installation, &reader, machine, &rows, &group, &moves).await?;
    Ok(summary(machine, &moves))
}

/// Refuses if it is unknown which records were processed: any position could lose records or process them
/// twice.
fn refuse_what_is_lost(
    machine: &MachineSpec,
    partition: u32,
    row: Option<&TaskRow>,
    group: Option<i64>,
) -> Result<(), LogError> {
    let why = match (machine.store, row, group) {
        (Some(store), None, Some(_)) => format!(
            "the store {} has no row of the task, though the group has an offset: restore the topic from a \
             copy",
            store.name
        ),
        (None, _, None) => {
            "the group has no offset, and the stage has no store: set the offset with kafka-consumer-groups \
             --reset-offsets after the last record that was processed"
                .to_owned()
        }
        _ => return Ok(()),
    };
    Err(LogError::Topics(format!("{}, partition {partition}: {why}; nothing was changed", machine.name)))
}

/// All partitions of a store, each from its first record.
pub(super) fn from_beginning(installation: &Installation) -> BTreeMap<u32, Offset> {
    (0..installation.partitions).map(|partition| (partition, Offset::Beginning)).collect()
}

/// Where the machine has to read on in a partition; `None` if it can go on where it is.
fn new_start(
    installation: &Installation,
    reader: &BaseConsumer<ReaderContext>,
    machine: &MachineSpec,
    partition: u32,
    next: i64,
    last: Option<&LastRecord>,
) -> Result<Option<i64>, LogError> {
    let topic = installation.topic(machine.log.name);
    let (low, end) = ends(reader, &topic, partition)?;
    let position = last.map(|last| TaskPosition { partition, next, last });
    let near =
        RecordsNear::read(installation, reader, machine.log.name, position.into_iter(), REQUEST_TIMEOUT)?;
    if near.range(partition, (low, end)).start(next, last, LogWriters::of(machine)).is_ok() {
        return Ok(None);
    }
    if low > next {
        return Ok(Some(low));
    }
    // The broker has lost records, and others may have taken their offsets: those that were appended after
    // the last one that was read are new.
    let Some(last) = last else { return Ok(Some(low)) };
    let after = Time::from_millis(last.time.millis() + 1);
    Ok(Some(offset_at(reader, &topic, partition, after)?.unwrap_or(end)))
}

/// Sets the positions: in the stores, whose rows decide if the group has none, or else in the group.
async fn apply(
    installation: &Installation,
    reader: &BaseConsumer<ReaderContext>,
    machine: &'static MachineSpec,
    rows: &BTreeMap<u32, TaskRow>,
    group: &BTreeMap<u32, i64>,
    moves: &BTreeMap<u32, (i64, i64)>,
) -> Result<(), LogError> {
    if moves.is_empty() {
        return Ok(());
    }
    let Some(store) = machine.store else {
        let mut positions = group.clone();
        positions.extend(moves.iter().map(|(partition, (_, start))| (*partition, *start)));
        let positions = convert::positions(&installation.topic(machine.log.name), positions);
        let doing = LogError::client(format!("setting the offsets of the group {}", machine.name));
        return reader.commit(&positions, CommitMode::Sync).map_err(doing);
    };
    delete_group(installation, machine).await?;
    let appender = Appender::new(installation)?;
    for (partition, (_, start)) in moves {
        let mut row = rows.get(partition).cloned().unwrap_or_default();
        row.next_offset = *start;
        row.last_record = None;
        if row.transactional_id.is_empty() {
            row.transactional_id = format!("{}{}.adopted.0", installation.prefix, machine.name);
        }
        let record = task_row::write(store, *partition, &row);
        appender.append(record).await.map_err(|error| LogError::Topics(error.to_string()))?;
    }
    Ok(())
}

fn summary(machine: &MachineSpec, moves: &BTreeMap<u32, (i64, i64)>) -> String {
    let mut text =
        format!("{}: {} of its partitions were set to go on with their logs", machine.name, moves.len());
    // The offsets of the police lane would count its records.
    if machine.lane != Lane::Protected {
        for (partition, (next, start)) in moves {
            let _ = write!(text, "\npartition {partition}: was at offset {next}, reads on at {start}");
        }
    }
    text
}
