//! Transactions that hang: their coordinator has ended them, but the partitions were never told. Readers of
//! committed records wait for them without end, and requests for the group's offsets are never answered.
//!
//! Kafka leaves such transactions behind (seen with 4.3.1) when a broker is killed and starts again before
//! its session has expired. The metadata then still name it as the leader, so its coordinator begins to work
//! before it is registered: it aborts what has timed out and cannot reach itself with the markers; as soon as
//! the former session ends, the markers are dropped, and the transaction counts as complete.

use std::time::Duration;

use kafka_flush::flush;
use pipeline::topology::MachineSpec;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::Producer;
use topics::codec::record::Outgoing;

use crate::kafka::client::convert;
use crate::kafka::client::transaction::connect;
use crate::kafka::{Installation, LogError, ReaderContext, ends};

/// How long the records and the abort may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Readers of a machine's partitions, in its group.
pub(crate) struct Readers<'a> {
    /// The reader that sees committed records only.
    pub(crate) committed: &'a BaseConsumer<ReaderContext>,
    /// The reader that sees all records, those of open transactions included.
    pub(crate) uncommitted: &'a BaseConsumer<ReaderContext>,
}

/// Aborts what hangs of a chain of `machine` that used the transactional id `id`: in all partitions that the
/// machine writes to, and in its group. A transaction with the same id that is aborted there ends it.
///
/// All of it must be ended together. The markers of the next transaction end what hangs in the partitions
/// that it happens to touch: if that transaction is committed, it commits the offsets that hang in the group
/// without the records that belong to them.
///
/// # Errors
/// The broker does not answer.
pub(crate) fn end_hanging(
    installation: &Installation,
    machine: &MachineSpec,
    id: &str,
    readers: &Readers<'_>,
) -> Result<(), LogError> {
    let open = open_partitions(installation, machine, readers)?;
    tracing::warn!(machine = machine.name, id, partitions = open.len(), "ends a transaction that hangs");
    let producer = connect(installation, id)?;
    let doing = || LogError::client(format!("ending a transaction of {id} that hangs"));
    producer.begin_transaction().map_err(doing())?;
    for (topic, partition) in open {
        let record = Outgoing { topic, partition, key: "hangs".to_owned(), headers: Vec::new(), value: None };
        let name = installation.topic(topic);
        let sent = producer.send(convert::outgoing(&record, &name, ()));
        sent.map_err(|(error, _)| doing()(error))?;
    }
    // A partition that the transaction does not touch would go on hanging.
    if !flush(&*producer, PATIENCE) {
        return Err(doing()(KafkaError::Flush(RDKafkaErrorCode::OperationTimedOut)));
    }
    if let Some(member) = readers.committed.group_metadata() {
        let log = installation.topic(machine.log.name);
        let offsets = convert::positions(&log, (0..installation.partitions).map(|partition| (partition, 0)));
        producer.send_offsets_to_transaction(&offsets, &member, PATIENCE).map_err(doing())?;
    }
    producer.abort_transaction(PATIENCE).map_err(doing())
}

/// The partitions that the machine writes to and that have records of open transactions.
fn open_partitions(
    installation: &Installation,
    machine: &MachineSpec,
    readers: &Readers<'_>,
) -> Result<Vec<(&'static str, u32)>, LogError> {
    let written = machine.writes.iter().copied().flatten().copied();
    let mut open = Vec::new();
    for spec in written.chain(machine.store).chain([machine.dead_letters]) {
        let topic = installation.topic(spec.name);
        for partition in 0..spec.partitions(installation.partitions) {
            let stable = ends(readers.committed, &topic, partition)?.1;
            if stable < ends(readers.uncommitted, &topic, partition)?.1 {
                open.push((spec.name, partition));
            }
        }
    }
    open.sort_unstable();
    open.dedup();
    Ok(open)
}
