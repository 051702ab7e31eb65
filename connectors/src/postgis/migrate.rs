//! Migrations: the files of `migrations/`, in the binary, run once each.

use std::time::{Duration, Instant};

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::{PgPool, PgPoolOptions};

use super::error::{PostgisError, Trouble, judge};
use super::logins::put_logins_right;
use super::pool::options;

static MIGRATOR: Migrator = sqlx::migrate!("../migrations");

/// PostgreSQL lets every login into a new database and lets it have temporary tables. A database that was
/// restored from a backup is new, and the migrations that changed this are recorded as done.
const CLOSE_TO_PUBLIC: &str = "do $$
begin
    if not has_database_privilege('sink', current_database(), 'connect')
        or exists (select from pg_database, aclexplode(coalesce(datacl, acldefault('d', datdba)))
                    where datname = current_database() and grantee = 0) then
        execute format('revoke all on database %I from public', current_database());
        execute format('grant connect on database %I to sink, protected_sink, dashboard, national, \
        public_reader, desk, intake,
                        saps, backup, desk_accounts, staff_mail', current_database());
    end if;
end
$$";

/// The statements that a superuser runs in every database.
const DATABASE: &str = include_str!("../../../compose/database.psql");

/// How often a wait is logged.
const SAY: Duration = Duration::from_secs(10);

/// Brings the tables of `url`, which names their owner, to this program's version. It waits for the database
/// and says so every 10 s. Returns what a person should know: what is left for a superuser to do, and the
/// settings of logins that were put right.
///
/// # Errors
/// The login is refused, or the tables are not those that the migrations made.
pub async fn migrate(url: &str) -> Result<Vec<String>, PostgisError> {
    let pool = wait(url).await?;
    MIGRATOR.run(&pool).await.map_err(explain)?;
    sqlx::raw_sql(CLOSE_TO_PUBLIC).execute(&pool).await?;
    let mut remarks: Vec<String> = unprepared(&pool).await?.into_iter().collect();
    remarks.extend(put_logins_right(&pool).await?);
    pool.close().await;
    Ok(remarks)
}

/// What a superuser has to do if compose/database.psql was not run completely in this database. The owner of
/// the tables has no right to do it.
async fn unprepared(pool: &PgPool) -> Result<Option<String>, PostgisError> {
    let wanted = prepared_version(DATABASE).unwrap_or(0);
    let is_there: bool =
        sqlx::query_scalar("select to_regclass('tools.prepared') is not null").fetch_one(pool).await?;
    let found: i32 = match is_there {
        true => sqlx::query_scalar("select version from tools.prepared").fetch_one(pool).await?,
        false => 0,
    };
    if found >= wanted {
        return Ok(None);
    }
    Ok(Some(format!(
        "this database was not given all that compose/database.psql gives (version {found} of {wanted}), and \
         the owner of the tables may not do it: logins may see how much others write, and tools of people \
         may fail; a superuser must run: psql -f compose/init.sql"
    )))
}

/// The number of the last migration of this program.
pub(super) fn newest_migration() -> i64 {
    MIGRATOR.iter().map(|migration| migration.version).max().unwrap_or(0)
}

fn prepared_version(script: &str) -> Option<i32> {
    script.lines().find_map(|line| line.strip_prefix("\\set version ")?.trim().parse().ok())
}

/// Takes all migrations back, with everything in the tables.
///
/// # Errors
/// As for [`migrate`].
pub async fn undo_all(url: &str) -> Result<(), PostgisError> {
    let pool = wait(url).await?;
    MIGRATOR.undo(&pool, 0).await.map_err(explain)?;
    pool.close().await;
    Ok(())
}

fn explain(error: MigrateError) -> PostgisError {
    match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => PostgisError::from(error),
        error => PostgisError::Migration(error.to_string()),
    }
}

/// Connects as soon as the database answers.
async fn wait(url: &str) -> Result<PgPool, PostgisError> {
    let options = options(url)?;
    let start = Instant::now();
    let mut said = start;
    loop {
        let pool = PgPoolOptions::new().max_connections(1).acquire_timeout(SAY);
        let error = match pool.connect_with(options.clone()).await {
            Ok(pool) => return Ok(pool),
            Err(error) => error,
        };
        let Trouble::Away(why) = judge(&error) else {
            return Err(error.into());
        };
        if said.elapsed() >= SAY || said == start {
            said = Instant::now();
            tracing::warn!(waited_s = start.elapsed().as_secs(), why, "waiting for PostgreSQL");
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_for_every_database_says_its_version() {
        assert!(prepared_version(DATABASE).is_some_and(|version| version > 0));
    }
}
