//! `notifications`: the log of deliveries, keyed by the number that we send from. `protected-notifications`
//! is the same for the police lane.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::codec::control::{EditionNotice, Tick};
use crate::codec::sealing::Sealed;
use crate::values::ids::{CitizenId, MessageSid, NotificationId, TicketId};
use crate::values::time::Time;
use crate::values::vocabulary::{Class, Language, words};

/// One record of the log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Notification {
    /// Tell a resident something.
    Notify(Box<Notify>),
    /// A resident wants to hear nothing more.
    Stop(OptOut),
    /// A resident wants to hear again.
    Start(OptOut),
    /// What became of a call to Twilio.
    Outcome(Outcome),
    /// What Twilio reports of a message.
    Receipt(Receipt),
    /// Reference data from here on.
    Edition(EditionNotice),
    /// Time passes.
    Tick(Tick),
}

/// Tell a resident something.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Notify {
    /// The message's id.
    pub notification: NotificationId,
    /// When it was asked for, by the asker's log.
    pub at: Time,
    /// The edition in force there.
    pub edition: u32,
    /// How urgent: an answer goes before news.
    pub class: Class,
    /// The language of its text.
    pub language: Language,
    /// The ticket that it is about.
    pub ticket: Option<TicketId>,
    /// Until when free text may be sent (24 h after the resident's last message); after it, only the
    /// template.
    pub window_end: Option<Time>,
    /// Whether it goes to a resident who said STOP (help does).
    pub ignores_stop: bool,
    /// To whom, and what.
    pub letter: Sealed<OutgoingContent>,
}

/// What is sent, and to whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OutgoingContent {
    /// The resident.
    pub citizen: CitizenId,
    /// Their address, as Twilio's `To`.
    pub to: String,
    /// Our number, as Twilio's `From`: the one that they wrote to.
    pub from: String,
    /// The text, at most 1,600 characters.
    pub body: String,
    /// The approved template that says the same outside of the 24-hour window.
    pub template: Option<Template>,
}

/// A template approved by WhatsApp, with its variables.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Template {
    /// The name of its ContentSid in the configuration.
    pub name: String,
    /// Values for `{{1}}`, `{{2}}`...: never empty, no newlines or tabs.
    pub variables: Vec<String>,
}

/// STOP or START.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OptOut {
    /// When it was asked for, by the asker's log.
    pub at: Time,
    /// The edition in force there.
    pub edition: u32,
    /// Who.
    pub citizen: Sealed<CitizenId>,
}

/// What became of a permitted call to Twilio. Written by the connector that made it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Outcome {
    /// The message.
    pub notification: NotificationId,
    /// Which attempt, from 1.
    pub attempt: u32,
    /// When, by the caller's clock.
    pub at: Time,
    /// What became of it.
    #[serde(flatten)]
    pub result: CallResult,
}

/// What became of a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum CallResult {
    /// Twilio took it.
    Accepted {
        /// Twilio's id of it.
        sid: MessageSid,
    },
    /// Twilio refused it.
    Refused {
        /// Twilio's error code; 0 where it gave none.
        code: u32,
        /// The HTTP status; 0 where Twilio's list says it of a call whose outcome was unknown.
        http: u16,
    },
    /// The connection was refused: nothing was sent.
    Unreachable {},
    /// The call did not start before its deadline; counts as no attempt.
    NotStarted {},
    /// There are no credentials: nothing is sent.
    NoCredentials {},
    /// Time-out or 5xx: it may have been sent. A receipt or Twilio's list settles it.
    Unknown {},
    /// Twilio's list was asked about an unknown outcome: it was sent.
    Found {
        /// Twilio's id of it.
        sid: MessageSid,
    },
    /// Twilio's list was asked about an unknown outcome: it was not sent.
    NotFound {},
    /// Twilio's list could not be asked; ask again.
    ListFailed {},
}

/// What Twilio reports of a message: posted to `/twilio/status` with the token that the call carried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Receipt {
    /// The message.
    pub notification: NotificationId,
    /// Which attempt, from 1.
    pub attempt: u32,
    /// When the webhook took it.
    pub received_at: Time,
    /// Twilio's id of it.
    pub sid: MessageSid,
    /// How far it got.
    pub status: ReceiptStatus,
    /// Twilio's error code, where it failed.
    pub code: Option<u32>,
}

words!(
    /// Twilio's `MessageStatus`, ranked: later ones only move forward, `undelivered` and `failed` are ends.
    ReceiptStatus {
        /// Twilio has it.
        Queued = "queued",
        /// Twilio is at it.
        Sending = "sending",
        /// WhatsApp has it.
        Sent = "sent",
        /// The phone has it.
        Delivered = "delivered",
        /// The resident has seen it.
        Read = "read",
        /// WhatsApp could not deliver it.
        Undelivered = "undelivered",
        /// Twilio could not send it.
        Failed = "failed",
    }
);
