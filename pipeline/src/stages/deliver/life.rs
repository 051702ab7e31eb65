//! For how long a message is worth sending. The table in docs/deliveries.md is printed from it.

use std::time::Duration;

use topics::records::deliveries::OutgoingMessage;
use topics::values::time::Time;
use topics::values::vocabulary::Class;

const HOUR: Duration = Duration::from_secs(3600);

/// How much longer than it is worth sending a message waits for what is nobody's attempt: for a circuit, for
/// a connection, for its turn. A fault that nobody mends must not keep all messages for ever.
const WAITS_LONGER: Duration = HOUR.saturating_mul(30 * 24);

/// What a message is about, as far as its age matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Worth {
    /// An answer that names a ticket, for example the tracking number of a new one.
    TicketAnswer,
    /// Another answer: a question, help, a list.
    Answer,
    /// News or a reply of the staff about a ticket.
    News,
}

impl Worth {
    const ALL: [Self; 3] = [Self::TicketAnswer, Self::Answer, Self::News];

    const fn of(row: &OutgoingMessage) -> Self {
        match (row.class, &row.ticket) {
            (Class::Answer, Some(_)) => Self::TicketAnswer,
            (Class::Answer, None) => Self::Answer,
            (Class::Status, _) => Self::News,
        }
    }

    const fn life(self) -> Duration {
        match self {
            Self::TicketAnswer => HOUR.saturating_mul(24),
            Self::Answer => HOUR.saturating_mul(6),
            Self::News => HOUR.saturating_mul(7 * 24),
        }
    }

    const fn what(self) -> &'static str {
        match self {
            Self::TicketAnswer => "an answer about a ticket, for example its tracking number",
            Self::Answer => "another answer: a question, help, a list",
            Self::News => "news of a ticket, or a reply of the staff",
        }
    }

    const fn why(self) -> &'static str {
        match self {
            Self::TicketAnswer => "the resident keeps it; after 24 hours WhatsApp takes no free text",
            Self::Answer => "a question that is older confuses: the conversation has moved on by itself",
            Self::News => "it still holds: newer news of the ticket replace it; it goes as its template",
        }
    }
}

/// The time until which failed attempts of the message are repeated.
pub fn ends_at(row: &OutgoingMessage) -> Time {
    row.queued_at + Worth::of(row).life()
}

/// The time at which the message is given up, whatever it waits for.
pub fn given_up_at(row: &OutgoingMessage) -> Time {
    ends_at(row) + WAITS_LONGER
}

/// The table as Markdown, for the documents.
pub fn markdown() -> String {
    let mut text = String::from("| message | repeated for | why |\n|---|---|---|\n");
    for worth in Worth::ALL {
        let hours = worth.life().as_secs() / HOUR.as_secs();
        text.push_str(&format!("| {} | {hours} hours | {} |\n", worth.what(), worth.why()));
    }
    text
}
