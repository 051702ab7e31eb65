//! The names of the stages of the machine.

/// The stage that applies commands to tickets.
pub const TRACK: &str = "track";
/// Sees due times pass.
pub const DETECT: &str = "detect";
/// Raises the tier of a ticket.
pub const ESCALATE: &str = "escalate";
