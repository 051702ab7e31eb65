//! What commands and events of tickets share: who asks, for which action, and why an action is refused.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::values::text::ActorName;
use crate::values::vocabulary::{Role, words};

/// The person or part of the system that asks for a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Actor {
    /// The role in which the actor asks.
    pub role: Role,
    /// The login of the actor; missing for residents and the system.
    pub name: Option<ActorName>,
}

impl Actor {
    /// The system itself: a clock or an edition, not a person.
    pub const SYSTEM: Self = Self { role: Role::System, name: None };

    /// The resident whose ticket it is; the ticket does not know who that is.
    pub const RESIDENT: Self = Self { role: Role::Resident, name: None };

    /// The login under which this actor assigns: `system` where it has none.
    pub fn login(&self) -> ActorName {
        self.name.clone().unwrap_or_else(ActorName::system)
    }
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
        /// Hold the ticket: the clock of the resolution stands still.
        Hold = "hold",
        /// End the hold of the ticket.
        Resume = "resume",
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
        /// The ticket is held already.
        HeldAlready = "held_already",
        /// The deadline of the resolution has passed, so there is no time left to keep.
        DeadlinePassed = "deadline_passed",
        /// The hold would end before it begins.
        HoldInThePast = "hold_in_the_past",
        /// The hold would last longer than its reason allows.
        HoldTooLong = "hold_too_long",
        /// The ticket was held as often as a ticket can be.
        HeldTooOften = "held_too_often",
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
                "a reply has at most 800 characters, since it may have to go as a template; say it shorter, \
                 or in two"
            }
            Self::TooLate => "closed too long ago to be reopened; open a new ticket that refers to it",
            Self::HeldAlready => "it is held already; resume it first, then hold it again",
            Self::DeadlinePassed => {
                "its deadline has passed, and a hold cannot undo that; leave a note instead"
            }
            Self::HoldInThePast => "a hold has to end later than now",
            Self::HoldTooLong => "this reason does not allow so long a hold; give an earlier end",
            Self::HeldTooOften => "it was held 20 times already, which is the most; leave a note instead",
            Self::NothingToDo => "the ticket is like that already",
        }
    }
}
