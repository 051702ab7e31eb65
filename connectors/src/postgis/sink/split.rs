//! Finding the rows that PostgreSQL refuses, by halving.

use std::collections::BTreeMap;

use sqlx::Connection;
use sqlx::postgres::PgPool;

use super::rows::Sheet;
use crate::batch::StoreError;
use crate::postgis::error::{Trouble, judge, store_error};

/// The rows of `sheet` that PostgreSQL refuses, by the place in the batch of the record that each was made
/// of, with the reason. It tries in a transaction that is never committed, each try in a savepoint: about 2
/// log n tries a row.
pub(super) async fn refused(pool: &PgPool, sheet: &dyn Sheet) -> Result<BTreeMap<usize, String>, StoreError> {
    let mut refused = BTreeMap::new();
    let mut transaction = pool.begin().await.map_err(|error| store_error(&error))?;
    let all = 0..sheet.len();
    let mut ranges = vec![all];
    while let Some(range) = ranges.pop() {
        let mut savepoint = transaction.begin().await.map_err(|error| store_error(&error))?;
        let Err(error) = sheet.write(&mut savepoint, range.clone()).await else {
            savepoint.commit().await.map_err(|error| store_error(&error))?;
            continue;
        };
        let Trouble::Row(why) = judge(&error) else {
            return Err(store_error(&error));
        };
        savepoint.rollback().await.map_err(|error| store_error(&error))?;
        if range.len() > 1 {
            let middle = range.start + range.len() / 2;
            ranges.push(middle..range.end);
            ranges.push(range.start..middle);
        } else if let Some(source) = sheet.source(range.start) {
            refused.insert(source, why);
        }
    }
    transaction.rollback().await.map_err(|error| store_error(&error))?;
    Ok(refused)
}
