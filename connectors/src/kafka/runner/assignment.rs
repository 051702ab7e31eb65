//! A partition that this process owns: being restored, then with its task.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use pipeline::engine::task::Task;
use topics::codec::record::Incoming;
use topics::codec::task_row::TaskRow;
use topics::values::time::Time;

/// A partition without a record for this long gets a tick.
const QUIET: Duration = Duration::from_secs(60);
/// A tick that has not come back is appended again after this.
const TICK_AGAIN: Duration = Duration::from_millis(500);
/// A tick that came back too early, because the broker's clock is behind this host's, is followed by another
/// after this.
const TICK_APART: Duration = Duration::from_millis(50);
/// An edition's notice that has not come back is appended again after this: it was lost, or the log is long.
const ANNOUNCE_AGAIN: Duration = Duration::from_secs(60);

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
    /// Records that were read and not committed yet: new ones, what an aborted transaction left, what waits
    /// for an edition.
    pub(super) stash: VecDeque<Incoming>,
    /// The edition that the first of them waits for.
    pub(super) awaits: Option<u32>,
    /// Whether the client reads nothing more of the partition, since its task waits for an edition.
    pub(super) held: bool,
    /// The newest edition that this owner has announced in the log, and when.
    announced: Option<(u32, Instant)>,
    /// The row as of the last commit.
    pub(super) committed: TaskRow,
    /// When the last tick was appended, and whether anything was read since.
    ticked: Option<(Instant, bool)>,
    heard: Instant,
}

impl Ready {
    pub(super) fn new(task: Box<dyn Task>) -> Self {
        let (committed, heard) = (task.row().clone(), Instant::now());
        Self {
            task,
            stash: VecDeque::new(),
            awaits: None,
            held: false,
            announced: None,
            committed,
            ticked: None,
            heard,
        }
    }

    /// Takes a record that was read: whatever tick is under way, time has moved.
    pub(super) fn take(&mut self, record: Incoming) {
        self.ticked = self.ticked.map(|(since, _)| (since, true));
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

    /// How long no tick may follow the last one. What the log's own time has reached and did not fit into one
    /// step follows at once; a tick that is under way is waited for.
    fn tick_rest(&self) -> Duration {
        let Some((since, heard)) = self.ticked else { return Duration::ZERO };
        let remains = self.task.next_due().is_some_and(|due| due <= self.task.row().time);
        let apart = match (heard, remains) {
            (true, true) => Duration::ZERO,
            (true, false) => TICK_APART,
            (false, _) => TICK_AGAIN,
        };
        apart.saturating_sub(since.elapsed())
    }

    /// Whether a tick is of use at `now`; if so, it counts as appended.
    pub(super) fn wants_tick(&mut self, now: Time) -> bool {
        let due = self.task.next_due().is_some_and(|due| due <= now) || self.heard.elapsed() > QUIET;
        let wanted = due && self.stash.is_empty() && self.tick_rest().is_zero();
        if wanted {
            self.ticked = Some((Instant::now(), false));
        }
        wanted
    }

    /// Whether edition `number` is news to the log; if so, it counts as announced.
    pub(super) fn wants_edition(&mut self, number: u32) -> bool {
        let is_under_way =
            self.announced.is_some_and(|(last, since)| last >= number && since.elapsed() < ANNOUNCE_AGAIN);
        let wanted = number > self.task.row().edition && !is_under_way;
        if wanted {
            self.announced = Some((number, Instant::now()));
        }
        wanted
    }

    /// How long until a tick can be of use.
    pub(super) fn idle_for(&self, now: Time) -> Duration {
        self.task.next_due().map_or(TICK_AGAIN, |due| due.since(now).max(self.tick_rest()))
    }
}

#[cfg(test)]
mod tests {
    use pipeline::engine::step::TaskContext;
    use pipeline::topology::TOPOLOGY;
    use topics::codec::task_row::task_row_key;
    use topics::values::ids::Pepper;

    use super::*;

    /// A task of conversations that has a pass over its store to go on with: as of the log's own time, there
    /// is work.
    fn with_work(time: Time) -> Ready {
        let (ring, pepper) = (std::sync::Arc::default(), Pepper::new(b"a pepper for tests only").unwrap());
        let mut task = (TOPOLOGY[0].make)(TaskContext {
            partition: 0,
            partitions: 1,
            ring,
            pepper,
            cut: Default::default(),
        });
        let row = TaskRow { time, cursor: Some(String::new()), ..TaskRow::default() };
        let value = serde_json::to_vec(&row).unwrap();
        task.restore(&Incoming {
            key: Some(task_row_key(0).into_bytes()),
            value: Some(value),
            ..Incoming::default()
        })
        .unwrap();
        Ready::new(task)
    }

    #[test]
    fn a_tick_is_waited_for_and_what_remains_is_ticked_at_once() {
        let now = Time::from_millis(1_772_431_200_000);
        let mut ready = with_work(now);
        assert!(ready.wants_tick(now));
        assert!(!ready.wants_tick(now), "one is under way");
        assert!(ready.idle_for(now) > Duration::from_millis(400));
        ready.take(Incoming::default());
        assert!(!ready.wants_tick(now), "what was read comes first");
        ready.stash.clear();
        assert!(ready.wants_tick(now), "it is behind the task, and more remains");
        ready.ticked = Instant::now().checked_sub(TICK_AGAIN).map(|since| (since, false));
        assert!(ready.wants_tick(now), "it was lost");
    }

    #[test]
    fn an_edition_is_announced_once_and_again_when_its_notice_is_lost() {
        let mut ready = with_work(Time::from_millis(0));
        assert!(!ready.wants_edition(0));
        assert!(ready.wants_edition(3));
        assert!(!ready.wants_edition(3), "the notice is under way");
        assert!(ready.wants_edition(4), "a newer one is news");
        ready.announced = Instant::now().checked_sub(ANNOUNCE_AGAIN).map(|since| (4, since));
        assert!(ready.wants_edition(4), "it was lost");
    }
}
