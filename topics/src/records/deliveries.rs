//! `deliveries`: the store of deliveries, and a tap: each message out and how far it got.
//! `protected-deliveries` is the same for the police lane. A record lies in its sender's partition, whatever
//! its key.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::codec::sealing::Sealed;
use crate::records::notifications::OutgoingContent;
use crate::values::ids::{CitizenId, MessageSid, NotificationId, TicketId};
use crate::values::time::Time;
use crate::values::vocabulary::{Class, Language, words};

/// One row of the store.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Delivery {
    /// A message out, keyed by its notification.
    Delivery(Box<OutgoingMessage>),
    /// A resident who wants or can be told nothing, keyed by a hash.
    Stopped(Stopped),
    /// An account that does not take calls at present (20003), keyed `circuit`.
    Circuit(Circuit),
}

/// A message out and how far it got.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OutgoingMessage {
    /// The message.
    pub notification: NotificationId,
    /// When this was last written, by its log.
    pub at: Time,
    /// The edition in force then.
    pub edition: u32,
    /// Moves with every write: a table's guard.
    pub version: u64,
    /// Its place in the queue.
    pub serial: u64,
    /// How far it got.
    pub status: DeliveryStatus,
    /// How urgent.
    pub class: Class,
    /// The language of its text.
    pub language: Language,
    /// The ticket that it is about.
    pub ticket: Option<TicketId>,
    /// When it was asked for.
    pub queued_at: Time,
    /// How many calls were permitted: the number of the present or last one, 0 before the first.
    pub attempt: u32,
    /// The last attempt that certainly came to nothing, 0 for none: what is heard of it later says nothing
    /// more.
    pub failed_attempt: u32,
    /// Attempts after which it was to be tried again; a call that was not started is none.
    pub retries: u32,
    /// How often Twilio's list was asked about the present attempt.
    pub lookups: u32,
    /// Before when the present or last call had to start.
    pub deadline: Option<Time>,
    /// When it is tried again, an unknown outcome is looked up, or the words of a message without receipt
    /// are dropped.
    pub next_at: Option<Time>,
    /// Until when free text may be sent.
    pub window_end: Option<Time>,
    /// Whether the template is sent instead of the text.
    pub as_template: bool,
    /// Whether it goes to a resident who said STOP.
    pub ignores_stop: bool,
    /// Twilio's id of the last attempt that it took.
    pub sid: Option<MessageSid>,
    /// The last error code, Twilio's or 0.
    pub code: Option<u32>,
    /// When it is forgotten: some time after its end.
    pub expire_at: Option<Time>,
    /// A due time failed and was switched off then; a person has to look.
    pub disarmed_at: Option<Time>,
    /// To whom, and what; without the words after the end.
    pub letter: Sealed<OutgoingContent>,
}

words!(
    /// How far a message got.
    DeliveryStatus {
        /// Waits for its turn.
        Queued = "queued",
        /// A call is permitted and may be under way.
        Sending = "sending",
        /// Twilio took it.
        Sent = "sent",
        /// The phone has it.
        Delivered = "delivered",
        /// The resident has seen it.
        Read = "read",
        /// It will not arrive.
        Failed = "failed",
        /// It may have been sent; a receipt or Twilio's list will tell.
        Unknown = "unknown",
        /// Newer news of the same ticket took its place.
        Superseded = "superseded",
        /// Not sent: there are no credentials, or the resident wants or can be told nothing.
        NotSent = "not_sent",
    }
);

/// A resident to whom nothing is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Stopped {
    /// Since when.
    pub at: Time,
    /// Twilio's code that said so; none where the resident did.
    pub code: Option<u32>,
    /// When it is tried again all the same; none where the resident said so: that holds until they say
    /// otherwise.
    pub expire_at: Option<Time>,
    /// Who.
    pub citizen: Sealed<CitizenId>,
}

/// Calls stand still.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Circuit {
    /// Since when.
    pub at: Time,
    /// When one call tries again; none while one may.
    pub retry_at: Option<Time>,
    /// Twilio's code that opened it.
    pub code: u32,
    /// How often it was opened without a success between.
    pub times: u32,
}
