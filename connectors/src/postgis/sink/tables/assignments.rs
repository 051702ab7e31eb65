//! `ticket_assignments`, from `ticket-events`: who had a ticket when. Exactly one assignment of a ticket is
//! current.

use std::collections::HashMap;

use sqlx::postgres::{PgBindIterExt, PgConnection};
use sqlx::{Arguments, AssertSqlSafe, Error};
use topics::codec::record::Envelope;
use topics::records::ticket_events::TicketEvent;

use super::big;
use crate::postgis::sink::columns::{At, Columns, insert_with, table_row};
use crate::postgis::sink::rows::{Conflict, TableRow};

table_row!(AssignmentRow {
    ce_id: String,
    ticket: String,
    municipality: Option<String>,
    team: Option<String>,
    assigned_to: Option<String>,
    assigned_by: String,
    reason: &'static str,
    at: At,
    ticket_category: &'static str,
    version: i64,
});

/// A later assignment replaces the current one. Of equal versions, the one that comes later in the log is
/// later.
const STEP_BACK: &str = "update ticket_assignments t set is_current = false
    from unnest($1::text[], $2::bigint[], $3::text[]) as u (ticket, version, ce_id)
    where t.ticket = u.ticket and t.is_current and t.ce_id <> u.ce_id and t.version <= u.version";

/// The last assignment of each ticket in the batch is current, unless the table has a later one already
/// because an old batch is written again.
const CURRENT: &str = "{} and not exists
    (select from ticket_assignments c where c.ticket = u.ticket and c.is_current and c.ce_id <> u.ce_id)";

impl TableRow for AssignmentRow {
    const CONFLICT: Conflict = Conflict::Append("ce_id");

    fn key(&self) -> &str {
        &self.ce_id
    }

    async fn write(connection: &mut PgConnection, table: &str, rows: &[(usize, Self)]) -> Result<(), Error> {
        let last = last_of_each(rows);
        let is_last = |source: &usize, row: &Self| {
            last.get(row.ticket.as_str()).is_some_and(|(_, last)| last == source)
        };

        let lasts = || rows.iter().filter(|(source, row)| is_last(source, row)).map(|(_, row)| row);
        sqlx::query(STEP_BACK)
            .bind(lasts().map(|row| &row.ticket).bind_iter())
            .bind(lasts().map(|row| row.version).bind_iter())
            .bind(lasts().map(|row| &row.ce_id).bind_iter())
            .execute(&mut *connection)
            .await?;

        let mut arguments = Self::bind(rows).map_err(Error::Encode)?;
        arguments
            .add(rows.iter().map(|(source, row)| is_last(source, row)).bind_iter())
            .map_err(Error::Encode)?;
        let insert = insert_with::<Self>(table, "is_current", "boolean", CURRENT);
        let statement = format!(
            "{insert} on conflict (ce_id) do update set is_current = excluded.is_current where t.is_current \
             <> excluded.is_current"
        );
        sqlx::query_with(AssertSqlSafe(statement), arguments).execute(connection).await?;
        Ok(())
    }
}

/// The last assignment of each ticket: its version and its place in the batch.
fn last_of_each(rows: &[(usize, AssignmentRow)]) -> HashMap<&str, (i64, usize)> {
    let mut last = HashMap::with_capacity(rows.len());
    for (source, row) in rows {
        let this = (row.version, *source);
        last.entry(row.ticket.as_str()).and_modify(|known| *known = this.max(*known)).or_insert(this);
    }
    last
}

impl AssignmentRow {
    /// The row of an event that made a new assignment.
    pub fn of(envelope: &Envelope, event: &TicketEvent) -> Option<Self> {
        let assignment = event.assignment.as_ref()?;
        Some(Self {
            ce_id: envelope.id.to_string(),
            ticket: event.ticket.to_string(),
            municipality: event.municipality.as_ref().map(ToString::to_string),
            team: assignment.team.as_ref().map(ToString::to_string),
            assigned_to: assignment.assigned_to.as_ref().map(ToString::to_string),
            assigned_by: assignment.assigned_by.to_string(),
            reason: assignment.reason.as_str(),
            at: At(event.at),
            ticket_category: assignment.ticket_category.as_str(),
            version: big(event.version),
        })
    }
}
