//! What the database shows of an installation: how far the sink is, whether the tables fit this program, and
//! how large it is.

use std::collections::BTreeMap;

use serde::Serialize;
use sqlx::Row;
use sqlx::postgres::PgPool;

use super::PostgisError;
use super::logins::changed_logins;
use super::migrate::newest_migration;

/// What the database shows to the owner of the tables.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DatabaseFacts {
    /// The number of the last migration that was run; 0 before the first.
    pub migrated_to: i64,
    /// The number of the last migration that this program has.
    pub migrations: i64,
    /// The size of the database in bytes; missing if the login may not see it.
    pub bytes: Option<i64>,
    /// The settings of logins that differ from those that they should have, one a line.
    pub changed_logins: Vec<String>,
    /// How far the sink of the municipalities and the intake is.
    #[serde(skip)]
    pub offsets: Vec<SinkOffset>,
}

/// How far a sink is in a partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SinkOffset {
    /// The name of the topic, without the installation's prefix.
    pub topic: String,
    /// The number of the partition, from 0.
    pub partition: u32,
    /// The offset that is read next.
    pub next: i64,
}

/// The version of every ticket in its table. `pool` is of the owner of the tables.
///
/// # Errors
/// As for [`collect`].
pub async fn ticket_versions(pool: &PgPool) -> Result<BTreeMap<String, u64>, PostgisError> {
    let rows = sqlx::query("select id, version from tickets").fetch_all(pool).await?;
    let mut versions = BTreeMap::new();
    for row in rows {
        versions.insert(row.try_get(0)?, u64::try_from(row.try_get::<i64, _>(1)?).unwrap_or(0));
    }
    Ok(versions)
}

/// Collects what the database shows. `pool` is of the owner of the tables.
///
/// # Errors
/// The database does not answer, or refuses the login.
pub async fn collect(pool: &PgPool) -> Result<DatabaseFacts, PostgisError> {
    let changed_logins = changed_logins(pool).await?;
    let is_migrated: bool =
        sqlx::query_scalar("select to_regclass('_sqlx_migrations') is not null").fetch_one(pool).await?;
    let mut facts =
        DatabaseFacts { migrations: newest_migration(), changed_logins, ..DatabaseFacts::default() };
    if !is_migrated {
        return Ok(facts);
    }
    let migrated = "select coalesce(max(version), 0) from _sqlx_migrations where success";
    facts.migrated_to = sqlx::query_scalar(migrated).fetch_one(pool).await?;
    // A login may not see sizes, which is no fault.
    let size = sqlx::query_scalar("select pg_database_size(current_database())");
    facts.bytes = size.fetch_one(pool).await.ok().flatten();
    let offsets = sqlx::query("select topic, partition, next from sink_offsets order by topic, partition");
    for row in offsets.fetch_all(pool).await? {
        facts.offsets.push(SinkOffset {
            topic: row.try_get(0)?,
            partition: u32::try_from(row.try_get::<i32, _>(1)?).unwrap_or(0),
            next: row.try_get(2)?,
        });
    }
    Ok(facts)
}
