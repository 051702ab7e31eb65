//! Values of records as those of columns.

use topics::records::reports::Account;

use crate::postgis::sink::columns::{ColumnPosition, Json, TextColumn};

/// The columns that an account fills: words, media, place_name, location.
pub fn account(account: Account) -> (TextColumn, Json, Option<String>, Option<ColumnPosition>) {
    (
        TextColumn::of(&account.words),
        Json::of(&account.media),
        account.place_name,
        account.point.map(ColumnPosition),
    )
}

/// An unsigned number as a PostgreSQL `bigint`. Versions and offsets never reach its limit.
pub fn big(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// An unsigned number as a PostgreSQL `integer`; what does not fit becomes the largest one.
pub fn int(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
