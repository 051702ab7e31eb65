//! The police lane's own records: `protected-commands` (log) and `protected-tickets` (store). Nothing
//! municipal reads them, and nothing converts between a [`ProtectedReport`] and a municipal report.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::codec::control::{EditionNotice, Tick};
use crate::codec::sealing::Sealed;
use crate::records::reports::Account;
use crate::values::ids::{CitizenId, TicketId};
use crate::values::text::{ActorName, Code};
use crate::values::time::Time;
use crate::values::vocabulary::{Language, words};

/// One record of `protected-commands`, keyed by ticket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ProtectedCommand {
    /// A disclosure.
    Open(Box<ProtectedReport>),
    /// More from the same person.
    Addendum(Box<ProtectedAddendum>),
    /// Reference data from here on.
    Edition(EditionNotice),
    /// Time passes.
    Tick(Tick),
}

/// A disclosure: for the police alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProtectedReport {
    /// Its id.
    pub ticket: TicketId,
    /// When the conversation made it, by its log.
    pub at: Time,
    /// The edition in force there.
    pub edition: u32,
    /// When the webhook took the first message.
    pub reported_at: Time,
    /// The language of the message.
    pub language: Language,
    /// Whether the screen was certain or the person chose; else silence decided.
    pub confirmed: bool,
    /// Who, what and where.
    pub testimony: Sealed<Testimony>,
}

/// Who, what and where.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Testimony {
    /// The person.
    pub citizen: CitizenId,
    /// How to reach them.
    pub address: String,
    /// What they said and sent.
    pub account: Account,
}

/// More from the same person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProtectedAddendum {
    /// The report that it adds to.
    pub ticket: TicketId,
    /// When the conversation made it, by its log.
    pub at: Time,
    /// The edition in force there.
    pub edition: u32,
    /// What it adds.
    pub account: Sealed<Account>,
}

/// A protected report as it is, keyed by its id: a row of `protected-tickets`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProtectedTicket {
    /// Its id.
    pub ticket: TicketId,
    /// When it was last written, by its log.
    pub at: Time,
    /// The edition in force then.
    pub edition: u32,
    /// Moves with every write: a table's guard.
    pub version: u64,
    /// When the webhook took the first message.
    pub reported_at: Time,
    /// The language of the message.
    pub language: Language,
    /// Whether the screen was certain or the person chose.
    pub confirmed: bool,
    /// Where it goes.
    pub referral: Referral,
    /// When it is forgotten.
    pub expire_at: Option<Time>,
    /// A due time failed and was switched off then; a person has to look.
    pub disarmed_at: Option<Time>,
    /// Who, what and where.
    pub testimony: Sealed<Testimony>,
}

/// Which police team a protected report goes to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Referral {
    /// The team; none is the national duty queue.
    pub team: Option<Code>,
    /// The person who leads it.
    pub assigned_to: Option<ActorName>,
    /// Which rule found it.
    pub rule: ReferralRule,
    /// Metres to the precinct, where `nearest` decided.
    pub distance_m: Option<u32>,
}

words!(
    /// Which rule found the police team.
    ReferralRule {
        /// Its precinct contains the point.
        Precinct = "precinct",
        /// Its precinct is the nearest.
        Nearest = "nearest",
        /// The national duty queue: no place, or no team.
        National = "national",
    }
);
