//! Logins that the database no longer accepts, and logins that have changed their own settings.

use std::time::Duration;

use sqlx::postgres::{PgConnection, PgPool};
use sqlx::{Connection, Error};

use super::PostgisError;

/// How often it is tried whether the database still accepts the logins.
const EVERY: Duration = Duration::from_secs(30);

/// Waits until the database refuses the login of one of these pools, whose connections may still work; the
/// refusal.
pub async fn login_refused(pools: &[PgPool]) -> Error {
    loop {
        tokio::time::sleep(EVERY).await;
        for pool in pools {
            match PgConnection::connect_with(&pool.connect_options()).await {
                Ok(connection) => drop(connection.close().await),
                Err(error) if is_refusal(&error) => return error,
                Err(_) => {}
            }
        }
    }
}

/// Whether the database answered that it does not let this login in: SQLSTATE class 28.
fn is_refusal(error: &Error) -> bool {
    error.as_database_error().and_then(|error| error.code()).is_some_and(|code| code.starts_with("28"))
}

/// The settings of logins that differ from those that they should have, one a line. A login can change its
/// own for all who use it.
pub(super) async fn changed_logins(pool: &PgPool) -> Result<Vec<String>, PostgisError> {
    if !is_prepared(pool, "to_regclass('tools.changed_logins')").await? {
        return Ok(Vec::new());
    }
    let changed =
        "select format('%s: %s is %s%s and should be %s', login, setting, coalesce(found, 'not set'),
                                 case when database <> '' then ' in the database ' || database end,
                                 coalesce(wanted, 'not set'))
        from tools.changed_logins order by login, database, setting";
    Ok(sqlx::query_scalar(changed).fetch_all(pool).await?)
}

/// Gives logins the settings that they should have; what it changed, if anything.
pub(super) async fn put_logins_right(pool: &PgPool) -> Result<Option<String>, PostgisError> {
    if !is_prepared(pool, "to_regprocedure('tools.put_logins_right()')").await? {
        return Ok(None);
    }
    let put_right = sqlx::query_scalar::<_, String>("select tools.put_logins_right()").fetch_all(pool);
    match put_right.await {
        Ok(changed) if changed.is_empty() => Ok(None),
        Ok(changed) => Ok(Some(format!(
            "logins had other settings than they should have, which are put right ({}); a login can change its \
             own for all who use it, and its password too: see docs/tables.md",
            changed.join("; ")
        ))),
        // A login that is changing its settings at this moment must not keep the tables from being migrated.
        Err(error) => Ok(Some(format!(
            "logins have other settings than they should have, and could not be put right ({error}): run \
             `trust-engine migrate` again"
        ))),
    }
}

/// Whether the database was given this object by compose/database.psql.
async fn is_prepared(pool: &PgPool, object: &'static str) -> Result<bool, PostgisError> {
    let is_there = sqlx::AssertSqlSafe(format!("select {object} is not null"));
    Ok(sqlx::query_scalar(is_there).fetch_one(pool).await?)
}
