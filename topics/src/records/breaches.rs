//! `breaches`: a tap of deadlines that come near or have passed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::values::ids::TicketId;
use crate::values::text::Code;
use crate::values::time::Time;
use crate::values::vocabulary::{Category, Clock, Level};

/// A warning or a breach of one clock of one ticket, keyed by the ticket; once per clock and tier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Breach {
    /// The ticket.
    pub ticket: TicketId,
    /// The edition in force.
    pub edition: u32,
    /// Which clock.
    pub clock: Clock,
    /// Warning or breach.
    pub level: Level,
    /// The ticket's tier before this.
    pub tier: u8,
    /// The deadline (for a warning too).
    pub due_at: Time,
    /// When it was seen, by the ticket's log.
    pub seen_at: Time,
    /// Whose ticket.
    pub municipality: Option<Code>,
    /// Which team has it.
    pub team: Option<Code>,
    /// What about.
    pub category: Category,
}
