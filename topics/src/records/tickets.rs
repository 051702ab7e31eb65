//! `tickets`: the store of tickets, and a tap: each ticket in its present state. It holds no words of the
//! resident and no citizen id; the point is sealed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::codec::sealing::Sealed;
use crate::records::assignments::Routing;
use crate::records::reports::ReportFacts;
use crate::records::ticket_commands::WorkingPromise;
use crate::values::automation::Tag;
use crate::values::calendar::Day;
use crate::values::ids::TicketId;
use crate::values::point::Point;
use crate::values::text::ActorName;
use crate::values::time::Time;
use crate::values::vocabulary::{
    AssignmentReason, Clock, EscalationReason, HoldReason, Outcome, PolicySource, Queue, Status,
};

/// A ticket, keyed by its id.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Ticket {
    /// The id of the ticket.
    pub ticket: TicketId,
    /// When this was last written, in the time of its log.
    pub at: Time,
    /// The edition in force when this was last written.
    pub edition: u32,
    /// Grows with every write: a table keeps the row with the highest version.
    pub version: u64,
    /// Grows with every applied command and escalation: staff refer to it when they ask for a change.
    pub revision: u32,
    /// The status of the ticket.
    pub status: Status,
    /// Why the ticket is closed, if it is.
    pub outcome: Option<Outcome>,
    /// What was understood of the report: category, severity, language and more.
    pub facts: ReportFacts,
    /// The present municipality, ward, team and person of the ticket.
    pub routing: Routing,
    /// The reason for the present assignment.
    pub assignment_reason: AssignmentReason,
    /// How specific the policy was that gave the deadlines.
    pub policy: PolicySource,
    /// The edition that contained the policy.
    pub policy_edition: u32,
    /// The clock that runs until a person looks at the ticket.
    pub response: ClockState,
    /// The clock that runs until the ticket is resolved.
    pub resolution: ClockState,
    /// The days until these deadlines on which people usually work and did not count, because they are
    /// holidays or closing days. Missing where every hour counts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub closed_days: Vec<Day>,
    /// The escalation tier; 0 if it has not been escalated.
    pub tier: u8,
    /// When the ticket was first escalated.
    pub escalated_at: Option<Time>,
    /// The reason for the last escalation.
    pub escalation_reason: Option<EscalationReason>,
    /// Whether an escalation, a step or an automation found nobody whom it could reach; the ticket then stays
    /// with its team.
    pub manager_missing: bool,
    /// Since when the ticket lies with a person who is absent, or with a team that is switched off or
    /// unavailable, and is not handed on: a person chose them, or nobody else is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unattended_since: Option<Time>,
    /// When an absence or unavailability of those who have the ticket begins or ends next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hand_on_at: Option<Time>,
    /// When a person first looked at the ticket.
    pub first_responded_at: Option<Time>,
    /// When the ticket was last resolved.
    pub resolved_at: Option<Time>,
    /// When the resolved ticket is closed unless the resident answers.
    pub close_at: Option<Time>,
    /// When the ticket was closed.
    pub closed_at: Option<Time>,
    /// How often the resident added something to the ticket.
    pub addenda: u32,
    /// Since when the ticket is held, so that the clock of its resolution stands still.
    pub held_since: Option<Time>,
    /// The present hold, if the ticket is held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<Hold>,
    /// The holds that have ended, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub past_holds: Vec<PastHold>,
    /// How many holds began after 90 % of the time for the resolution.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub late_holds: u32,
    /// How often staff resolved or closed the ticket within five minutes before its deadline.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub last_minute_closings: u32,
    /// How often the ticket was reopened.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub reopenings: u32,
    /// The words that automations put on the ticket, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
    /// The stay of the ticket in its queue, if it is in one and its clocks run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue_stay: Option<QueueStay>,
    /// How far the ticket has come on its municipality's ladder; missing where there never was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ladder: Option<LadderState>,
    /// When the ticket was last reopened because the resident said so or after the resident had closed it,
    /// which gives the municipality more time. What staff undo themselves does not change it.
    pub reopened_at: Option<Time>,
    /// When the ticket expires, some time after it was closed.
    pub expire_at: Option<Time>,
    /// When a due time failed and was switched off; a person has to look into it.
    pub disarmed_at: Option<Time>,
    /// The exact point of the problem, if it is known.
    pub point: Sealed<Option<Point>>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// Why a ticket is held, and until when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Hold {
    /// Why the ticket is held.
    pub reason: HoldReason,
    /// When the hold ends by itself.
    pub until: Time,
    /// The login of the member of staff who set it.
    pub by: ActorName,
}

