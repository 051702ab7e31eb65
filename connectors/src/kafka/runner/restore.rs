//! Rebuilds tasks from their stores, and refuses if log, store and group contradict each other. A task
//! without a store begins at the committed offset of its group.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use pipeline::engine::task::Task;
use pipeline::topology::MachineSpec;
use rdkafka::Offset;
use rdkafka::consumer::BaseConsumer;
use topics::catalogue::TopicSpec;
use topics::codec::record::Incoming;
use topics::codec::task_row::{TaskRow, task_row_key};

use crate::kafka::client::partition_reader::scan;
use crate::kafka::client::transaction::{committed, fence};
use crate::kafka::{Installation, LogError, Quiet, ends};

/// A predecessor that left a transaction open is fenced after this long; one that is alive has committed by
/// then.
const PATIENCE: Duration = Duration::from_secs(1);
/// Longer than the broker keeps any transaction open.
const GIVE_UP: Duration = Duration::from_secs(60);

/// The alarm for a stage without a store whose group has no committed offset.
const FORGOTTEN: &str = "the group has no position, and there is no store that could tell; `topics create --cut` sets one where it \
     cuts, and where it was lost since, `kafka-consumer-groups --reset-offsets` sets it behind the last record that was done";

/// The tasks of a chain, by partition.
pub(crate) type Tasks = BTreeMap<u32, Box<dyn Task>>;

/// Restores partitions of one chain. All partitions share two clients, since each client has threads of its
/// own.
pub(crate) struct Restore<'a> {
    installation: &'a Installation,
    machine: &'static MachineSpec,
    /// The transactional id of this chain, which is not fenced: it may have a transaction open on other
    /// partitions.
    own_id: &'a str,
    /// Reads committed records, in the chain's group.
    committed: BaseConsumer<Quiet>,
    /// Reads all records, those of open transactions included.
    uncommitted: BaseConsumer<Quiet>,
}

impl<'a> Restore<'a> {
    /// Makes the clients.
    pub(crate) fn new(
        installation: &'a Installation,
        group: &str,
        machine: &'static MachineSpec,
        own_id: &'a str,
    ) -> Result<Self, LogError> {
        let reader = |isolation| {
            let mut config = installation.reader(isolation);
            config
                .set("group.id", group)
                .set("enable.partition.eof", "true")
                .set("auto.offset.reset", "earliest");
            config.create_with_context(Quiet).map_err(LogError::client("making a consumer to restore with"))
        };
        let committed = reader("read_committed")?;
        let uncommitted = reader("read_uncommitted")?;
        Ok(Self { installation, machine, own_id, committed, uncommitted })
    }

    /// Brings each new task to the state of its last committed transaction.
    pub(crate) fn run(&self, tasks: &mut Tasks) -> Result<(), LogError> {
        if let Some(store) = self.machine.store {
            self.settle(store, tasks.keys().copied())?;
        }
        let group = committed(
            &self.committed,
            &self.installation.topic(self.machine.log.name),
            tasks.keys().copied(),
        )?;
        let mut rows: BTreeMap<u32, u64> = BTreeMap::new();
        if let Some(store) = self.machine.store {
            self.read(store, &self.committed, &tasks.keys().copied().collect(), |record| {
                *rows.entry(record.partition).or_default() += 1;
                let Some(task) = tasks.get_mut(&record.partition) else { return Ok(()) };
                task.restore(record).map_err(|fault| LogError::Task {
                    chain: self.machine.name,
                    partition: record.partition,
                    fault,
                })
            })?;
        }
        for (partition, task) in tasks {
            let row = Some(task.row()).filter(|row| !row.transactional_id.is_empty());
            let group = group.get(partition).copied();
            let next = match self.machine.store {
                Some(_) => self.judge(*partition, group, row, rows.get(partition).copied().unwrap_or(0))?,
                None => group.ok_or_else(|| self.alarm(*partition, FORGOTTEN))?,
            };
            self.is_there(*partition, next)?;
            task.begin_at(next);
        }
        Ok(())
    }

    fn alarm(&self, partition: u32, what: &str) -> LogError {
        let MachineSpec { name, log, store, .. } = self.machine;
        let store = store.map(|store| format!(", store {}", store.name)).unwrap_or_default();
        LogError::Alarm(format!(
            "{name}: log {}{store}, partition {partition}: {what}; nothing was changed, a person has to look",
            log.name
        ))
    }

