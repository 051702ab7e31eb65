//! `ticket-commands`: the log of tickets. Every change to a ticket is requested here; every command is
//! answered by one ticket event, which says that it was applied or refused.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::codec::sealing::Sealed;
use crate::records::assignments::Routing;
use crate::records::control::{EditionNotice, Tick};
use crate::records::reports::{PlaceBasis, ReportFacts};
use crate::records::ticket_actions::{ActionName, Actor};
use crate::values::calendar::Day;
use crate::values::ids::TicketId;
use crate::values::point::Point;
use crate::values::text::{ActorName, Code};
use crate::values::time::Time;
use crate::values::vocabulary::{Category, HoldReason, Language, Outcome, PolicySource, Severity, Status};

/// One record of the log, keyed by ticket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TicketCommand {
    /// Opens a ticket for a report that was routed and stamped.
    Open(Box<Open>),
    /// Asks for a change to a ticket.
    Change(Box<Change>),
    /// An edition of the reference data takes effect from this record on.
    Edition(EditionNotice),
    /// A record that moves the time of the log forward.
    Tick(Tick),
}

/// Opens a ticket for a report that was routed and stamped.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Open {
    /// The id of the new ticket.
    pub ticket: TicketId,
    /// When the conversation made the report, in the time of its log.
    pub at: Time,
    /// The edition by which it was routed and stamped.
    pub edition: u32,
    /// What was understood of the report: category, severity, language and more.
    pub facts: ReportFacts,
    /// The municipality, ward, team and person that the report is routed to.
    pub routing: Routing,
    /// The deadlines that the report was stamped with.
    pub deadlines: Deadlines,
    /// The exact point of the problem, if it is known.
    pub point: Sealed<Option<Point>>,
}

/// The deadlines of a ticket and the policy that they come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Deadlines {
    /// How specific the policy was that gave the deadlines.
    pub policy: PolicySource,
    /// The edition that contained the policy.
    pub edition: u32,
    /// The deadline by which a person must have looked at the ticket.
    pub response: Deadline,
    /// The deadline by which the ticket must be resolved.
    pub resolution: Deadline,
    /// The days until these deadlines on which people usually work and did not count, because they are
    /// holidays or closing days. Missing where every hour counts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub closed_days: Vec<Day>,
}

/// A deadline with its warning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Deadline {
    /// The deadline. It is met strictly before this moment; at this moment it is breached.
    pub due_at: Time,
    /// When the team is warned.
    pub warn_at: Time,
    /// What was promised, where working hours count; missing where every hour counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub working: Option<WorkingPromise>,
}

/// A promise in working hours. Its deadline follows from it and from the municipality's calendar, and moves
/// with that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WorkingPromise {
    /// When the clock began.
    pub from: Time,
    /// The seconds of working time that were promised.
    pub working_s: u64,
    /// The share of them after which the team is warned, in percent: 1 to 99.
    pub warning_pct: u8,
}

/// Asks for a change to a ticket. The record's `ce_id` is a UUID from the asker, or an id that the
/// conversation derived.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Change {
    /// The id of the ticket to change.
    pub ticket: TicketId,
    /// When the asker made the request.
    pub at: Time,
    /// The person or part of the system that asks.
    pub actor: Actor,
    /// The revision that the asker saw (staff): the command is refused if the ticket has a newer one.
    pub revision: Option<u32>,
    /// The status that the asker saw (residents): the command is refused if the ticket has another one.
    pub expected_status: Option<Status>,
    /// The change that is asked for.
    pub action: Action,
}

/// The change to a ticket that is asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Action {
    /// Gives the ticket another status.
    Status {
        /// The status that the ticket is to have.
        to: Status,
        /// Why the ticket is closed, if the new status is closed.
        outcome: Option<Outcome>,
        /// The reason, in the asker's words.
        reason: Option<Sealed<String>>,
    },
    /// Gives the ticket to another team or person.
    Assign {
        /// The code of the new team; if missing, the team stays.
        team: Option<Code>,
        /// The login of the new person; if missing, no person is assigned.
        assigned_to: Option<ActorName>,
        /// The reason, in the asker's words.
        reason: Option<Sealed<String>>,
    },
    /// Adds a note for colleagues.
    Note {
        /// The text of the note.
        note: Sealed<String>,
    },
    /// Sends a reply to the resident, which meets the response clock.
    Reply {
        /// The text of the reply.
        text: Sealed<String>,
    },
    /// Corrects what was understood; the ticket is routed and stamped again.
    Correct {
        /// The correct category, if it was wrong.
        category: Option<Category>,
        /// The correct severity, if it was wrong.
        severity: Option<Severity>,
        /// The correct language, if it was wrong.
        language: Option<Language>,
        /// The correct point, if it was wrong.
        point: Option<Sealed<Point>>,
    },
    /// Holds the ticket: the clock of the resolution stands still, because the municipality cannot go on.
    Hold {
        /// Why it cannot go on.
        reason: HoldReason,
        /// When the hold ends by itself, by the clock of the asker's host; `length_s` counts instead if it is
        /// there.
        until: Time,
        /// How many seconds after its beginning the hold ends by itself. It is missing if the asker named a
        /// moment, and in older records.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        length_s: Option<u64>,
        /// A note for colleagues, in the asker's words.
        note: Option<Sealed<String>>,
    },
    /// Ends the hold before it ends by itself.
    Resume {
        /// A note for colleagues, in the asker's words.
        note: Option<Sealed<String>>,
    },
    /// The resident added words, a photo or a place.
    Addendum {
        /// The number of pictures or files that were added.
        media: u32,
        /// Whether words were added.
        #[serde(rename = "words")]
        has_words: bool,
        /// The point that was added, if any.
        point: Option<Sealed<Point>>,
        /// How that point became known; missing without a point, and in older records.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        basis: Option<PlaceBasis>,
        /// The routing of that point, for readers of the log. The machine routes the point itself, since only
        /// the ticket has the category.
        routing: Option<Routing>,
    },
}

impl Action {
    /// The name of this action, without its content.
    pub const fn name(&self) -> ActionName {
        match self {
            Self::Status { .. } => ActionName::Status,
            Self::Assign { .. } => ActionName::Assign,
            Self::Note { .. } => ActionName::Note,
            Self::Reply { .. } => ActionName::Reply,
            Self::Correct { .. } => ActionName::Correct,
            Self::Hold { .. } => ActionName::Hold,
            Self::Resume { .. } => ActionName::Resume,
            Self::Addendum { .. } => ActionName::Addendum,
        }
    }
}
