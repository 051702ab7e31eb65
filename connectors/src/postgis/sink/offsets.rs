//! The sink's offsets, which fence other writers, and the marks by which it recognises its log.

use sqlx::postgres::{PgConnection, PgPool};
use sqlx::{AssertSqlSafe, Row};
use topics::codec::record::Incoming;
use topics::codec::task_row::LastRecord;

use super::chunk::Slice;
use crate::batch::{Mark, SinkError};
use crate::postgis::error::sink_error;

/// Another cluster than this one that the database has offsets of.
pub(super) async fn other_cluster(
    pool: &PgPool,
    table: &str,
    cluster: &str,
) -> Result<Option<String>, SinkError> {
    let statement = format!("select distinct cluster from {table} where cluster <> $1 limit 1");
    let query = sqlx::query_scalar(AssertSqlSafe(statement)).bind(cluster);
    query.fetch_optional(pool).await.map_err(|error| sink_error(&error))
}

/// The position in each partition that was written.
pub(super) async fn marks(pool: &PgPool, table: &str) -> Result<Vec<Mark>, SinkError> {
    let statement = format!(
        "select topic, partition, next, last_offset, last_ce_id, last_source from {table} order by topic, partition"
    );
    let rows = sqlx::query(AssertSqlSafe(statement)).fetch_all(pool).await;
    let rows = rows.map_err(|error| sink_error(&error))?;
    rows.iter().map(mark).collect::<Result<_, _>>().map_err(|error| sink_error(&error))
}

/// Deletes all offsets; returns how many there were.
pub(super) async fn forget(pool: &PgPool, table: &str) -> Result<u64, SinkError> {
    let done = sqlx::query(AssertSqlSafe(format!("delete from {table}"))).execute(pool).await;
    Ok(done.map_err(|error| sink_error(&error))?.rows_affected())
}

/// Moves each partition from its batch's start to its end, if all are where their batches begin. If the
/// transaction of another sink holds one of the rows, this one waits, and afterwards finds the offset
/// changed.
pub(super) async fn compare_and_set(
    connection: &mut PgConnection,
    table: &str,
    cluster: &str,
    chunk: &[Slice<'_>],
) -> Result<bool, sqlx::Error> {
    let mut topics = Vec::new();
    let mut partitions = Vec::new();
    let mut starts = Vec::new();
    let mut ends = Vec::new();
    let mut last_offsets = Vec::new();
    let mut last_ids = Vec::new();
    let mut last_sources = Vec::new();
    for batch in chunk {
        let last = batch.records.iter().rev().find_map(|record| Some((record, recorded_id(record)?)));
        let (last, last_id) = last.unzip();
        topics.push(batch.topic);
        partitions.push(number(batch.partition));
        starts.push(batch.start);
        ends.push(batch.end);
        last_offsets.push(last.map(|record| record.offset));
        last_ids.push(last_id);
        last_sources.push(last.map(|record| LastRecord::of(record).source.as_str().to_owned()));
    }
    // Rows are locked in one order: two sinks wait for each other in turn, never both at once. A partition
    // that the database knows nothing of begins at 0.
    let statement = format!(
        "with batch as (
            select * from unnest($1::text[], $2::int[], $3::bigint[], $4::bigint[], $5::bigint[], $6::text[],
                                 $8::text[])
                as batch (topic, partition, start, next, last_offset, last_ce_id, last_source)
        ), new as (
            insert into {table} (topic, partition, cluster, next, last_offset, last_ce_id, last_source)
            select topic, partition, $7, next, last_offset, last_ce_id, last_source from batch
             where start = 0 order by topic, partition
            on conflict (topic, partition) do nothing
            returning topic, partition
        ), held as (
            select known.topic, known.partition from {table} known join batch using (topic, partition)
             where known.next = batch.start and known.cluster = $7
             order by known.topic, known.partition for update of known
        ), moved as (
            update {table} known
               set next = batch.next, last_offset = coalesce(batch.last_offset, known.last_offset),
                   last_ce_id = coalesce(batch.last_ce_id, known.last_ce_id),
                   last_source = coalesce(batch.last_source, known.last_source), updated_at = now()
              from batch join held using (topic, partition)
             where known.topic = batch.topic and known.partition = batch.partition and known.next = \
             batch.start and known.cluster = $7
            returning 1
        )
        select (select count(*) from new) + (select count(*) from moved)"
    );
    let query = sqlx::query_scalar::<_, i64>(AssertSqlSafe(statement))
        .bind(topics)
        .bind(partitions)
        .bind(starts)
        .bind(ends);
    let query = query.bind(last_offsets).bind(last_ids).bind(cluster).bind(last_sources);
    let moved = query.fetch_one(connection).await?;
    Ok(usize::try_from(moved).is_ok_and(|moved| moved == chunk.len()))
}

/// The mark in a row of the table of offsets.
fn mark(row: &sqlx::postgres::PgRow) -> Result<Mark, sqlx::Error> {
    Ok(Mark {
        topic: row.try_get(0)?,
        partition: u32::try_from(row.try_get::<i32, _>(1)?).unwrap_or(0),
        next: row.try_get(2)?,
        last_offset: row.try_get(3)?,
        last_ce_id: row.try_get(4)?,
        last_source: row.try_get(5)?,
    })
}

/// The id of a record, if PostgreSQL can hold it: the header may be anything.
fn recorded_id(record: &Incoming) -> Option<&str> {
    record.header("ce_id").filter(|id| !id.contains('\0'))
}

fn number(partition: u32) -> i32 {
    i32::try_from(partition).unwrap_or(i32::MAX)
}
