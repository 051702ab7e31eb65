//! Rebuilds a partition's task from its store, and refuses where log, store and group do not fit together.

use std::time::{Duration, Instant};

use pipeline::task::Task;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::{Offset, TopicPartitionList};
use topics::catalogue::TopicSpec;
use topics::record::Incoming;
use topics::task_row::{TaskRow, task_row_key};

use super::transaction::{committed, fence};
use super::{Installation, LogError, Quiet, ends, wire};

/// A predecessor that left a transaction open is fenced after this long; a living one has committed by then.
const PATIENCE: Duration = Duration::from_secs(1);
/// Longer than the broker lets any transaction stand.
const GIVE_UP: Duration = Duration::from_secs(60);

/// What is to be restored, and the clients that it takes.
pub(super) struct Restore<'a> {
    installation: &'a Installation,
    log: &'static TopicSpec,
    store: &'static TopicSpec,
    partition: u32,
    /// The transactional id of this chain: what is open under it is its own work on other partitions.
    own_id: &'a str,
    /// Sees what is committed, in the chain's group.
    committed: BaseConsumer<Quiet>,
    /// Sees what is there.
    uncommitted: BaseConsumer<Quiet>,
}

impl<'a> Restore<'a> {
    /// Makes the clients.
    pub(super) fn new(
        installation: &'a Installation,
        group: &str,
        log: &'static TopicSpec,
        store: &'static TopicSpec,
        partition: u32,
        own_id: &'a str,
    ) -> Result<Self, LogError> {
        let making = || LogError::client("making a consumer to restore with");
        let mut config = installation.reader("read_committed");
        config.set("group.id", group).set("enable.partition.eof", "true").set("auto.offset.reset", "earliest");
        let committed = config.create_with_context(Quiet).map_err(making())?;
        let uncommitted = installation.reader("read_uncommitted").create_with_context(Quiet).map_err(making())?;
        Ok(Self { installation, log, store, partition, own_id, committed, uncommitted })
    }

    /// Brings `task` to where the last committed transaction left it.
    pub(super) fn run(&self, task: &mut dyn Task) -> Result<(), LogError> {
        self.settle()?;
        let group = self.group_offset()?;
        let mut rows = 0u64;
        self.read(|record| {
            rows += 1;
            task.restore(record).map_err(|fault| LogError::Task { chain: self.log.name, partition: self.partition, fault })
        })?;
        let has_row = !task.row().transactional_id.is_empty();
        self.judge(group, has_row.then(|| task.row()), rows)
    }

    fn alarm(&self, what: String) -> LogError {
        let Self { log, store, partition, .. } = self;
        LogError::Alarm(format!(
            "log {}, store {}, partition {partition}: {what}; nothing was changed, a person has to look",
            log.name, store.name
        ))
    }

    /// Row and group must agree; the row counts where the group has forgotten; neither is right only at the very beginning.
    fn judge(&self, group: Option<i64>, row: Option<&TaskRow>, rows: u64) -> Result<(), LogError> {
        let low = self.ends(&self.uncommitted, self.log)?.0;
        let next = match (row, group) {
            (Some(row), Some(group)) if row.next_offset == group => group,
            (Some(row), None) => row.next_offset,
            (Some(row), Some(group)) => {
                return Err(self.alarm(format!("the store is at offset {} and the group at {group}", row.next_offset)));
            }
            (None, Some(group)) => return Err(self.alarm(format!("the group is at offset {group} and the store has no task's row"))),
            (None, None) if rows > 0 => return Err(self.alarm(format!("the store has {rows} records but no task's row"))),
            (None, None) => 0,
        };
        if low > next {
            return Err(
                self.alarm(format!("the log begins at offset {low}, but {next} is the next to be read: records were deleted unread"))
            );
        }
        Ok(())
    }

    /// Waits until everything that stood in the store when we were assigned is committed or aborted.
    fn settle(&self) -> Result<(), LogError> {
        let began = Instant::now();
        let (_, end) = self.ends(&self.uncommitted, self.store)?;
        let mut fenced = false;
        while self.ends(&self.committed, self.store)?.1 < end {
            if began.elapsed() > GIVE_UP {
                return Err(self.alarm("a transaction in the store has neither been committed nor aborted for 60 s".to_owned()));
            }
            if began.elapsed() > PATIENCE && !fenced {
                fenced = true;
                self.fence_predecessor()?;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// Ends what the process that last wrote the task's row left open.
    fn fence_predecessor(&self) -> Result<(), LogError> {
        let mut predecessor = None;
        self.read(|record| {
            if record.key_text() == Some(&task_row_key(self.partition))
                && let Ok(row) = serde_json::from_slice::<TaskRow>(record.value.as_deref().unwrap_or_default())
            {
                predecessor = Some(row.transactional_id);
            }
            Ok(())
        })?;
        let Some(id) = predecessor.filter(|id| id != self.own_id) else { return Ok(()) };
        tracing::info!(store = self.store.name, partition = self.partition, %id, "ends what the predecessor left open");
        fence(self.installation, &id)
    }

    fn ends(&self, consumer: &BaseConsumer<Quiet>, topic: &TopicSpec) -> Result<(i64, i64), LogError> {
        ends(consumer, &self.installation.topic(topic.name), self.partition)
    }

    fn group_offset(&self) -> Result<Option<i64>, LogError> {
        let offsets = committed(&self.committed, &self.installation.topic(self.log.name), std::iter::once(self.partition))?;
        Ok(offsets.get(&self.partition).copied())
    }

    /// Reads the store's committed records from the beginning to the end.
    fn read(&self, mut take: impl FnMut(&Incoming) -> Result<(), LogError>) -> Result<(), LogError> {
        let name = self.installation.topic(self.store.name);
        let reading = || format!("reading the store {name}-{}", self.partition);
        let consumer = &self.committed;
        let mut from = TopicPartitionList::new();
        let added = from.add_partition_offset(&name, wire::native(self.partition), Offset::Beginning);
        added.and_then(|()| consumer.assign(&from)).map_err(LogError::client(reading()))?;
        let mut heard = Instant::now();
        while heard.elapsed() < GIVE_UP {
            match consumer.poll(Duration::from_millis(100)) {
                None => continue,
                Some(Err(KafkaError::PartitionEOF(_))) => return Ok(()),
                Some(Err(error)) => {
                    tracing::warn!(store = self.store.name, partition = self.partition, %error, "restoring: the client reports")
                }
                Some(Ok(message)) => take(&wire::incoming(&message, &self.installation.prefix))?,
            }
            heard = Instant::now();
        }
        Err(self.alarm("the broker sent nothing of the store for 60 s".to_owned()))
    }
}
