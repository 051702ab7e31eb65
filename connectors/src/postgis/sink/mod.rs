//! The sink: writes batches of the log into tables, once each.
//!
//! One transaction for a round of batches (docs/adr/0005). Its first statement moves the offset of each
//! partition from where its batch begins to where it ends; if one is somewhere else, that partition has
//! another owner and nothing is written. A row that PostgreSQL refuses is found by halving and becomes a dead
//! letter; the others go in.

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
use topics::codec::record::Incoming;
use topics::codec::sealing::KeyRing;
use topics::records::dead_letters::DeadClass;

use self::rows::Sheet;
use self::tables::{Reading, Undecodable};
use super::error::{Trouble, judge, store_error};
use crate::append::Append;
use crate::batch::{Batch, BatchOutcome, BatchStore, Mark, StoreError, StoreFuture};

/// How long one attempt at a batch may take. PostgreSQL ends a statement after 60 s; this is for a server
/// that is silent.
const ATTEMPT: Duration = Duration::from_secs(90);

/// What a sink is fed from and where it keeps its offsets.
#[derive(Clone, Copy)]
struct SinkSource {
    topics: &'static [&'static str],
    offsets: &'static str,
}

const MUNICIPAL: SinkSource = SinkSource {
    topics: &[
        "reports",
        "tickets",
        "ticket-events",
        "breaches",
        "deliveries",
        "unscreened",
        "dead-letters",
        "intake-dead-letters",
    ],
    offsets: "sink_offsets",
};

const PROTECTED: SinkSource = SinkSource {
    topics: &["protected-tickets", "protected-deliveries", "protected-dead-letters"],
    offsets: "protected.sink_offsets",
};

/// Writes topics into tables.
pub struct Sink {
    source: SinkSource,
    pool: PgPool,
    ring: Arc<KeyRing>,
    dead: Arc<dyn Append>,
    cluster: String,
}

impl Sink {
    /// The sink of the municipal and the intake's topics. `pool` is of the login `sink`; `ring` holds the
    /// municipal and the intake's keys; `cluster` is the id of the Kafka cluster that the batches come
    /// from.
    pub fn municipal(pool: PgPool, ring: Arc<KeyRing>, dead: Arc<dyn Append>, cluster: &str) -> Self {
        Self { source: MUNICIPAL, pool, ring, dead, cluster: cluster.to_owned() }
    }

    /// The sink of the police lane. `pool` is of the login `protected_sink`; `ring` holds the protected key.
    pub fn protected(pool: PgPool, ring: Arc<KeyRing>, dead: Arc<dyn Append>, cluster: &str) -> Self {
        Self { source: PROTECTED, pool, ring, dead, cluster: cluster.to_owned() }
    }

    async fn write_round(&self, round: &[Batch]) -> Result<BatchOutcome, StoreError> {
        let mut pages = off_the_runtime(|| pages(round, &self.ring))?;
        for Page { records, sheets, undecodable } in &pages {
            let table = sheets.first().map_or("sink", |sheet| sheet.name());
            for bad in undecodable {
                let Some(record) = records.get(bad.source) else { continue };
                self.dead_letter(record, table, bad.class, bad.place, "cannot be read").await?;
            }
        }
        loop {
            match self.timed(self.attempt(round, &pages)).await? {
                Attempt::Written => return Ok(BatchOutcome::Done),
                Attempt::Fenced => return Ok(BatchOutcome::Fenced),
                Attempt::RowRefused => self.dead_letter_refused(&mut pages).await?,
            }
        }
    }

    /// One transaction: the offsets first, then all rows.
    async fn attempt(&self, round: &[Batch], pages: &[Page<'_>]) -> Result<Attempt, StoreError> {
        let mut transaction = self.pool.begin().await.map_err(|error| store_error(&error))?;
        if !offsets::compare_and_set(&mut transaction, self.source.offsets, &self.cluster, round).await? {
            return Ok(Attempt::Fenced);
        }
        for sheet in pages.iter().flat_map(|page| &page.sheets) {
            if let Err(error) = sheet.write(&mut transaction, 0..sheet.len()).await {
                return match judge(&error) {
                    Trouble::Row(_) => Ok(Attempt::RowRefused),
                    _ => Err(store_error(&error)),
                };
            }
        }
        transaction.commit().await.map_err(|error| store_error(&error))?;
        Ok(Attempt::Written)
    }

    /// Finds the rows that PostgreSQL refuses, makes dead letters of them and leaves them out.
    async fn dead_letter_refused(&self, pages: &mut [Page<'_>]) -> Result<(), StoreError> {
        let mut found = false;
        for Page { records, sheets, .. } in pages {
            for sheet in sheets {
                let refused = split::refused(&self.pool, sheet.as_ref()).await?;
                for (source, why) in &refused {
                    let Some(record) = records.get(*source) else { continue };
                    self.dead_letter(record, sheet.name(), DeadClass::RefusedByTable, None, why).await?;
                }
                found |= !refused.is_empty();
                sheet.leave_out(&refused.into_keys().collect());
            }
        }
        // Refused together, welcome alone: some other session was in the way.
        if found {
            Ok(())
        } else {
            Err(StoreError::Away("PostgreSQL refused a batch, and none of its rows alone".to_owned()))
        }
    }

    async fn timed<T>(&self, work: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
        match tokio::time::timeout(ATTEMPT, work).await {
            Ok(result) => result,
            Err(_) => Err(StoreError::Away(format!("no answer for {} s", ATTEMPT.as_secs()))),
        }
    }
}

/// What a round has for the tables of one topic.
struct Page<'a> {
    records: Vec<&'a Incoming>,
    /// The rows of each table.
    sheets: Vec<Box<dyn Sheet>>,
    /// The records that cannot be decoded.
    undecodable: Vec<Undecodable>,
}

/// The pages of a round, one a topic.
fn pages<'a>(round: &'a [Batch], ring: &Arc<KeyRing>) -> Result<Vec<Page<'a>>, StoreError> {
    let mut topics: BTreeMap<&'static str, Vec<&Incoming>> = BTreeMap::new();
    for batch in round {
        topics.entry(batch.topic).or_default().extend(&batch.records);
    }
    let page = |(topic, records): (&'static str, Vec<&'a Incoming>)| {
        let Reading { sheets, undecodable } = tables::read(topic, ring, &records)?;
        Ok(Page { records, sheets, undecodable })
    };
    topics.into_iter().map(page).collect()
}

enum Attempt {
    Written,
    Fenced,
    RowRefused,
}

/// Opening 20,000 sealed records takes a good part of a second: other tasks of this thread go elsewhere
/// meanwhile.
fn off_the_runtime<R>(work: impl FnOnce() -> R) -> R {
    use tokio::runtime::{Handle, RuntimeFlavor};
    match Handle::try_current().map(|handle| handle.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        _ => work(),
    }
}

impl BatchStore for Sink {
    fn topics(&self) -> &'static [&'static str] {
        self.source.topics
    }

    fn check(&self) -> StoreFuture<'_, ()> {
        Box::pin(Self::check(self))
    }

    fn marks(&self) -> StoreFuture<'_, Vec<Mark>> {
        Box::pin(Self::marks(self))
    }

    fn position<'a>(&'a self, topic: &'static str, partition: u32) -> StoreFuture<'a, i64> {
        Box::pin(self.timed(offsets::position(&self.pool, self.source.offsets, topic, partition)))
    }

    fn write<'a>(&'a self, round: &'a [Batch]) -> StoreFuture<'a, BatchOutcome> {
        Box::pin(self.write_round(round))
    }
}
