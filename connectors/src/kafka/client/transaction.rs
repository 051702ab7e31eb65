//! The transactions of one chain, each with outputs, store and input offsets, and what follows if the
//! broker's answer to a commit is lost.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use kafka_flush::flush;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::DeliveryResult;
use rdkafka::producer::{Producer, ProducerContext};
use rdkafka::{Offset, TopicPartitionList};
use topics::codec::record::Outgoing;

use crate::kafka::client::convert;
use crate::kafka::client::log_lines::limits_log_lines;
use crate::kafka::client::polled_producer::PolledProducer;
use crate::kafka::client::watchdog::Watchdog;
use crate::kafka::{Installation, LogError, MAX_OUTAGE, REQUEST_TIMEOUT, retry_until};

/// How long one call of the client waits before it is repeated.
const CALL: Duration = Duration::from_secs(5);
/// How long to send what fills the client's queue before the next record is tried again.
const MAKE_SPACE: Duration = Duration::from_millis(100);
/// How long the client collects records before it sends them by itself. The end of a transaction sends them
/// at once. In a batch that the client sends earlier, whatever waits behind it makes librdkafka's thread go
/// round over all partitions until the broker has answered (docs/performance.md).
const LINGER_MS: &str = "1000";

/// How a transaction ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// The transaction was committed.
    Committed,
    /// Aborted: nothing of it is visible to readers of committed records.
    Aborted {
        /// The error that made it abort.
        why: String,
        /// Whether a retry can succeed.
        cause: AbortCause,
    },
    /// The answer was lost: the committed offsets show the outcome. The producer has been replaced.
    Unknown(String),
}

/// What made a transaction abort.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AbortCause {
    /// The broker refuses one of the records, each time that it is sent.
    RefusedRecord,
    /// The group has given the partitions away, for instance after an outage in which nothing was polled.
    LostMembership,
    /// Anything else: a retry may succeed.
    Other,
}

impl AbortCause {
    /// The cause of an abort after `error`.
    pub(crate) fn of(error: &KafkaError) -> Self {
        if is_refusal(error) { Self::RefusedRecord } else { Self::Other }
    }
}

/// Remembers why a record of a transaction was not delivered. A refused record takes precedence over errors
/// that a retry may overcome.
#[derive(Default)]
pub(super) struct TransactionReports(Mutex<Option<(String, AbortCause)>>);

impl TransactionReports {
    fn take(&self) -> Option<(String, AbortCause)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Whether the broker refuses a record because of its content or size, each time that it is sent.
fn is_refusal(error: &KafkaError) -> bool {
    use RDKafkaErrorCode::{
        InvalidMessage, InvalidMessageSize, InvalidRecord, InvalidTimestamp, MessageSizeTooLarge,
    };
    let codes = [InvalidMessage, InvalidMessageSize, InvalidRecord, InvalidTimestamp, MessageSizeTooLarge];
    error.rdkafka_error_code().is_some_and(|code| codes.contains(&code))
}

/// Whether the broker says that the consumer is no member of its group any more.
fn is_lost(code: RDKafkaErrorCode) -> bool {
    matches!(code, RDKafkaErrorCode::UnknownMemberId | RDKafkaErrorCode::IllegalGeneration)
}

limits_log_lines!(TransactionReports);

impl ProducerContext for TransactionReports {
    type DeliveryOpaque = ();
    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        if let Err((error, _)) = result {
            let cause = AbortCause::of(error);
            let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let overrides = |noted| cause == AbortCause::RefusedRecord && noted == AbortCause::Other;
            if noted.as_ref().is_none_or(|(_, noted)| overrides(*noted)) {
                *noted = Some((error.to_string(), cause));
            }
        }
    }
}

/// A transactional producer with a fixed transactional id.
pub(crate) struct Transactions {
    producer: PolledProducer<TransactionReports>,
    installation: Installation,
    id: String,
    watchdog: Watchdog,
    /// Topic names as the broker knows them.
    names: BTreeMap<&'static str, String>,
}

