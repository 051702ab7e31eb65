//! What a committed step permits the world to be asked: calls to Twilio. The runner hands them on after the
//! commit has returned, never before; what becomes of them comes back through the log.

use std::time::Duration;

use topics::codec::sealing::Sealed;
use topics::records::notifications::OutgoingContent;
use topics::values::ids::NotificationId;
use topics::values::lane::Lane;
use topics::values::time::Time;

/// How long a call takes at most, its connection included. The caller gives up then, the task waits for so
/// long.
pub const CALL_TIMEOUT: Duration = Duration::from_secs(5);

/// How many calls a second one sender makes in a lane. Twilio takes 80 a second from a WhatsApp sender by
/// default (<https://www.twilio.com/docs/whatsapp/api>, "Rate limits"); nine tenths are the municipalities', the rest is never theirs.
pub const fn calls_per_second(lane: Lane) -> u32 {
    match lane {
        Lane::Protected => 8,
        Lane::Municipal | Lane::Intake => 72,
    }
}

/// A request to a proper name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Send a message.
    Call(Call),
    /// Ask whether a message was sent.
    Lookup(Lookup),
}

/// A permitted call: `sending{attempt, deadline}` stands in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Which deliveries log hears the outcome.
    pub lane: Lane,
    /// That log's partition.
    pub partition: u32,
    /// The message.
    pub notification: NotificationId,
    /// Which attempt, from 1.
    pub attempt: u32,
    /// Not to be started after this moment.
    pub deadline: Time,
    /// To whom, and what.
    pub letter: Sealed<OutgoingContent>,
    /// Whether the template is to be sent instead of the text.
    pub as_template: bool,
}

/// A question for Twilio's list about an attempt of unknown outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lookup {
    /// Which deliveries log hears the answer.
    pub lane: Lane,
    /// That log's partition.
    pub partition: u32,
    /// The message.
    pub notification: NotificationId,
    /// Which attempt, from 1.
    pub attempt: u32,
    /// The attempt was made after this moment.
    pub since: Time,
    /// To whom, and what.
    pub letter: Sealed<OutgoingContent>,
    /// Whether the template was sent instead of the text.
    pub as_template: bool,
    /// SIDs that belong to other messages already.
    pub taken: Vec<topics::values::ids::MessageSid>,
}
