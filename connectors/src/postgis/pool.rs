//! Connections: a few for each process, each with limits on how long a statement may block others.

use std::time::Duration;

use sqlx::ConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};

use super::error::PostgisError;

/// Limits of a session. `lock_timeout`: two sinks on one partition wait for the row of its offset. The third
/// ends the transaction of a process that was stopped in the middle, so that its successor can go on; a
/// batch's transaction has no pause longer than that.
const LIMITS: [(&str, &str); 3] =
    [("statement_timeout", "60s"), ("lock_timeout", "15s"), ("idle_in_transaction_session_timeout", "10s")];

/// A pool of at most `connections` to `url`. It connects when it is used, so the caller waits if the database
/// is unavailable.
///
/// # Errors
/// The address cannot be read.
pub fn connect(url: &str, connections: u32) -> Result<PgPool, PostgisError> {
    Ok(PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(5))
        .connect_lazy_with(options(url)?.options(LIMITS)))
}

/// The options of `url`. Statements are not logged: without their parameters, which are never logged, they
/// are of no use.
pub(super) fn options(url: &str) -> Result<PgConnectOptions, PostgisError> {
    let options: PgConnectOptions = url.parse().map_err(|_| PostgisError::Address)?;
    Ok(options.application_name("trust-engine").disable_statement_logging())
}
