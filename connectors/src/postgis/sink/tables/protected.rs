//! `protected.tickets`, from `protected-tickets`: the reports of the police lane, visible for the role saps
//! alone.

use topics::codec::record::{Envelope, Incoming};
use topics::records::protected::ProtectedTicket;

use super::{account, big, int};
use crate::postgis::sink::columns::{At, ColumnPosition, Json, TextColumn, table_row};
use crate::postgis::sink::rows::{Conflict, TableRow};

table_row!(ProtectedTicketRow {
    id: String,
    created_at: At,
    updated_at: At,
    language: &'static str,
    confirmed: bool,
    team: Option<String>,
    assigned_to: Option<String>,
    rule: &'static str,
    distance_m: Option<i32>,
    address: String,
    words: TextColumn,
    media: Json,
    place_name: Option<String>,
    location: Option<ColumnPosition>,
    disarmed_at: Option<At>,
    version: i64,
    edition: i64,
});

impl TableRow for ProtectedTicketRow {
    const CONFLICT: Conflict = Conflict::Version("id");

    fn key(&self) -> &str {
        &self.id
    }

    fn version(&self) -> i64 {
        self.version
    }
}

impl ProtectedTicketRow {
    /// The row of a protected report.
    pub fn of(_: &Incoming, _: &Envelope, ticket: ProtectedTicket) -> Option<Self> {
        let testimony = ticket.testimony.0;
        let (words, media, place_name, location) = account(testimony.account);
        Some(Self {
            id: ticket.ticket.to_string(),
            created_at: At(ticket.reported_at),
            updated_at: At(ticket.at),
            language: ticket.language.as_str(),
            confirmed: ticket.confirmed,
            team: ticket.referral.team.map(|code| code.to_string()),
            assigned_to: ticket.referral.assigned_to.map(|name| name.to_string()),
            rule: ticket.referral.rule.as_str(),
            distance_m: ticket.referral.distance_m.map(int),
            address: testimony.address,
            words,
            media,
            place_name,
            location,
            disarmed_at: ticket.disarmed_at.map(At),
            version: big(ticket.version),
            edition: i64::from(ticket.edition),
        })
    }
}
