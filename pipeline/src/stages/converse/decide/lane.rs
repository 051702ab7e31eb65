//! The lane of a turn, and the move of a private one.

use super::heard::SaysOfLane;
use super::rules::{Rule, rules};
use crate::stages::converse::phase::PrivatePhase;

use SaysOfLane::{
    Anything, AsksForPrivacy, ChoosesMunicipal, ChoosesPrivate, Disclosure, PossibleDisclosure, StopOrStart,
};

/// What is done with a turn in the police lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LaneMove {
    /// Nothing: the turn is municipal.
    TakeAsMunicipal,
    /// Reports a disclosure to the police.
    ReportDisclosure,
    /// Keeps the turn in the police lane and asks the resident for its lane.
    HoldAndAskLane,
    /// Reports to the police what was held.
    ReportHeld,
    /// Adds the turn to the report to the police.
    AddToDisclosure,
    /// Adds a further disclosure, and prolongs the time in which turns are private.
    AddDisclosure,
    /// Says who reads what is written in the police lane.
    ExplainPrivacy,
    /// Ends the private time.
    ReturnToMunicipal,
}

rules! {
    /// Decides the lane of a turn, and the move of a private one.
    decide_lane(PrivatePhase, SaysOfLane) -> LaneMove, LANE_RULES:

    Closed | AwaitsLane, Disclosure => ReportDisclosure, "words that speak of violence";
    Closed | AwaitsLane, PossibleDisclosure => HoldAndAskLane, "words that may speak of violence";
    Protected, Disclosure => AddDisclosure, "words that speak of violence";
    Protected, PossibleDisclosure => AddToDisclosure, "words that may speak of violence";
    Closed | AwaitsLane | Protected, StopOrStart => TakeAsMunicipal,
        "STOP or START, which hold for both lanes";
    AwaitsLane | Protected, ChoosesMunicipal => ReturnToMunicipal, "1, or a word for it: a municipal problem";
    AwaitsLane, ChoosesPrivate => ReportHeld, "2, or a word for it: something private";
    AwaitsLane | Protected, AsksForPrivacy => ExplainPrivacy,
        "a question about what happens to what is written";
    AwaitsLane, Anything => HoldAndAskLane, "anything else, also what cannot be screened";
    Protected, ChoosesPrivate | Anything => AddToDisclosure, "anything else, also what cannot be screened";
    Closed, ChoosesMunicipal | ChoosesPrivate | AsksForPrivacy | Anything => TakeAsMunicipal, "anything else";
}

impl LaneMove {
    /// All moves, in the order of the documents.
    pub const ALL: [Self; 8] = [
        Self::TakeAsMunicipal,
        Self::ReportDisclosure,
        Self::HoldAndAskLane,
        Self::ReportHeld,
        Self::AddToDisclosure,
        Self::AddDisclosure,
        Self::ExplainPrivacy,
        Self::ReturnToMunicipal,
    ];

    /// What happens and what the resident sees, for the documents.
    pub const fn explain(self) -> &'static str {
        match self {
            Self::TakeAsMunicipal => "the municipal rules decide",
            Self::ReportDisclosure => {
                "the turn, and what was held before, goes to the police alone; the resident gets the numbers \
                 to call (`help`). For 60 min every turn is private"
            }
            Self::HoldAndAskLane => {
                "the turn is kept; the resident gets the numbers to call and is asked: 1 for a municipal \
                 problem, 2 for something private (`choice`). What exceeds the limit of what is kept is \
                 reported as if the answer were 2"
            }
            Self::ReportHeld => {
                "what was held goes to the police alone, unconfirmed; the resident gets the numbers to call \
                 (`help`)"
            }
            Self::AddToDisclosure => "the turn is added to the report to the police; there is no reply",
            Self::AddDisclosure => {
                "the same, and turns are private for another 60 min; the numbers to call follow if they were \
                 not sent before (`help`)"
            }
            Self::ExplainPrivacy => {
                "who reads what is written here (`privacy-private`). The turn is kept like any other, and \
                 the \
                 lane is asked for again if it is open"
            }
            Self::ReturnToMunicipal => {
                "the resident reads the municipal question that is still open, or is asked what is wrong \
                 (`ask-what`), in the police lane. What was held is deleted"
            }
        }
    }

    /// The private phases that the move can lead to.
    pub const fn phases_after(self, before: PrivatePhase) -> &'static [PrivatePhase] {
        match self {
            Self::TakeAsMunicipal => match before {
                PrivatePhase::Closed => &[PrivatePhase::Closed],
                PrivatePhase::AwaitsLane => &[PrivatePhase::AwaitsLane],
                PrivatePhase::Protected => &[PrivatePhase::Protected],
            },
            Self::ExplainPrivacy if matches!(before, PrivatePhase::Protected) => &[PrivatePhase::Protected],
            Self::HoldAndAskLane | Self::ExplainPrivacy => {
                &[PrivatePhase::AwaitsLane, PrivatePhase::Protected]
            }
            Self::ReportDisclosure | Self::ReportHeld | Self::AddToDisclosure | Self::AddDisclosure => {
                &[PrivatePhase::Protected]
            }
            Self::ReturnToMunicipal => &[PrivatePhase::Closed],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OTHERS: [SaysOfLane; 6] =
        [Disclosure, PossibleDisclosure, ChoosesMunicipal, ChoosesPrivate, AsksForPrivacy, Anything];

    #[test]
    fn while_something_private_is_open_only_stop_and_start_are_municipal() {
        for phase in [PrivatePhase::AwaitsLane, PrivatePhase::Protected] {
            assert_eq!(decide_lane(phase, StopOrStart), LaneMove::TakeAsMunicipal);
            for says in OTHERS {
                assert_ne!(decide_lane(phase, says), LaneMove::TakeAsMunicipal, "{phase:?} {says:?}");
            }
        }
    }

    #[test]
    fn what_may_be_a_disclosure_is_never_municipal() {
        for phase in [PrivatePhase::Closed, PrivatePhase::AwaitsLane, PrivatePhase::Protected] {
            for says in [Disclosure, PossibleDisclosure] {
                assert_ne!(decide_lane(phase, says), LaneMove::TakeAsMunicipal, "{phase:?} {says:?}");
                assert_ne!(decide_lane(phase, says), LaneMove::ReturnToMunicipal, "{phase:?} {says:?}");
            }
        }
    }
}
