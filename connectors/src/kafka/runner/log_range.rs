//! Where a task reads on in its log, or why it cannot: the log lost records that it has not read, or is
//! another log than the one that it has read.

use std::collections::BTreeMap;
use std::time::Duration;

use pipeline::topology::{MachineSpec, is_stage};
use rdkafka::consumer::BaseConsumer;
use topics::codec::record::Incoming;
use topics::codec::task_row::{LastRecord, REPLAY};

use crate::kafka::client::partition_reader::first_records;
use crate::kafka::runner::contradiction::Contradiction;
use crate::kafka::{Installation, LogError, ReaderContext, ends};

/// What a task remembers of its place in a log.
pub(crate) struct TaskPosition<'a> {
    /// The number of the partition, from 0.
    pub(crate) partition: u32,
    /// The offset that is read next.
    pub(crate) next: i64,
    /// The last record that was processed.
    pub(crate) last: &'a LastRecord,
}

/// The records that a log has where tasks remember some, by partition.
#[derive(Default)]
pub(crate) struct RecordsNear {
    /// The record at the offset of the task's last one, or the next one after it.
    last: BTreeMap<u32, Incoming>,
    /// The first record after that offset, where the task's position is further on than that.
    following: BTreeMap<u32, Incoming>,
}

impl RecordsNear {
    /// Reads them. Offsets that the log does not have any more, or not yet, are left out.
    ///
    /// # Errors
    /// The broker does not answer, or sends nothing for longer than `patience`.
    pub(crate) fn read<'a>(
        installation: &Installation,
        reader: &BaseConsumer<ReaderContext>,
        log: &'static str,
        positions: impl Iterator<Item = TaskPosition<'a>>,
        patience: Duration,
    ) -> Result<Self, LogError> {
        let mut at_last = BTreeMap::new();
        let mut after_last = BTreeMap::new();
        for TaskPosition { partition, next, last } in positions {
            let (low, end) = ends(reader, &installation.topic(log), partition)?;
            if (low..end).contains(&last.offset) {
                at_last.insert(partition, last.offset);
            }
            let following = last.offset + 1;
            if following < next && (low..end).contains(&following) {
                after_last.insert(partition, following);
            }
        }
        let read = |from| first_records(installation, reader, log, from, patience);
        Ok(Self { last: read(at_last)?, following: read(after_last)? })
    }

    /// The part of the log of this partition, which begins at `low` and ends at `end`.
    pub(crate) fn range(&self, partition: u32, (low, end): (i64, i64)) -> LogRange<'_> {
        LogRange {
            low,
            end,
            last_record: self.last.get(&partition),
            following: self.following.get(&partition),
        }
    }
}

/// Who appends to a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogWriters {
    /// Stages alone, all of whose records are in transactions.
    Stages,
    /// Connectors, too, whose records are in none.
    ConnectorsToo,
}

impl LogWriters {
    /// Who appends to the log of a machine. A stage that is cut out reads what stages write.
    pub(crate) const fn of(machine: &MachineSpec) -> Self {
        if machine.store.is_none() { Self::Stages } else { Self::ConnectorsToo }
    }
}

/// A partition of a log as the broker has it now.
pub(crate) struct LogRange<'a> {
    /// The first offset that was not deleted.
    pub(crate) low: i64,
    /// The offset after the last record.
    pub(crate) end: i64,
    /// The record at the offset of the task's last record, or the next one; `None` if that offset was
    /// deleted.
    pub(crate) last_record: Option<&'a Incoming>,
    /// The first record after the task's last one, if the task's position is further on: where it has found
    /// control records only.
    pub(crate) following: Option<&'a Incoming>,
}

