//! Finding the rows that PostgreSQL refuses, by halving.

use std::collections::BTreeMap;

use sqlx::Connection;
use sqlx::postgres::PgPool;

use super::rows::AnyTableRows;
use crate::postgis::error::{Trouble, judge};

/// The rows of `sheet` that PostgreSQL refuses, by the place in the batch of the record that each was made
/// of, with the reason. It tries in a transaction that is never committed, each try in a savepoint: about 2
/// log n tries a row.
pub(super) async fn refused(
    pool: &PgPool,
    sheet: &dyn AnyTableRows,
) -> Result<BTreeMap<usize, String>, sqlx::Error> {
    let mut refused = BTreeMap::new();
    let mut transaction = pool.begin().await?;
    let all = 0..sheet.len();
    let mut ranges = vec![all];
    while let Some(range) = ranges.pop() {
        let mut savepoint = transaction.begin().await?;
        let Err(error) = sheet.write(&mut savepoint, range.clone()).await else {
            savepoint.commit().await?;
            continue;
        };
        let Trouble::Row(why) = judge(&error) else {
            return Err(error);
        };
        savepoint.rollback().await?;
        if range.len() > 1 {
            let middle = range.start + range.len() / 2;
            ranges.push(middle..range.end);
            ranges.push(range.start..middle);
        } else if let Some(source) = sheet.source(range.start) {
            refused.insert(source, why);
        }
    }
    transaction.rollback().await?;
    Ok(refused)
}
