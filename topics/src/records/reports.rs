//! `reports`: a tap of what was understood. It carries municipal matters alone: a [`MunicipalReport`] has no
//! way to say anything else, and nothing turns a `ProtectedReport` into one.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::codec::sealing::Sealed;
use crate::values::ids::{MessageSid, TicketId};
use crate::values::point::Point;
use crate::values::time::Time;
use crate::values::tracking::TrackingNumber;
use crate::values::vocabulary::{Category, Language, PlaceSource, Sentiment, Severity};

/// One record of the tap, keyed by ticket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Report {
    /// A new matter: becomes a ticket.
    Report(Box<MunicipalReport>),
    /// More about a matter that has a ticket.
    Addendum(Box<Addendum>),
}

/// What a resident reports to a municipality.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MunicipalReport {
    /// The ticket that it becomes.
    pub ticket: TicketId,
    /// When the conversation made it, by its log.
    pub at: Time,
    /// The edition in force there: route and stamp decide by it.
    pub edition: u32,
    /// What was understood.
    pub facts: ReportFacts,
    /// The resident's words, pictures and place.
    pub account: Sealed<Account>,
}

/// What was understood of a report: goes with the ticket for life.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReportFacts {
    /// The ticket's number for people.
    pub tracking_number: TrackingNumber,
    /// When the webhook took the first message: SLA clocks run from here.
    pub reported_at: Time,
    /// The resident's language.
    pub language: Language,
    /// What about.
    pub category: Category,
    /// How grave.
    pub severity: Severity,
    /// In what tone.
    pub sentiment: Sentiment,
    /// How the place became known.
    pub place_source: PlaceSource,
    /// The partition of `messages` that hears what the ticket has to say.
    pub reply_partition: u32,
    /// The closed ticket that this one goes on from.
    pub reopened_from: Option<TicketId>,
}

/// What a resident said and sent. Sealed wherever it stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Account {
    /// What they wrote, message by message.
    pub words: Vec<String>,
    /// References to what they sent.
    pub media: Vec<Media>,
    /// Where it is.
    pub point: Option<Point>,
    /// The place as they named it.
    pub place_name: Option<String>,
}

/// A picture or file at Twilio: a reference, never the bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Media {
    /// Where Twilio keeps it.
    pub url: String,
    /// Its MIME type.
    pub content_type: String,
    /// The message that brought it.
    pub message: MessageSid,
}

/// More words, a photo or a pin for a ticket that exists.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Addendum {
    /// The ticket.
    pub ticket: TicketId,
    /// When the conversation made it, by its log.
    pub at: Time,
    /// The edition in force there.
    pub edition: u32,
    /// What it adds.
    pub account: Sealed<Account>,
}
