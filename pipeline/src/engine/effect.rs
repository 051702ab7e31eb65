//! Effects: requests to external services that a committed step permits, which are calls to Twilio. The
//! runner passes them on only after the commit has returned; their outcomes come back through the log.

use std::time::Duration;

use topics::codec::sealing::Sealed;
use topics::records::notifications::OutgoingContent;
use topics::values::ids::NotificationId;
use topics::values::lane::Lane;
use topics::values::time::Time;

/// The maximum duration of a call, including its connection. The caller gives up after this time, and the
/// task waits this long for an outcome.
pub const CALL_TIMEOUT: Duration = Duration::from_secs(5);

/// The number of calls per second that one sender makes in a lane. Twilio takes 80 a second from a WhatsApp
/// sender by default (<https://www.twilio.com/docs/whatsapp/api>, "Rate limits"); nine tenths are for the
/// municipal lane, and the rest is reserved for the police lane.
pub const fn calls_per_second(lane: Lane) -> u32 {
    match lane {
        Lane::Protected => 8,
        Lane::Municipal | Lane::Intake => 72,
    }
}

/// A request that a connector carries out after the commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Send a message by a call to Twilio.
    Call(Call),
    /// Look up in Twilio's list whether a message was sent.
    Lookup(Lookup),
    /// Raise an alarm: no calls are made until the fault of the account, sender or channel is gone.
    CircuitOpened(CircuitOpened),
    /// Raise an alarm: a message waits for its template.
    TemplateRefused(TemplateRefused),
    /// Raise an alarm: a message is not sent, because it has waited for too long.
    GivenUp(GivenUp),
}

/// Whose fault it is that Twilio does not send a message, if it is neither the message's nor the recipient's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultOf {
    /// The Twilio account: no message goes out.
    Account,
    /// The number that the message is sent from: no message from this number goes out.
    Sender,
    /// This installation: it has no credentials for Twilio, so no message goes out.
    Credentials,
    /// WhatsApp, or Twilio's way to it: no message goes out.
    Channel,
}

impl FaultOf {
    /// All that can be at fault, in the order of the metrics.
    pub const ALL: [Self; 4] = [Self::Account, Self::Sender, Self::Credentials, Self::Channel];

    /// The word for logs and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Sender => "sender",
            Self::Credentials => "credentials",
            Self::Channel => "channel",
        }
    }
}

/// The opening of a circuit, for which an alarm is raised once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CircuitOpened {
    /// The lane whose calls are paused.
    pub lane: Lane,
    /// What is at fault.
    pub fault: FaultOf,
    /// Twilio's error code, or 0 where there is none.
    pub code: u32,
}

/// The first refusal of a message because of its template, which has to be named, approved or replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateRefused {
    /// The lane of the message.
    pub lane: Lane,
    /// The name of the template in the configuration.
    pub template: String,
    /// The error code of Twilio's answer.
    pub code: u32,
}

/// The end of a message that has waited for longer than any fault is waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenUp {
    /// The lane of the message.
    pub lane: Lane,
    /// Twilio's error code for what the message waited for, or 0 where there is none.
    pub code: u32,
}

/// A permitted call: the committed row in the store is `sending{attempt, deadline}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The lane of the deliveries log that the outcome is written to.
    pub lane: Lane,
    /// The partition of that log.
    pub partition: u32,
    /// The id of the message to send.
    pub notification: NotificationId,
    /// The number of the attempt, from 1.
    pub attempt: u32,
    /// The moment after which the call must not be started.
    pub deadline: Time,
    /// The sealed recipient and text of the message.
    pub letter: Sealed<OutgoingContent>,
    /// Whether the template is to be sent instead of the text.
    pub as_template: bool,
}

/// A lookup in Twilio's message list for an attempt whose outcome is unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lookup {
    /// The lane of the deliveries log that the answer is written to.
    pub lane: Lane,
    /// The partition of that log.
    pub partition: u32,
    /// The id of the message that is looked up.
    pub notification: NotificationId,
    /// The number of the attempt, from 1.
    pub attempt: u32,
    /// The moment after which the attempt was made; older messages in the list cannot be it.
    pub since: Time,
    /// The sealed recipient and text of the message.
    pub letter: Sealed<OutgoingContent>,
    /// Whether the template was sent instead of the text.
    pub as_template: bool,
    /// SIDs that are already known to belong to other messages of the recipient.
    pub taken: Vec<topics::values::ids::MessageSid>,
}
