//! The sink: writes batches of the log into tables, once each.
//!
//! One transaction for a round of batches (docs/adr/0005), or several if PostgreSQL is too slow for the whole
//! round. Its first statement moves the offset of each partition from where its batch begins to where it
//! ends; if one is somewhere else, that partition has another owner and nothing is written. A row that
//! PostgreSQL refuses because of its data is found by halving and becomes a dead letter; the others go in.
//! After every other error the sink waits and retries, and the offsets do not move.

mod chunk;
mod columns;
mod dead;
mod offsets;
mod rows;
mod split;
mod tables;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::PgPool;
use topics::catalogue::{
    Breaches, Deliveries, IntakeDeadLetters, IntakeReviews, MunicipalDeadLetters, MunicipalReviews,
    ProtectedDeadLetters, ProtectedDeliveries, ProtectedReviews, ProtectedTickets, Reports, TicketEvents,
    Tickets, Topic, UnscreenedMessages,
};
use topics::codec::record::Incoming;
use topics::codec::sealing::KeyRing;
use topics::records::dead_letters::DeadClass;

use self::chunk::{ChunkSize, Slice, WrittenOffsets};
use self::dead::{DeadLetterWriter, Failure, TableDeadLetter};
use self::rows::AnyTableRows;
use self::tables::{DecodedRecords, Undecodable};
use super::error::{Trouble, judge, sink_error};
use crate::append::Append;
use crate::batch::{Batch, Mark, RoundResult, SinkDatabase, SinkError, SinkFuture};

/// How long one attempt at a batch may take. PostgreSQL ends a statement after 60 s; this is for a server
/// that is silent.
const ATTEMPT: Duration = Duration::from_secs(90);

/// The topics that a sink reads, and the table in which it keeps its offsets.
#[derive(Clone, Copy)]
struct SinkSource {
    topics: &'static [&'static str],
    offsets: &'static str,
}

/// The topics that the sink of the municipalities and the intake reads.
pub const MUNICIPAL_TOPICS: &[&str] = &[
    Reports::SPEC.name,
    Tickets::SPEC.name,
    TicketEvents::SPEC.name,
    Breaches::SPEC.name,
    Deliveries::SPEC.name,
    UnscreenedMessages::SPEC.name,
    MunicipalDeadLetters::SPEC.name,
    IntakeDeadLetters::SPEC.name,
    MunicipalReviews::SPEC.name,
    IntakeReviews::SPEC.name,
];

const MUNICIPAL: SinkSource = SinkSource { topics: MUNICIPAL_TOPICS, offsets: "sink_offsets" };

/// The topics that the sink of the police lane reads.
pub const PROTECTED_TOPICS: &[&str] = &[
    ProtectedTickets::SPEC.name,
    ProtectedDeliveries::SPEC.name,
    ProtectedDeadLetters::SPEC.name,
    ProtectedReviews::SPEC.name,
];

const PROTECTED: SinkSource = SinkSource { topics: PROTECTED_TOPICS, offsets: "protected.sink_offsets" };

/// Writes topics into tables.
pub struct Sink {
    source: SinkSource,
    pool: PgPool,
    ring: Arc<KeyRing>,
    dead_letters: DeadLetterWriter,
    cluster: String,
    size: ChunkSize,
    written_offsets: WrittenOffsets,
}

impl Sink {
    /// The sink of the municipal and the intake's topics. `pool` is of the login `sink`; `ring` holds the
    /// municipal and the intake's keys; `cluster` is the id of the Kafka cluster that the batches come
    /// from.
    pub fn municipal(pool: PgPool, ring: Arc<KeyRing>, dead: Arc<dyn Append>, cluster: &str) -> Self {
        Self::new(MUNICIPAL, pool, ring, dead, cluster)
    }

    /// The sink of the police lane. `pool` is of the login `protected_sink`; `ring` holds the protected key.
    pub fn protected(pool: PgPool, ring: Arc<KeyRing>, dead: Arc<dyn Append>, cluster: &str) -> Self {
        Self::new(PROTECTED, pool, ring, dead, cluster)
    }

    fn new(
        source: SinkSource,
        pool: PgPool,
        ring: Arc<KeyRing>,
        dead: Arc<dyn Append>,
        cluster: &str,
    ) -> Self {
        Self {
            source,
            pool,
            dead_letters: DeadLetterWriter::new(ring.clone(), dead),
            ring,
            cluster: cluster.to_owned(),
            size: ChunkSize::new(),
            written_offsets: WrittenOffsets::default(),
        }
    }

    /// Compares the offsets in the database with the cluster that the sink is to read.
    ///
    /// # Errors
    /// They are of another cluster, or the database cannot be asked.
    pub async fn check(&self) -> Result<(), SinkError> {
        let offsets = self.source.offsets;
        match self.timed(offsets::other_cluster(&self.pool, offsets, &self.cluster)).await? {
            None => Ok(()),
            Some(other) => Err(SinkError::Fatal(format!(
                "the tables were filled from the Kafka cluster {other}, this one is {}; to go on with it \
                 run: trust-engine sink adopt",
                self.cluster
            ))),
        }
    }

