//! `breaches`, from `breaches`: deadlines that came near or passed.

use topics::codec::record::{Envelope, Incoming};
use topics::records::breaches::Breach;

use crate::postgis::sink::columns::{At, table_row};
use crate::postgis::sink::rows::{Conflict, TableRow};

table_row!(BreachRow {
    ce_id: String,
    ticket: String,
    clock: &'static str,
    level: &'static str,
    tier: i32,
    due_at: At,
    seen_at: At,
    municipality: Option<String>,
    team: Option<String>,
    category: &'static str,
    edition: i64,
});

impl TableRow for BreachRow {
    const CONFLICT: Conflict = Conflict::Append("ce_id");

    fn key(&self) -> &str {
        &self.ce_id
    }
}

impl BreachRow {
    /// The row of a warning or a breach.
    pub fn of(_: &Incoming, envelope: &Envelope, breach: Breach) -> Option<Self> {
        Some(Self {
            ce_id: envelope.id.to_string(),
            ticket: breach.ticket.to_string(),
            clock: breach.clock.as_str(),
            level: breach.level.as_str(),
            tier: i32::from(breach.tier),
            due_at: At(breach.due_at),
            seen_at: At(breach.seen_at),
            municipality: breach.municipality.map(|code| code.to_string()),
            team: breach.team.map(|code| code.to_string()),
            category: breach.category.as_str(),
            edition: i64::from(breach.edition),
        })
    }
}
