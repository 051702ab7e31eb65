//! `audit_logs`, from `ticket-events`: what happened to tickets.

use serde_json::{Map, Value, json};
use topics::codec::record::Envelope;
use topics::records::ticket_events::{FieldChange, TicketEvent};
use topics::values::text::ActorName;

use super::{big, int};
use crate::postgis::sink::columns::{At, Json, TextColumn, table_row};
use crate::postgis::sink::rows::{Conflict, TableRow};

table_row!(AuditRow {
    ce_id: String,
    entity_id: String,
    action: String,
    details: Json,
    changes: Json,
    actor: String,
    actor_role: &'static str,
    municipality: Option<String>,
    at: At,
    version: i64,
    revision: i32,
    edition: i64,
    note: Option<String>,
    reached: Option<TextColumn>,
});

impl TableRow for AuditRow {
    const CONFLICT: Conflict = Conflict::Append("ce_id");

    fn key(&self) -> &str {
        &self.ce_id
    }
}

impl AuditRow {
    /// The row of an event.
    pub fn of(envelope: &Envelope, event: TicketEvent) -> Self {
        // The event is described by its kind and the details of that kind.
        let mut details = match serde_json::to_value(&event.event) {
            Ok(Value::Object(fields)) => fields,
            _ => Map::new(),
        };
        let action = match details.remove("kind") {
            Some(Value::String(kind)) => kind,
            _ => String::new(),
        };
        if !event.absent.is_empty() {
            details.insert("absent".to_owned(), json!(event.absent));
        }
        Self {
            ce_id: envelope.id.to_string(),
            entity_id: event.ticket.to_string(),
            action,
            details: Json::of(&details),
            changes: Json::of(&changes(&event.changes)),
            actor: event.actor.name.map_or_else(|| event.actor.role.to_string(), |name| name.to_string()),
            actor_role: event.actor.role.as_str(),
            municipality: event.municipality.map(|code| code.to_string()),
            at: At(event.at),
            version: big(event.version),
            revision: int(event.revision),
            edition: i64::from(event.edition),
            note: event.note.map(|note| note.0),
            reached: logins(&event.reached),
        }
    }
}

/// The logins as a column; missing where there are none.
fn logins(reached: &[ActorName]) -> Option<TextColumn> {
    let logins: Vec<String> = reached.iter().map(ToString::to_string).collect();
    (!logins.is_empty()).then(|| TextColumn::of(&logins))
}

/// The changes as a JSON object of the form `{field: {old, new}}`.
fn changes(changes: &[FieldChange]) -> Value {
    let fields = changes.iter().filter_map(|change| {
        let value = serde_json::to_value(change).ok()?;
        let field = value.get("field")?.as_str()?.to_owned();
        Some((field, json!({ "old": value.get("old"), "new": value.get("new") })))
    });
    Value::Object(fields.collect())
}
