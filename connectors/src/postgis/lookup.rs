//! Finds a ticket by its tracking number.

use sqlx::postgres::PgPool;
use topics::values::ids::TicketId;
use topics::values::tracking::TrackingNumber;

use super::PostgisError;

/// The ticket that has this tracking number; `None` if the table does not hold it (yet).
///
/// # Errors
/// The database cannot be asked.
pub async fn ticket_of(pool: &PgPool, number: &TrackingNumber) -> Result<Option<TicketId>, PostgisError> {
    let query = sqlx::query_scalar::<_, String>("select id from tickets where tracking_number = $1")
        .bind(number.as_str());
    let found = query.fetch_optional(pool).await?;
    Ok(found.and_then(|id| id.parse().ok()))
}
