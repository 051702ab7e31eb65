//! Logins that the database no longer accepts.

use std::time::Duration;

use sqlx::postgres::{PgConnection, PgPool};
use sqlx::{Connection, Error};

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
