//! `ticket-events`: a tap of everything that happens to tickets: every command that was applied or refused,
//! and every warning, breach, escalation and assignment.

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

/// One thing that happened to a ticket, keyed by the ticket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TicketEvent {
    /// The id of the ticket.
    pub ticket: TicketId,
    /// When it happened, in the time of the ticket's log.
    pub at: Time,
    /// The edition in force when it happened.
    pub edition: u32,
    /// The code of the municipality that owns the ticket.
    pub municipality: Option<Code>,
    /// The ticket's version after this; 0 for a ticket that does not exist.
    pub version: u64,
    /// The ticket's revision after this.
    pub revision: u32,
    /// The person or part of the system that caused it.
    pub actor: Actor,
    /// What happened to the ticket.
    #[serde(flatten)]
    pub event: Event,
    /// The fields that changed.
    pub changes: Vec<FieldChange>,
    /// The ticket's assignment from now on, if this changed it.
    pub assignment: Option<AssignmentFact>,
    /// A note or reason in the words of the person who gave it.
    pub note: Option<Sealed<String>>,
}

/// What happened to a ticket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Event {
    /// The ticket was opened.
    Opened {},
    /// A command was applied.
    Applied {
        /// The id of the command that was applied.
        command: EventId,
        /// The change that the command asked for.
        action: ActionName,
    },
    /// A command was refused.
    Refused {
        /// The id of the command that was refused.
        command: EventId,
        /// The change that the command asked for.
        action: ActionName,
        /// Why the command was refused.
        refusal: Refusal,
    },
    /// The warning time of a clock passed.
    Warned {
        /// The clock whose warning time passed.
        clock: Clock,
    },
    /// The deadline of a clock passed.
    Breached {
        /// The clock whose deadline passed.
        clock: Clock,
    },
    /// The ticket was escalated by one tier.
    Escalated {
        /// The reason for the escalation.
        reason: EscalationReason,
    },
    /// It was routed again by a new edition.
    Rerouted {},
    /// The ticket was closed because the resident did not answer in time.
    AutoClosed {},
    /// A due time failed and was switched off.
    Disarmed {},
}

words!(
    /// What a command asks for.
    ActionName {
        /// Open a new ticket.
        Open = "open",
        /// Give the ticket another status.
        Status = "status",
        /// Give the ticket to another team or person.
        Assign = "assign",
        /// Add a note for colleagues.
        Note = "note",
        /// Send a reply to the resident.
        Reply = "reply",
        /// Correct what was understood of the report.
        Correct = "correct",
        /// Add words, pictures or a place from the resident.
        Addendum = "addendum",
    }
);

words!(
    /// Why a command was refused.
    Refusal {
        /// The ticket does not exist, or has expired.
        UnknownTicket = "unknown_ticket",
        /// The ticket exists already.
        AlreadyOpen = "already_open",
        /// The ticket has changed since the asker looked.
        StaleRevision = "stale_revision",
        /// The ticket is not in the status that the asker saw.
        UnexpectedStatus = "unexpected_status",
        /// The ticket cannot go from its status to this one.
        ForbiddenTransition = "forbidden_transition",
        /// The asker's role may not do this.
        ForbiddenRole = "forbidden_role",
        /// The change needs a reason.
        ReasonMissing = "reason_missing",
        /// Closing needs an outcome that the asker's role may give.
        OutcomeMissing = "outcome_missing",
        /// An outcome was given for a ticket that is not to be closed.
        OutcomeUnexpected = "outcome_unexpected",
        /// The ticket's municipality has no such active team.
        UnknownTeam = "unknown_team",
        /// The point does not lie in South Africa.
        NotAPlace = "not_a_place",
        /// The reply has more characters than a message to a resident may have.
        ReplyTooLong = "reply_too_long",
        /// The ticket was closed too long ago to be reopened.
        TooLate = "too_late",
        /// The command changes nothing.
        NothingToDo = "nothing_to_do",
    }
);

impl Refusal {
    /// What the refusal means and what to do, for the person who asked.
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

/// One field that changed: its old and its new value.
#[allow(missing_docs, reason = "`old` and `new` are the same in each")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "field", rename_all = "snake_case")]
pub enum FieldChange {
    /// The status of the ticket.
    Status { old: Option<Status>, new: Option<Status> },
    /// Why the ticket is closed.
    Outcome { old: Option<Outcome>, new: Option<Outcome> },
    /// The category of the ticket.
    Category { old: Option<Category>, new: Option<Category> },
    /// The severity of the ticket.
    Severity { old: Option<Severity>, new: Option<Severity> },
    /// The language of the resident.
    Language { old: Option<Language>, new: Option<Language> },
    /// The code of the municipality that owns the ticket.
    Municipality { old: Option<Code>, new: Option<Code> },
    /// The code of the ticket's ward.
    Ward { old: Option<Code>, new: Option<Code> },
    /// The code of the team that has the ticket.
    AssignedTeam { old: Option<Code>, new: Option<Code> },
    /// The login of the person who has the ticket.
    AssignedTo { old: Option<ActorName>, new: Option<ActorName> },
    /// The queue that the ticket waits in.
    Queue { old: Option<Queue>, new: Option<Queue> },
    /// The escalation tier; 0 if it has not been escalated.
    Tier { old: Option<u8>, new: Option<u8> },
    /// The deadline of the response clock.
    ResponseDueAt { old: Option<Time>, new: Option<Time> },
    /// The deadline of the resolution clock.
    ResolutionDueAt { old: Option<Time>, new: Option<Time> },
    /// When a person first looked at the ticket.
    FirstRespondedAt { old: Option<Time>, new: Option<Time> },
    /// When the ticket was resolved.
    ResolvedAt { old: Option<Time>, new: Option<Time> },
    /// When the ticket was closed.
    ClosedAt { old: Option<Time>, new: Option<Time> },
    /// When the ticket was escalated.
    EscalatedAt { old: Option<Time>, new: Option<Time> },
}

/// A ticket's assignment: who has it from now on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AssignmentFact {
    /// The code of the team; missing if no team has the ticket.
    pub team: Option<Code>,
    /// The login of the person; missing if no person has the ticket.
    pub assigned_to: Option<ActorName>,
    /// The login of the person who assigned it; `system` if it was not a person.
    pub assigned_by: ActorName,
    /// The reason for the assignment.
    pub reason: AssignmentReason,
    /// The ticket's category at that time.
    pub ticket_category: Category,
}
