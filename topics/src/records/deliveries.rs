//! `deliveries`: the store of deliveries, and a tap: each message to a resident and how far it got.
//! `protected-deliveries` is the same for the police lane. A record is in the partition of its sender's
//! number, not in that of its key.

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
    /// A message to a resident, keyed by its notification.
    Delivery(Box<OutgoingMessage>),
    /// A resident who does not want messages or cannot be reached, keyed by a hash.
    Stopped(Stopped),
    /// A Twilio account, keyed `circuit`, or a sender, keyed by a hash, for which no calls are made at
    /// present because Twilio says that the account or sender is at fault.
    Circuit(Circuit),
}

/// A message to a resident and how far it got.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OutgoingMessage {
    /// The id of the message.
    pub notification: NotificationId,
    /// When this was last written, in the time of its log.
    pub at: Time,
    /// The edition in force when this was last written.
    pub edition: u32,
    /// Grows with every write: a table keeps the row with the highest version.
    pub version: u64,
    /// The serial number of the message: its place in the queue.
    pub serial: u64,
    /// How far the message got.
    pub status: DeliveryStatus,
    /// How urgent the message is.
    pub class: Class,
    /// The language of the message's text.
    pub language: Language,
    /// The ticket that the message is about, if any.
    pub ticket: Option<TicketId>,
    /// When the message was asked for.
    pub queued_at: Time,
    /// The number of attempts that were permitted so far, which is the number of the last one; 0 before the
    /// first.
    pub attempt: u32,
    /// The last attempt that certainly failed, 0 if there was none: later reports about it are ignored.
    pub failed_attempt: u32,
    /// How many attempts failed in a way that is retried; a call that was not started does not count.
    pub retries: u32,
    /// How often Twilio's list was queried about the present attempt.
    pub lookups: u32,
    /// The moment before which the last permitted call had to start.
    pub deadline: Option<Time>,
    /// When the message is retried, its unknown outcome is looked up, or the text of a message without a
    /// receipt is removed.
    pub next_at: Option<Time>,
    /// Until when free text may be sent to the resident.
    pub window_end: Option<Time>,
    /// Whether the template is sent instead of the free text.
    pub as_template: bool,
    /// Whether it is sent even to a resident who said STOP.
    pub ignores_stop: bool,
    /// Twilio's id of the last attempt that Twilio accepted.
    pub sid: Option<MessageSid>,
    /// The last error code: Twilio's, or 0 where it gave none.
    pub code: Option<u32>,
    /// When Twilio last refused the message because of the account or the sender; missing if it never did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blamed: Option<Blamed>,
    /// When this row expires, some time after the message reached its end.
    pub expire_at: Option<Time>,
    /// When a due time failed and was switched off; a person has to look into it.
    pub disarmed_at: Option<Time>,
    /// The recipient and the content; the text is removed when the message has reached its end.
    pub letter: Sealed<OutgoingContent>,
}

/// A refusal for a fault of the account or the sender, which may after all be a fault of the message alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Blamed {
    /// When the message was last refused, in the time of the log.
    pub at: Time,
    /// How often no other message was refused beside it, and others got through.
    pub alone: u32,
}

words!(
    /// How far a message got.
    DeliveryStatus {
        /// The message waits for its turn.
        Queued = "queued",
        /// A call is permitted and may be in flight.
        Sending = "sending",
        /// Twilio accepted the message.
        Sent = "sent",
        /// The message is on the resident's phone.
        Delivered = "delivered",
        /// The resident has seen it.
        Read = "read",
        /// The message will not arrive.
        Failed = "failed",
        /// The message may have been sent; a receipt or Twilio's list will tell.
        Unknown = "unknown",
        /// A newer message about the same ticket replaced it.
        Superseded = "superseded",
        /// Not sent: the resident does not want messages or cannot be reached.
        NotSent = "not_sent",
    }
);

/// A resident to whom nothing is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Stopped {
    /// When messages to the resident were stopped, in the time of the log.
    pub at: Time,
    /// Twilio's error code that stopped them; missing where the resident asked for it.
    pub code: Option<u32>,
    /// When sending is tried again; missing where the resident said STOP, which holds until they say START.
    pub expire_at: Option<Time>,
    /// The resident to whom nothing is sent.
    pub citizen: Sealed<CitizenId>,
}

/// The state in which no calls to Twilio are permitted because the account or the sender is at fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Circuit {
    /// When the circuit was opened, in the time of the log.
    pub at: Time,
    /// When a single call is tried again; missing while such a call is permitted.
    pub retry_at: Option<Time>,
    /// Twilio's error code that opened the circuit.
    pub code: u32,
    /// How often calls were paused since the circuit was opened.
    pub times: u32,
    /// When a receipt last reported the fault of a message that Twilio had accepted; missing if calls were
    /// only refused. Acceptance alone then does not close the circuit.
    pub reported_at: Option<Time>,
    /// When the circuit closes by itself: if no receipt has reported the fault of an accepted test call by
    /// then, or if no message has tested it for a long time.
    pub closes_at: Option<Time>,
    /// The serial number of the message that was refused last; the next call tests the circuit with another
    /// message, if one waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused_serial: Option<u64>,
    /// Whether more than one message was refused since the circuit was opened; missing if not. Then the fault
    /// was no single message's.
    #[serde(default, skip_serializing_if = "is_false")]
    pub several: bool,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
const fn is_false(value: &bool) -> bool {
    !*value
}
