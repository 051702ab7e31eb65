//! `dead_letter_reviews`, also of the intake and of the police lane: what people did with dead letters.

use topics::codec::record::{Envelope, Incoming};
use topics::records::reviews::Review;

use super::int;
use crate::postgis::sink::columns::{At, table_row};
use crate::postgis::sink::rows::{Conflict, TableRow};

table_row!(ReviewRow {
    ce_id: String,
    at: At,
    letter: String,
    source_topic: String,
    source_partition: i32,
    source_offset: i64,
    act: &'static str,
    actor: String,
    reason: String,
    target_partition: Option<i32>,
    target_offset: Option<i64>,
});

impl TableRow for ReviewRow {
    const CONFLICT: Conflict = Conflict::Append("ce_id");

    fn key(&self) -> &str {
        &self.ce_id
    }
}

impl ReviewRow {
    /// The row of a review.
    pub fn of(_written: &Incoming, envelope: &Envelope, review: Review) -> Option<Self> {
        Some(Self {
            ce_id: envelope.id.to_string(),
            at: At(review.at),
            letter: review.letter.to_string(),
            source_topic: review.source.topic.to_string(),
            source_partition: int(review.source.partition),
            source_offset: review.source.offset,
            act: review.act.as_str(),
            actor: review.actor.to_string(),
            reason: review.reason.0,
            target_partition: review.target.as_ref().map(|target| int(target.partition)),
            target_offset: review.target.map(|target| target.offset),
        })
    }
}