    /// The offset at which a task begins. Row and group must agree. If the group's offset has expired, the
    /// row decides. Both are missing only before the first transaction.
    fn judge(
        &self,
        partition: u32,
        group: Option<i64>,
        row: Option<&TaskRow>,
        rows: u64,
    ) -> Result<i64, LogError> {
        Ok(match (row, group) {
            (Some(row), Some(group)) if row.next_offset == group => group,
            (Some(row), None) => row.next_offset,
            (None, None) if rows == 0 => 0,
            (Some(row), Some(group)) => {
                return Err(self.alarm(
                    partition,
                    &format!("the store is at offset {} and the group at {group}", row.next_offset),
                ));
            }
            (None, Some(group)) => {
                return Err(self.alarm(
                    partition,
                    &format!("the group is at offset {group} and the store has no task's row"),
                ));
            }
            (None, None) => {
                return Err(self.alarm(partition, &format!("the store has {rows} records but no task's row")));
            }
        })
    }

    /// Refuses if the next record to be read was deleted.
    fn is_there(&self, partition: u32, next: i64) -> Result<(), LogError> {
        let (low, _) = ends(&self.uncommitted, &self.installation.topic(self.machine.log.name), partition)?;
        if low > next {
            let what = format!(
                "the log begins at offset {low}, but {next} is the next to be read: records were deleted unread"
            );
            return Err(self.alarm(partition, &what));
        }
        Ok(())
    }

    /// Waits until all transactions that were open in the stores at the assignment are committed or aborted.
    fn settle(
        &self,
        spec: &'static TopicSpec,
        partitions: impl Iterator<Item = u32>,
    ) -> Result<(), LogError> {
        let began = Instant::now();
        let store = self.installation.topic(spec.name);
        let mut open: BTreeMap<u32, i64> = BTreeMap::new();
        for partition in partitions {
            open.insert(partition, ends(&self.uncommitted, &store, partition)?.1);
        }
        let mut fenced = false;
        loop {
            let mut still = BTreeMap::new();
            for (partition, end) in open {
                if ends(&self.committed, &store, partition)?.1 < end {
                    still.insert(partition, end);
                }
            }
            let Some(first) = still.keys().next().copied() else { return Ok(()) };
            if began.elapsed() > GIVE_UP {
                return Err(self.alarm(
                    first,
                    "a transaction in the store has neither been committed nor aborted for 60 s",
                ));
            }
            if began.elapsed() > PATIENCE && !fenced {
                fenced = true;
                self.fence_predecessors(spec, &still.keys().copied().collect())?;
            }
            std::thread::sleep(Duration::from_millis(20));
            open = still;
        }
    }

    /// Aborts the open transactions of predecessors: the processes that wrote the tasks' last committed rows,
    /// and those that wrote rows that are not committed. A process that died before it wrote a row and never
    /// committed one is not known here: the broker aborts its transaction within 6 s.
    fn fence_predecessors(
        &self,
        store: &'static TopicSpec,
        partitions: &BTreeSet<u32>,
    ) -> Result<(), LogError> {
        let mut predecessors: BTreeMap<(u32, bool), String> = BTreeMap::new();
        for (consumer, is_open) in [(&self.committed, false), (&self.uncommitted, true)] {
            self.read(store, consumer, partitions, |record| {
                if record.key_text() == Some(&task_row_key(record.partition))
                    && let Ok(row) =
                        serde_json::from_slice::<TaskRow>(record.value.as_deref().unwrap_or_default())
                {
                    predecessors.insert((record.partition, is_open), row.transactional_id);
                }
                Ok(())
            })?;
        }
        let ids: BTreeSet<String> = predecessors.into_values().filter(|id| id != self.own_id).collect();
        for id in ids {
            tracing::info!(store = store.name, %id, "ends what a predecessor left open");
            fence(self.installation, &id)?;
        }
        Ok(())
    }

    /// Reads what a consumer sees of the store.
    fn read(
        &self,
        store: &'static TopicSpec,
        consumer: &BaseConsumer<Quiet>,
        partitions: &BTreeSet<u32>,
        take: impl FnMut(&Incoming) -> Result<(), LogError>,
    ) -> Result<(), LogError> {
        let from = partitions.iter().map(|partition| (*partition, Offset::Beginning)).collect();
        scan(self.installation, consumer, store.name, from, GIVE_UP, take)
    }
}
