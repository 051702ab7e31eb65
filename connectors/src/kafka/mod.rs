//! Kafka: the runner that drives tasks in transactions, and everything else that touches the broker.
//!
//! - [`runner`] runs each chain on one OS thread with one transactional producer, and restores its tasks.
//! - [`sink`] feeds the databases of the sinks.
//! - [`editions`] follows the topic of reference data and of the cut.
//! - [`follow`] hands on the records of topics as they come, for the desk.
//! - [`verify`] compares what must agree, and accounts for messages and commands.
//! - [`status`] collects what the broker shows of an installation.
//! - [`admin`] creates and checks topics, cuts stages out of chains, and reads single tickets.
//! - [`dead_letters`] lists, opens and replays what could not be processed.
//! - [`client`] holds what all of them need: appending, transactions, group membership, reading partitions.

pub mod admin;
pub mod client;
pub mod dead_letters;
pub mod editions;
pub mod follow;
pub mod runner;
pub mod sink;
pub mod status;
pub mod verify;

use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::KafkaError;
use rdkafka::types::RDKafkaErrorCode;

use crate::kafka::client::log_lines::limits_log_lines;

/// The broker's addresses, and the names that this installation uses on it.
#[derive(Clone, Debug)]
pub struct Installation {
    /// The broker addresses: `host:port`, comma-separated.
    pub brokers: String,
    /// The prefix of the name of every topic, group and transactional id; may be empty.
    pub prefix: String,
    /// How many partitions logs and stores have. It cannot be changed after the topics are created.
    pub partitions: u32,
}

impl Installation {
    /// The topic `name` as the broker knows it.
    pub fn topic(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// The settings that all clients share.
    fn client(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.brokers);
        config.set("client.id", "trust-engine");
        config.set("topic.metadata.refresh.interval.ms", "60000");
        config.set("reconnect.backoff.max.ms", "1000");
        config
    }

    /// Settings of a consumer that does not join a group and reads the partitions that it is assigned by
    /// hand.
    fn reader(&self, isolation: &str) -> ClientConfig {
        let mut config = self.client();
        config.set("group.id", format!("{}reader", self.prefix));
        config.set("enable.auto.commit", "false");
        config.set("auto.offset.reset", "error");
        config.set("isolation.level", isolation);
        config.set("fetch.wait.max.ms", "50");
        config
    }

    /// Settings of an idempotent producer.
    fn producer(&self) -> ClientConfig {
        let mut config = self.client();
        config.set("enable.idempotence", "true");
        config.set("acks", "all");
        config.set("compression.type", "lz4");
        config.set("partitioner", "murmur2_random");
        // Larger than the limit of any topic: the broker's limit per topic decides, not the client's.
        config.set("message.max.bytes", "8000000");
        config.set("linger.ms", "1");
        config
    }
}

/// The context of a client that only reads.
pub(crate) struct ReaderContext;

limits_log_lines!(ReaderContext);

impl ConsumerContext for ReaderContext {}

/// The first and the next offset of a partition, as a consumer of its isolation level sees them.
fn ends<C: ConsumerContext>(
    consumer: &BaseConsumer<C>,
    topic: &str,
    partition: u32,
) -> Result<(i64, i64), LogError> {
    let question = || consumer.fetch_watermarks(topic, client::convert::native(partition), REQUEST_TIMEOUT);
    with_retries(&format!("asking for the ends of {topic}-{partition}"), question)
}

/// Retries a request while the broker may be restarting, or a partition may be without a leader, for a
/// limited time.
fn with_retries<T>(doing: &str, question: impl Fn() -> Result<T, KafkaError>) -> Result<T, LogError> {
    let began = Instant::now();
    retry_until(|| began.elapsed() > MAX_OUTAGE, doing, question)
}

/// Retries a request while the broker may be restarting, or a partition may be without a leader, until
/// `is_over`.
fn retry_until<T>(
    is_over: impl Fn() -> bool,
    doing: &str,
    question: impl Fn() -> Result<T, KafkaError>,
) -> Result<T, LogError> {
    loop {
        match question() {
            Ok(answer) => return Ok(answer),
            Err(error) if is_over() || !may_pass(&error) => {
                return Err(LogError::Client { doing: doing.to_owned(), error });
            }
            Err(error) => {
                tracing::warn!(doing, %error, "asks the broker again");
                std::thread::sleep(Duration::from_millis(200));
            }
        }
    }
}

