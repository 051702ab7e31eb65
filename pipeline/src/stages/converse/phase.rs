//! What a conversation waits for.

use topics::records::conversations::{Draft, State};

/// What a conversation waits for. If it waits for several things, the last variant counts: a draft may wait
/// for its place while a list of tickets is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// There is no conversation: the resident has not written, or it has expired.
    Unknown,
    /// No question is open.
    Idle,
    /// The place of a report.
    AwaitsPlace,
    /// The problem of a report: so far there is only a place, or words that were not understood.
    AwaitsProblem,
    /// Whether a place that was spelt or named is the one that is meant.
    AwaitsConfirmation,
    /// Which of several tickets an answer is about.
    AwaitsTicket,
    /// An answer to a question with few answers, such as whether a number is that of a ticket.
    AwaitsAnswer,
    /// The choice of a lane for a message that may be a disclosure.
    AwaitsLane,
    /// The end of the time after a disclosure, in which every turn adds to it.
    Protected,
}

/// What the municipal lane waits for, whatever the police lane waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MunicipalPhase {
    /// No question is open, or there is no conversation.
    Idle,
    /// The place of a report.
    AwaitsPlace,
    /// The problem of a report.
    AwaitsProblem,
    /// Whether a place that was spelt or named is the one that is meant.
    AwaitsConfirmation,
    /// Which of several tickets an answer is about. A draft may wait behind the list.
    AwaitsTicket,
    /// An answer to a question with few answers. A draft may wait behind the question.
    AwaitsAnswer,
}

/// What the police lane waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PrivatePhase {
    /// Nothing private is open.
    Closed,
    /// The choice of a lane for a message that may be a disclosure.
    AwaitsLane,
    /// The end of the time after a disclosure.
    Protected,
}

/// What moves a conversation from one phase to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trigger {
    /// A message from the resident.
    Resident,
    /// A due time that passes.
    Time,
}

impl Phase {
    /// The phase of a stored conversation.
    pub const fn of(state: &State) -> Self {
        match state {
            State { protected: Some(_), .. } => Self::Protected,
            State { choice: Some(_), .. } => Self::AwaitsLane,
            _ => Self::of_municipal(MunicipalPhase::of(state)),
        }
    }

    /// The phase of a conversation with nothing private.
    pub const fn of_municipal(phase: MunicipalPhase) -> Self {
        match phase {
            MunicipalPhase::Idle => Self::Idle,
            MunicipalPhase::AwaitsPlace => Self::AwaitsPlace,
            MunicipalPhase::AwaitsProblem => Self::AwaitsProblem,
            MunicipalPhase::AwaitsConfirmation => Self::AwaitsConfirmation,
            MunicipalPhase::AwaitsTicket => Self::AwaitsTicket,
            MunicipalPhase::AwaitsAnswer => Self::AwaitsAnswer,
        }
    }

    /// The name of the phase in the documents.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "[*]",
            Self::Idle => "idle",
            Self::AwaitsPlace => "awaits_place",
            Self::AwaitsProblem => "awaits_problem",
            Self::AwaitsConfirmation => "awaits_confirmation",
            Self::AwaitsTicket => "awaits_ticket",
            Self::AwaitsAnswer => "awaits_answer",
            Self::AwaitsLane => "awaits_lane",
            Self::Protected => "protected",
        }
    }
}

impl MunicipalPhase {
    /// All municipal phases, in the order of the documents.
    pub const ALL: [Self; 6] = [
        Self::Idle,
        Self::AwaitsPlace,
        Self::AwaitsProblem,
        Self::AwaitsConfirmation,
        Self::AwaitsTicket,
        Self::AwaitsAnswer,
    ];

    /// The phase of the municipal state.
    pub const fn of(state: &State) -> Self {
        match state {
            State { question: Some(_), .. } => Self::AwaitsAnswer,
            State { which: Some(_), .. } => Self::AwaitsTicket,
            _ => Self::behind_question(state),
        }
    }

    /// The phase as if no list of tickets and no question with few answers were open.
    pub const fn behind_question(state: &State) -> Self {
        match state {
            State { draft: Some(draft), .. } if !draft.proposed.is_empty() => Self::AwaitsConfirmation,
            State { draft: Some(draft), .. } if has_problem(draft) => Self::AwaitsPlace,
            State { draft: Some(_), .. } => Self::AwaitsProblem,
            _ => Self::Idle,
        }
    }

    /// The phase as a list of its own.
    pub const fn alone(self) -> &'static [Self] {
        match self {
            Self::Idle => &[Self::Idle],
            Self::AwaitsPlace => &[Self::AwaitsPlace],
            Self::AwaitsProblem => &[Self::AwaitsProblem],
            Self::AwaitsConfirmation => &[Self::AwaitsConfirmation],
            Self::AwaitsTicket => &[Self::AwaitsTicket],
            Self::AwaitsAnswer => &[Self::AwaitsAnswer],
        }
    }
}

/// Whether the problem of the draft is known, because it has a category.
pub const fn has_problem(draft: &Draft) -> bool {
    draft.category.is_some()
}
