//! The result of a command.

use topics::codec::sealing::Sealed;

/// The result of a command that was applied.
#[derive(Debug, Default, PartialEq)]
pub struct Applied {
    /// The note or reason that came with the command.
    pub note: Option<Sealed<String>>,
    /// Whether a manager requested an escalation, which the `escalate` stage carries out.
    pub escalate: bool,
}
