//! The sink's offsets: the fence, and what tells one log from another.

use sqlx::postgres::{PgConnection, PgPool};
use sqlx::{AssertSqlSafe, Row};

use super::Sink;
use crate::batch::{Batch, Mark, StoreError};
use crate::postgis::error::store_error;

impl Sink {
    /// Compares the offsets in the database with the cluster that the sink is to read.
    ///
    /// # Errors
    /// They are of another cluster, or the database cannot be asked.
    pub async fn check(&self) -> Result<(), StoreError> {
        let statement = format!("select distinct cluster from {} where cluster <> $1 limit 1", self.lane.offsets);
        let other = sqlx::query_scalar::<_, String>(AssertSqlSafe(statement)).bind(&self.cluster).fetch_optional(&self.pool);
        match self.timed(async { other.await.map_err(|error| store_error(&error)) }).await? {
            None => Ok(()),
            Some(other) => Err(StoreError::Fatal(format!(
                "the tables were filled from the Kafka cluster {other}, this one is {}; to go on with it run: trust-engine sink adopt",
                self.cluster
            ))),
        }
    }

    /// How far it is in each partition that it has written.
    ///
    /// # Errors
    /// The database cannot be asked.
    pub async fn marks(&self) -> Result<Vec<Mark>, StoreError> {
        let offsets = self.lane.offsets;
        let statement = format!("select topic, partition, next, last_offset, last_ce_id from {offsets} order by topic, partition");
        let query = sqlx::query(AssertSqlSafe(statement)).fetch_all(&self.pool);
        let rows = self.timed(async { query.await.map_err(|error| store_error(&error)) }).await?;
        let mark = |row: &sqlx::postgres::PgRow| -> Result<Mark, sqlx::Error> {
            Ok(Mark {
                topic: row.try_get(0)?,
                partition: u32::try_from(row.try_get::<i32, _>(1)?).unwrap_or(0),
                next: row.try_get(2)?,
                last_offset: row.try_get(3)?,
                last_ce_id: row.try_get(4)?,
            })
        };
        rows.iter().map(mark).collect::<Result<_, _>>().map_err(|error| store_error(&error))
    }

    /// Forgets all offsets, so that the next start reads the cluster's topics from their beginning. Rows stay; those that
    /// come again are known by id and version. Returns how many partitions were forgotten.
    ///
    /// # Errors
    /// The database cannot be asked.
    pub async fn adopt(&self) -> Result<u64, StoreError> {
        let query = sqlx::query(AssertSqlSafe(format!("delete from {}", self.lane.offsets)));
        let done = query.execute(&self.pool);
        let done = self.timed(async { done.await.map_err(|error| store_error(&error)) }).await?;
        Ok(done.rows_affected())
    }
}

/// The offset of a partition; 0 where there is none.
pub(super) async fn position(pool: &PgPool, table: &str, topic: &str, partition: u32) -> Result<i64, StoreError> {
    let statement = format!("select next from {table} where topic = $1 and partition = $2");
    let query = sqlx::query_scalar::<_, i64>(AssertSqlSafe(statement)).bind(topic).bind(number(partition));
    Ok(query.fetch_optional(pool).await.map_err(|error| store_error(&error))?.unwrap_or(0))
}

/// Moves the partition from the batch's start to its end, if that is where it is. Another sink's transaction on the same
/// row is waited for; then one of the two finds the row elsewhere.
pub(super) async fn compare_and_set(connection: &mut PgConnection, table: &str, cluster: &str, batch: &Batch) -> Result<bool, StoreError> {
    let last = batch.records.iter().rev().find_map(|record| Some((record.offset, record.header("ce_id")?)));
    let (last_offset, last_ce_id) = last.unzip();
    let statement = format!(
        "update {table} set next = $1, last_offset = coalesce($2, last_offset), last_ce_id = coalesce($3, last_ce_id), updated_at = now()
          where topic = $4 and partition = $5 and next = $6 and cluster = $7"
    );
    let update = sqlx::query(AssertSqlSafe(statement)).bind(batch.end).bind(last_offset).bind(last_ce_id);
    let update = update.bind(batch.topic).bind(number(batch.partition)).bind(batch.start).bind(cluster);
    let updated = update.execute(&mut *connection).await.map_err(|error| store_error(&error))?;
    if updated.rows_affected() == 1 || batch.start != 0 {
        return Ok(updated.rows_affected() == 1);
    }
    let statement = format!(
        "insert into {table} (next, last_offset, last_ce_id, topic, partition, cluster) values ($1, $2, $3, $4, $5, $6)
         on conflict do nothing"
    );
    let insert = sqlx::query(AssertSqlSafe(statement)).bind(batch.end).bind(last_offset).bind(last_ce_id);
    let insert = insert.bind(batch.topic).bind(number(batch.partition)).bind(cluster);
    let inserted = insert.execute(connection).await.map_err(|error| store_error(&error))?;
    Ok(inserted.rows_affected() == 1)
}

fn number(partition: u32) -> i32 {
    i32::try_from(partition).unwrap_or(i32::MAX)
}
