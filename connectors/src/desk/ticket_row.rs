//! What a list shows of a ticket: read from a table or from a record of the log, and written as the same row.

use maud::{Markup, html};
use sqlx::Row;
use sqlx::postgres::PgRow;
use topics::records::tickets::Ticket;
use topics::values::time::Time;
use topics::values::vocabulary::Status;

use super::labels::{self, Urgency};
use super::roles::Content;

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
    pub version: i64,
}

impl TicketRow {
    /// The columns that a login may read for [`Self::of_table`].
    pub const fn columns(content: Content) -> &'static str {
        match content {
            Content::Whole => {
                "id, tracking_number, null::text as municipality, category, severity, status, ward, \
                 assigned_team, assigned_to, queue, (extract(epoch from next_due_at) * 1000)::bigint as due, version"
            }
            Content::Facts => {
                "id, tracking_number, municipality, category, severity, status, ward, assigned_team, \
                 null::text as assigned_to, queue, \
                 (extract(epoch from next_due_at) * 1000)::bigint as due, version"
            }
        }
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
            version: row.try_get("version")?,
        })
    }

    /// The row of a ticket's record.
    pub fn of_record(ticket: &Ticket, content: Content) -> Self {
        let routing = &ticket.routing;
        let response = ticket.response.met_at.is_none().then_some(ticket.response.due_at);
        let resolution = ticket.resolution.met_at.is_none().then_some(ticket.resolution.due_at);
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
            due: [response, resolution].into_iter().flatten().min(),
            version: i64::try_from(ticket.version).unwrap_or(i64::MAX),
        }
    }

    /// Whether the ticket is closed.
    pub fn is_closed(&self) -> bool {
        self.status == Status::Closed.as_str()
    }

    /// The row of the list. Its attributes let the script of the page find, order and filter rows.
    pub fn html(&self, now: Time) -> Markup {
        html! {
            tr id={ "t-" (self.id) } data-version=(self.version)
                data-due=(self.due.map_or(i64::MAX, Time::millis)) data-category=(self.category)
                data-severity=(self.severity) data-status=(self.status) data-ward=[&self.ward]
                data-team=[&self.team] data-person=[&self.person] data-queue=[&self.queue] {
                td.due { (deadline(self.due, now)) }
                td.number { a href={ "/tickets/" (self.number) } { (self.number) } }
                td.category { (labels::words(&self.category)) }
                td.severity { (severity(&self.severity)) }
                td.status { (labels::words(&self.status)) }
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
