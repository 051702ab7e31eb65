//! `ticket-events`: a tap of all that happens to tickets: every command applied or refused, every warning,
//! breach, escalation and assignment, whole.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::codec::sealing::Sealed;
use crate::records::ticket_commands::Actor;
use crate::values::ids::{EventId, TicketId};
use crate::values::text::{ActorName, Code};
use crate::values::time::Time;
use crate::values::vocabulary::{
    AssignmentReason, Category, Clock, EscalationReason, Language, Outcome, Queue, Severity, Status, words,
};

/// One thing that happened to a ticket, keyed by it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TicketEvent {
    /// The ticket.
    pub ticket: TicketId,
    /// When, by the ticket's log.
    pub at: Time,
    /// The edition in force.
    pub edition: u32,
    /// Whose ticket it is.
    pub municipality: Option<Code>,
    /// The ticket's version after this; 0 for a ticket that is not there.
    pub version: u64,
    /// The ticket's revision after this.
    pub revision: u32,
    /// Who made it happen.
    pub actor: Actor,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
    /// What is different now.
    pub changes: Vec<FieldChange>,
    /// The ticket's assignment from now on, where this made a new one.
    pub assignment: Option<AssignmentFact>,
    /// A note or reason in somebody's words.
    pub note: Option<Sealed<String>>,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Event {
    /// The ticket began.
    Opened {},
    /// A command was applied.
    Applied {
        /// The command's id.
        command: EventId,
        /// What it asked for.
        action: ActionName,
    },
    /// A command was refused.
    Refused {
        /// The command's id.
        command: EventId,
        /// What it asked for.
        action: ActionName,
        /// Why not.
        refusal: Refusal,
    },
    /// A clock's warning passed.
    Warned {
        /// Which clock.
        clock: Clock,
    },
    /// A clock's deadline passed.
    Breached {
        /// Which clock.
        clock: Clock,
    },
    /// It went up a tier.
    Escalated {
        /// Why.
        reason: EscalationReason,
    },
    /// It was routed again by a new edition.
    Rerouted {},
    /// Time closed it.
    AutoClosed {},
    /// A due time failed and was switched off.
    Disarmed {},
}

words!(
    /// What a command asks for.
    ActionName {
        /// To begin.
        Open = "open",
        /// Another status.
        Status = "status",
        /// Another team or person.
        Assign = "assign",
        /// A note.
        Note = "note",
        /// A reply to the resident.
        Reply = "reply",
        /// A correction.
        Correct = "correct",
        /// More from the resident.
        Addendum = "addendum",
    }
);

words!(
    /// Why a command was refused.
    Refusal {
        /// There is no such ticket, or no longer.
        UnknownTicket = "unknown_ticket",
        /// The ticket exists already.
        AlreadyOpen = "already_open",
        /// The ticket has moved on since the asker looked.
        StaleRevision = "stale_revision",
        /// The ticket is in another status than the asker saw.
        UnexpectedStatus = "unexpected_status",
        /// No such step from the ticket's status.
        ForbiddenTransition = "forbidden_transition",
        /// The asker may not do this.
        ForbiddenRole = "forbidden_role",
        /// The step needs a reason.
        ReasonMissing = "reason_missing",
        /// Closing needs an outcome, and one that the asker may give.
        OutcomeMissing = "outcome_missing",
        /// An outcome for a ticket that is not to be closed.
        OutcomeUnexpected = "outcome_unexpected",
        /// No such team in the ticket's municipality.
        UnknownTeam = "unknown_team",
        /// The point is no place in South Africa.
        NotAPlace = "not_a_place",
        /// A reply of more characters than a message to a resident may have.
        ReplyTooLong = "reply_too_long",
        /// Too long ago to be reopened.
        TooLate = "too_late",
        /// It asks for nothing.
        NothingToDo = "nothing_to_do",
    }
);

impl Refusal {
    /// What it means and what to do, for the person who asked.
    pub const fn explain(self) -> &'static str {
        match self {
            Self::UnknownTicket => "there is no such ticket (any more); check the number",
            Self::AlreadyOpen => "this ticket has been opened before",
            Self::StaleRevision => "someone has changed the ticket since you looked; look again and repeat",
            Self::UnexpectedStatus => "the ticket has another status by now; look again",
            Self::ForbiddenTransition => "a ticket in this status cannot go there directly",
            Self::ForbiddenRole => "this is not for your role to do",
            Self::ReasonMissing => "give a reason for this step",
            Self::OutcomeMissing => "say why it is closed: duplicate, referred or invalid",
            Self::OutcomeUnexpected => "only a closed ticket has an outcome; leave it out",
            Self::UnknownTeam => "the ticket's municipality has no active team of this code",
            Self::NotAPlace => {
                "this point is not in South Africa; give degrees north (negative), then degrees east"
            }
            Self::ReplyTooLong => {
                "a reply has at most 800 characters, since it may have to go as a template; say it shorter, or in two"
            }
            Self::TooLate => "closed too long ago to be reopened; open a new ticket that refers to it",
            Self::NothingToDo => "the ticket is like that already",
        }
    }
}

/// One field that is different now: what it was and what it is.
#[allow(missing_docs, reason = "`old` and `new` are the same in each")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "field", rename_all = "snake_case")]
pub enum FieldChange {
    /// Where it is in its life.
    Status { old: Option<Status>, new: Option<Status> },
    /// Why it is closed.
    Outcome { old: Option<Outcome>, new: Option<Outcome> },
    /// What about.
    Category { old: Option<Category>, new: Option<Category> },
    /// How grave.
    Severity { old: Option<Severity>, new: Option<Severity> },
    /// In what language.
    Language { old: Option<Language>, new: Option<Language> },
    /// Whose.
    Municipality { old: Option<Code>, new: Option<Code> },
    /// Which ward.
    Ward { old: Option<Code>, new: Option<Code> },
    /// Which team.
    AssignedTeam { old: Option<Code>, new: Option<Code> },
    /// Which person.
    AssignedTo { old: Option<ActorName>, new: Option<ActorName> },
    /// Which queue.
    Queue { old: Option<Queue>, new: Option<Queue> },
    /// How far up.
    Tier { old: Option<u8>, new: Option<u8> },
    /// The response deadline.
    ResponseDueAt { old: Option<Time>, new: Option<Time> },
    /// The resolution deadline.
    ResolutionDueAt { old: Option<Time>, new: Option<Time> },
    /// When a person first looked.
    FirstRespondedAt { old: Option<Time>, new: Option<Time> },
    /// When it was resolved.
    ResolvedAt { old: Option<Time>, new: Option<Time> },
    /// When it was closed.
    ClosedAt { old: Option<Time>, new: Option<Time> },
    /// When it was escalated.
    EscalatedAt { old: Option<Time>, new: Option<Time> },
}

/// A ticket's assignment: who has it from now on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AssignmentFact {
    /// The team, or nobody.
    pub team: Option<Code>,
    /// The person.
    pub assigned_to: Option<ActorName>,
    /// The login of who assigned it; `system` where it was no person.
    pub assigned_by: ActorName,
    /// Why.
    pub reason: AssignmentReason,
    /// The ticket's category at that time.
    pub ticket_category: Category,
}
