//! Appends original records to their logs again, each in one transaction with the review that says so: a
//! record is there exactly if its review is. One producer of a lane replays at a time; a new one ends what
//! its predecessor left open, so a command that was killed can be repeated.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use kafka_flush::flush;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{DeliveryResult, Header, Message, OwnedHeaders};
use rdkafka::producer::{BaseRecord, Producer, ProducerContext};
use topics::codec::partition::partition_of;
use topics::codec::record::{FIRST_APPENDED_HEADER, REPLAYED_HEADER};
use topics::codec::sealing::KeyRing;
use topics::records::dead_letters::{DeadClass, Source};
use topics::records::reviews::ReviewAct;

use super::case::Case;
use super::outcome::{Replayed, trace_of};
use super::{LetterLane, OpenedRecord, Reviewer, review, review_envelope};
use crate::kafka::client::convert;
use crate::kafka::client::log_lines::limits_log_lines;
use crate::kafka::client::polled_producer::PolledProducer;
use crate::kafka::{Installation, LogError};

/// How long one call of the client waits before it is repeated.
const CALL: Duration = Duration::from_secs(5);
/// How often a call is repeated while the broker does not answer.
const CALLS: usize = 12;

/// The offsets of the records of the open transaction by their number, or why one was not appended.
#[derive(Default)]
struct Reports(Mutex<BTreeMap<usize, Result<i64, String>>>);

limits_log_lines!(Reports);

impl ProducerContext for Reports {
    type DeliveryOpaque = Box<usize>;
    fn delivery(&self, result: &DeliveryResult<'_>, number: Self::DeliveryOpaque) {
        let offset = match result {
            Ok(message) => Ok(message.offset()),
            Err((error, _)) => Err(error.to_string()),
        };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(*number, offset);
    }
}

/// Replays the dead letters of one lane.
pub struct Replayer {
    producer: PolledProducer<Reports>,
    installation: Installation,
    lane: LetterLane,
}

/// A record that is to be appended again.
pub struct Replay<'a> {
    /// The dead letter that is replayed.
    pub case: &'a Case,
    /// The record that became the dead letter.
    pub record: OpenedRecord,
}

impl Replayer {
    /// Takes over the transactional id of the lane's replays: a transaction that an earlier command left open
    /// is aborted, and an earlier command that still runs can commit nothing more. Read the dead letters only
    /// after this.
    ///
    /// # Errors
    /// The broker does not answer.
    pub fn new(installation: &Installation, lane: LetterLane) -> Result<Self, LogError> {
        let id = installation.topic(&format!("{}.replay.0", lane.letters.name));
        let mut config = installation.producer();
        config.set("transactional.id", &id);
        config.set("transaction.timeout.ms", "5000");
        config.set("message.timeout.ms", "5000");
        let producer = PolledProducer::new(&config, Reports::default())?;
        let doing = LogError::client(format!("taking over the transactional id {id}"));
        producer.init_transactions(Duration::from_secs(30)).map_err(doing)?;
        Ok(Self { producer, installation: installation.clone(), lane })
    }

