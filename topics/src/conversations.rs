//! `conversations`: the store of conversations, keyed by citizen: what is known of a resident while they write. All that
//! says who they are or what they said is sealed.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{EventId, MessageSid, TicketId};
use crate::reports::Account;
use crate::sealing::Sealed;
use crate::time::Time;
use crate::tracking::TrackingNumber;
use crate::words::{Category, Language, Sentiment, Severity, Status};

/// A conversation with one resident.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Conversation {
    /// When it was last written, by its log.
    pub at: Time,
    /// The edition in force then.
    pub edition: u32,
    /// The next due time: a question asked again, a report filed without a place, a choice not made, an expiry.
    pub due_at: Option<Time>,
    /// When the resident last wrote, by the log: the 24-hour window runs from here.
    pub last_heard_at: Option<Time>,
    /// A due time failed and was switched off then; a person has to look.
    pub disarmed_at: Option<Time>,
    /// Everything about the resident.
    pub state: Sealed<State>,
}

/// What is known of a resident.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct State {
    /// The address they write from, Twilio's `From`.
    pub address: String,
    /// The number they wrote to, Twilio's `To`: answers leave from it.
    pub number: String,
    /// The language they last wrote in.
    pub language: Language,
    /// Whether they said STOP.
    pub opted_out: bool,
    /// MessageSids of the last 7 days, with when they were heard: a retry is folded.
    pub heard: BTreeMap<MessageSid, Time>,
    /// What we asked and wait for.
    pub question: Option<Question>,
    /// Their tickets, by id.
    pub tickets: BTreeMap<TicketId, KnownTicket>,
    /// Until when every turn belongs to the police lane, after a disclosure.
    pub protected_until: Option<Time>,
    /// The protected report that later turns add to.
    pub protected_report: Option<TicketId>,
}

/// What we asked and wait for. Every one has an exit by time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "question", rename_all = "snake_case")]
pub enum Question {
    /// Where is it?
    Place {
        /// The report that waits for it.
        draft: Box<Draft>,
        /// When it was asked.
        asked_at: Time,
        /// Whether it was asked again.
        reminded: bool,
    },
    /// What is wrong? (A place or picture came without words.)
    Matter {
        /// What is there already.
        draft: Box<Draft>,
        /// When it was asked.
        asked_at: Time,
    },
    /// A municipal problem, or something private?
    Choice {
        /// The message that may have been a disclosure.
        first: MessageSid,
        /// When the webhook took it.
        reported_at: Time,
        /// When it was asked.
        asked_at: Time,
        /// What was said so far.
        account: Account,
    },
    /// Which of these tickets?
    Which {
        /// The numbers in the order in which they were listed.
        tickets: Vec<TicketId>,
        /// What they answered: resolved or not.
        resolved: bool,
        /// When it was asked.
        asked_at: Time,
    },
}

/// A report that is not complete.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Draft {
    /// The first message: its ticket's id comes of it.
    pub first: MessageSid,
    /// When the webhook took it.
    pub reported_at: Time,
    /// What about, if that is known.
    pub category: Option<Category>,
    /// How grave.
    pub severity: Severity,
    /// In what tone.
    pub sentiment: Sentiment,
    /// What was said and sent so far.
    pub account: Account,
}

/// A ticket as its resident knows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct KnownTicket {
    /// Its number; known from the start.
    pub tracking_number: TrackingNumber,
    /// What about.
    pub category: Category,
    /// Its status as last heard; none before it has spoken.
    pub status: Option<Status>,
    /// The version of that news: older news is not told.
    pub version: u64,
    /// When it was last heard from.
    pub at: Time,
    /// When the resident's matter should be resolved.
    pub resolution_due_at: Option<Time>,
    /// Commands of the resident that it has not answered, with when they were sent.
    pub asked: BTreeMap<EventId, Time>,
    /// Twilio's ids are unknown here; the notifications that told news of it, newest last, to match a reply.
    pub told: Vec<EventId>,
}
