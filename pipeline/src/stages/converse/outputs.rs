//! What the stage needs besides the conversation, and what it decides.

use topics::records::conversations::Wish;
use topics::records::reports::{Addendum, MunicipalReport};
use topics::records::ticket_commands::Change;
use topics::records::unscreened::Unscreened;
use topics::values::ids::{CitizenId, EventId, TicketId};
use topics::values::time::Time;
use topics::values::tracking::TrackingNumber;
use topics::values::vocabulary::Language;

use crate::rules::edition::Edition;
use crate::rules::texts;

/// The name of the stage in counts and dead letters.
pub const CONVERSE: &str = "converse";

/// What the stage needs besides the conversation.
pub struct Context<'a> {
    /// The time of the log.
    pub now: Time,
    /// The edition in force for this step.
    pub edition: &'a Edition,
    /// The id of the record that is processed.
    pub cause: &'a EventId,
    /// The id of the resident who writes.
    pub citizen: CitizenId,
    /// The partition of `messages` that this conversation lives in.
    pub partition: u32,
    /// Returns the next tracking number.
    pub number: &'a mut dyn FnMut() -> TrackingNumber,
}

/// A decision of the stage about a municipal turn, which the machine turns into a record.
#[derive(Debug)]
pub enum MunicipalOutput {
    /// File a municipal report.
    Report(Box<MunicipalReport>),
    /// Add content to a ticket. The wish decides the text of the answer; without one it is not answered.
    Add(Box<Addendum>, Option<Wish>),
    /// Send a command to a ticket. The wish decides the text of the answer; without one it is not answered.
    Change(Box<Change>, Option<Wish>),
    /// Pass a message that cannot be screened to a person.
    Unscreened(Box<Unscreened>),
    /// Send a text to the resident.
    Tell(Reply),
    /// Stop sending messages to the resident in both lanes, or send them again.
    Sending(Sending),
}

/// Whether messages are sent to a resident, from here on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sending {
    /// No messages are sent, except those that ignore a STOP.
    Stops,
    /// Messages are sent again.
    Resumes,
}

/// A text to send to the resident.
#[derive(Debug)]
pub struct Reply {
    /// The text of the message.
    pub body: String,
    /// The ticket that it is about.
    pub ticket: Option<TicketId>,
    /// Whether it is also sent to a resident who said STOP.
    pub ignores_stop: bool,
    /// Whether it is also sent in a flood.
    pub urgent: bool,
}

impl MunicipalOutput {
    /// Sends the text `name` in this language.
    pub(super) fn say(language: Language, name: &str) -> Self {
        Self::tell(texts::say(language, name, &[]))
    }

    /// Sends a text that is about no single ticket.
    pub(super) const fn tell(body: String) -> Self {
        Self::Tell(Reply { body, ticket: None, ignores_stop: false, urgent: false })
    }

    /// The text that is sent, if it is one.
    pub(super) const fn as_reply(&mut self) -> Option<&mut Reply> {
        if let Self::Tell(reply) = self { Some(reply) } else { None }
    }

    /// Sends a text about a ticket.
    pub(super) const fn tell_about(ticket: TicketId, body: String) -> Self {
        Self::Tell(Reply { body, ticket: Some(ticket), ignores_stop: false, urgent: false })
    }
}
