//! Rebuilds tasks from their stores, and raises an alarm for a partition whose log, store and group
//! contradict each other. A task without a store begins at the committed offset of its group.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use pipeline::engine::task::{Fault, Task};
use pipeline::topology::MachineSpec;
use rdkafka::Offset;
use rdkafka::consumer::BaseConsumer;
use topics::catalogue::TopicSpec;
use topics::codec::record::Incoming;
use topics::codec::task_row::TaskRow;
use topics::values::lane::Lane;

use crate::kafka::client::hanging::{Readers, end_hanging};
use crate::kafka::client::partition_reader::{partition_reader, scan, task_rows};
use crate::kafka::client::transaction::{committed, fence};
use crate::kafka::runner::contradiction::Contradiction;
use crate::kafka::runner::log_range::{LogWriters, RecordsNear, TaskPosition};
use crate::kafka::{Installation, LogError, ReaderContext, ends};

/// A predecessor that left a transaction open is fenced after this long; one that is alive has committed by
/// then.
const TRANSACTION_WAIT: Duration = Duration::from_secs(1);
/// A transaction that is open for longer than this is not known to its coordinator any more: [`end_hanging`].
const HANGS: Duration = Duration::from_secs(10);
/// Longer than the broker keeps any transaction open.
const GIVE_UP: Duration = Duration::from_secs(60);

/// The alarm for a stage without a store whose group has no committed offset.
const NO_POSITION: &str = "the group has no committed offset, and there is no store that has one; `topics \
    create --cut` sets it where it cuts, and if it was lost since, `kafka-consumer-groups --reset-offsets` \
    sets it after the last record that was processed: docs/operation.md says how to find that";
/// What an operator does about a contradiction.
const ADOPT: &str = "nothing was changed; find the cause, then run: trust-engine topics adopt";

/// A task that is restored, and where it reads on.
pub(crate) struct RestoredTask {
    pub(crate) task: Box<dyn Task>,
    /// The offset of the first record to read: the task's position, or, if only control records were deleted
    /// since, the first offset that the log still has.
    pub(crate) start: i64,
}

/// The tasks of a chain, by partition.
pub(crate) type Tasks = BTreeMap<u32, Box<dyn Task>>;

/// The result for each partition: its task, or the alarm because of which only this partition is not
/// processed.
pub(crate) type RestoredTasks = BTreeMap<u32, Result<RestoredTask, LogError>>;

/// Restores partitions of one chain. All partitions share two clients, since each client has threads of its
/// own.
pub(crate) struct Restore<'a> {
    installation: &'a Installation,
    machine: &'static MachineSpec,
    /// The transactional id of this chain, which is not fenced: it may have a transaction open on other
    /// partitions.
    own_id: &'a str,
    /// Reads committed records, in the chain's group.
    committed: BaseConsumer<ReaderContext>,
    /// Reads all records, those of open transactions included.
    uncommitted: BaseConsumer<ReaderContext>,
}

impl<'a> Restore<'a> {
    /// Makes the clients that read log and store.
    pub(crate) fn new(
        installation: &'a Installation,
        machine: &'static MachineSpec,
        own_id: &'a str,
    ) -> Result<Self, LogError> {
        let committed = partition_reader(installation, machine.name, "read_committed")?;
        let uncommitted = partition_reader(installation, machine.name, "read_uncommitted")?;
        Ok(Self { installation, machine, own_id, committed, uncommitted })
    }

    /// Brings each new task to the state of its last committed transaction.
    ///
    /// # Errors
    /// The broker does not answer. What is wrong with a single partition is in its result.
    pub(crate) fn run(&self, mut tasks: Tasks) -> Result<RestoredTasks, LogError> {
        if let Some(store) = self.machine.store {
            self.settle(store, tasks.keys().copied())?;
        }
        let group = self.group_offsets(&tasks.keys().copied().collect())?;
        let StoreRead { rows, faults } = self.read_store(&mut tasks)?;
        let near = self.records_near(&tasks)?;
        let mut restored = RestoredTasks::new();
        for (partition, task) in tasks {
            let held = RestoredState {
                group: group.get(&partition).copied(),
                rows: rows.get(&partition).copied().unwrap_or(0),
                near: &near,
            };
            let result = match faults.get(&partition) {
                Some(fault) => Err(self.fault(partition, fault)),
                None => self.finish(partition, task, &held)?,
            };
            restored.insert(partition, result);
        }
        Ok(restored)
    }

