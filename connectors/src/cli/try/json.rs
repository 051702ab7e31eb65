//! A turn as a line of JSON.

use serde::Serialize;
use topics::records::tickets::Ticket;
use topics::values::text::Code;
use topics::values::time::Time;
use topics::values::vocabulary::{Category, Class, Language, PlaceSource, Severity, Status};

use super::session::{AwaitedAnswer, ReceivedMessage, SessionTurn, health};

#[derive(Serialize)]
struct Line<'a> {
    input: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
    replies: Vec<ReplyLine<'a>>,
    asked: Option<&'static str>,
    tickets: Vec<TicketLine<'a>>,
    protected: &'static str,
    time: Time,
}

#[derive(Serialize)]
struct ReplyLine<'a> {
    text: &'a str,
    language: Language,
    class: Class,
    template: Option<&'a str>,
    /// The resident, where it is not the one who writes.
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<&'a str>,
}

#[derive(Serialize)]
struct TicketLine<'a> {
    number: &'a str,
    category: Category,
    severity: Severity,
    status: Status,
    municipality: Option<&'a Code>,
    ward: Option<&'a Code>,
    team: Option<&'a Code>,
    place_source: PlaceSource,
    response_due_at: Time,
    resolution_due_at: Time,
}

/// The line of an input and what it led to.
pub fn line(input: &str, turn: &SessionTurn) -> serde_json::Result<String> {
    serde_json::to_string(&Line {
        input,
        error: turn.error.as_deref(),
        replies: turn.replies.iter().map(reply).collect(),
        asked: turn.asked.map(AwaitedAnswer::as_str),
        tickets: turn.tickets.iter().map(ticket).collect(),
        protected: health(turn.protected_ready),
        time: turn.time,
    })
}

fn reply(reply: &ReceivedMessage) -> ReplyLine<'_> {
    ReplyLine {
        text: &reply.text,
        language: reply.language,
        class: reply.class,
        template: reply.template.as_deref(),
        to: reply.to.as_deref(),
    }
}

fn ticket(ticket: &Ticket) -> TicketLine<'_> {
    TicketLine {
        number: ticket.facts.tracking_number.as_str(),
        category: ticket.facts.category,
        severity: ticket.facts.severity,
        status: ticket.status,
        municipality: ticket.routing.municipality.as_ref(),
        ward: ticket.routing.ward.as_ref(),
        team: ticket.routing.team.as_ref(),
        place_source: ticket.facts.place_source,
        response_due_at: ticket.response.due_at,
        resolution_due_at: ticket.resolution.due_at,
    }
}
