//! Public holidays that are declared for one year: those of every year are part of the program.

use pipeline::rules::calendar::holidays;
use sqlx::PgPool;
use topics::values::calendar::Day;

use super::import::readable_name;
use crate::postgis::PostgisError;

/// Declares a public holiday, or gives one that was declared another name. An edition that is published
/// afterwards holds it.
///
/// # Errors
/// The day is a holiday by law already, the name cannot be used, or the database cannot be asked.
pub async fn declare_holiday(pool: &PgPool, day: Day, name: &str) -> Result<(), PostgisError> {
    if let Some(by_law) = holidays::by_law(day) {
        return Err(complaint(format!(
            "{day} is a public holiday by law already, {by_law}: nothing has changed"
        )));
    }
    let name = readable_name(name).map_err(|flaw| complaint(format!("the name of the holiday {flaw}")))?;
    sqlx::query("insert into holidays values ($1::text::date, $2) on conflict (day) do update set name = $2")
        .bind(day.to_string())
        .bind(name)
        .execute(pool)
        .await?;
    Ok(())
}

/// Withdraws a public holiday that was declared.
///
/// # Errors
/// No holiday was declared for the day, or the database cannot be asked.
pub async fn withdraw_holiday(pool: &PgPool, day: Day) -> Result<(), PostgisError> {
    let gone = sqlx::query("delete from holidays where day = $1::text::date")
        .bind(day.to_string())
        .execute(pool)
        .await?;
    if gone.rows_affected() == 0 {
        return Err(complaint(format!("no holiday was declared for {day}: nothing has changed")));
    }
    Ok(())
}

fn complaint(text: String) -> PostgisError {
    PostgisError::Reference(vec![text])
}