    /// The committed offsets of the group. They are not told while a transaction with offsets is open, so one
    /// that hangs is ended.
    fn group_offsets(&self, partitions: &BTreeSet<u32>) -> Result<BTreeMap<u32, i64>, LogError> {
        let log = self.installation.topic(self.machine.log.name);
        let ask = || committed(&self.committed, &log, partitions.iter().copied());
        match ask() {
            Err(error) if error.may_pass() => {
                self.end_hanging(partitions).map_err(|_| error)?;
                ask()
            }
            answer => answer,
        }
    }

    /// Reads the store into the tasks.
    fn read_store(&self, tasks: &mut Tasks) -> Result<StoreRead, LogError> {
        let mut read = StoreRead::default();
        let Some(store) = self.machine.store else { return Ok(read) };
        let from = from_beginning(&tasks.keys().copied().collect());
        scan(self.installation, &self.committed, store.name, from, GIVE_UP, |record| {
            read.take(tasks, record);
            Ok(())
        })?;
        Ok(read)
    }

    /// The records that the log now has where the tasks remember theirs.
    fn records_near(&self, tasks: &Tasks) -> Result<RecordsNear, LogError> {
        let places = tasks.iter().filter_map(|(partition, task)| {
            let row = task.row();
            let last = row.last_record.as_ref()?;
            Some(TaskPosition { partition: *partition, next: row.next_offset, last })
        });
        RecordsNear::read(self.installation, &self.committed, self.machine.log.name, places, GIVE_UP)
    }

    fn finish(
        &self,
        partition: u32,
        mut task: Box<dyn Task>,
        held: &RestoredState<'_>,
    ) -> Result<Result<RestoredTask, LogError>, LogError> {
        let row = Some(task.row()).filter(|row| !row.transactional_id.is_empty());
        let judged = match self.machine.store {
            Some(_) => position(held, row),
            None => held.group.ok_or(Contradiction { what: NO_POSITION, offsets: String::new() }),
        };
        let log = held.near.range(partition, self.log_ends(partition)?);
        let checked = judged.and_then(|next| {
            let start = log.start(next, task.row().last_record.as_ref(), LogWriters::of(self.machine))?;
            Ok((next, start))
        });
        Ok(match checked {
            Ok((next, start)) => {
                task.begin_at(next);
                Ok(RestoredTask { task, start })
            }
            Err(contradiction) => Err(self.contradiction(partition, &contradiction)),
        })
    }

    /// The alarm of a partition whose log, store and group contradict each other.
    fn contradiction(&self, partition: u32, contradiction: &Contradiction) -> LogError {
        let why = match self.machine.lane {
            Lane::Protected => contradiction.what.to_owned(),
            _ => contradiction.to_string(),
        };
        self.alarm(partition, &format!("{why}; {ADOPT} {}", self.machine.name))
    }

    /// The alarm of a partition whose store cannot be read.
    fn fault(&self, partition: u32, fault: &Fault) -> LogError {
        match fault {
            // A missing key is named by its id alone.
            Fault::Decode(_) | Fault::Encode(_) => self.alarm(partition, &fault.to_string()),
            Fault::Store { .. } => {
                let contradiction = Contradiction {
                    what: "its store has a record that its task did not write",
                    offsets: fault.to_string(),
                };
                self.contradiction(partition, &contradiction)
            }
        }
    }

    fn alarm(&self, partition: u32, what: &str) -> LogError {
        let MachineSpec { name, log, store, .. } = self.machine;
        let store = store.map(|store| format!(", store {}", store.name)).unwrap_or_default();
        LogError::Alarm(format!("{name}: log {}{store}, partition {partition}: {what}", log.name))
    }

