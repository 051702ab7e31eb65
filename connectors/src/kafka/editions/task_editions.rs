//! Which edition each partition of each machine is at, from the row that its task writes last in every
//! transaction.

use std::collections::BTreeMap;

use rdkafka::Offset;
use topics::catalogue::CATALOGUE;

use crate::kafka::client::partition_reader::{partition_reader, task_rows};
use crate::kafka::{Installation, LogError, REQUEST_TIMEOUT};

/// How far before a store's end its task's row is looked for: it is the last record of the last transaction.
const NEAR: i64 = 1_000;

/// The edition of each partition of each store; `None` if its task row is not near the end.
type InForce = BTreeMap<&'static str, BTreeMap<u32, Option<u32>>>;

/// Reads the edition of each partition from the task rows in the stores.
///
/// # Errors
/// The broker does not answer.
pub fn in_force(installation: &Installation) -> Result<InForce, LogError> {
    let consumer = partition_reader(installation, "reader", "read_committed")?;
    let mut found = InForce::new();
    for store in CATALOGUE.iter().map(|topic| topic.spec).filter(|spec| spec.is_store()) {
        let partitions = 0..store.partitions(installation.partitions);
        let editions: &mut BTreeMap<_, _> = found.entry(store.name).or_default();
        editions.extend(partitions.clone().map(|partition| (partition, None)));
        let from = partitions.map(|partition| (partition, Offset::OffsetTail(NEAR))).collect();
        let rows = task_rows(installation, &consumer, store, from, REQUEST_TIMEOUT)?;
        editions.extend(rows.into_iter().map(|(partition, row)| (partition, Some(row.edition))));
    }
    Ok(found)
}