/// A producer that has taken over the transactional id: an open transaction of an earlier holder is aborted,
/// and the holder is fenced.
pub(super) fn connect(
    installation: &Installation,
    id: &str,
) -> Result<PolledProducer<TransactionReports>, LogError> {
    let mut config = installation.producer();
    config.set("transactional.id", id);
    config.set("transaction.timeout.ms", "5000");
    config.set("message.timeout.ms", "5000");
    config.set("queue.buffering.max.messages", "200000");
    config.set("linger.ms", LINGER_MS);
    // The number of records in flight shows the successes, so only failures are reported.
    config.set("delivery.report.only.error", "true");
    let producer = PolledProducer::new(&config, TransactionReports::default())?;
    producer
        .init_transactions(Duration::from_secs(30))
        .map_err(LogError::client(format!("taking over the transactional id {id}")))?;
    Ok(producer)
}

/// The same, for as long as the broker is away.
fn connect_patiently(
    installation: &Installation,
    id: &str,
    watchdog: &Watchdog,
) -> Result<PolledProducer<TransactionReports>, LogError> {
    loop {
        match connect(installation, id) {
            Err(error) if error.may_pass() && !watchdog.gives_up() => {
                tracing::warn!(id, %error, "waits for the broker to take over the transactional id");
            }
            connected => return connected,
        }
    }
}

/// Aborts the transaction that a dead process left open under the transactional id `id`.
pub(crate) fn fence(installation: &Installation, id: &str) -> Result<(), LogError> {
    connect(installation, id).map(drop)
}

impl Transactions {
    /// Takes over the transactional id.
    pub(crate) fn new(installation: &Installation, id: String, watchdog: Watchdog) -> Result<Self, LogError> {
        let producer = watchdog.watch(|| connect_patiently(installation, &id, &watchdog))?;
        Ok(Self { producer, installation: installation.clone(), id, watchdog, names: BTreeMap::new() })
    }

    /// The transactional id of the producer.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// The offsets that the consumer's group has committed, asked for as long as the broker is away: nothing
    /// else can be done while the outcome of a transaction is unknown.
    pub(crate) fn outcome<C: ConsumerContext>(
        &self,
        consumer: &BaseConsumer<C>,
        topic: &str,
        partitions: impl Iterator<Item = u32>,
    ) -> Result<BTreeMap<u32, i64>, LogError> {
        let is_over = || self.watchdog.gives_up();
        self.watchdog.watch(|| committed_until(is_over, consumer, topic, partitions))
    }

    /// Begins a transaction; if this producer was fenced while it was idle, with a new one.
    pub(crate) fn begin(&mut self) -> Result<(), LogError> {
        self.producer.context().take();
        if let Err(error) = self.producer.begin_transaction() {
            tracing::warn!(id = self.id, %error, "a transaction could not be begun: takes the transactional \
                id over again");
            self.renew(error.to_string())?;
            self.producer.begin_transaction().map_err(LogError::client("beginning a transaction"))?;
        }
        Ok(())
    }

