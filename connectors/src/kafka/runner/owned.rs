//! A partition that this process owns: being restored, then with its task.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use pipeline::task::Task;
use topics::record::Incoming;
use topics::task_row::TaskRow;
use topics::time::Time;

/// A partition without a record for this long gets a tick.
const QUIET: Duration = Duration::from_secs(60);
/// A tick that has not come back is appended again after this.
const TICK_AGAIN: Duration = Duration::from_millis(500);

/// A partition that this process owns.
pub(super) enum Owned {
    /// A thread restores it.
    Restoring(Restoring),
    /// Its task is at work.
    Ready(Box<Ready>),
}

/// A restore under way. Its result counts only for the assignment that began it.
#[derive(Clone, Copy)]
pub(super) struct Restoring {
    pub(super) since: Instant,
    pub(super) assignment: u64,
}

/// A task at work.
pub(super) struct Ready {
    pub(super) task: Box<dyn Task>,
    /// Records that were read and not committed yet: new ones, what an aborted transaction left, what waits for an edition.
    pub(super) stash: VecDeque<Incoming>,
    /// The edition that the first of them waits for.
    pub(super) awaits: Option<u32>,
    /// The newest edition that this owner has announced in the log.
    announced: u32,
    /// The row as of the last commit.
    pub(super) committed: TaskRow,
    ticked: Option<Instant>,
    heard: Instant,
}

impl Ready {
    pub(super) fn new(task: Box<dyn Task>) -> Self {
        let (announced, committed) = (task.row().edition, task.row().clone());
        Self { task, stash: VecDeque::new(), awaits: None, announced, committed, ticked: None, heard: Instant::now() }
    }

    /// Takes a record that was read: whatever tick is under way, time has moved.
    pub(super) fn take(&mut self, record: Incoming) {
        self.ticked = None;
        self.heard = Instant::now();
        self.stash.push_back(record);
    }

    /// Puts back what an aborted transaction had taken, in its old order.
    pub(super) fn put_back(&mut self, records: Vec<Incoming>) {
        for record in records.into_iter().rev() {
            self.stash.push_front(record);
        }
    }

    /// Whether a record can be processed.
    pub(super) fn has_work(&self) -> bool {
        self.awaits.is_none() && !self.stash.is_empty()
    }

    /// Whether a tick is of use at `now`; if so, it counts as appended.
    pub(super) fn wants_tick(&mut self, now: Time) -> bool {
        let due = self.task.next_due().is_some_and(|due| due <= now) || self.heard.elapsed() > QUIET;
        let under_way = self.ticked.is_some_and(|since| since.elapsed() < TICK_AGAIN);
        let wanted = due && !under_way && self.stash.is_empty();
        if wanted {
            self.ticked = Some(Instant::now());
        }
        wanted
    }

    /// Whether edition `number` is news to the log; if so, it counts as announced.
    pub(super) fn wants_edition(&mut self, number: u32) -> bool {
        let wanted = number > self.announced.max(self.task.row().edition);
        if wanted {
            self.announced = number;
        }
        wanted
    }

    /// How long until a tick can be of use.
    pub(super) fn idle_for(&self, now: Time) -> Duration {
        match self.task.next_due() {
            Some(due) if self.ticked.is_none() => due.since(now),
            _ => TICK_AGAIN,
        }
    }
}
