//! The lanes: who may read a topic and who holds the key of its sealed fields.

/// A lane of the installation. Each lane has its own key for sealed fields, and topics that only its readers
/// may read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// The conversation and the intake role, where the other two lanes meet.
    Intake,
    /// The municipal machines, the municipalities' staff and their analysts.
    Municipal,
    /// Protected reports, which only the police may read.
    Protected,
}

impl Lane {
    /// The lane's name: the first part of the ids of its keys.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Intake => "intake",
            Self::Municipal => "municipal",
            Self::Protected => "protected",
        }
    }
}