/// A hold that has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PastHold {
    /// When the hold began.
    pub from: Time,
    /// When the hold ended.
    pub to: Time,
    /// Why the ticket was held.
    pub reason: HoldReason,
}

/// The stay of a ticket in a queue, for the automations that start after some time in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct QueueStay {
    /// The queue that the ticket is in.
    pub queue: Queue,
    /// Since when the ticket is in it.
    pub since: Time,
    /// Automations that were due until this moment have been tried in this stay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tried_until: Option<Time>,
    /// When an automation is due next, if one is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_at: Option<Time>,
}

/// How far a ticket has come on the ladder that its municipality, category and severity have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LadderState {
    /// A hash of the ladder's steps: another number is another ladder; 0 if there is none any more.
    pub hash: u32,
    /// The steps that have fired, each with the last deadline that it fired of. It does not fire again of
    /// that deadline or of an earlier one, even if another ladder has the same step.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub passed: Vec<PassedStep>,
    /// The step that is due next, if any is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<NextStep>,
}

/// A step of a ladder that has fired.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PassedStep {
    /// A hash of the step: its number, clock, offset, recipient and action.
    pub hash: u32,
    /// The deadline that it fired of.
    pub of: Time,
}

/// The step of a ladder that is due next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct NextStep {
    /// When it is due.
    pub at: Time,
    /// The number of the step.
    pub step: u8,
}

/// One clock of a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClockState {
    /// The deadline. It is met strictly before this moment; at this moment it is breached.
    pub due_at: Time,
    /// When the team is warned.
    pub warn_at: Time,
    /// When the team was last warned.
    pub warned_at: Option<Time>,
    /// The deadline that the team was last warned of. No warning is given again for it or for an earlier one.
    pub warned_of: Option<Time>,
    /// When the breach was seen.
    pub breached_at: Option<Time>,
    /// When the clock was met, in time or late.
    pub met_at: Option<Time>,
    /// The deadline that was promised first, if the resident had the ticket reopened and that moved the
    /// deadline. Whether the promise was kept is judged by this date.
    pub first_due_at: Option<Time>,
    /// When it was seen that the deadline in `first_due_at` was missed.
    pub first_missed_at: Option<Time>,
    /// The earliest deadline that a correction replaced by a later one. A correction that brings a deadline
    /// back which is not earlier than this one also judges a clock that was met meanwhile.
    pub shortest_due_at: Option<Time>,
    /// When the time that the deadline gives begins, if that is the reopening of the ticket; missing if it is
    /// the report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given_at: Option<Time>,
    /// What was promised, where working hours count; missing where every hour counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub working: Option<WorkingPromise>,
    /// The deadline as it would be if the ticket had not been held; missing if it was not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub without_holds_due_at: Option<Time>,
}

impl ClockState {
    /// When the team was warned of this deadline or of a later one. A row without `warned_of` counts as
    /// warned of this deadline.
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

    /// The state of `clock`, for changing it.
    pub const fn clock_mut(&mut self, clock: Clock) -> &mut ClockState {
        match clock {
            Clock::Response => &mut self.response,
            Clock::Resolution => &mut self.resolution,
        }
    }
}
