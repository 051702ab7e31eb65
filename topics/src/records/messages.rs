//! `messages`: the log of conversations, keyed by citizen: everything that a conversation hears, in order.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::codec::sealing::Sealed;
use crate::records::control::{EditionNotice, Tick};
use crate::values::ids::{CitizenId, EventId, MessageSid, TicketId};
use crate::values::text::Code;
use crate::values::time::Time;
use crate::values::tracking::TrackingNumber;
use crate::values::vocabulary::{Category, HoldReason, Outcome, Queue, Severity, Status};

/// One record of the log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Message {
    /// A WhatsApp message, as Twilio posted it, or what a caller said.
    FromResident(FromResident),
    /// A notice from a ticket to its resident.
    FromTicket(Box<FromTicket>),
    /// What a delivery found out about its recipient.
    FromDelivery(FromDelivery),
    /// An edition of the reference data takes effect from this record on.
    Edition(EditionNotice),
    /// A record that moves the time of the log forward.
    Tick(Tick),
}

/// A WhatsApp message, or what a caller said, in the same form. Its key is the citizen, its id (`ce_id`) the
/// MessageSid.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FromResident {
    /// Twilio's id of the message; a retry has the same id.
    pub sid: MessageSid,
    /// When the webhook or the desk received the message.
    pub received_at: Time,
    /// The fields of Twilio's form as they were received.
    pub form: Sealed<Form>,
    /// Whether staff entered the message at the desk for a person who called. That person has not written, so
    /// WhatsApp's 24-hour window does not begin.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub entered_at_desk: bool,
}

/// The fields of Twilio's form in the order in which they were received; a key may occur more than once.
pub type Form = Vec<(String, String)>;

/// A notice from a ticket to its resident. It goes to the partition that `open` named, because the ticket
/// does not know the citizen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FromTicket {
    /// The ticket that sends the notice.
    pub ticket: TicketId,
    /// When it happened, in the time of the ticket's log.
    pub at: Time,
    /// The edition in force at the ticket.
    pub edition: u32,
    /// The ticket's number for people.
    pub tracking_number: TrackingNumber,
    /// The category of the ticket.
    pub category: Category,
    /// The code of the municipality that owns the ticket, where it is known.
    pub municipality: Option<Code>,
    /// The ticket's status after this.
    pub status: Status,
    /// Grows with every write of the ticket: the later of two notices has the higher version.
    pub version: u64,
    /// When the ticket should be resolved after this; missing where it was opened, which says so itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolution_due_at: Option<Time>,
    /// What happened to the ticket.
    pub notice: Notice,
}

/// What happened to a ticket, as far as its resident is told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "notice", rename_all = "snake_case")]
pub enum Notice {
    /// The ticket was opened.
    Opened {
        /// The severity that the ticket was given.
        severity: Severity,
        /// When the ticket should be resolved.
        resolution_due_at: Time,
        /// The queue that the ticket waits in, if no team has it.
        queue: Option<Queue>,
    },
    /// The status of the ticket changed.
    Status {
        /// Why the ticket was closed, if it was.
        outcome: Option<Outcome>,
    },
    /// Only the time at which the ticket should be resolved has changed. The resident reads it when they ask.
    Promised {},
    /// The ticket is held: the work on it waits.
    Held {
        /// Why the work on the ticket waits.
        reason: HoldReason,
        /// Until when at most.
        until: Time,
    },
    /// The work takes longer: a deadline is near or has passed, and a step of the ladder says so.
    Delayed {},
    /// A member of staff writes to the resident.
    Reply {
        /// The text of the reply.
        #[serde(serialize_with = "crate::codec::sealing::under_the_municipal_key")]
        text: Sealed<String>,
    },
    /// The answer to a resident's own command.
    Answered {
        /// The id of the command that is answered.
        command: EventId,
        /// Why the command was refused; missing if it was applied.
        refused: Option<crate::records::ticket_actions::Refusal>,
        /// Whether the ticket had a place before: if so, another place that was sent waits for a person to
        /// decide.
        had_place: bool,
    },
}

/// What a municipal delivery has to tell the conversation with its recipient.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FromDelivery {
    /// When the delivery found it out, in the time of its log.
    pub at: Time,
    /// The edition in force at the delivery.
    pub edition: u32,
    /// The resident to whom the message was addressed.
    pub recipient: Sealed<CitizenId>,
    /// The finding about the recipient or the message.
    #[serde(flatten)]
    pub finding: Finding,
}

/// What a delivery found out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "finding", rename_all = "snake_case")]
pub enum Finding {
    /// The recipient cannot be reached or does not want messages.
    Unreachable {
        /// Twilio's error code that said so.
        code: u32,
    },
    /// Twilio accepted a message about a ticket: a reply to it is about that ticket.
    Sent {
        /// The ticket that the message is about.
        ticket: TicketId,
        /// Twilio's id of the message.
        sid: MessageSid,
    },
}
