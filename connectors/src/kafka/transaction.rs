//! One chain's transactions: outputs, store and input offsets together, or not at all; and what to do when the broker's
//! answer is not known.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::DeliveryResult;
use rdkafka::producer::{Producer, ProducerContext, ThreadedProducer};
use rdkafka::util::Timeout;
use rdkafka::{ClientContext, Offset, TopicPartitionList};
use topics::record::Outgoing;

use super::watchdog::Watchdog;
use super::{ASK, Installation, LogError, wire};

/// How a transaction ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// Committed.
    Committed,
    /// Aborted: nothing of it is there.
    Aborted(String),
    /// The answer was lost: the committed offsets tell. The producer is a new one already.
    Unknown(String),
}

/// Remembers the first record of a transaction that the broker refused.
#[derive(Default)]
struct Reports(Mutex<Option<String>>);

impl ClientContext for Reports {}

impl ProducerContext for Reports {
    type DeliveryOpaque = ();
    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        if let Err((error, _)) = result {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(|| error.to_string());
        }
    }
}

/// A transactional producer under a name that it keeps.
pub(super) struct Transactions {
    producer: ThreadedProducer<Reports>,
    installation: Installation,
    id: String,
    watchdog: Watchdog,
    /// Topic names as the broker knows them.
    names: BTreeMap<&'static str, String>,
}

fn connect(installation: &Installation, id: &str) -> Result<ThreadedProducer<Reports>, LogError> {
    let mut config = installation.producer();
    config.set("transactional.id", id);
    config.set("transaction.timeout.ms", "5000");
    config.set("message.timeout.ms", "5000");
    config.set("queue.buffering.max.messages", "200000");
    let producer: ThreadedProducer<Reports> =
        config.create_with_context(Reports::default()).map_err(LogError::client("making a transactional producer"))?;
    producer.init_transactions(Duration::from_secs(30)).map_err(LogError::client(format!("taking over the transactional id {id}")))?;
    Ok(producer)
}

/// Ends whatever a dead process left open under the transactional id `id`.
pub(super) fn fence(installation: &Installation, id: &str) -> Result<(), LogError> {
    connect(installation, id).map(drop)
}

impl Transactions {
    /// Takes over the transactional id: what an earlier holder left open is aborted, and the holder is fenced.
    pub(super) fn new(installation: &Installation, id: String, watchdog: Watchdog) -> Result<Self, LogError> {
        let producer = watchdog.watch(|| connect(installation, &id))?;
        Ok(Self { producer, installation: installation.clone(), id, watchdog, names: BTreeMap::new() })
    }

    /// The transactional id.
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn begin(&self) -> Result<(), KafkaError> {
        self.producer.context().0.lock().unwrap_or_else(PoisonError::into_inner).take();
        self.producer.begin_transaction()
    }

    /// Hands a record to the client.
    pub(super) fn send(&mut self, record: &Outgoing) -> Result<(), KafkaError> {
        let topic = self.names.entry(record.topic).or_insert_with(|| self.installation.topic(record.topic)).as_str();
        let mut base = wire::outgoing(record, topic, ());
        loop {
            match self.producer.send(base) {
                Ok(()) => return Ok(()),
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), again)) => {
                    self.producer.poll(Duration::from_millis(1));
                    base = again;
                }
                Err((error, _)) => return Err(error),
            }
        }
    }

    /// Ends the transaction with the input offsets `next` of the consumer's group.
    pub(super) fn end<C: ConsumerContext>(&mut self, consumer: &BaseConsumer<C>, next: &TopicPartitionList) -> Result<Ending, LogError> {
        let watchdog = self.watchdog.clone();
        watchdog.watch(|| {
            // `commit_transaction` polls for 100 ms with messages in flight; so none are when it is called.
            while self.producer.in_flight_count() > 0 {
                self.producer.poll(Duration::from_millis(1));
            }
            let refused = self.producer.context().0.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(why) = refused {
                return self.abort(why);
            }
            let Some(member) = consumer.group_metadata() else { return self.abort("the consumer has no group".to_owned()) };
            if let Err(error) = self.producer.send_offsets_to_transaction(next, &member, Timeout::Never) {
                return self.failed(&error);
            }
            match self.producer.commit_transaction(Timeout::Never) {
                Ok(()) => Ok(Ending::Committed),
                Err(error) => self.failed(&error),
            }
        })
    }

    fn failed(&mut self, error: &KafkaError) -> Result<Ending, LogError> {
        match error {
            KafkaError::Transaction(native) if native.txn_requires_abort() => self.abort(native.string()),
            other => self.renew(other.to_string()),
        }
    }

    /// Aborts the open transaction.
    pub(super) fn abort(&mut self, why: String) -> Result<Ending, LogError> {
        match self.producer.abort_transaction(Timeout::Never) {
            Ok(()) => Ok(Ending::Aborted(why)),
            Err(error) => self.renew(error.to_string()),
        }
    }

    /// After an indefinite error the client's view may be torn from the broker's: a new one under the same id settles it.
    fn renew(&mut self, why: String) -> Result<Ending, LogError> {
        self.producer = connect(&self.installation, &self.id)?;
        Ok(Ending::Unknown(why))
    }
}

/// The offsets that the consumer's group has committed, for partitions of `topic`; stable ones only.
pub(super) fn committed<C: ConsumerContext>(
    consumer: &BaseConsumer<C>,
    topic: &str,
    partitions: impl Iterator<Item = u32>,
) -> Result<BTreeMap<u32, i64>, LogError> {
    let mut asked = TopicPartitionList::new();
    for partition in partitions {
        asked.add_partition(topic, wire::native(partition));
    }
    let answered = consumer.committed_offsets(asked, ASK).map_err(LogError::client("asking for committed offsets"))?;
    let mut offsets = BTreeMap::new();
    for element in answered.elements() {
        element.error().map_err(LogError::client(format!("asking for the committed offset of {topic}-{}", element.partition())))?;
        if let (Ok(partition), Offset::Offset(offset)) = (u32::try_from(element.partition()), element.offset()) {
            offsets.insert(partition, offset);
        }
    }
    Ok(offsets)
}
