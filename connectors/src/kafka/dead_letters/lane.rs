//! The topics of the dead letters of one lane, and how their records are read and written.

use std::sync::Arc;

use topics::catalogue::{
    IntakeDeadLetters, IntakeReviews, MunicipalDeadLetters, MunicipalReviews, ProtectedDeadLetters,
    ProtectedReviews, Topic, TopicSpec,
};
use topics::codec::record::{Address, DecodeError, EncodeError, Envelope, Incoming, Outgoing, encode};
use topics::codec::sealing::KeyRing;
use topics::records::dead_letters::DeadLetter;
use topics::records::reviews::Review;
use topics::values::lane::Lane;

/// The name by which records of `trust-engine dead-letters` say who wrote them.
const WRITER: &str = "dead-letters";

/// Opens a dead letter.
type OpenLetter = fn(&Incoming, &Arc<KeyRing>) -> Result<(Envelope, DeadLetter), DecodeError>;
/// Decodes a review of the lane, with the lane's key.
type OpenReview = fn(&Incoming, &Arc<KeyRing>) -> Result<(Envelope, Review), DecodeError>;
/// Encodes a review for the lane, with the lane's key.
type EncodeReview = fn(&Arc<KeyRing>, &Envelope, &Review) -> Result<Outgoing, EncodeError>;

/// The topics of the dead letters of one lane.
#[derive(Clone, Copy)]
pub struct LetterLane {
    /// The topic of the dead letters.
    pub letters: &'static TopicSpec,
    /// The topic of what people did with them.
    pub reviews: &'static TopicSpec,
    pub(super) open_letter: OpenLetter,
    pub(super) open_review: OpenReview,
    pub(super) encode_review: EncodeReview,
}

impl LetterLane {
    /// The topics of `lane`.
    pub fn of(lane: Lane) -> Self {
        match lane {
            Lane::Municipal => Self::new::<MunicipalDeadLetters, MunicipalReviews>(),
            Lane::Intake => Self::new::<IntakeDeadLetters, IntakeReviews>(),
            Lane::Protected => Self::new::<ProtectedDeadLetters, ProtectedReviews>(),
        }
    }

    fn new<L: Topic<Record = DeadLetter>, R: Topic<Record = Review>>() -> Self {
        Self {
            letters: L::SPEC,
            reviews: R::SPEC,
            open_letter: |record, ring| record.decode::<L>(ring),
            open_review: |record, ring| record.decode::<R>(ring),
            encode_review: |ring, envelope, review| {
                encode::<R>(ring, WRITER, envelope, Address::ByKey(1), review.letter.to_string(), review)
            },
        }
    }
}
