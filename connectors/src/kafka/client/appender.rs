//! Appends records outside of transactions: webhooks, ticks, outcomes, commands.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::DeliveryResult;
use rdkafka::producer::{Producer, ProducerContext};
use topics::codec::record::Outgoing;
use topics::values::time::Time;

use crate::append::{Append, AppendError};
use crate::kafka::client::broker_clock::{BrokerClocks, SentAt};
use crate::kafka::client::convert;
use crate::kafka::client::log_lines::limits_log_lines;
use crate::kafka::client::polled_producer::PolledProducer;
use crate::kafka::{Installation, LogError};

/// How long to wait for the broker until a record counts as failed.
const GIVE_UP: Duration = Duration::from_secs(10);

type Acknowledged = tokio::sync::oneshot::Sender<Result<(), String>>;

/// A record in flight.
struct Sent {
    at: SentAt,
    answer: Option<Acknowledged>,
}

struct AppendReports(BrokerClocks);

limits_log_lines!(AppendReports);

impl ProducerContext for AppendReports {
    type DeliveryOpaque = Box<Sent>;
    fn delivery(&self, result: &DeliveryResult<'_>, sent: Self::DeliveryOpaque) {
        if let Ok(message) = result {
            self.0.observe(message, sent.at);
        }
        if let Some(answer) = sent.answer {
            // The send fails if the caller no longer waits.
            let _ = answer.send(result.as_ref().map(|_| ()).map_err(|(error, _)| error.to_string()));
        }
    }
}

/// Appends records outside of transactions. Clones share one client.
#[derive(Clone)]
pub struct Appender {
    producer: Arc<RwLock<AppendProducer>>,
    installation: Installation,
    clocks: BrokerClocks,
}

type AppendProducer = Arc<PolledProducer<AppendReports>>;

fn connect(installation: &Installation, clocks: &BrokerClocks) -> Result<AppendProducer, LogError> {
    let mut config = installation.producer();
    config.set("message.timeout.ms", GIVE_UP.as_millis().to_string());
    PolledProducer::new(&config, AppendReports(clocks.clone())).map(Arc::new)
}

impl Appender {
    /// Makes an appender with a client of its own.
    ///
    /// # Errors
    /// The client cannot be made.
    pub fn new(installation: &Installation) -> Result<Self, LogError> {
        let clocks = BrokerClocks::default();
        Ok(Self {
            producer: Arc::new(RwLock::new(connect(installation, &clocks)?)),
            installation: installation.clone(),
            clocks,
        })
    }

    /// The clocks of the brokers, by the records that they have acknowledged.
    pub(crate) fn broker_clocks(&self) -> &BrokerClocks {
        &self.clocks
    }

    /// The client; a new one if the last has had a fatal error, after which it refuses all records.
    fn client(&self) -> AppendProducer {
        let client = self.producer.read().unwrap_or_else(PoisonError::into_inner).clone();
        let Some((_, why)) = client.client().fatal_error() else { return client };
        let mut shared = self.producer.write().unwrap_or_else(PoisonError::into_inner);
        if Arc::ptr_eq(&shared, &client) {
            tracing::error!(why, "the producer cannot go on: makes a new one");
            match connect(&self.installation, &self.clocks) {
                Ok(new) => *shared = new,
                Err(error) => tracing::error!(%error, "there is no new producer"),
            }
        }
        shared.clone()
    }

    /// Hands a record over without waiting for the broker, whose result goes to `answer`.
    fn hand_over(&self, record: &Outgoing, answer: Option<Acknowledged>) -> Result<(), KafkaError> {
        let topic = self.installation.topic(record.topic);
        let client = self.client();
        let deadline = Instant::now() + GIVE_UP;
        let mut base = convert::outgoing(record, &topic, Box::new(Sent { at: SentAt::now(), answer }));
        loop {
            match client.send(base) {
                Ok(()) => return Ok(()),
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), again))
                    if Instant::now() < deadline =>
                {
                    std::thread::sleep(Duration::from_millis(1));
                    base = again;
                }
                Err((error, _)) => return Err(error),
            }
        }
    }

    /// Appends a record and does not wait; a record that is lost must be appended again by the caller
    /// (ticks).
    pub fn append_and_forget(&self, record: &Outgoing) {
        if let Err(error) = self.hand_over(record, None) {
            tracing::warn!(topic = record.topic, %error, "a record was not handed over");
        }
    }

    /// Waits until the broker has answered for all records that were handed over, at most 10 s.
    pub fn flush(&self) {
        if let Err(error) = self.client().flush(GIVE_UP) {
            tracing::warn!(%error, "records were not flushed");
        }
    }
}

impl Append for Appender {
    fn append(&self, record: Outgoing) -> Pin<Box<dyn Future<Output = Result<(), AppendError>> + Send + '_>> {
        Box::pin(async move {
            let topic = record.topic;
            let failed = |why: String| AppendError { topic, why };
            let (sender, receiver) = tokio::sync::oneshot::channel();
            self.hand_over(&record, Some(sender)).map_err(|error| failed(error.to_string()))?;
            receiver.await.map_err(|_| failed("the client was closed".to_owned()))?.map_err(failed)
        })
    }

    fn clock_ahead(&self) -> Option<i64> {
        self.clocks.last_difference().map(|millis| -millis)
    }

    fn log_time(&self, topic: &'static str, partition: u32) -> Option<Time> {
        self.clocks.now(&self.installation.topic(topic), partition)
    }
}
