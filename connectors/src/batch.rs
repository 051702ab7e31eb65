//! The interface of a sink's database: it reports which offset it is at, and writes batches in order.
//! `postgis` implements it, `kafka` calls it, and `main` connects them.

use std::future::Future;
use std::pin::Pin;

use topics::codec::record::Incoming;

/// The records of one partition, in order, up to (not including) the offset `end`; they may be fewer than
/// `end - start`, since control records and aborted ones take offsets too.
#[derive(Debug)]
pub struct Batch {
    /// The topic, without the installation's prefix.
    pub topic: &'static str,
    /// The number of the partition, from 0.
    pub partition: u32,
    /// The offset at which the database must be before the batch is written.
    pub start: i64,
    /// The offset at which the database is after the batch is written.
    pub end: i64,
    /// The committed records with offsets from `start` to below `end`, in the order of their offsets.
    pub records: Vec<Incoming>,
}

/// The result of writing a round of batches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoundResult {
    /// It is in the database, with its offsets, in one transaction.
    Done,
    /// The database is not at the `start` of one of them: another process owns that partition. Nothing was
    /// written; ask `position` of each again before going on.
    Fenced,
}

/// Why a batch cannot be written to a database.
#[derive(Debug, thiserror::Error)]
pub enum SinkError {
    /// The database is unavailable or overloaded: wait and write the same batches again.
    #[error("the database does not answer: {0}")]
    Away(String),
    /// The records of one partition cannot be written until a person acts: leave it out, and write the
    /// others.
    #[error("{why}")]
    Partition {
        /// The topic, without the installation's prefix.
        topic: &'static str,
        /// The number of the partition, from 0.
        partition: u32,
        /// What is wrong, and what to do.
        why: String,
    },
    /// The database is not the one that it should be: stop.
    #[error("{0}")]
    Fatal(String),
}

/// What a database remembers of a partition: enough to notice that the topic was deleted and created again
/// under the same name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The topic, without the installation's prefix.
    pub topic: String,
    /// The number of the partition, from 0.
    pub partition: u32,
    /// The offset that is read next.
    pub next: i64,
    /// The offset of the last record that was written; `None` before the first.
    pub last_offset: Option<i64>,
    /// The `ce_id` header of the record at `last_offset`; `None` if there is no such record or it has no id.
    pub last_ce_id: Option<String>,
    /// The stage or connector that wrote the record at `last_offset`, as [`LastRecord`] has it; `None` if
    /// there is no such record, or an older version of this program wrote the row.
    ///
    /// [`LastRecord`]: topics::codec::task_row::LastRecord
    pub last_source: Option<String>,
}

impl Mark {
    /// Checks that the log can be the one that the database was filled from. `end` is the offset at which the
    /// log ends; `record` is the record at the mark's `last_offset`; `None` if it has expired or was
    /// compacted away.
    ///
    /// # Errors
    /// [`SinkError::Fatal`] if the log ends before the mark, or has a record with another id at
    /// `last_offset`: the topic was then deleted and created again under the same name.
    pub fn agrees(&self, end: i64, record: Option<&Incoming>) -> Result<(), SinkError> {
        let found = record
            .filter(|record| Some(record.offset) == self.last_offset)
            .and_then(|record| record.header("ce_id"));
        let same = found.is_none() || found == self.last_ce_id.as_deref();
        if end >= self.next && same {
            return Ok(());
        }
        Err(SinkError::Fatal(format!(
            "partition {} of {} is not the one that the tables were filled from; if it was created again, \
             run: trust-engine sink adopt",
            self.partition, self.topic
        )))
    }
}

/// The future answer of a database.
pub type SinkFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, SinkError>> + Send + 'a>>;

/// The database of a sink, which keeps the offsets beside its rows.
pub trait SinkDatabase: Send + Sync + 'static {
    /// The topics that it is fed from, without prefix.
    fn topics(&self) -> &'static [&'static str];
    /// Checks that the database was filled from this log, as far as it can check that by itself. Called once,
    /// before all other methods.
    fn check(&self) -> SinkFuture<'_, ()>;
    /// What the database remembers of each partition that it has written batches of. The log is compared with
    /// it.
    fn marks(&self) -> SinkFuture<'_, Vec<Mark>>;
    /// Writes batches of different partitions and their end offsets in one transaction, if the database is at
    /// the start of each of them.
    fn write<'a>(&'a self, round: &'a [Batch]) -> SinkFuture<'a, RoundResult>;
}
