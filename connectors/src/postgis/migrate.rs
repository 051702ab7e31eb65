//! Migrations: the files of `migrations/`, in the binary, run once each.

use std::time::{Duration, Instant};

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::{PgPool, PgPoolOptions};

use super::error::{PostgisError, Trouble, judge};
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
                        saps, backup', current_database());
    end if;
end
$$";

/// How often a wait is said.
const SAY: Duration = Duration::from_secs(10);

/// Brings the tables of `url`, which names their owner, to this program's version. It waits for the database
/// and says so every 10 s.
///
/// # Errors
/// The login is refused, or the tables are not those that the migrations made.
pub async fn migrate(url: &str) -> Result<(), PostgisError> {
    let pool = wait(url).await?;
    MIGRATOR.run(&pool).await.map_err(explain)?;
    sqlx::raw_sql(CLOSE_TO_PUBLIC).execute(&pool).await?;
    pool.close().await;
    Ok(())
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
