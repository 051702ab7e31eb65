//! Membership in a consumer group: partitions come and go on the polling thread, between transactions or
//! batches.

use std::sync::{Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::KafkaError;
use rdkafka::types::{RDKafkaErrorCode, RDKafkaRespErr};
use rdkafka::{Offset, TopicPartitionList};

use crate::kafka::LogError;
use crate::kafka::client::convert;
use crate::kafka::client::log_lines::{self, limits_log_lines};

/// How long the client may take to seek partitions.
const SEEK: Duration = Duration::from_secs(10);
/// How long leaving the group, and closing the consumer, may take.
const LEAVE: Duration = Duration::from_secs(5);
/// How long the client is polled so that it tells the group that it leaves.
const GOODBYE: Duration = Duration::from_millis(100);

/// A change of the assignment by a rebalance.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Rebalance {
    /// These partitions were assigned; they are paused until [`resume_at`].
    Assigned(Vec<u32>),
    /// These partitions were revoked.
    Revoked(Vec<u32>),
    /// The client could not apply the change; the error of the client.
    Failed(String),
}

/// Collects the changes of rebalances, which the member reads after each poll.
#[derive(Default)]
pub(crate) struct Membership(Mutex<Vec<Rebalance>>);

impl Membership {
    /// The changes since the last call.
    pub(crate) fn changes(&self) -> Vec<Rebalance> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn note(&self, change: Rebalance) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(change);
    }
}

limits_log_lines!(Membership);

impl ConsumerContext for Membership {
    /// The chain polls only outside of transactions, so a revocation never meets an open one.
    fn rebalance(
        &self,
        consumer: &BaseConsumer<Self>,
        code: RDKafkaRespErr,
        partitions: &mut TopicPartitionList,
    ) {
        let numbers = partitions
            .elements()
            .iter()
            .filter_map(|element| u32::try_from(element.partition()).ok())
            .collect();
        let followed: Result<(), KafkaError> = match code {
            RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS => {
                // The group's offsets do not decide where to begin: the owner seeks after it has restored a
                // partition. Without an explicit offset, a partition whose committed offset cannot be fetched
                // would stall silently.
                let placed = partitions.set_all_offsets(Offset::Beginning);
                let followed = placed
                    .and_then(|()| consumer.incremental_assign(partitions))
                    .and_then(|()| consumer.pause(partitions));
                self.note(Rebalance::Assigned(numbers));
                followed
            }
            _ => {
                self.note(Rebalance::Revoked(numbers));
                consumer.incremental_unassign(partitions)
            }
        };
        if let Err(error) = followed {
            self.note(Rebalance::Failed(error.to_string()));
        }
    }
}

/// Seeks assigned partitions to their positions, whatever was read of them before, and resumes them.
pub(crate) fn resume_at(
    consumer: &BaseConsumer<Membership>,
    positions: &TopicPartitionList,
) -> Result<(), LogError> {
    if positions.count() == 0 {
        return Ok(());
    }
    let doing = || format!("going on with {} partitions", positions.count());
    let deadline = Instant::now() + SEEK;
    loop {
        let sought = consumer.seek_partitions(positions.clone(), Duration::from_secs(5));
        match sought.and_then(|list| list.elements().iter().try_for_each(|element| element.error())) {
            Ok(()) => break,
            // The client has not begun to fetch one of them yet.
            Err(_) if Instant::now() < deadline => std::thread::sleep(Duration::from_millis(5)),
            Err(error) => return Err(LogError::Client { doing: doing(), error }),
        }
    }
    consumer.resume(positions).map_err(LogError::client(doing()))
}

/// Pauses a partition until [`resume_at`].
pub(crate) fn pause(
    consumer: &BaseConsumer<Membership>,
    topic: &str,
    partition: u32,
) -> Result<(), LogError> {
    let mut paused = TopicPartitionList::new();
    paused.add_partition(topic, convert::native(partition));
    consumer.pause(&paused).map_err(LogError::client(format!("pausing {topic}-{partition}")))
}

/// Logs errors of the client that are temporary.
///
/// # Errors
/// The error is permanent: the member must end.
pub(crate) fn report(error: KafkaError) -> Result<(), LogError> {
    let ends = matches!(
        error,
        KafkaError::MessageConsumptionFatal(_)
            | KafkaError::MessageConsumption(
                RDKafkaErrorCode::AutoOffsetReset
                    | RDKafkaErrorCode::TopicAuthorizationFailed
                    | RDKafkaErrorCode::GroupAuthorizationFailed
            )
    );
    if ends {
        return Err(LogError::Client { doing: "reading the log".to_owned(), error }.or_fenced());
    }
    log_lines::error(&error, "");
    Ok(())
}

/// Leaves the group, so that other members are assigned the partitions at once.
pub(crate) fn leave(consumer: &BaseConsumer<Membership>) {
    consumer.unsubscribe();
    let began = Instant::now();
    while began.elapsed() < LEAVE && consumer.assignment().is_ok_and(|assignment| assignment.count() > 0) {
        let _ = consumer.poll(Duration::from_millis(20));
    }
    // The client tells the group a moment after the last partition is revoked, and not at all once it is
    // closed.
    let gone = Instant::now();
    while gone.elapsed() < GOODBYE {
        let _ = consumer.poll(Duration::from_millis(20));
    }
}

/// Closes a consumer on a thread of its own: one that hangs in closing must not keep the process alive.
pub(crate) fn close(consumer: BaseConsumer<Membership>) {
    let (closed, wait) = mpsc::channel();
    std::thread::spawn(move || {
        drop(consumer);
        // The send fails if closing took too long and the receiver is gone.
        let _ = closed.send(());
    });
    if wait.recv_timeout(LEAVE).is_err() {
        tracing::warn!("a consumer did not close in time");
    }
}