    /// Appends these records and their reviews in one transaction. Returns where each record is now, and its
    /// trace.
    ///
    /// # Errors
    /// Nothing was appended, or the outcome is unknown; the same command, repeated, appends what is missing.
    pub fn replay(
        &self,
        ring: &Arc<KeyRing>,
        batch: &[Replay<'_>],
        reviewer: &Reviewer,
    ) -> Result<Vec<Replayed>, LogError> {
        let begun = self.producer.begin_transaction();
        begun.map_err(LogError::client("beginning a transaction; did another command take over?"))?;
        match self.append(ring, batch, reviewer) {
            Ok(targets) => {
                let commit = || self.producer.commit_transaction(CALL);
                repeat(commit).map_err(LogError::client(
                    "committing what was replayed; repeat the command, which appends nothing twice",
                ))?;
                let replayed =
                    |(target, one): (Source, &Replay<'_>)| Replayed { target, trace: trace_of(&one.record) };
                Ok(targets.into_iter().zip(batch).map(replayed).collect())
            }
            Err(error) => {
                if let Err(abort) = repeat(|| self.producer.abort_transaction(CALL)) {
                    tracing::warn!(%abort, "the transaction was not aborted: the broker does so after 5 s");
                }
                Err(error)
            }
        }
    }

    fn append(
        &self,
        ring: &Arc<KeyRing>,
        batch: &[Replay<'_>],
        reviewer: &Reviewer,
    ) -> Result<Vec<Source>, LogError> {
        self.reports().clear();
        let mut targets = Vec::with_capacity(batch.len());
        for (number, one) in batch.iter().enumerate() {
            let partition = self.partition(one);
            self.send_original(number, one, partition)?;
            targets.push(Source { topic: one.record.source.topic.clone(), partition, offset: -1 });
        }
        self.wait()?;
        for (number, target) in targets.iter_mut().enumerate() {
            target.offset = self.offset(number)?;
        }
        for (number, (one, target)) in batch.iter().zip(&targets).enumerate() {
            let review = review(one.case, ReviewAct::Replayed, reviewer, Some(target.clone()));
            let outgoing = (self.lane.encode_review)(ring, &review_envelope(&review), &review)
                .map_err(|error| LogError::Alarm(error.to_string()))?;
            let topic = self.installation.topic(outgoing.topic);
            let base = convert::outgoing(&outgoing, &topic, Box::new(batch.len() + number));
            let sent = self.producer.send(base).map_err(|(error, _)| error);
            sent.map_err(LogError::client("appending a review"))?;
        }
        self.wait()?;
        for number in 0..batch.len() {
            self.offset(batch.len() + number)?;
        }
        Ok(targets)
    }

    /// The partition that the record was in; if it was in the wrong one, that of its key.
    fn partition(&self, one: &Replay<'_>) -> u32 {
        match one.case.last.facts.class {
            DeadClass::Misplaced => {
                partition_of(one.record.key.as_deref().unwrap_or_default(), self.installation.partitions)
            }
            _ => one.record.source.partition,
        }
    }

    /// Appends the original bytes with the original headers, so with the same `ce_id`.
    fn send_original(&self, number: usize, one: &Replay<'_>, partition: u32) -> Result<(), LogError> {
        let topic = self.installation.topic(one.record.source.topic.as_str());
        let mut headers = OwnedHeaders::new();
        let kept = one.record.headers.iter().filter(|(name, _)| name != REPLAYED_HEADER);
        for (name, value) in kept {
            headers = headers.insert(Header { key: name, value: Some(value.as_bytes()) });
        }
        headers = headers.insert(Header { key: REPLAYED_HEADER, value: Some(one.case.id.as_str()) });
        if one.record.header(FIRST_APPENDED_HEADER).is_none() {
            let first = one.case.last.facts.at.to_string();
            headers = headers.insert(Header { key: FIRST_APPENDED_HEADER, value: Some(&first) });
        }
        let mut base: BaseRecord<'_, [u8], [u8], Box<usize>> =
            BaseRecord::with_opaque_to(&topic, Box::new(number))
                .partition(convert::native(partition))
                .headers(headers);
        base.key = one.record.key.as_deref();
        base.payload = one.record.value.as_deref();
        let sent = self.producer.send(base).map_err(|(error, _)| error);
        sent.map_err(LogError::client(format!("appending the record of the dead letter {}", one.case.id)))
    }

    fn wait(&self) -> Result<(), LogError> {
        if (0..CALLS).any(|_| flush(&*self.producer, CALL)) {
            return Ok(());
        }
        Err(LogError::Topics("the broker does not acknowledge the records; nothing was replayed".to_owned()))
    }

    fn offset(&self, number: usize) -> Result<i64, LogError> {
        let report = self.reports().get(&number).cloned();
        let report = report.unwrap_or_else(|| Err("the broker did not report it".to_owned()));
        report.map_err(|why| {
            LogError::Topics(format!("the broker did not take a record: {why}; nothing was replayed"))
        })
    }

    fn reports(&self) -> std::sync::MutexGuard<'_, BTreeMap<usize, Result<i64, String>>> {
        self.producer.context().0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Repeats a call of the client while the broker is away.
fn repeat(call: impl Fn() -> Result<(), KafkaError>) -> Result<(), KafkaError> {
    let mut result = call();
    for _ in 1..CALLS {
        match &result {
            Err(KafkaError::Transaction(error)) if error.code() == RDKafkaErrorCode::OperationTimedOut => {
                result = call();
            }
            _ => break,
        }
    }
    result
}
