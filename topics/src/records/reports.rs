//! `reports`: a tap of what was understood of each message. It carries only municipal reports: a
//! [`MunicipalReport`] cannot hold anything else, and there is no conversion from a `ProtectedReport`.

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
    /// A new report, which becomes a ticket.
    Report(Box<MunicipalReport>),
    /// An addition to a report that has a ticket already.
    Addendum(Box<Addendum>),
}

/// What a resident reports to a municipality.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MunicipalReport {
    /// The id of the ticket that the report becomes.
    pub ticket: TicketId,
    /// When the conversation made the report, in the time of its log.
    pub at: Time,
    /// The edition in force at the conversation, by which the report is also routed and stamped.
    pub edition: u32,
    /// What was understood of the report: category, severity, language and more.
    pub facts: ReportFacts,
    /// The resident's words, pictures and place.
    pub account: Sealed<Account>,
}

/// What was understood of a report. It stays with the ticket until the ticket expires.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReportFacts {
    /// The ticket's number for people.
    pub tracking_number: TrackingNumber,
    /// When the webhook received the first message: the SLA clocks run from here.
    pub reported_at: Time,
    /// The language that the resident wrote in.
    pub language: Language,
    /// What the report is about.
    pub category: Category,
    /// How severe the problem is.
    pub severity: Severity,
    /// The tone in which the resident wrote.
    pub sentiment: Sentiment,
    /// How the place became known.
    pub place_source: PlaceSource,
    /// How exactly the place is known: it lies within about this many metres of the point. Missing without a
    /// place, for a place that staff gave, and in records older than this field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place_precision_m: Option<u32>,
    /// The partition of `messages` to which the ticket sends its notices.
    pub reply_partition: u32,
    /// The closed ticket that this report follows up.
    pub reopened_from: Option<TicketId>,
}

/// What a resident said and sent. It is sealed in every record.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Account {
    /// What the resident wrote, one entry for each message.
    pub words: Vec<String>,
    /// References to the pictures and files that the resident sent.
    pub media: Vec<Media>,
    /// The exact point of the problem, if it is known.
    pub point: Option<Point>,
    /// How the point became known, and how exactly. Missing without a point, and in records older than this
    /// field, in which the point is that of a pin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place_basis: Option<PlaceBasis>,
    /// The name of the place as the resident gave it.
    pub place_name: Option<String>,
    /// The last four digits of the number that the resident writes from, by which the staff of the
    /// municipality find the reports of a caller. Missing in additions, and in records older than this field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number_end: Option<String>,
}

/// How a point became known, and how exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlaceBasis {
    /// How the point became known.
    pub source: PlaceSource,
    /// The place lies within about this many metres of the point; missing if that is not known.
    pub precision_m: Option<u32>,
}

impl PlaceBasis {
    /// The basis of a point in a record that does not say it.
    pub const OF_OLD_RECORDS: Self = Self { source: PlaceSource::Pin, precision_m: None };
}

/// A picture or file that Twilio keeps: a reference, never the bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Media {
    /// The URL at which Twilio keeps it.
    pub url: String,
    /// The MIME type that Twilio gives for it.
    pub content_type: String,
    /// The id of the message that brought it.
    pub message: MessageSid,
}

/// More words, a photo or a pin for a ticket that exists.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Addendum {
    /// The id of the ticket that it adds to.
    pub ticket: TicketId,
    /// When the conversation made it, in the time of its log.
    pub at: Time,
    /// The edition in force at the conversation.
    pub edition: u32,
    /// The words, pictures and place that were added.
    pub account: Sealed<Account>,
}
