//! The records of a partition that were read and are not committed yet, in the order of the log.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use topics::codec::record::Incoming;
use topics::codec::task_row::TaskRow;
use topics::values::time::Time;

/// A task that waits for an edition for longer than this raises an alarm: an edition is read within seconds.
const EDITION_OVERDUE: Duration = Duration::from_secs(60);

/// An edition that a task needs and that this process has not read yet.
#[derive(Clone, Copy)]
pub(super) struct AwaitedEdition {
    pub(super) number: u32,
    since: Instant,
    /// When the wait was last logged as an alarm.
    logged: Option<Instant>,
}

impl AwaitedEdition {
    fn new(number: u32) -> Self {
        Self { number, since: Instant::now(), logged: None }
    }

    /// Whether the wait is longer than any that ends by itself.
    fn is_overdue(&self) -> bool {
        self.since.elapsed() > EDITION_OVERDUE
    }
}

/// The change of a partition between being read and being paused.
pub(super) enum Pausing {
    /// It stays as it is.
    Unchanged,
    /// It has to be paused.
    Pause,
    /// It has to be read again.
    Resume,
}

/// The records of a partition that were read and are not committed yet.
#[derive(Default)]
pub(super) struct Backlog {
    /// New records, those of an aborted transaction, and those that wait for an edition.
    stash: VecDeque<Incoming>,
    /// The edition that the first of them waits for.
    awaited: Option<AwaitedEdition>,
    /// Records after those, which may not be processed yet: the first one has a timestamp that is too far
    /// ahead of this host's clock, and would move the time of the log there.
    ahead: VecDeque<Incoming>,
    /// Whether the partition is paused because its task waits for an edition or for the clock.
    is_paused: bool,
}

impl Backlog {
    /// Stashes a record that was read; one that would move the time of the log past `latest` waits, with all
    /// that follow it. `row` is that of the task.
    pub(super) fn take(&mut self, record: Incoming, row: &TaskRow, latest: Time) {
        if self.ahead.is_empty() && row.time_of(&record) <= latest {
            self.stash.push_back(record);
        } else {
            self.ahead.push_back(record);
        }
    }

    /// Stashes the records that waited for this host's clock and have a time of at most `latest`.
    pub(super) fn release(&mut self, row: &TaskRow, latest: Time) {
        while let Some(record) = self.ahead.pop_front() {
            if row.time_of(&record) > latest {
                self.ahead.push_front(record);
                return;
            }
            self.stash.push_back(record);
        }
    }

    /// Stashes the records of an aborted transaction again, in their order.
    pub(super) fn put_back(&mut self, records: Vec<Incoming>) {
        for record in records.into_iter().rev() {
            self.stash.push_front(record);
        }
    }

    /// Takes the next record that is to be processed.
    pub(super) fn next(&mut self) -> Option<Incoming> {
        self.stash.pop_front()
    }

    /// Puts the record back that was taken last: it waits for an edition.
    pub(super) fn await_edition(&mut self, record: Incoming, number: u32) {
        self.awaited = Some(AwaitedEdition::new(number));
        self.stash.push_front(record);
    }

    /// Notes that the task has the edition that it waited for.
    pub(super) fn has_edition(&mut self) {
        self.awaited = None;
    }

    /// The edition that the first record waits for.
    pub(super) fn awaited(&self) -> Option<AwaitedEdition> {
        self.awaited
    }

    /// Whether an edition has been waited for too long.
    pub(super) fn is_overdue(&self) -> bool {
        self.awaited.is_some_and(|awaited| awaited.is_overdue())
    }

    /// The edition for which an alarm is to be logged now, which is done once a minute.
    pub(super) fn alarm(&mut self) -> Option<u32> {
        let awaited = self.awaited.as_mut().filter(|awaited| awaited.is_overdue())?;
        if awaited.logged.is_some_and(|last| last.elapsed() <= EDITION_OVERDUE) {
            return None;
        }
        awaited.logged = Some(Instant::now());
        Some(awaited.number)
    }

    /// The time of the first record that waits for this host's clock.
    pub(super) fn ahead(&self) -> Option<Time> {
        self.ahead.front().map(|record| record.time)
    }

    /// Whether the partition has to be paused: its records would fill the stash.
    pub(super) fn must_wait(&self) -> bool {
        self.awaited.is_some() || !self.ahead.is_empty()
    }

    /// Whether the partition is paused.
    pub(super) fn is_paused(&self) -> bool {
        self.is_paused
    }

    /// What has to be done so that the partition is paused while it must wait; it counts as done.
    pub(super) fn pausing(&mut self) -> Pausing {
        let must_wait = self.must_wait();
        let was_paused = std::mem::replace(&mut self.is_paused, must_wait);
        match (was_paused, self.is_paused) {
            (false, true) => Pausing::Pause,
            (true, false) => Pausing::Resume,
            (true, true) | (false, false) => Pausing::Unchanged,
        }
    }

    /// The records that can be processed, or could if their edition were there.
    pub(super) fn stashed(&self) -> &VecDeque<Incoming> {
        &self.stash
    }

    /// Whether there is a record that can be processed.
    pub(super) fn has_work(&self) -> bool {
        self.awaited.is_none() && !self.stash.is_empty()
    }

    /// Whether all that was read has been processed.
    pub(super) fn is_empty(&self) -> bool {
        self.stash.is_empty() && self.ahead.is_empty()
    }

    /// The offset after the last record that was read; `None` if all have been processed.
    pub(super) fn read_until(&self) -> Option<i64> {
        self.ahead.back().or(self.stash.back()).map(|record| record.offset + 1)
    }
}
