//! What the log needs of a store outside: to say how far it is, and to take batches in order. `postgis`
//! provides it, `kafka` calls it, and `main` connects them.

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
    /// The offset that the store was told to be at.
    pub start: i64,
    /// The offset that it is at afterwards.
    pub end: i64,
    /// The committed records with offsets from `start` to below `end`, in the order of their offsets.
    pub records: Vec<Incoming>,
}

/// What became of a round of batches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BatchOutcome {
    /// It is in the store, with its offsets, in one transaction.
    Done,
    /// The store is not at the `start` of one of them: another process owns that partition. Nothing was
    /// written; ask `position` of each again before going on.
    Fenced,
}

/// Why a batch cannot be written to a store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It is away or overloaded: wait and try the same again.
    #[error("the store does not answer: {0}")]
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
    /// It is not the store that it should be: stop.
    #[error("{0}")]
    Fatal(String),
}

/// What a store remembers of a partition: enough to notice that the topic was deleted and created again
/// under the same name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The topic, without the installation's prefix.
    pub topic: String,
    /// The number of the partition, from 0.
    pub partition: u32,
    /// The offset that is read next.
    pub next: i64,
    /// The offset of the last record that was written; none before the first.
    pub last_offset: Option<i64>,
    /// The `ce_id` header of the record at `last_offset`; none if there is no such record or it has no id.
    pub last_ce_id: Option<String>,
}

impl Mark {
    /// Checks that the log can be the one that the store was filled from. `end` is the offset at which the
    /// log ends; `record` is the record at the mark's `last_offset`, none if it has expired or was compacted
    /// away.
    ///
    /// # Errors
    /// [`StoreError::Fatal`] if the log ends before the mark, or has a record with another id at
    /// `last_offset`: the topic was then deleted and created again under the same name.
    pub fn agrees(&self, end: i64, record: Option<&Incoming>) -> Result<(), StoreError> {
        let found = record
            .filter(|record| Some(record.offset) == self.last_offset)
            .and_then(|record| record.header("ce_id"));
        let same = found.is_none() || found == self.last_ce_id.as_deref();
        if end >= self.next && same {
            return Ok(());
        }
        Err(StoreError::Fatal(format!(
            "partition {} of {} is not the one that the tables were filled from; if it was created again, \
             run: trust-engine sink adopt",
            self.partition, self.topic
        )))
    }
}

/// An answer of a store, in time.
pub type StoreFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// A store outside of Kafka that keeps its own offsets beside its rows.
pub trait BatchStore: Send + Sync + 'static {
    /// The topics that it is fed from, without prefix.
    fn topics(&self) -> &'static [&'static str];
    /// Whether it was filled from this log, as far as it can tell by itself. Asked once, before anything
    /// else.
    fn check(&self) -> StoreFuture<'_, ()>;
    /// What it remembers of each partition that it has taken batches of: for the log to be compared with.
    fn marks(&self) -> StoreFuture<'_, Vec<Mark>>;
    /// The offset that it is at in a partition; 0 where it has none.
    fn position<'a>(&'a self, topic: &'static str, partition: u32) -> StoreFuture<'a, i64>;
    /// Writes batches of different partitions and their end offsets in one transaction, if the store is at
    /// all their starts.
    fn write<'a>(&'a self, round: &'a [Batch]) -> StoreFuture<'a, BatchOutcome>;
}
