//! Kafka: the runner that drives tasks in transactions, and everything else that touches the broker.
//!
//! One OS thread and one transactional producer per chain ([`runner`]), which also restores partitions;
//! [`admin`] creates topics, checks them against the catalogue and cuts stages out of chains; [`editions`]
//! follows reference data; [`sink_consumer`] feeds stores outside Kafka; [`client`] holds what all of them need,
//! such as the appender for single records.

pub mod admin;
pub mod client;
pub mod editions;
pub mod runner;
pub mod sink_consumer;

use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::KafkaError;
use rdkafka::types::RDKafkaErrorCode;

use crate::kafka::client::log_lines::says_little;

/// How to reach the broker, and under which names.
#[derive(Clone, Debug)]
pub struct Installation {
    /// `host:port`, comma-separated.
    pub brokers: String,
    /// What stands before the name of every topic, group and transactional id; may be empty.
    pub prefix: String,
    /// How many partitions logs and stores have. Final.
    pub partitions: u32,
}

impl Installation {
    /// The topic `name` as the broker knows it.
    pub fn topic(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// What every client is configured with.
    fn client(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.brokers);
        config.set("client.id", "trust-engine");
        config.set("topic.metadata.refresh.interval.ms", "60000");
        config.set("reconnect.backoff.max.ms", "1000");
        config
    }

    /// A consumer without a group: reads where it is told to.
    fn reader(&self, isolation: &str) -> ClientConfig {
        let mut config = self.client();
        config.set("group.id", format!("{}reader", self.prefix));
        config.set("enable.auto.commit", "false");
        config.set("auto.offset.reset", "error");
        config.set("isolation.level", isolation);
        config.set("fetch.wait.max.ms", "50");
        config
    }

    /// A producer that keeps order and doubles nothing.
    fn producer(&self) -> ClientConfig {
        let mut config = self.client();
        config.set("enable.idempotence", "true");
        config.set("acks", "all");
        config.set("compression.type", "lz4");
        config.set("partitioner", "murmur2_random");
        // Larger than any topic takes: the broker's limit per topic decides, not the client's.
        config.set("message.max.bytes", "8000000");
        config.set("linger.ms", "1");
        config
    }
}

/// A client that only reads.
pub(crate) struct Quiet;

says_little!(Quiet);

impl ConsumerContext for Quiet {}

/// The first and the next offset of a partition, as a consumer of its isolation level sees them.
fn ends<C: ConsumerContext>(
    consumer: &BaseConsumer<C>,
    topic: &str,
    partition: u32,
) -> Result<(i64, i64), LogError> {
    let question = || consumer.fetch_watermarks(topic, client::convert::native(partition), ASK);
    patiently(&format!("asking for the ends of {topic}-{partition}"), question)
}

/// Asks the broker again for as long as it may be that it only restarts, or that a partition only has no
/// leader yet.
fn patiently<T>(doing: &str, question: impl Fn() -> Result<T, KafkaError>) -> Result<T, LogError> {
    let began = Instant::now();
    loop {
        match question() {
            Ok(answer) => return Ok(answer),
            Err(error) if began.elapsed() > OUTAGE || !may_pass(&error) => {
                return Err(LogError::Client { doing: doing.to_owned(), error });
            }
            Err(error) => {
                tracing::warn!(doing, %error, "asks the broker again");
                std::thread::sleep(Duration::from_millis(200));
            }
        }
    }
}

fn may_pass(error: &KafkaError) -> bool {
    use RDKafkaErrorCode as Code;
    let codes = [
        Code::AllBrokersDown,
        Code::BrokerTransportFailure,
        Code::CoordinatorLoadInProgress,
        Code::CoordinatorNotAvailable,
        Code::LeaderNotAvailable,
        Code::NotCoordinator,
        Code::NotLeaderForPartition,
        Code::OperationTimedOut,
        Code::RequestTimedOut,
        Code::Resolve,
        Code::UnknownPartition,
        Code::UnknownTopic,
        Code::UnknownTopicOrPartition,
        Code::UnstableOffsetCommit,
        Code::WaitingForCoordinator,
    ];
    error.rdkafka_error_code().is_some_and(|code| codes.contains(&code))
}

/// A wait for the client's poll: it counts whole milliseconds, and spends what is left of one with looking at
/// the clock.
fn whole_millis(wait: Duration) -> Duration {
    Duration::from_millis(u64::try_from(wait.as_micros().div_ceil(1000)).unwrap_or(u64::MAX))
}

/// How long one answer of the broker may take.
const ASK: Duration = Duration::from_secs(10);
/// How long a broker may be away before a question to it counts as failed.
const OUTAGE: Duration = Duration::from_secs(60);

/// The log cannot be used as it should be.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The client's words.
    #[error("kafka, {doing}: {error}")]
    Client {
        /// What it was asked for.
        doing: String,
        /// What it said.
        error: KafkaError,
    },
    /// A task cannot go on.
    #[error("{chain}, partition {partition}: {fault}")]
    Task {
        /// Its chain.
        chain: &'static str,
        /// Its partition.
        partition: u32,
        /// Why.
        fault: pipeline::engine::task::Fault,
    },
    /// The group took somebody else for this member: another process of the same name, or, after an outage,
    /// itself.
    #[error(
        "another member of the group has this one's name: is there a process with the same HOST_NAME and another STATE_DIR?"
    )]
    Fenced,
    /// Something that no program can judge: a person has to look. Nothing was committed.
    #[error("{0}")]
    Alarm(String),
    /// It was asked to stop while it waited for something: no fault.
    #[error("was asked to stop")]
    Stopped,
    /// The topics are not as the catalogue says.
    #[error("{0}")]
    Topics(String),
}

impl LogError {
    fn client(doing: impl Into<String>) -> impl FnOnce(KafkaError) -> Self {
        let doing = doing.into();
        move |error| Self::Client { doing, error }
    }
}
