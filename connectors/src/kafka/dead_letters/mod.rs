//! Dead letters and what people do with them: lists them, opens one, appends the original record to its log
//! again, and notes each of these acts as a review in a topic of the lane.

pub mod case;
mod lane;
pub mod outcome;
pub mod replay;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rdkafka::Offset;
use topics::catalogue::TopicSpec;
use topics::codec::record::{Envelope, Incoming};
use topics::codec::sealing::{KeyRing, Sealed};
use topics::records::dead_letters::{DeadLetter, Original, Source};
use topics::records::reviews::{Review, ReviewAct};
use topics::values::ids::EventId;
use topics::values::text::ActorName;

use self::case::{Case, DeadLetterEntry, LetterFacts, Position, ReviewEntry, ReviewFacts};
pub use self::lane::LetterLane;
use crate::append::Append;
use crate::clock::present;
use crate::kafka::client::appender::Appender;
use crate::kafka::client::partition_reader::{first_records, partition_reader, scan};
use crate::kafka::{Installation, LogError, REQUEST_TIMEOUT, ends};

/// How long to wait until a transaction that is open in a topic has ended: longer than the broker leaves one
/// open that is not ended.
const OPEN_TRANSACTION: Duration = Duration::from_secs(30);

/// Who does something with a dead letter, and why.
#[derive(Clone, Debug)]
pub struct Reviewer {
    /// The login of the person.
    pub actor: ActorName,
    /// The reason in the person's words.
    pub reason: String,
}

/// The dead letters of a lane, oldest first.
#[derive(Debug)]
pub struct Cases {
    /// The dead letters that were found, with their reviews.
    pub cases: Vec<Case>,
    /// How many records of the topics could not be read, because a newer program wrote them.
    pub unreadable: usize,
}

/// What was read of the topics of a lane, by the id of the dead letter.
#[derive(Default)]
struct RecordsOfLane {
    letters: BTreeMap<EventId, Vec<DeadLetterEntry>>,
    reviews: BTreeMap<EventId, Vec<ReviewEntry>>,
    unreadable: usize,
}

impl RecordsOfLane {
    fn take_review(&mut self, record: &Incoming) {
        match record.value.as_deref().map(serde_json::from_slice::<ReviewFacts>) {
            Some(Ok(facts)) => {
                let entry = ReviewEntry { position: position(record), facts };
                self.reviews.entry(entry.facts.letter.clone()).or_default().push(entry);
            }
            _ => self.unreadable += 1,
        }
    }

    fn take_letter(&mut self, record: &Incoming) {
        let facts = record.value.as_deref().map(serde_json::from_slice::<LetterFacts>);
        match (facts, record.envelope()) {
            (Some(Ok(facts)), Ok(envelope)) => {
                let letter = DeadLetterEntry { position: position(record), facts };
                self.letters.entry(envelope.id).or_default().push(letter);
            }
            _ => self.unreadable += 1,
        }
    }

    /// The dead letters with their reviews, oldest first.
    fn into_cases(mut self) -> Cases {
        let mut cases = Vec::new();
        for (id, mut earlier) in self.letters {
            let reviews = self.reviews.remove(&id).unwrap_or_default();
            cases.extend(earlier.pop().map(|last| Case { id, last, earlier, reviews }));
        }
        cases.sort_by_key(|case| case.last.facts.at);
        Cases { cases, unreadable: self.unreadable }
    }
}

impl LetterLane {
    /// Reads all dead letters of the lane and what was done with them. Their content stays sealed.
    ///
    /// # Errors
    /// The broker does not answer, or a transaction stays open in a topic.
    pub fn read(&self, installation: &Installation) -> Result<Cases, LogError> {
        let mut found = RecordsOfLane::default();
        read_all(installation, self.reviews, |record| found.take_review(record))?;
        read_all(installation, self.letters, |record| found.take_letter(record))?;
        Ok(found.into_cases())
    }

    /// Opens the content of a dead letter.
    ///
    /// # Errors
    /// The key ring lacks the key that it was sealed with, or the broker has deleted it.
    pub fn open(
        &self,
        installation: &Installation,
        ring: &Arc<KeyRing>,
        letter: &DeadLetterEntry,
    ) -> Result<OpenedRecord, LogError> {
        let record = record_at(installation, self.letters, letter.position)?;
        let opened = (self.open_letter)(&record, ring);
        let (_, letter) = opened.map_err(|error| LogError::Alarm(error.to_string()))?;
        OpenedRecord::of(letter)
    }

    /// Opens the content of these dead letters, partition by partition, and hands `take` each with its number
    /// among `letters`.
    ///
    /// # Errors
    /// As for [`LetterLane::open`], or `take` fails.
    pub fn open_each(
        &self,
        installation: &Installation,
        ring: &Arc<KeyRing>,
        letters: &[&DeadLetterEntry],
        mut take: impl FnMut(usize, OpenedRecord) -> Result<(), LogError>,
    ) -> Result<(), LogError> {
        let mut numbers = BTreeMap::new();
        let mut from: BTreeMap<u32, i64> = BTreeMap::new();
        for (number, letter) in letters.iter().enumerate() {
            let Position { partition, offset } = letter.position;
            numbers.insert((partition, offset), number);
            let first = from.entry(partition).or_insert(offset);
            *first = offset.min(*first);
        }
        let from = from.into_iter().map(|(partition, offset)| (partition, Offset::Offset(offset))).collect();
        let consumer = partition_reader(installation, "reader", "read_committed")?;
        scan(installation, &consumer, self.letters.name, from, REQUEST_TIMEOUT, |record| {
            let Some(number) = numbers.remove(&(record.partition, record.offset)) else { return Ok(()) };
            let opened = (self.open_letter)(record, ring);
            let (_, letter) = opened.map_err(|error| LogError::Alarm(error.to_string()))?;
            take(number, OpenedRecord::of(letter)?)
        })
    }

