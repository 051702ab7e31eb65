//! `ticket-events`: a tap of everything that happens to tickets: every command that was applied or refused,
//! and every warning, breach, escalation and assignment.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::codec::sealing::Sealed;
use crate::records::ticket_actions::{ActionName, Actor, Refusal};
use crate::values::automation::EffectName;
use crate::values::calendar::Day;
use crate::values::ids::{EventId, TicketId};
use crate::values::ladder::{StandIn, StepOffset};
use crate::values::text::{ActorName, Code};
use crate::values::time::Time;
use crate::values::vocabulary::{
    AssignmentReason, Category, Clock, EscalationReason, HoldReason, Language, Outcome, Queue, Severity,
    Status, StepAction,
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
    /// The logins of the people whom a step of a ladder or an automation reaches, or who are told because the
    /// person who has the ticket is absent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reached: Vec<ActorName>,
    /// The people who should have been reached and are absent, each with who stands in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub absent: Vec<Absentee>,
}

/// A person who is absent when something should reach them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Absentee {
    /// The login of the person.
    pub login: ActorName,
    /// The last day of the absence; missing if it is not known yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Day>,
    /// The login of the person who stands in; missing if nobody does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stand_in: Option<ActorName>,
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
    /// A step of the municipality's ladder fired.
    Stepped {
        /// The clock whose deadline the step belongs to.
        clock: Clock,
        /// The number of the step.
        step: u8,
        /// When it was due, counted from the deadline.
        offset: StepOffset,
        /// What the step of the ladder did.
        action: StepAction,
        /// The deadline that the step belongs to.
        due_at: Time,
        /// Who was reached in place of a recipient that does not exist or is absent; missing if it was
        /// reached.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stand_in: Option<StandIn>,
    },
    /// An automation of the municipality did something.
    Automated {
        /// The name of the automation that ran.
        automation: Code,
        /// What the automation did to the ticket.
        effect: EffectName,
        /// Who was reached in place of a recipient that does not exist or is absent; missing if it was
        /// reached.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stand_in: Option<StandIn>,
    },
    /// The person who had the ticket is absent, or the team is switched off or unavailable, and others got
    /// the ticket.
    HandedOn {
        /// The code of the team that had the ticket; missing if it is the person who is absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        team: Option<Code>,
        /// The last day on which that team is unavailable; missing if it is not known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Day>,
    },
    /// The same, and the ticket stays with them: a person chose them, or nobody else is there.
    Unattended {
        /// The code of the team that has the ticket; missing if it is the person who is absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        team: Option<Code>,
        /// The last day on which that team is unavailable; missing if it is not known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Day>,
    },
    /// Those who have the ticket are there again.
    Attended {},
    /// A new edition has another ladder for the ticket.
    LadderChanged {},
    /// The ticket was routed again by a new edition.
    Rerouted {},
    /// A new edition has another calendar, and moved the deadline of a clock that still ran.
    Moved {
        /// The clock whose deadline moved.
        clock: Clock,
        /// The deadline until then.
        old_due_at: Time,
        /// The deadline from then on.
        new_due_at: Time,
        /// The days that count no more, because they became holidays or closing days.
        closed: Vec<Day>,
        /// The days that count again.
        opened: Vec<Day>,
    },
    /// The hold of the ticket ended by itself.
    Resumed {},
    /// A new edition applied its policies to the open ticket.
    Restamped {},
    /// The ticket was closed because the resident did not answer in time.
    AutoClosed {},
    /// A due time failed and was switched off.
    Disarmed {},
}

/// Declares the fields whose changes an event lists, each with the type of its value.
macro_rules! field_changes {
    ($($(#[$doc:meta])+ $name:ident: $value:ty,)+) => {
        /// One field that changed: its old and its new value.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        #[serde(tag = "field", rename_all = "snake_case")]
        pub enum FieldChange {
            $(
                $(#[$doc])+
                $name {
                    /// The value before the change; null if the field had none.
                    old: Option<$value>,
                    /// The value from the change on; null if the field has none.
                    new: Option<$value>,
                },
            )+
        }
    };
}

field_changes! {
    /// The status of the ticket.
    Status: Status,
    /// Why the ticket is closed.
    Outcome: Outcome,
    /// The category of the ticket.
    Category: Category,
    /// The severity of the ticket.
    Severity: Severity,
    /// The language of the resident.
    Language: Language,
    /// The code of the municipality that owns the ticket.
    Municipality: Code,
    /// The code of the ticket's ward.
    Ward: Code,
    /// The code of the team that has the ticket.
    AssignedTeam: Code,
    /// The login of the person who has the ticket.
    AssignedTo: ActorName,
    /// The queue that the ticket waits in.
    Queue: Queue,
    /// The escalation tier; 0 if it has not been escalated.
    Tier: u8,
    /// The deadline of the response clock.
    ResponseDueAt: Time,
    /// The deadline of the resolution clock.
    ResolutionDueAt: Time,
    /// Since when the ticket is held.
    HeldSince: Time,
    /// When the hold ends by itself.
    HeldUntil: Time,
    /// Why the ticket is held.
    HoldReason: HoldReason,
    /// Since when the ticket lies with people who are not there.
    UnattendedSince: Time,
    /// When a person first looked at the ticket.
    FirstRespondedAt: Time,
    /// When the ticket was resolved.
    ResolvedAt: Time,
    /// When the ticket was closed.
    ClosedAt: Time,
    /// When the ticket was escalated.
    EscalatedAt: Time,
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