    /// The position in each partition that was written.
    ///
    /// # Errors
    /// The database cannot be asked.
    pub async fn marks(&self) -> Result<Vec<Mark>, SinkError> {
        self.timed(offsets::marks(&self.pool, self.source.offsets)).await
    }

    /// Forgets all offsets, so that the next start reads the cluster's topics from their beginning. Rows
    /// stay; those that come again are known by id and version. Returns how many partitions were
    /// forgotten.
    ///
    /// # Errors
    /// The database cannot be asked.
    pub async fn adopt(&self) -> Result<u64, SinkError> {
        self.timed(offsets::forget(&self.pool, self.source.offsets)).await
    }

    /// Writes what is still to be written of `round`, one chunk after the other.
    async fn write_round(&self, round: &[Batch]) -> Result<RoundResult, SinkError> {
        let mut rest = self.written_offsets.rest_of(round);
        while !rest.is_empty() {
            let (chunk, later) = chunk::cut(rest, self.size.limit());
            match self.write_chunk(&chunk).await? {
                ChunkResult::Done => {}
                ChunkResult::Fenced => {
                    self.forget_round();
                    return Ok(RoundResult::Fenced);
                }
                ChunkResult::TooSlow(why) => return Err(self.slow(&chunk, &why)),
            }
            self.size.grow();
            self.written_offsets.note(&chunk);
            rest = later;
        }
        self.forget_round();
        Ok(RoundResult::Done)
    }

    /// The round is complete, or it is read again from elsewhere.
    fn forget_round(&self) {
        self.written_offsets.clear();
        self.dead_letters.forget_round();
    }