    /// Opens the reasons of reviews, in their order.
    ///
    /// # Errors
    /// As for [`LetterLane::open`].
    pub fn reasons(
        &self,
        installation: &Installation,
        ring: &Arc<KeyRing>,
        reviews: &[ReviewEntry],
    ) -> Result<Vec<String>, LogError> {
        let reason = |review: &ReviewEntry| {
            let record = record_at(installation, self.reviews, review.position)?;
            let opened = (self.open_review)(&record, ring);
            opened.map(|(_, review)| review.reason.0).map_err(|error| LogError::Alarm(error.to_string()))
        };
        reviews.iter().map(reason).collect()
    }

    /// Notes that someone opened or discarded a dead letter; returns when the broker has it.
    ///
    /// # Errors
    /// The key ring lacks the lane's key, or the broker does not take the record.
    pub async fn note(
        &self,
        installation: &Installation,
        ring: &Arc<KeyRing>,
        case: &Case,
        act: ReviewAct,
        reviewer: &Reviewer,
    ) -> Result<(), LogError> {
        let review = review(case, act, reviewer, None);
        let outgoing = (self.encode_review)(ring, &review_envelope(&review), &review)
            .map_err(|error| LogError::Alarm(error.to_string()))?;
        let appended = Appender::new(installation)?.append(outgoing).await;
        appended.map_err(|error| LogError::Topics(error.to_string()))
    }
}

/// The review of what `reviewer` did now.
fn review(case: &Case, act: ReviewAct, reviewer: &Reviewer, target: Option<Source>) -> Review {
    Review {
        at: present(),
        letter: case.id.clone(),
        source: case.last.facts.source.clone(),
        act,
        actor: reviewer.actor.clone(),
        reason: Sealed(reviewer.reason.clone()),
        target,
    }
}

/// The envelope of a review: its id is that of the act of this person at this time.
fn review_envelope(review: &Review) -> Envelope {
    let at = review.at.millis().to_be_bytes();
    let parts = [
        b"review".as_slice(),
        review.letter.as_str().as_bytes(),
        review.act.as_str().as_bytes(),
        review.actor.as_str().as_bytes(),
        &at,
    ];
    Envelope::root(EventId::of(&parts), review.at)
}

/// An original record with its bytes.
pub struct OpenedRecord {
    /// The topic, partition and offset that it was read from.
    pub source: Source,
    /// The key of the record; missing if it had none.
    pub key: Option<Vec<u8>>,
    /// The value of the record; missing if it had none.
    pub value: Option<Vec<u8>>,
    /// The names of the record's headers with their values, in order.
    pub headers: Vec<(String, String)>,
}

impl OpenedRecord {
    fn of(letter: DeadLetter) -> Result<Self, LogError> {
        let Original { key, value, headers } = letter.record.0;
        let bytes = |text: Option<String>| {
            let bytes = text.map(|text| STANDARD.decode(text)).transpose();
            bytes.map_err(|_| LogError::Alarm("the content of the dead letter is not base64".to_owned()))
        };
        Ok(Self { source: letter.source, key: bytes(key)?, value: bytes(value)?, headers })
    }

    /// The value of the header `name`.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

fn position(record: &Incoming) -> Position {
    Position { partition: record.partition, offset: record.offset }
}

/// Hands `take` all committed records of a topic, also those behind a transaction that is open now.
fn read_all(
    installation: &Installation,
    topic: &'static TopicSpec,
    mut take: impl FnMut(&Incoming),
) -> Result<(), LogError> {
    settle(installation, topic)?;
    let consumer = partition_reader(installation, "reader", "read_committed")?;
    let partitions = 0..topic.partitions(installation.partitions);
    let from = partitions.map(|partition| (partition, Offset::Beginning)).collect();
    scan(installation, &consumer, topic.name, from, REQUEST_TIMEOUT, |record| {
        take(record);
        Ok(())
    })
}

/// Waits until readers of committed records see everything that the topic holds now.
fn settle(installation: &Installation, topic: &'static TopicSpec) -> Result<(), LogError> {
    let committed = partition_reader(installation, "reader", "read_committed")?;
    let all = partition_reader(installation, "reader", "read_uncommitted")?;
    let name = installation.topic(topic.name);
    let began = Instant::now();
    for partition in 0..topic.partitions(installation.partitions) {
        let (_, end) = ends(&all, &name, partition)?;
        while ends(&committed, &name, partition)?.1 < end {
            if began.elapsed() > OPEN_TRANSACTION {
                return Err(LogError::Topics(format!(
                    "a transaction stays open in {name}, partition {partition}: find out who writes there \
                     and stop it, then try again"
                )));
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }
    Ok(())
}

/// The record at this position.
fn record_at(
    installation: &Installation,
    topic: &'static TopicSpec,
    at: Position,
) -> Result<Incoming, LogError> {
    let consumer = partition_reader(installation, "reader", "read_committed")?;
    let from = BTreeMap::from([(at.partition, at.offset)]);
    let mut found = first_records(installation, &consumer, topic.name, from, REQUEST_TIMEOUT)?;
    let record = found.remove(&at.partition).filter(|record| record.offset == at.offset);
    record.ok_or_else(|| LogError::Topics("the record has just been deleted from its topic".to_owned()))
}
