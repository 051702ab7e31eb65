//! A dead letter with everything that people did with it, and whether it can be replayed.

use pipeline::topology::{MachineSpec, is_stage, topology};
use serde::Deserialize;
use topics::catalogue::cut::Cut;
use topics::records::dead_letters::{DeadClass, Source, StageName};
use topics::records::reviews::ReviewAct;
use topics::values::ids::EventId;
use topics::values::text::ActorName;
use topics::values::time::Time;

/// Where a record lies in its topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The number of the partition, from 0.
    pub partition: u32,
    /// The offset within the partition.
    pub offset: i64,
}

/// What a dead letter says without its content, which is sealed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct LetterFacts {
    /// When it was dead-lettered, in the time of the log that it came from.
    pub at: Time,
    /// The edition in force at that time.
    pub edition: u32,
    /// The topic, partition and offset of the original record.
    pub source: Source,
    /// The stage or connector that could not process it.
    pub stage: StageName,
    /// The kind of failure.
    pub class: DeadClass,
    /// Where its JSON is wrong, if that was the failure: line and column, from 1.
    #[serde(rename = "place")]
    pub json_position: Option<(u32, u32)>,
}

/// What a review says without its reason, which is sealed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ReviewFacts {
    /// When it was done.
    pub at: Time,
    /// The id of the dead letter.
    pub letter: EventId,
    /// The source that the dead letter names.
    pub source: Source,
    /// What the person did with the dead letter.
    pub act: ReviewAct,
    /// The person who did it.
    pub actor: ActorName,
    /// Where a replayed record was appended.
    pub target: Option<Source>,
}

/// A dead letter as it lies in its topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetterEntry {
    /// Where it lies in the topic of dead letters.
    pub position: Position,
    /// What it says without its content.
    pub facts: LetterFacts,
}

/// A review as it lies in its topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewEntry {
    /// Where it lies in the topic of reviews.
    pub position: Position,
    /// What it says without its reason.
    pub facts: ReviewFacts,
}

/// All dead letters with one id, which are about the same original record, and what people did with them. A
/// record that is replayed and fails again becomes another dead letter with the same id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// The id of the dead letters.
    pub id: EventId,
    /// The last dead letter.
    pub last: DeadLetterEntry,
    /// The dead letters before it, from the first on.
    pub earlier: Vec<DeadLetterEntry>,
    /// What people did, from the first act on.
    pub reviews: Vec<ReviewEntry>,
}

/// What became of a dead letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CaseState {
    /// Nothing was done with it.
    New,
    /// Someone looked at its content.
    Opened,
    /// Its record was appended to its log again at this position, and has not failed since.
    Replayed(Source),
    /// Its record was replayed and failed again.
    FailedAgain,
    /// Someone decided that nothing follows from it.
    Discarded,
}

impl CaseState {
    /// The state as a word of the list.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Opened => "opened",
            Self::Replayed(_) => "replayed",
            Self::FailedAgain => "failed again",
            Self::Discarded => "discarded",
        }
    }

    /// Whether a person still has to decide about it.
    pub const fn is_open(&self) -> bool {
        matches!(self, Self::New | Self::Opened | Self::FailedAgain)
    }
}

impl Case {
    /// What became of it.
    pub fn state(&self) -> CaseState {
        let done = |act| self.last_act(act);
        if let Some(target) = done(ReviewAct::Replayed).and_then(|review| review.facts.target.clone()) {
            return CaseState::Replayed(target);
        }
        if done(ReviewAct::Discarded).is_some() {
            return CaseState::Discarded;
        }
        if self.was_replayed() {
            return CaseState::FailedAgain;
        }
        if done(ReviewAct::Opened).is_some() { CaseState::Opened } else { CaseState::New }
    }

    /// Whether its record was ever replayed.
    pub fn was_replayed(&self) -> bool {
        self.reviews.iter().any(|review| review.facts.act == ReviewAct::Replayed)
    }

    /// The last review of this kind that is about the last dead letter.
    pub fn last_act(&self, act: ReviewAct) -> Option<&ReviewEntry> {
        let is_it =
            |review: &&ReviewEntry| review.facts.act == act && review.facts.source == self.last.facts.source;
        self.reviews.iter().rev().find(is_it)
    }
}

/// Why the record of a dead letter cannot be appended to its log again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Obstacle {
    /// It was a request to a webhook, which was in no log.
    #[error(
        "it was a request to the webhook and in no log: open it with `dead-letters show --open` to see what \
         was sent, ask the sender to send it again, and discard it"
    )]
    Request,
    /// A due time failed while another record was processed.
    #[error(
        "a due time of an entity failed while this record was processed, and the record itself is done: look \
         for the entity with disarmed_at in its table, correct it with `change`, and discard this"
    )]
    DueTime,
    /// A table refused the row of a record that its readers have.
    #[error(
        "the table {0} refused the row, and the record itself is in its topic, where its other readers have \
         read it: correct the table; `trust-engine sink adopt` then reads all topics again, and discard this"
    )]
    Table(StageName),
    /// The stage is not cut out any more, or the topic is not known.
    #[error("no machine reads the topic {0} now: check `trust-engine topics check` for the cut in force")]
    NoMachine(StageName),
}

