//! The partitions that are assigned to a chain: those that a thread restores, and those whose task is ready.

use std::collections::BTreeMap;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use topics::codec::record::Incoming;
use topics::values::time::Time;

use crate::kafka::LogError;
use crate::kafka::runner::assignment::{Aside, Owned, Ready, Restoring};
use crate::kafka::runner::restore::RestoredTask;
use crate::kafka::runner::restore_thread::{RestoreJob, Restored};

/// The partitions that are assigned to a chain.
pub(super) struct Partitions {
    owned: BTreeMap<u32, Owned>,
    /// The channel on which restore threads return tasks.
    restored: (mpsc::Sender<Restored>, mpsc::Receiver<Restored>),
    /// How many times partitions were assigned or restored again; numbers the assignments.
    assignments: u64,
}

impl Partitions {
    pub(super) fn new() -> Self {
        Self { owned: BTreeMap::new(), restored: mpsc::channel(), assignments: 0 }
    }

    /// The ready tasks, by partition.
    pub(super) fn ready(&self) -> impl Iterator<Item = &Ready> {
        self.owned
            .values()
            .filter_map(|owned| if let Owned::Ready(ready) = owned { Some(ready.as_ref()) } else { None })
    }

    /// The ready tasks with their partitions.
    pub(super) fn ready_mut(&mut self) -> impl Iterator<Item = (u32, &mut Ready)> {
        self.owned.iter_mut().filter_map(|(partition, owned)| {
            if let Owned::Ready(ready) = owned { Some((*partition, ready.as_mut())) } else { None }
        })
    }

    /// The task of `partition`, if it is assigned and ready.
    pub(super) fn get_ready(&self, partition: u32) -> Option<&Ready> {
        match self.owned.get(&partition) {
            Some(Owned::Ready(ready)) => Some(ready),
            _ => None,
        }
    }

    /// The task of `partition`, if it is assigned and ready.
    pub(super) fn get_ready_mut(&mut self, partition: u32) -> Option<&mut Ready> {
        match self.owned.get_mut(&partition) {
            Some(Owned::Ready(ready)) => Some(ready),
            _ => None,
        }
    }

    /// All assigned partitions in ascending order from `first`, then those below it.
    pub(super) fn in_order_from(&self, first: u32) -> Vec<u32> {
        let later = self.owned.range(first..);
        let sooner = self.owned.range(..first);
        later.chain(sooner).map(|(partition, _)| *partition).collect()
    }

    /// How many partitions have a record that can be processed.
    pub(super) fn with_work(&self) -> usize {
        self.ready().filter(|ready| ready.has_work()).count()
    }

    /// Whether any partition has a record that can be processed.
    pub(super) fn has_work(&self) -> bool {
        self.ready().any(Ready::has_work)
    }

    /// How many records are stashed, those of paused partitions not counted.
    pub(super) fn stashed(&self) -> usize {
        let read = self.ready().map(|ready| &ready.backlog).filter(|backlog| !backlog.is_paused());
        read.map(|backlog| backlog.stashed().len()).sum()
    }

    /// How many entities the stores of the ready tasks hold.
    pub(super) fn entities(&self) -> usize {
        self.ready().map(|ready| ready.task.entities()).sum()
    }

    /// How long until a tick can be of use to any ready task; `None` if no task is ready.
    pub(super) fn idle_for(&self, now: Time) -> Option<Duration> {
        self.ready().filter(|ready| !ready.backlog.must_wait()).map(|ready| ready.idle_for(now)).min()
    }

    /// The age of the oldest record that is stashed; zero if none is.
    pub(super) fn oldest_age(&self, age: impl Fn(Time) -> Duration) -> Duration {
        let first = self.ready().filter_map(|ready| ready.backlog.stashed().front());
        first.map(|record| age(record.time)).max().unwrap_or(Duration::ZERO)
    }

    /// Why the first partition that is not processed at present waits; `None` if all are processed.
    pub(super) fn waits(&self) -> Option<String> {
        self.owned.iter().find_map(|(partition, owned)| match owned {
            Owned::Restoring(_) => Some(format!("restores partition {partition}")),
            Owned::Ready(ready) => match (ready.backlog.awaited(), ready.backlog.ahead()) {
                (Some(awaited), _) => {
                    Some(format!("partition {partition} waits for edition {}", awaited.number))
                }
                (None, Some(time)) => Some(format!(
                    "partition {partition} waits until this host's clock is at {time}, since a clock \
                         was wrong; see trust-engine time"
                )),
                (None, None) => None,
            },
            Owned::Aside(aside) => Some(format!("partition {partition} is set aside: {}", aside.why)),
        })
    }

