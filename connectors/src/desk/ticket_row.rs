//! What a list shows of a ticket: read from a table or from a record of the log, and written as the same row.

use maud::{Markup, html};
use pipeline::rules::clocks;
use sqlx::Row;
use sqlx::postgres::PgRow;
use topics::records::tickets::Ticket;
use topics::values::time::Time;
use topics::values::vocabulary::Status;

use super::labels::{self, Urgency};
use super::roles::{Act, Content, DeskRole};

/// What a list shows of a ticket.
#[derive(Clone, Debug)]
pub struct TicketRow {
    pub id: String,
    pub number: String,
    /// The municipality, for those who see more than one.
    pub municipality: Option<String>,
    pub category: String,
    pub severity: String,
    pub status: String,
    pub ward: Option<String>,
    pub team: Option<String>,
    pub person: Option<String>,
    pub queue: Option<String>,
    pub due: Option<Time>,
    pub created: Time,
    pub changed: Time,
    pub hold: Hold,
    pub version: i64,
    /// What commands for this ticket refer to.
    pub revision: i64,
}

/// Whether the clock of a ticket's resolution stands still.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    Held,
    Running,
}

impl Hold {
    const fn of(is_held: bool) -> Self {
        if is_held { Self::Held } else { Self::Running }
    }
}

/// Whether a list offers to select its rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rows {
    /// Each row has a box.
    Selectable,
    /// The person cannot do anything with many tickets.
    Plain,
}

impl Rows {
    /// The rows of a person of this role.
    pub fn of(role: DeskRole) -> Self {
        if role.may(Act::Assign) { Self::Selectable } else { Self::Plain }
    }
}

impl TicketRow {
    /// The columns that a login may read for [`Self::of_table`].
    pub fn columns(content: Content) -> String {
        let (municipality, person) = match content {
            Content::Whole => ("null::text as municipality", "assigned_to"),
            Content::Facts => ("municipality", "null::text as assigned_to"),
        };
        format!(
            "id, tracking_number, {municipality}, category, severity, status, ward, assigned_team, {person}, \
             queue, (extract(epoch from next_due_at) * 1000)::bigint as due, \
             (extract(epoch from created_at) * 1000)::bigint as created, \
             (extract(epoch from updated_at) * 1000)::bigint as changed, held_since is not null as is_held, \
             version, revision::bigint as row_revision"
        )
    }

    /// The row of a table.
    ///
    /// # Errors
    /// A column is missing or has another type.
    pub fn of_table(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.try_get("id")?,
            number: row.try_get("tracking_number")?,
            municipality: row.try_get("municipality")?,
            category: row.try_get("category")?,
            severity: row.try_get("severity")?,
            status: row.try_get("status")?,
            ward: row.try_get("ward")?,
            team: row.try_get("assigned_team")?,
            person: row.try_get("assigned_to")?,
            queue: row.try_get("queue")?,
            due: row.try_get::<Option<i64>, _>("due")?.map(Time::from_millis),
            created: Time::from_millis(row.try_get("created")?),
            changed: Time::from_millis(row.try_get("changed")?),
            hold: Hold::of(row.try_get("is_held")?),
            version: row.try_get("version")?,
            revision: row.try_get("row_revision")?,
        })
    }

    /// The row of a ticket's record.
    pub fn of_record(ticket: &Ticket, content: Content) -> Self {
        let routing = &ticket.routing;
        let municipality = routing.municipality.as_ref().filter(|_| content == Content::Facts);
        let person = routing.assigned_to.as_ref().filter(|_| content == Content::Whole);
        Self {
            id: ticket.ticket.to_string(),
            number: ticket.facts.tracking_number.to_string(),
            municipality: municipality.map(ToString::to_string),
            category: ticket.facts.category.to_string(),
            severity: ticket.facts.severity.to_string(),
            status: ticket.status.to_string(),
            ward: routing.ward.as_ref().map(ToString::to_string),
            team: routing.team.as_ref().map(ToString::to_string),
            person: person.map(ToString::to_string),
            queue: routing.queue.map(|queue| queue.to_string()),
            due: clocks::next_due(ticket),
            created: ticket.facts.reported_at,
            changed: ticket.at,
            hold: Hold::of(ticket.held_since.is_some()),
            version: i64::try_from(ticket.version).unwrap_or(i64::MAX),
            revision: ticket.revision.into(),
        }
    }

    /// Whether the ticket is closed.
    pub fn is_closed(&self) -> bool {
        self.status == Status::Closed.as_str()
    }

    /// The row of the list. Its attributes let the script of the page find, order and filter rows.
    pub fn html(&self, now: Time, rows: Rows) -> Markup {
        let is_held = self.hold == Hold::Held;
        html! {
            tr id={ "t-" (self.id) } data-version=(self.version) data-revision=(self.revision)
                data-due=(self.due.map_or(i64::MAX, Time::millis)) data-created=(self.created.millis())
                data-changed=(self.changed.millis()) data-category=(self.category)
                data-severity=(self.severity) data-status=(self.status) data-ward=[&self.ward]
                data-team=[&self.team] data-person=[&self.person] data-queue=[&self.queue]
                data-municipality=[&self.municipality] data-held=[is_held.then_some("yes")] {
                @if rows == Rows::Selectable {
                    td.pick { input type="checkbox" aria-label={ "Select " (self.number) }; }
                }
                td.due { (deadline(self.due, now)) }
                td.number { a href={ "/tickets/" (self.number) } { (self.number) } }
                td.category { (labels::words(&self.category)) }
                td.severity { (severity(&self.severity)) }
                td.status { (labels::words(&self.status)) @if is_held { ", held" } }
                td.ward { @if let Some(code) = &self.municipality { (code) " " } (self.ward.as_deref().unwrap_or("–")) }
                td.team { (self.team.as_deref().or(self.queue.as_deref()).unwrap_or("–")) }
                td.person { (self.person.as_deref().unwrap_or("–")) }
            }
        }
    }
}

/// A deadline as a shape and words, which the script of the page keeps right.
pub fn deadline(due: Option<Time>, now: Time) -> Markup {
    let urgency = Urgency::of(due, now);
    html! {
        span.deadline.(urgency.as_str()) data-deadline=[due.map(Time::millis)] title=[due.map(labels::moment)] {
            span.shape aria-hidden="true" { (urgency.shape()) } " "
            span.left { (labels::time_left(due, now)) }
        }
    }
}

/// A severity with as many bars as it has levels.
pub fn severity(code: &str) -> Markup {
    let bars = match code {
        "low" => "▁",
        "medium" => "▁▃",
        "high" => "▁▃▅",
        _ => "▁▃▅▇",
    };
    html! { span.bars aria-hidden="true" { (bars) } " " (labels::words(code)) }
}