    fn log_ends(&self, partition: u32) -> Result<(i64, i64), LogError> {
        ends(&self.uncommitted, &self.installation.topic(self.machine.log.name), partition)
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
        let mut ended = false;
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
            if began.elapsed() > TRANSACTION_WAIT && !fenced {
                fenced = true;
                self.fence_predecessors(spec, &still.keys().copied().collect())?;
            }
            if began.elapsed() > HANGS && !ended {
                ended = true;
                self.end_hanging(&still.keys().copied().collect())?;
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
        let ids = self.predecessors(store, partitions)?;
        for id in ids.iter().filter(|id| *id != self.own_id) {
            tracing::info!(store = store.name, %id, "ends what a predecessor left open");
            fence(self.installation, id)?;
        }
        Ok(())
    }

    /// Ends transactions that their coordinator does not know any more. This also fences the chain's own
    /// producer, which then takes its id over again.
    fn end_hanging(&self, partitions: &BTreeSet<u32>) -> Result<(), LogError> {
        let mut ids = match self.machine.store {
            Some(store) => self.predecessors(store, partitions)?,
            None => BTreeSet::new(),
        };
        ids.insert(self.own_id.to_owned());
        let readers = Readers { committed: &self.committed, uncommitted: &self.uncommitted };
        ids.iter().try_for_each(|id| end_hanging(self.installation, self.machine, id, &readers))
    }

    /// The transactional ids of the last owners of these partitions.
    fn predecessors(
        &self,
        store: &'static TopicSpec,
        partitions: &BTreeSet<u32>,
    ) -> Result<BTreeSet<String>, LogError> {
        let mut ids = BTreeSet::new();
        for consumer in [&self.committed, &self.uncommitted] {
            let from = from_beginning(partitions);
            let rows = task_rows(self.installation, consumer, store, from, GIVE_UP)?;
            ids.extend(rows.into_values().map(|row| row.transactional_id));
        }
        Ok(ids)
    }
}

fn from_beginning(partitions: &BTreeSet<u32>) -> BTreeMap<u32, Offset> {
    partitions.iter().map(|partition| (*partition, Offset::Beginning)).collect()
}

/// What was read of a store, besides what the tasks took.
#[derive(Default)]
struct StoreRead {
    /// How many records each partition has.
    rows: BTreeMap<u32, u64>,
    /// Why the task of a partition cannot be restored.
    faults: BTreeMap<u32, Fault>,
}

impl StoreRead {
    /// Counts a record of the store, and restores the task of its partition with it.
    fn take(&mut self, tasks: &mut Tasks, record: &Incoming) {
        *self.rows.entry(record.partition).or_default() += 1;
        let Some(task) = tasks.get_mut(&record.partition) else { return };
        if !self.faults.contains_key(&record.partition)
            && let Err(fault) = task.restore(record)
        {
            self.faults.insert(record.partition, fault);
        }
    }
}

/// What group, store and log hold of a task, besides its row.
struct RestoredState<'a> {
    group: Option<i64>,
    /// How many records its store has.
    rows: u64,
    near: &'a RecordsNear,
}

/// The position of a task. Row and group must agree. If the group's offset has expired, the row decides. Both
/// are missing only before the first transaction.
fn position(held: &RestoredState<'_>, row: Option<&TaskRow>) -> Result<i64, Contradiction> {
    let differs = |offsets| Contradiction { what: "its store and its group contradict each other", offsets };
    match (row, held.group) {
        (Some(row), Some(group)) if row.next_offset == group => Ok(group),
        (Some(row), None) => Ok(row.next_offset),
        (None, None) if held.rows == 0 => Ok(0),
        (Some(row), Some(group)) => {
            Err(differs(format!("the store is at offset {} and the group at {group}", row.next_offset)))
        }
        (None, Some(group)) => {
            Err(differs(format!("the group is at offset {group} and the store has no row of the task")))
        }
        (None, None) => Err(differs(format!("the store has {} records but no row of the task", held.rows))),
    }
}
