//! `breaches`: a tap of warnings before deadlines and of deadlines that have passed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::values::ids::TicketId;
use crate::values::text::Code;
use crate::values::time::Time;
use crate::values::vocabulary::{Category, Clock, Level};

/// A warning or a breach of one clock of one ticket, keyed by the ticket; written once per clock, tier and
/// deadline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Breach {
    /// The id of the ticket.
    pub ticket: TicketId,
    /// The edition in force when it was seen.
    pub edition: u32,
    /// The clock whose deadline is near or has passed.
    pub clock: Clock,
    /// Whether this is a warning or a breach.
    pub level: Level,
    /// The ticket's escalation tier before this.
    pub tier: u8,
    /// The deadline, for a warning as well as for a breach.
    pub due_at: Time,
    /// When the warning or breach was seen, in the time of the ticket's log.
    pub seen_at: Time,
    /// The code of the municipality that owns the ticket.
    pub municipality: Option<Code>,
    /// The code of the team that has the ticket.
    pub team: Option<Code>,
    /// The category of the ticket.
    pub category: Category,
}
