//! `ticket_words`, from `reports`: what residents wrote, visible for the desk alone.

use topics::codec::record::{Envelope, Incoming};
use topics::records::reports::{Account, Report};

use super::account;
use crate::postgis::sink::columns::{At, ColumnPosition, Json, TextColumn, table_row};
use crate::postgis::sink::rows::{Conflict, TableRow};

table_row!(WordsRow {
    ce_id: String,
    ticket: String,
    kind: &'static str,
    at: At,
    words: TextColumn,
    media: Json,
    place_name: Option<String>,
    location: Option<ColumnPosition>,
    number_end: Option<String>,
});

impl TableRow for WordsRow {
    const CONFLICT: Conflict = Conflict::Append("ce_id");

    fn key(&self) -> &str {
        &self.ce_id
    }
}

impl WordsRow {
    /// The row of a report or an addendum, with the place that it names, which may differ from the
    /// ticket's.
    pub fn of(_: &Incoming, envelope: &Envelope, report: Report) -> Option<Self> {
        let (kind, ticket, at, said): (_, _, _, Account) = match report {
            Report::Report(report) => ("report", report.ticket, report.at, report.account.0),
            Report::Addendum(addendum) => ("addendum", addendum.ticket, addendum.at, addendum.account.0),
        };
        let number_end = said.number_end.clone();
        let (words, media, place_name, location) = account(said);
        Some(Self {
            ce_id: envelope.id.to_string(),
            ticket: ticket.to_string(),
            kind,
            at: At(at),
            words,
            media,
            place_name,
            location,
            number_end,
        })
    }
}
