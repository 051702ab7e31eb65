//! `ticket-commands`: the log of tickets. Whoever wants something of a ticket asks here; every command is
//! answered by one ticket event, applied or refused.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::codec::control::{EditionNotice, Tick};
use crate::codec::sealing::Sealed;
use crate::records::assignments::Routing;
use crate::records::reports::ReportFacts;
use crate::records::ticket_events::ActionName;
use crate::values::ids::TicketId;
use crate::values::point::Point;
use crate::values::text::{ActorName, Code};
use crate::values::time::Time;
use crate::values::vocabulary::{Category, Language, Outcome, PolicySource, Role, Severity, Status};

/// One record of the log, keyed by ticket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TicketCommand {
    /// A report was routed and stamped: be a ticket.
    Open(Box<Open>),
    /// Somebody wants something of the ticket.
    Change(Box<Change>),
    /// Reference data from here on.
    Edition(EditionNotice),
    /// Time passes.
    Tick(Tick),
}

/// Be a ticket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Open {
    /// The ticket.
    pub ticket: TicketId,
    /// When the conversation made the report, by its log.
    pub at: Time,
    /// The edition that routed and stamped it.
    pub edition: u32,
    /// What was understood.
    pub facts: ReportFacts,
    /// Where it goes.
    pub routing: Routing,
    /// What is promised.
    pub deadlines: Deadlines,
    /// Where it is, exactly.
    pub point: Sealed<Option<Point>>,
}

/// What is promised, and by whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Deadlines {
    /// How specific the policy was that made them.
    pub policy: PolicySource,
    /// The edition that held it.
    pub edition: u32,
    /// The promise that a person looks at it.
    pub response: Deadline,
    /// The promise that it is resolved.
    pub resolution: Deadline,
}

/// One promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Deadline {
    /// Met before this moment is met; at it, it is a breach.
    pub due_at: Time,
    /// When the team is warned.
    pub warn_at: Time,
}

/// Somebody wants something of a ticket. The record's `ce_id` is the asker's own UUID, or of the
/// conversation's making.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Change {
    /// The ticket.
    pub ticket: TicketId,
    /// When the asker asked.
    pub at: Time,
    /// Who asks.
    pub actor: Actor,
    /// The revision that the asker saw (staff): an older one is refused.
    pub revision: Option<u32>,
    /// The status that the asker saw (residents): another one is refused.
    pub expected_status: Option<Status>,
    /// What is wanted.
    pub action: Action,
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Actor {
    /// As what.
    pub role: Role,
    /// Their login; residents and the system have none.
    pub name: Option<ActorName>,
}

impl Actor {
    /// Nobody in person: a clock, an edition.
    pub const SYSTEM: Self = Self { role: Role::System, name: None };

    /// The resident whose ticket it is; which one, the ticket does not know.
    pub const RESIDENT: Self = Self { role: Role::Resident, name: None };

    /// The login under which this actor assigns: `system` where it is no person with one.
    pub fn login(&self) -> ActorName {
        self.name.clone().unwrap_or_else(ActorName::system)
    }
}

/// What is wanted of a ticket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Action {
    /// Another status.
    Status {
        /// Which.
        to: Status,
        /// Why it is closed, where it is to be.
        outcome: Option<Outcome>,
        /// The reason, in the asker's words.
        reason: Option<Sealed<String>>,
    },
    /// Another team or person.
    Assign {
        /// The team; none leaves it.
        team: Option<Code>,
        /// The person; none leaves nobody.
        assigned_to: Option<ActorName>,
        /// The reason, in the asker's words.
        reason: Option<Sealed<String>>,
    },
    /// A note for colleagues.
    Note {
        /// Its words.
        note: Sealed<String>,
    },
    /// A reply to the resident: meets the response clock.
    Reply {
        /// Its words.
        text: Sealed<String>,
    },
    /// What was understood was wrong: route and stamp again.
    Correct {
        /// The right category.
        category: Option<Category>,
        /// The right severity.
        severity: Option<Severity>,
        /// The right language.
        language: Option<Language>,
        /// The right place.
        point: Option<Sealed<Point>>,
    },
    /// The resident added words, a photo or a place.
    Addendum {
        /// How many photos or files.
        media: u32,
        /// Whether it brought words.
        words: bool,
        /// The place that it brought.
        point: Option<Sealed<Point>>,
        /// Where that place lies.
        routing: Option<Routing>,
    },
}

impl Action {
    /// The word for it.
    pub const fn name(&self) -> ActionName {
        match self {
            Self::Status { .. } => ActionName::Status,
            Self::Assign { .. } => ActionName::Assign,
            Self::Note { .. } => ActionName::Note,
            Self::Reply { .. } => ActionName::Reply,
            Self::Correct { .. } => ActionName::Correct,
            Self::Addendum { .. } => ActionName::Addendum,
        }
    }
}