    /// Stashes the records of partitions that are ready; drops those of partitions that were revoked. Those
    /// that would move the time of a log past `latest` wait.
    pub(super) fn take(&mut self, batch: Vec<Incoming>, latest: Time) {
        for record in batch {
            if let Some(ready) = self.get_ready_mut(record.partition) {
                ready.take(record, latest);
            }
        }
    }

    /// Rolls tasks back and stashes the records of an aborted transaction again.
    pub(super) fn put_back(&mut self, taken: BTreeMap<u32, Vec<Incoming>>) {
        for (partition, records) in taken {
            if let Some(ready) = self.get_ready_mut(partition) {
                ready.task.roll_back();
                ready.backlog.put_back(records);
            }
        }
    }

    /// Adds partitions and restores them on a thread of their own; the others are processed meanwhile.
    pub(super) fn restore(&mut self, partitions: Vec<u32>, job: RestoreJob) -> Result<(), LogError> {
        self.assignments += 1;
        let restoring = Restoring { since: Instant::now(), assignment: self.assignments };
        self.owned.extend(partitions.iter().map(|partition| (*partition, Owned::Restoring(restoring))));
        job.spawn(restoring.assignment, partitions, self.restored.0.clone())
    }

    /// The results of the restore threads that have ended since the last call.
    pub(super) fn finished_restores(&self) -> Vec<Restored> {
        self.restored.1.try_iter().collect()
    }

    /// The partitions of this assignment that are still being restored and still assigned.
    pub(super) fn restoring(&self, assignment: u64) -> Vec<u32> {
        let is_restoring = |owned: &Owned| match owned {
            Owned::Restoring(restoring) => restoring.assignment == assignment,
            _ => false,
        };
        self.owned.iter().filter(|(_, owned)| is_restoring(owned)).map(|(partition, _)| *partition).collect()
    }

    /// Since when `partition` is being restored; `None` if it is not.
    pub(super) fn restoring_since(&self, partition: u32) -> Option<Instant> {
        match self.owned.get(&partition) {
            Some(Owned::Restoring(restoring)) => Some(restoring.since),
            _ => None,
        }
    }

    /// Makes a restored task ready.
    pub(super) fn add_ready(&mut self, partition: u32, RestoredTask { task, start }: RestoredTask) {
        self.owned.insert(partition, Owned::Ready(Box::new(Ready::new(task, start))));
    }

    /// Sets aside a partition that cannot be processed; the others of the chain are processed on.
    pub(super) fn set_aside(&mut self, partition: u32, why: String) {
        self.owned.insert(partition, Owned::Aside(Aside { since: Instant::now(), why }));
    }

    /// How many partitions are set aside, or wait for this host's clock.
    pub(super) fn count_aside(&self) -> usize {
        let is_aside = |owned: &&Owned| match owned {
            Owned::Aside(_) => true,
            Owned::Ready(ready) => ready.backlog.ahead().is_some(),
            Owned::Restoring(_) => false,
        };
        self.owned.values().filter(is_aside).count()
    }

    /// How many partitions have waited for an edition for too long.
    pub(super) fn count_overdue(&self) -> usize {
        self.ready().filter(|ready| ready.backlog.is_overdue()).count()
    }

    /// The partitions that have been set aside for longer than `after`.
    pub(super) fn aside_for(&self, after: Duration) -> Vec<u32> {
        let is_due = |owned: &Owned| matches!(owned, Owned::Aside(aside) if aside.since.elapsed() > after);
        self.owned.iter().filter(|(_, owned)| is_due(owned)).map(|(partition, _)| *partition).collect()
    }

    /// Drops a partition that was revoked.
    pub(super) fn revoke(&mut self, partition: u32) {
        self.owned.remove(&partition);
    }

    /// Drops all partitions and returns their numbers.
    pub(super) fn revoke_all(&mut self) -> impl Iterator<Item = u32> + use<> {
        std::mem::take(&mut self.owned).into_keys()
    }
}
