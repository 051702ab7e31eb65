//! The records of the police lane: `protected-commands` (log) and `protected-tickets` (store). No municipal
//! stage reads them, and there is no conversion between a [`ProtectedReport`] and a municipal report.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::codec::sealing::Sealed;
use crate::records::control::{EditionNotice, Tick};
use crate::records::reports::Account;
use crate::values::ids::{CitizenId, TicketId};
use crate::values::text::{ActorName, Code};
use crate::values::time::Time;
use crate::values::vocabulary::{Language, words};

/// One record of `protected-commands`, keyed by ticket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ProtectedCommand {
    /// A new report that was made from a disclosure.
    Open(Box<ProtectedReport>),
    /// An addition from the same person to an existing report.
    Addendum(Box<ProtectedAddendum>),
    /// An edition of the reference data takes effect from this record on.
    Edition(EditionNotice),
    /// A record that moves the time of the log forward.
    Tick(Tick),
}

/// A report that was made from a disclosure. Only the police may read it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProtectedReport {
    /// The id of the protected report.
    pub ticket: TicketId,
    /// When the conversation made the report, in the time of its log.
    pub at: Time,
    /// The edition in force at the conversation.
    pub edition: u32,
    /// When the webhook received the first message.
    pub reported_at: Time,
    /// The language of the first message.
    pub language: Language,
    /// Whether the screen was certain or the person chose; otherwise the person did not answer in time.
    pub confirmed: bool,
    /// The person, what they said, and the place.
    pub testimony: Sealed<Testimony>,
}

/// The person, what they said, and the place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Testimony {
    /// The person who wrote, by the keyed hash of their phone number.
    pub citizen: CitizenId,
    /// The address at which the person can be reached.
    pub address: String,
    /// What the person said and sent.
    pub account: Account,
}

/// An addition from the same person to a protected report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProtectedAddendum {
    /// The protected report that it adds to.
    pub ticket: TicketId,
    /// When the conversation made it, in the time of its log.
    pub at: Time,
    /// The edition in force at the conversation.
    pub edition: u32,
    /// The words, pictures and place that were added.
    pub account: Sealed<Account>,
}

/// A protected report in its present state, keyed by its id: a row of `protected-tickets`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProtectedTicket {
    /// The id of the protected report.
    pub ticket: TicketId,
    /// When this was last written, in the time of its log.
    pub at: Time,
    /// The edition in force when this was last written.
    pub edition: u32,
    /// Grows with every write: a table keeps the row with the highest version.
    pub version: u64,
    /// When the webhook received the first message.
    pub reported_at: Time,
    /// The language of the first message.
    pub language: Language,
    /// Whether the screen was certain or the person chose; otherwise the person did not answer in time.
    pub confirmed: bool,
    /// The police team that the report goes to.
    pub referral: Referral,
    /// When the report expires in the store.
    pub expire_at: Option<Time>,
    /// When a due time failed and was switched off; a person has to look into it.
    pub disarmed_at: Option<Time>,
    /// The person, what they said, and the place.
    pub testimony: Sealed<Testimony>,
}

/// The police team that a protected report goes to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Referral {
    /// The code of the team; missing for the national duty queue.
    pub team: Option<Code>,
    /// The login of the person who leads the team.
    pub assigned_to: Option<ActorName>,
    /// The rule that found the team.
    pub rule: ReferralRule,
    /// The distance in metres to the precinct, where the rule `nearest` decided.
    pub distance_m: Option<u32>,
}

words!(
    /// The rule that found the police team.
    ReferralRule {
        /// The point lies in the team's precinct.
        Precinct = "precinct",
        /// The team's precinct is the nearest to the point.
        Nearest = "nearest",
        /// The national duty queue, because there is no place or no team was found.
        National = "national",
    }
);