/// Whether a broker that restarts, or a partition that gets another leader, may be the cause: what Kafka's
/// protocol calls retriable, and what the client says while it has no connection.
fn may_pass(error: &KafkaError) -> bool {
    use RDKafkaErrorCode as Code;
    let codes = [
        Code::AllBrokersDown,
        Code::BrokerNotAvailable,
        Code::BrokerTransportFailure,
        Code::CoordinatorLoadInProgress,
        Code::CoordinatorNotAvailable,
        Code::FencedLeaderEpoch,
        Code::KafkaStorageError,
        Code::LeaderNotAvailable,
        Code::ListenerNotFound,
        Code::NetworkException,
        Code::NotCoordinator,
        Code::NotLeaderForPartition,
        Code::OffsetNotAvailable,
        Code::OperationTimedOut,
        Code::RequestTimedOut,
        Code::Resolve,
        Code::UnknownLeaderEpoch,
        Code::UnknownPartition,
        Code::UnknownTopic,
        Code::UnknownTopicOrPartition,
        Code::UnstableOffsetCommit,
        Code::WaitingForCoordinator,
    ];
    let code = match error {
        // The client leaves this code out of `rdkafka_error_code`.
        KafkaError::AdminOp(code) => Some(*code),
        _ => error.rdkafka_error_code(),
    };
    code.is_some_and(|code| codes.contains(&code))
}

/// A timeout for the client's poll, rounded up to whole milliseconds: with a fraction of one the client would
/// spin.
fn whole_millis(wait: Duration) -> Duration {
    Duration::from_millis(u64::try_from(wait.as_micros().div_ceil(1000)).unwrap_or(u64::MAX))
}

/// The timeout of one request to the broker.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// How long requests to an unavailable broker are retried with the same client. A client whose requests are
/// not answered for longer may be what is at fault, so the caller goes on with a new one.
const MAX_OUTAGE: Duration = Duration::from_secs(30);

/// Why a part that uses Kafka cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The Kafka client returned an error.
    #[error("kafka, {doing}: {error}")]
    Client {
        /// The operation that failed, as in "making a consumer".
        doing: String,
        /// The error of the client.
        error: KafkaError,
    },
    /// A task cannot go on.
    #[error("{chain}, partition {partition}: {fault}")]
    Task {
        /// The name of the task's chain.
        chain: &'static str,
        /// The partition of the task.
        partition: u32,
        /// Why the task cannot go on.
        fault: pipeline::engine::task::Fault,
    },
    /// Another member joined the group with this one's `group.instance.id`: another process with the same
    /// name, or, after an outage of the broker, this process itself.
    #[error(
        "another member of the group has this one's name: is there a process with the same HOST_NAME and \
         another STATE_DIR?"
    )]
    Fenced,
    /// The producer of a chain could commit nothing for a while, although the broker answers. A new one is
    /// made when the chain is started again.
    #[error("no transaction could be committed for 30 s although the broker answers, at last: {why}")]
    ProducerFails {
        /// Why the last transaction was aborted.
        why: String,
    },
    /// A state that needs an operator's decision. Nothing was committed.
    #[error("{0}")]
    Alarm(String),
    /// A stop was requested while it waited; this is not a failure.
    #[error("was asked to stop")]
    Stopped,
    /// The topics differ from the catalogue, or an operation on topics was refused.
    #[error("{0}")]
    Topics(String),
}

impl LogError {
    fn client(doing: impl Into<String>) -> impl FnOnce(KafkaError) -> Self {
        let doing = doing.into();
        move |error| Self::Client { doing, error }
    }

    /// [`LogError::Fenced`] if that is what the error of the client means, and otherwise the same error.
    fn or_fenced(self) -> Self {
        let fenced = KafkaError::MessageConsumptionFatal(RDKafkaErrorCode::FencedInstanceId);
        if matches!(&self, Self::Client { error, .. } if *error == fenced) { Self::Fenced } else { self }
    }

    /// Whether the cause is a broker that may answer later: it restarts, or a partition has no leader.
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Client { error, .. } if may_pass(error))
    }
}
