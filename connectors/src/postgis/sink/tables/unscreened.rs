//! `intake.unscreened`, from `unscreened`: messages that a person must look at or listen to, visible for the
//! role intake alone.

use topics::codec::record::{Envelope, Incoming};
use topics::records::unscreened::Unscreened;

use super::account;
use crate::postgis::sink::columns::{At, ColumnPosition, Json, TextColumn, table_row};
use crate::postgis::sink::rows::{Conflict, TableRow};

table_row!(UnscreenedRow {
    message: String,
    received_at: At,
    at: At,
    why: &'static str,
    address: String,
    words: TextColumn,
    media: Json,
    place_name: Option<String>,
    location: Option<ColumnPosition>,
    edition: i64,
});

impl TableRow for UnscreenedRow {
    const CONFLICT: Conflict = Conflict::Append("message");

    fn key(&self) -> &str {
        &self.message
    }
}

impl UnscreenedRow {
    /// The row of a message.
    pub fn of(_: &Incoming, _: &Envelope, unscreened: Unscreened) -> Option<Self> {
        let content = unscreened.content.0;
        let (words, media, place_name, location) = account(content.account);
        Some(Self {
            message: unscreened.message.to_string(),
            received_at: At(unscreened.received_at),
            at: At(unscreened.at),
            why: unscreened.why.as_str(),
            address: content.from,
            words,
            media,
            place_name,
            location,
            edition: i64::from(unscreened.edition),
        })
    }
}