/// The machine that reads the log to which the record of `letter` belongs, in a topic set with this cut.
///
/// # Errors
/// The record belongs to no log, or its failure is not that it was not processed.
pub fn machine_of(
    letter: &LetterFacts,
    letters_topic: &str,
    cut: Cut,
) -> Result<&'static MachineSpec, Obstacle> {
    if letter.class == DeadClass::DueFailed {
        return Err(Obstacle::DueTime);
    }
    if letter.source.offset < 0 {
        return Err(Obstacle::Request);
    }
    if !is_stage(letter.stage.as_str()) {
        return Err(Obstacle::Table(letter.stage.clone()));
    }
    let reads = |machine: &&MachineSpec| {
        machine.log.name == letter.source.topic.as_str() && machine.dead_letters.name == letters_topic
    };
    topology(cut).find(reads).ok_or_else(|| Obstacle::NoMachine(letter.source.topic.clone()))
}

#[cfg(test)]
mod tests {
    use topics::values::text::BadText;

    use super::*;

    fn source(topic: &str, offset: i64) -> Source {
        Source { topic: StageName::of(topic), partition: 3, offset }
    }

    fn facts(topic: &str, offset: i64, stage: &str, class: DeadClass) -> LetterFacts {
        LetterFacts {
            at: Time::from_millis(1_000),
            edition: 1,
            source: source(topic, offset),
            stage: StageName::of(stage),
            class,
            json_position: None,
        }
    }

    fn letter(offset: i64) -> DeadLetterEntry {
        let position = Position { partition: 0, offset };
        DeadLetterEntry { position, facts: facts("ticket-commands", offset, "track", DeadClass::Rejected) }
    }

    fn review(act: ReviewAct, about: i64, target: Option<i64>) -> Result<ReviewEntry, BadText> {
        let facts = ReviewFacts {
            at: Time::from_millis(2_000),
            letter: EventId::of(&[b"a dead letter"]),
            source: source("ticket-commands", about),
            act,
            actor: "lindiwe.k".parse()?,
            target: target.map(|offset| source("ticket-commands", offset)),
        };
        Ok(ReviewEntry { position: Position { partition: 0, offset: 0 }, facts })
    }

    fn state(offsets: &[i64], reviews: &[(ReviewAct, i64, Option<i64>)]) -> CaseState {
        let mut letters: Vec<DeadLetterEntry> = offsets.iter().map(|offset| letter(*offset)).collect();
        let last = letters.pop().unwrap();
        let reviews =
            reviews.iter().map(|(act, about, target)| review(*act, *about, *target).unwrap()).collect();
        Case { id: EventId::of(&[b"a dead letter"]), last, earlier: letters, reviews }.state()
    }

    #[test]
    fn the_state_is_that_of_the_last_dead_letter_of_the_record() {
        use ReviewAct::{Discarded, Opened, Replayed};
        assert_eq!(state(&[5], &[]), CaseState::New);
        assert_eq!(state(&[5], &[(Opened, 5, None)]), CaseState::Opened);
        let replayed = (Replayed, 5, Some(9));
        assert_eq!(
            state(&[5], &[(Opened, 5, None), replayed]),
            CaseState::Replayed(source("ticket-commands", 9))
        );
        assert_eq!(state(&[5, 9], &[replayed]), CaseState::FailedAgain);
        assert_eq!(state(&[5, 9], &[replayed, (Opened, 9, None)]), CaseState::FailedAgain);
        assert_eq!(state(&[5, 9], &[replayed, (Discarded, 9, None)]), CaseState::Discarded);
        assert_eq!(
            state(&[5, 9], &[replayed, (Replayed, 9, Some(12))]),
            CaseState::Replayed(source("ticket-commands", 12))
        );
        assert_eq!(state(&[5], &[(Discarded, 5, None)]), CaseState::Discarded);
    }

    #[test]
    fn only_a_record_that_its_machine_did_not_process_is_replayed() {
        let of = |facts: &LetterFacts, topic, cut| {
            machine_of(facts, topic, cut).map(|machine| machine.name).map_err(|why| why.to_string())
        };
        let municipal = |facts: &LetterFacts| of(facts, "dead-letters", Cut::Nowhere);
        let rejected = facts("ticket-commands", 5, "track", DeadClass::Rejected);
        assert_eq!(municipal(&rejected), Ok("tickets"));
        let due = facts("ticket-commands", 5, "track", DeadClass::DueFailed);
        assert!(municipal(&due).unwrap_err().contains("the record itself is done"));
        let table = facts("tickets", 5, "tickets", DeadClass::RefusedByTable);
        assert!(municipal(&table).unwrap_err().contains("sink adopt"));
        let request = facts("twilio-messages", -1, "whatsapp", DeadClass::Undecodable);
        assert!(of(&request, "intake-dead-letters", Cut::Nowhere).unwrap_err().contains("in no log"));
        // A stage that was cut out and is chained again would process the report a second time.
        let route = facts("reports", 5, "route", DeadClass::Panicked);
        assert!(municipal(&route).unwrap_err().contains("no machine reads the topic reports"));
        assert_eq!(of(&route, "dead-letters", Cut::Route), Ok("route"));
        let police = facts("protected-notifications", 5, "deliver", DeadClass::Rejected);
        assert_eq!(of(&police, "protected-dead-letters", Cut::Nowhere), Ok("protected-deliveries"));
    }
}
