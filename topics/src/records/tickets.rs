//! `tickets`: the store of tickets, and a tap: each as it is now. No words and no citizen; the point is
//! sealed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::codec::sealing::Sealed;
use crate::records::assignments::Routing;
use crate::records::reports::ReportFacts;
use crate::values::ids::TicketId;
use crate::values::point::Point;
use crate::values::time::Time;
use crate::values::vocabulary::{AssignmentReason, Clock, EscalationReason, Outcome, PolicySource, Status};

/// A ticket, keyed by its id.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Ticket {
    /// Its id.
    pub ticket: TicketId,
    /// When it was last written, by its log.
    pub at: Time,
    /// The edition in force then.
    pub edition: u32,
    /// Moves with every write: a table's guard.
    pub version: u64,
    /// Moves with every applied command and escalation: what staff refer to.
    pub revision: u32,
    /// Where it is in its life.
    pub status: Status,
    /// Why it is closed.
    pub outcome: Option<Outcome>,
    /// What was understood.
    pub facts: ReportFacts,
    /// Where it is, now: municipality, ward, team, person.
    pub routing: Routing,
    /// Why it is there.
    pub assignment_reason: AssignmentReason,
    /// Which policy made its deadlines.
    pub policy: PolicySource,
    /// The edition that held that policy.
    pub policy_edition: u32,
    /// The promise that a person looks at it.
    pub response: ClockState,
    /// The promise that it is resolved.
    pub resolution: ClockState,
    /// How far up it has been escalated; 0 not at all.
    pub tier: u8,
    /// When it first was.
    pub escalated_at: Option<Time>,
    /// Why it last was.
    pub escalation_reason: Option<EscalationReason>,
    /// A breach found no manager to escalate to: the ticket stays with its team, flagged.
    pub manager_missing: bool,
    /// When a person first looked at it.
    pub first_responded_at: Option<Time>,
    /// When it was last resolved.
    pub resolved_at: Option<Time>,
    /// When a resolved ticket is closed unless the resident answers.
    pub close_at: Option<Time>,
    /// When it was closed.
    pub closed_at: Option<Time>,
    /// How often its resident added something.
    pub addenda: u32,
    /// Since when its clocks stand still (holds come later).
    pub held_since: Option<Time>,
    /// When it was last reopened.
    pub reopened_at: Option<Time>,
    /// When it is forgotten: some time after closing.
    pub expire_at: Option<Time>,
    /// A due time failed and was switched off then; a person has to look.
    pub disarmed_at: Option<Time>,
    /// Where it is, exactly.
    pub point: Sealed<Option<Point>>,
}

/// One clock of a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClockState {
    /// Met before this moment is met; at it, it is a breach.
    pub due_at: Time,
    /// When the team is warned.
    pub warn_at: Time,
    /// When it last was.
    pub warned_at: Option<Time>,
    /// Of which deadline: the latest of all. It is not warned of that again, nor of one before it.
    pub warned_of: Option<Time>,
    /// When the breach was seen.
    pub breached_at: Option<Time>,
    /// When the promise was kept, late or not.
    pub met_at: Option<Time>,
}

impl ClockState {
    /// When the team was warned of this deadline, or of a later one. A row that does not say of which was
    /// warned of this.
    pub fn warned(&self) -> Option<Time> {
        self.warned_at.filter(|_| self.warned_of.is_none_or(|latest| self.due_at <= latest))
    }
}

impl Ticket {
    /// The state of `clock`.
    pub const fn clock(&self, clock: Clock) -> &ClockState {
        match clock {
            Clock::Response => &self.response,
            Clock::Resolution => &self.resolution,
        }
    }

    /// The state of `clock`, to be changed.
    pub const fn clock_mut(&mut self, clock: Clock) -> &mut ClockState {
        match clock {
            Clock::Response => &mut self.response,
            Clock::Resolution => &mut self.resolution,
        }
    }
}