impl LogRange<'_> {
    /// Where a task at `next` that has processed `last` reads on in a log that `writers` append to.
    ///
    /// # Errors
    /// The log lost records that were not read, or is not the one that the task has read; the text says how.
    pub(crate) fn start(
        &self,
        next: i64,
        last: Option<&LastRecord>,
        writers: LogWriters,
    ) -> Result<i64, Contradiction> {
        let Self { low, end, .. } = self;
        if *end < next {
            return Err(Contradiction {
                what: "the broker has lost records, or the topic was created again",
                offsets: format!("the log ends at offset {end}, but {next} is the next to be read"),
            });
        }
        if let (Some(last), Some(found)) = (last, self.last_record)
            && (found.offset, found.time) != (last.offset, last.time)
        {
            return Err(Contradiction {
                what: "the broker has lost records, or the topic was created again",
                offsets: format!("the record at offset {} is not the one that was read there", last.offset),
            });
        }
        // A log that was cut off before a control record has grown again over the task's position.
        if let Some(unread) = self.following.filter(|record| record.offset < next) {
            let offset = unread.offset;
            return Err(Contradiction {
                what: "the broker has lost records, or the topic was created again",
                offsets: format!("the record at offset {offset} is new, but {next} is the next to be read"),
            });
        }
        if *low > next && !self.is_only_a_control_record(next, last, writers) {
            return Err(Contradiction {
                what: "records were deleted unread",
                offsets: format!("the log begins at offset {low}, but {next} is the next to be read"),
            });
        }
        Ok(next.max(*low))
    }

    /// Whether all that was deleted at and after `next` was one control record: the marker of the transaction
    /// that the last record belongs to, or the notice of edition 0 in a log that no task has read.
    fn is_only_a_control_record(&self, next: i64, last: Option<&LastRecord>, writers: LogWriters) -> bool {
        let is_notice = next == 0;
        let is_transactional =
            |last: &LastRecord| is_stage(last.source.as_str()) || last.source.as_str() == REPLAY;
        let is_marker = writers == LogWriters::Stages
            || last.is_some_and(|last| last.offset + 1 == next && is_transactional(last));
        self.low == next + 1 && (is_notice || is_marker)
    }
}

#[cfg(test)]
mod tests {
    use topics::records::dead_letters::StageName;
    use topics::values::time::Time;

    use super::LogWriters::{ConnectorsToo, Stages};
    use super::*;

    fn last(offset: i64, source: &str) -> LastRecord {
        LastRecord { offset, time: Time::from_millis(1_000), source: StageName::of(source) }
    }

    fn found(offset: i64, millis: i64) -> Incoming {
        Incoming { offset, time: Time::from_millis(millis), ..Incoming::default() }
    }

    #[test]
    fn a_deleted_control_record_is_no_loss_and_a_deleted_record_is() {
        let log = |low, end| LogRange { low, end, last_record: None, following: None };
        let stage = last(566, "converse");
        assert_eq!(log(568, 568).start(567, Some(&stage), ConnectorsToo), Ok(568));
        assert_eq!(log(567, 568).start(567, Some(&stage), ConnectorsToo), Ok(567));
        assert_eq!(log(568, 568).start(567, Some(&last(566, REPLAY)), ConnectorsToo), Ok(568));
        let webhook = last(566, "whatsapp");
        assert!(
            log(568, 568)
                .start(567, Some(&webhook), ConnectorsToo)
                .unwrap_err()
                .to_string()
                .contains("deleted unread")
        );
        assert!(
            log(569, 569)
                .start(567, Some(&stage), ConnectorsToo)
                .unwrap_err()
                .to_string()
                .contains("deleted unread")
        );
        // The position is after a control record already: what is deleted now was a record.
        assert!(
            log(569, 569)
                .start(568, Some(&stage), ConnectorsToo)
                .unwrap_err()
                .to_string()
                .contains("deleted unread")
        );
        assert_eq!(log(9, 9).start(8, None, Stages), Ok(9));
        assert_eq!(log(1, 1).start(0, None, ConnectorsToo), Ok(1));
        assert!(log(2, 2).start(0, None, ConnectorsToo).is_err());
    }

    #[test]
    fn a_truncated_log_is_noticed_even_if_it_has_grown_again() {
        let stage = last(999, "converse");
        let start = |end, record: Option<Incoming>| {
            let log = LogRange { low: 0, end, last_record: record.as_ref(), following: None };
            log.start(1_000, Some(&stage), ConnectorsToo)
        };
        assert!(start(990, None).unwrap_err().to_string().contains("ends at offset 990"));
        assert_eq!(start(1_005, Some(found(999, 1_000))), Ok(1_000));
        assert!(start(1_005, Some(found(999, 2_000))).unwrap_err().to_string().contains("not the one"));
        assert!(start(1_005, Some(found(1_000, 1_000))).unwrap_err().to_string().contains("not the one"));
    }

    #[test]
    fn a_log_that_was_cut_off_under_a_control_record_is_noticed_when_it_has_grown_again() {
        let stage = last(998, "converse");
        let same = found(998, 1_000);
        let start = |following: Option<Incoming>| {
            let log =
                LogRange { low: 0, end: 1_005, last_record: Some(&same), following: following.as_ref() };
            log.start(1_000, Some(&stage), ConnectorsToo)
        };
        assert_eq!(start(None), Ok(1_000));
        assert_eq!(start(Some(found(1_000, 2_000))), Ok(1_000), "the next record to be read");
        let why = start(Some(found(999, 2_000))).unwrap_err().to_string();
        assert!(why.contains("the record at offset 999 is new"), "{why}");
    }
}
