//! `notifications`: the log of deliveries, keyed by the number that we send from. `protected-notifications`
//! is the same for the police lane.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::codec::sealing::Sealed;
use crate::records::control::{EditionNotice, Tick};
use crate::values::ids::{CitizenId, MessageSid, NotificationId, TicketId};
use crate::values::time::Time;
use crate::values::vocabulary::{Class, Language, words};

/// One record of the log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Notification {
    /// A message to send to a resident.
    Notify(Box<Notify>),
    /// A resident does not want messages any more.
    Stop(OptOut),
    /// A resident wants messages again.
    Start(OptOut),
    /// The outcome of a call to Twilio.
    Outcome(AttemptOutcome),
    /// A receipt that Twilio posted about a message.
    Receipt(Receipt),
    /// An edition of the reference data takes effect from this record on.
    Edition(EditionNotice),
    /// A record that moves the time of the log forward.
    Tick(Tick),
}

/// A message to send to a resident.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Notify {
    /// The id of the message.
    pub notification: NotificationId,
    /// When the message was asked for, in the time of the log that asked.
    pub at: Time,
    /// The edition in force where the message was asked for.
    pub edition: u32,
    /// How urgent the message is: an answer goes before news.
    pub class: Class,
    /// The language of the message's text.
    pub language: Language,
    /// The ticket that the message is about, if any.
    pub ticket: Option<TicketId>,
    /// Until when free text may be sent (24 hours after the resident's last message); after that only the
    /// template.
    pub window_end: Option<Time>,
    /// Whether it is sent even to a resident who said STOP, as help after a disclosure is.
    pub ignores_stop: bool,
    /// The recipient and the content.
    pub letter: Sealed<OutgoingContent>,
}

/// The content of a message and its recipient.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OutgoingContent {
    /// The resident to whom the message is sent.
    pub citizen: CitizenId,
    /// The address of the resident: Twilio's `To`.
    pub to: String,
    /// The number that the resident wrote to: Twilio's `From`.
    pub from: String,
    /// The free text, at most 1,600 characters.
    pub body: String,
    /// The approved template that says the same outside the 24-hour window.
    pub template: Option<Template>,
}

/// A template approved by WhatsApp, with its variables.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Template {
    /// The name under which the configuration has the template's ContentSid.
    pub name: String,
    /// The values for `{{1}}`, `{{2}}` and so on: never empty, no newlines or tabs.
    pub variables: Vec<String>,
}

/// A resident's STOP or START.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OptOut {
    /// When the resident asked for it, in the time of the conversation's log.
    pub at: Time,
    /// The edition in force at the conversation.
    pub edition: u32,
    /// The resident who said STOP or START.
    pub citizen: Sealed<CitizenId>,
}

/// The outcome of a permitted call to Twilio, written by the connector that made the call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AttemptOutcome {
    /// The id of the message.
    pub notification: NotificationId,
    /// The number of the attempt, from 1.
    pub attempt: u32,
    /// When the call ended, by the clock of the connector.
    pub at: Time,
    /// The result of the call.
    #[serde(flatten)]
    pub result: CallResult,
}

/// The result of a call to Twilio.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum CallResult {
    /// Twilio accepted the message.
    Accepted {
        /// Twilio's id of the message.
        sid: MessageSid,
    },
    /// Twilio refused the message.
    Refused {
        /// Twilio's error code; 0 where it gave none.
        code: u32,
        /// The HTTP status; 0 where Twilio's list reports the refusal of a call whose outcome was unknown.
        http: u16,
    },
    /// The connection was refused: nothing was sent.
    Unreachable {},
    /// The call did not start before its deadline; it does not count as an attempt.
    NotStarted {},
    /// There are no credentials: nothing is sent, and the message waits.
    NoCredentials {},
    /// The configuration does not name the template of the message: nothing is sent, and the message waits.
    NoTemplate {},
    /// Time-out or 5xx: it may have been sent. A receipt or Twilio's list settles it.
    Unknown {},
    /// Twilio's list was queried about an unknown outcome: the message was sent.
    Found {
        /// Twilio's id of the message.
        sid: MessageSid,
    },
    /// Twilio's list was queried about an unknown outcome: the message was not sent.
    NotFound {},
    /// Twilio's list could not be queried; it has to be queried again.
    ListFailed {},
}

/// What Twilio reports about a message: posted to `/twilio/status` with the token that the call carried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Receipt {
    /// The id of the message.
    pub notification: NotificationId,
    /// The number of the attempt, from 1.
    pub attempt: u32,
    /// When the webhook received the receipt.
    pub received_at: Time,
    /// Twilio's id of the message.
    pub sid: MessageSid,
    /// How far the message got, according to Twilio.
    pub status: ReceiptStatus,
    /// Twilio's error code, if the message failed.
    pub code: Option<u32>,
}

words!(
    /// Twilio's `MessageStatus`, ranked: a receipt only moves a message forward; `undelivered` and `failed`
    /// are final.
    ReceiptStatus {
        /// Twilio has the message in its queue.
        Queued = "queued",
        /// Twilio is sending the message.
        Sending = "sending",
        /// WhatsApp accepted the message.
        Sent = "sent",
        /// The message is on the resident's phone.
        Delivered = "delivered",
        /// The resident has seen it.
        Read = "read",
        /// WhatsApp could not deliver it.
        Undelivered = "undelivered",
        /// Twilio could not send it.
        Failed = "failed",
    }
);