    /// Halves the next chunk, which begins where this one did. A single record is retried as it is.
    fn slow(&self, chunk: &[Slice<'_>], why: &str) -> SinkError {
        let records = chunk.iter().map(|slice| slice.records.len()).sum::<usize>();
        self.size.halve(records);
        let next =
            if records > 1 { "the next attempt writes half as much" } else { "it was a single record" };
        SinkError::Away(format!("PostgreSQL is too slow: {why}; {next}"))
    }

    async fn write_chunk(&self, chunk: &[Slice<'_>]) -> Result<ChunkResult, SinkError> {
        let mut pages = off_the_runtime(|| pages(chunk, &self.ring))?;
        let mut letters = self.undecodable(&pages)?;
        loop {
            let attempt = tokio::time::timeout(ATTEMPT, self.attempt(chunk, &pages, &letters)).await;
            let refused = match attempt {
                Err(_) => return Ok(ChunkResult::TooSlow(format!("no answer for {} s", ATTEMPT.as_secs()))),
                Ok(Ok(WriteResult::Written)) => return Ok(ChunkResult::Done),
                Ok(Ok(WriteResult::Fenced)) => return Ok(ChunkResult::Fenced),
                Ok(Ok(WriteResult::RowRefused)) => self.leave_out_refused(&mut pages).await,
                Ok(Err(error)) => Err(error),
            };
            match refused {
                Ok(refused) => letters.extend(refused),
                Err(WriteError::Sink(error)) => return Err(error),
                Err(WriteError::Sql(error)) => match judge(&error) {
                    Trouble::Slow(why) => return Ok(ChunkResult::TooSlow(why)),
                    _ => return Err(sink_error(&error)),
                },
            }
        }
    }

    /// One transaction: the offsets first, then all rows, then the dead letters.
    async fn attempt(
        &self,
        chunk: &[Slice<'_>],
        pages: &[TopicRows<'_>],
        letters: &[TableDeadLetter],
    ) -> Result<WriteResult, WriteError> {
        let mut transaction = self.pool.begin().await?;
        if !offsets::compare_and_set(&mut transaction, self.source.offsets, &self.cluster, chunk).await? {
            return Ok(WriteResult::Fenced);
        }
        for sheet in pages.iter().flat_map(|page| &page.sheets) {
            match sheet.write(&mut transaction, 0..sheet.len()).await {
                Ok(()) => {}
                Err(error) if matches!(judge(&error), Trouble::Row(_)) => return Ok(WriteResult::RowRefused),
                Err(error) => return Err(error.into()),
            }
        }
        self.dead_letters.append(letters).await?;
        transaction.commit().await?;
        Ok(WriteResult::Written)
    }

    /// The dead letters of the records that cannot be decoded.
    fn undecodable(&self, pages: &[TopicRows<'_>]) -> Result<Vec<TableDeadLetter>, SinkError> {
        let mut letters = Vec::new();
        for TopicRows { records, sheets, undecodable } in pages {
            let table = sheets.first().map_or("sink", |sheet| sheet.name());
            for bad in undecodable {
                let Some(record) = records.get(bad.source) else { continue };
                let failure =
                    Failure { class: bad.class, json_position: bad.json_position, why: "cannot be read" };
                letters.push(self.dead_letters.of(record, table, failure)?);
            }
        }
        Ok(letters)
    }

    /// Finds the rows that PostgreSQL refuses, leaves them out, and makes dead letters of their records.
    async fn leave_out_refused(
        &self,
        pages: &mut [TopicRows<'_>],
    ) -> Result<Vec<TableDeadLetter>, WriteError> {
        let mut letters = Vec::new();
        for TopicRows { records, sheets, .. } in pages {
            for sheet in sheets {
                let refused = split::refused(&self.pool, sheet.as_ref()).await?;
                for (source, why) in &refused {
                    let Some(record) = records.get(*source) else { continue };
                    let failure = Failure { class: DeadClass::RefusedByTable, json_position: None, why };
                    letters.push(self.dead_letters.of(record, sheet.name(), failure)?);
                }
                sheet.leave_out(&refused.into_keys().collect());
            }
        }
        // The rows were refused together and accepted one by one, so another session was in the way.
        if letters.is_empty() {
            let why = "PostgreSQL refused a batch, and none of its rows alone".to_owned();
            return Err(SinkError::Away(why).into());
        }
        Ok(letters)
    }

    async fn timed<T>(&self, work: impl Future<Output = Result<T, SinkError>>) -> Result<T, SinkError> {
        match tokio::time::timeout(ATTEMPT, work).await {
            Ok(result) => result,
            Err(_) => Err(SinkError::Away(format!("no answer for {} s", ATTEMPT.as_secs()))),
        }
    }
}

/// The result of writing a chunk.
enum ChunkResult {
    Done,
    Fenced,
    /// PostgreSQL did not write it in time.
    TooSlow(String),
}

enum WriteResult {
    Written,
    Fenced,
    RowRefused,
}

/// Why an attempt failed.
#[derive(Debug)]
enum WriteError {
    Sql(sqlx::Error),
    Sink(SinkError),
}

impl From<sqlx::Error> for WriteError {
    fn from(error: sqlx::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<SinkError> for WriteError {
    fn from(error: SinkError) -> Self {
        Self::Sink(error)
    }
}

/// The rows of a chunk for the tables of one topic.
struct TopicRows<'a> {
    records: Vec<&'a Incoming>,
    /// The rows of each table.
    sheets: Vec<Box<dyn AnyTableRows>>,
    /// The records that cannot be decoded.
    undecodable: Vec<Undecodable>,
}

/// The pages of a chunk, one a topic.
fn pages<'a>(chunk: &[Slice<'a>], ring: &Arc<KeyRing>) -> Result<Vec<TopicRows<'a>>, SinkError> {
    let mut topics: BTreeMap<&'static str, Vec<&Incoming>> = BTreeMap::new();
    for slice in chunk {
        topics.entry(slice.topic).or_default().extend(slice.records);
    }
    let page = |(topic, records): (&'static str, Vec<&'a Incoming>)| {
        let DecodedRecords { sheets, undecodable } = tables::read(topic, ring, &records)?;
        Ok(TopicRows { records, sheets, undecodable })
    };
    topics.into_iter().map(page).collect()
}

/// Opening 20,000 sealed records takes a good part of a second: meanwhile the other tasks of this thread run
/// on other threads.
fn off_the_runtime<R>(work: impl FnOnce() -> R) -> R {
    use tokio::runtime::{Handle, RuntimeFlavor};
    match Handle::try_current().map(|handle| handle.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        _ => work(),
    }
}

impl SinkDatabase for Sink {
    fn topics(&self) -> &'static [&'static str] {
        self.source.topics
    }

    fn check(&self) -> SinkFuture<'_, ()> {
        Box::pin(Self::check(self))
    }

    fn marks(&self) -> SinkFuture<'_, Vec<Mark>> {
        Box::pin(Self::marks(self))
    }

    fn write<'a>(&'a self, round: &'a [Batch]) -> SinkFuture<'a, RoundResult> {
        Box::pin(self.write_round(round))
    }
}

#[cfg(test)]
mod tests {
    use topics::catalogue::CATALOGUE;
    use topics::values::lane::Lane;

    use super::*;

    #[test]
    fn each_topic_with_a_table_is_read_by_the_sink_of_its_lane_and_no_other_topic_is() {
        let ring = Arc::new(KeyRing::default());
        for topic in CATALOGUE.iter().map(|described| described.spec) {
            let has_table = tables::read(topic.name, &ring, &[]).is_ok();
            let is_protected = topic.lane == Lane::Protected;
            let found = (MUNICIPAL.topics.contains(&topic.name), PROTECTED.topics.contains(&topic.name));
            let expected = (has_table && !is_protected, has_table && is_protected);
            assert_eq!(found, expected, "{}: read by the municipal and the protected sink", topic.name);
        }
    }
}