    /// Hands a record to the client.
    pub(crate) fn send(&mut self, record: &Outgoing) -> Result<(), KafkaError> {
        let topic =
            self.names.entry(record.topic).or_insert_with(|| self.installation.topic(record.topic)).as_str();
        let mut base = convert::outgoing(record, topic, ());
        loop {
            match self.producer.send(base) {
                Ok(()) => return Ok(()),
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), again)) => {
                    flush(&*self.producer, MAKE_SPACE);
                    base = again;
                }
                Err((error, _)) => return Err(error),
            }
        }
    }

    /// Ends the transaction with the input offsets `next` of the consumer's group.
    pub(crate) fn end<C: ConsumerContext>(
        &mut self,
        consumer: &BaseConsumer<C>,
        next: &TopicPartitionList,
    ) -> Result<Ending, LogError> {
        let watchdog = self.watchdog.clone();
        watchdog.watch(|| self.flush_and_commit(consumer, next))
    }

    fn flush_and_commit<C: ConsumerContext>(
        &mut self,
        consumer: &BaseConsumer<C>,
        next: &TopicPartitionList,
    ) -> Result<Ending, LogError> {
        // `commit_transaction` polls for 100 ms while records are in flight, so it is called when none are.
        while !flush(&*self.producer, CALL) && !self.watchdog.hangs() {}
        if let Some((why, cause)) = self.producer.context().take() {
            return self.abort(why, cause);
        }
        let Some(member) = consumer.group_metadata() else {
            return self.abort("the consumer has no group".to_owned(), AbortCause::Other);
        };
        let offsets = |limit| self.producer.send_offsets_to_transaction(next, &member, limit);
        let commit = |limit| self.producer.commit_transaction(limit);
        match self.until_it_returns(offsets).and_then(|()| self.until_it_returns(commit)) {
            Ok(()) => Ok(Ending::Committed),
            Err(error) => self.failed(&error),
        }
    }

    /// Repeats a call of the client while the broker is not available. Gives it up, with the error of its
    /// time-out, if it does not return although the broker answers: after a long outage librdkafka may wait
    /// without end, for instance in an abort after it was fenced.
    fn until_it_returns(&self, call: impl Fn(Duration) -> Result<(), KafkaError>) -> Result<(), KafkaError> {
        loop {
            match call(CALL) {
                Err(KafkaError::Transaction(error))
                    if error.code() == RDKafkaErrorCode::OperationTimedOut && !self.watchdog.hangs() => {}
                returned => return returned,
            }
        }
    }

    fn failed(&mut self, error: &KafkaError) -> Result<Ending, LogError> {
        match error {
            KafkaError::Transaction(native) if native.txn_requires_abort() => {
                let cause =
                    if is_lost(native.code()) { AbortCause::LostMembership } else { AbortCause::Other };
                self.abort(native.string(), cause)
            }
            other => self.renew(other.to_string()),
        }
    }

    /// Aborts the open transaction.
    pub(crate) fn abort(&mut self, why: String, cause: AbortCause) -> Result<Ending, LogError> {
        let watchdog = self.watchdog.clone();
        watchdog.watch(|| match self.until_it_returns(|limit| self.producer.abort_transaction(limit)) {
            Ok(()) => Ok(Ending::Aborted { why, cause }),
            Err(error) => self.renew(error.to_string()),
        })
    }

    /// After an error that leaves the outcome open, the state of the client may differ from the broker's: a
    /// new producer with the same id ends the transaction either way.
    fn renew(&mut self, why: String) -> Result<Ending, LogError> {
        self.producer = connect_patiently(&self.installation, &self.id, &self.watchdog)?;
        Ok(Ending::Unknown(why))
    }
}

/// The offsets that the consumer's group has committed, for partitions of `topic`; stable ones only.
pub(crate) fn committed<C: ConsumerContext>(
    consumer: &BaseConsumer<C>,
    topic: &str,
    partitions: impl Iterator<Item = u32>,
) -> Result<BTreeMap<u32, i64>, LogError> {
    let began = Instant::now();
    committed_until(|| began.elapsed() > MAX_OUTAGE, consumer, topic, partitions)
}

fn committed_until<C: ConsumerContext>(
    is_over: impl Fn() -> bool,
    consumer: &BaseConsumer<C>,
    topic: &str,
    partitions: impl Iterator<Item = u32>,
) -> Result<BTreeMap<u32, i64>, LogError> {
    let mut asked = TopicPartitionList::new();
    for partition in partitions {
        asked.add_partition(topic, convert::native(partition));
    }
    let answered = retry_until(is_over, "asking for committed offsets", || {
        // A member that was fenced does not ask its coordinator any more, so no answer would come.
        if let Some((code, _)) = consumer.client().fatal_error() {
            return Err(KafkaError::MessageConsumptionFatal(code));
        }
        consumer.committed_offsets(asked.clone(), REQUEST_TIMEOUT)
    })
    .map_err(LogError::or_fenced)?;
    let mut offsets = BTreeMap::new();
    for element in answered.elements() {
        element.error().map_err(LogError::client(format!(
            "asking for the committed offset of {topic}-{}",
            element.partition()
        )))?;
        if let (Ok(partition), Offset::Offset(offset)) =
            (u32::try_from(element.partition()), element.offset())
        {
            offsets.insert(partition, offset);
        }
    }
    Ok(offsets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_blamed_for_what_it_is_and_not_for_the_brokers_troubles() {
        use RDKafkaErrorCode::{
            BrokerTransportFailure, InvalidRecord, MessageSizeTooLarge, MessageTimedOut, NotEnoughReplicas,
        };
        assert!(
            [MessageSizeTooLarge, InvalidRecord].map(KafkaError::MessageProduction).iter().all(is_refusal)
        );
        let troubles =
            [MessageTimedOut, BrokerTransportFailure, NotEnoughReplicas].map(KafkaError::MessageProduction);
        assert!(!troubles.iter().any(is_refusal));
    }
}
