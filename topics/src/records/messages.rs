//! `messages`: the log of conversations, keyed by citizen. Everything that a conversation hears, in the order
//! it hears it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::codec::control::{EditionNotice, Tick};
use crate::codec::sealing::Sealed;
use crate::values::ids::{CitizenId, EventId, MessageSid, TicketId};
use crate::values::text::Code;
use crate::values::time::Time;
use crate::values::tracking::TrackingNumber;
use crate::values::vocabulary::{Category, Outcome, Queue, Severity, Status};

/// One record of the log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Message {
    /// A WhatsApp message, as Twilio posted it.
    FromResident(FromResident),
    /// What a ticket has to tell its resident.
    FromTicket(Box<FromTicket>),
    /// What a delivery found out about a recipient.
    FromDelivery(FromDelivery),
    /// Reference data from here on.
    Edition(EditionNotice),
    /// Time passes.
    Tick(Tick),
}

/// A WhatsApp message. Its key is the citizen, its id (`ce_id`) the MessageSid.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FromResident {
    /// Twilio's id; a retry carries the same.
    pub sid: MessageSid,
    /// When the webhook took it.
    pub received_at: Time,
    /// Twilio's form, as it came.
    pub form: Sealed<Form>,
}

/// The fields of Twilio's form in the order in which they came; keys may repeat.
pub type Form = Vec<(String, String)>;

/// A ticket speaks to its resident. Addressed to the partition that `open` named; the ticket does not know
/// the citizen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FromTicket {
    /// The ticket.
    pub ticket: TicketId,
    /// When it happened, by the ticket's log.
    pub at: Time,
    /// The edition in force there.
    pub edition: u32,
    /// The ticket's number for people.
    pub tracking_number: TrackingNumber,
    /// What about.
    pub category: Category,
    /// Whose it is, where that is known.
    pub municipality: Option<Code>,
    /// Its state after this.
    pub status: Status,
    /// Moves with every write of the ticket: the later of two notices has the higher one.
    pub version: u64,
    /// What happened.
    pub notice: Notice,
}

/// What a ticket says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "notice", rename_all = "snake_case")]
pub enum Notice {
    /// It exists.
    Opened {
        /// How grave it was taken to be.
        severity: Severity,
        /// When it should be resolved.
        resolution_due_at: Time,
        /// The queue that it waits in, if no team has it.
        queue: Option<Queue>,
    },
    /// Its status is another one now.
    Status {
        /// Why it was closed, if it was.
        outcome: Option<Outcome>,
    },
    /// Somebody of the staff writes to the resident.
    Reply {
        /// What.
        #[serde(serialize_with = "crate::codec::sealing::under_the_municipal_key")]
        text: Sealed<String>,
    },
    /// The answer to a resident's own command.
    Answered {
        /// The command's id.
        command: EventId,
        /// Why not, if it was refused.
        refused: Option<crate::records::ticket_events::Refusal>,
        /// Whether the ticket had a place before: then another one that was sent waits for a person to
        /// decide.
        had_place: bool,
    },
}

/// What a municipal delivery has to tell the conversation with its recipient.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FromDelivery {
    /// When.
    pub at: Time,
    /// The edition in force there.
    pub edition: u32,
    /// Who.
    pub recipient: Sealed<CitizenId>,
    /// What.
    #[serde(flatten)]
    pub finding: Finding,
}

/// What a delivery found out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "finding", rename_all = "snake_case")]
pub enum Finding {
    /// The recipient cannot or will not be written to.
    Unreachable {
        /// Twilio's error code that said so.
        code: u32,
    },
    /// Twilio took a message about a ticket: a reply to it is about that ticket.
    Sent {
        /// The ticket.
        ticket: TicketId,
        /// Twilio's id of the message.
        sid: MessageSid,
    },
}
