//! A partition that this process owns: being restored, then with its task.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use pipeline::engine::task::Task;
use topics::codec::record::Incoming;
use topics::codec::task_row::TaskRow;
use topics::values::time::Time;

use crate::kafka::client::log_ends::SETTLED;

/// A partition without a record for this long gets a tick.
const QUIET: Duration = Duration::from_secs(60);
/// A tick that has not come back is appended again after this.
const TICK_AGAIN: Duration = Duration::from_millis(500);
/// A tick that came back too early, because the broker's clock is behind this host's, is followed by another
/// after this.
const TICK_APART: Duration = Duration::from_millis(50);
/// An edition's notice that has not come back is appended again after this: it was lost, or the log is long.
const ANNOUNCE_AGAIN: Duration = Duration::from_secs(60);
/// A task that waits for an edition for longer than this raises an alarm: an edition is read within seconds.
const EDITION_OVERDUE: Duration = Duration::from_secs(60);

/// When ticks may be appended to a partition's log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ticking {
    /// Whenever one is of use: the clocks agree, or the broker's clock is not known yet.
    Always,
    /// Once a minute, to ask for the broker's clock, which did not agree with this host's.
    ToAsk,
    /// Not at all: this host's clock is in doubt.
    Never,
}

/// A partition that this process owns.
pub(super) enum Owned {
    /// A thread restores it.
    Restoring(Restoring),
    /// Its task is restored and processes records.
    Ready(Box<Ready>),
    /// It cannot be processed, unlike the others of its chain.
    Aside(Aside),
}

/// A partition that is set aside: paused, until it is restored again or an operator has corrected the cause.
pub(super) struct Aside {
    pub(super) since: Instant,
    /// What is wrong, and what to do.
    pub(super) why: String,
}

/// A restore in progress. Its result is used only for the assignment that started it.
#[derive(Clone, Copy)]
pub(super) struct Restoring {
    pub(super) since: Instant,
    pub(super) assignment: u64,
}

/// An edition that a task needs and that this process has not read yet.
#[derive(Clone, Copy)]
pub(super) struct AwaitedEdition {
    pub(super) number: u32,
    since: Instant,
    /// When the wait was last logged as an alarm.
    logged: Option<Instant>,
}

impl AwaitedEdition {
    pub(super) fn new(number: u32) -> Self {
        Self { number, since: Instant::now(), logged: None }
    }

    /// Whether the wait is longer than any that ends by itself.
    pub(super) fn is_overdue(&self) -> bool {
        self.since.elapsed() > EDITION_OVERDUE
    }

    /// Whether the wait is to be logged as an alarm now, which it is once a minute.
    pub(super) fn wants_alarm(&mut self) -> bool {
        let wanted = self.is_overdue() && self.logged.is_none_or(|last| last.elapsed() > EDITION_OVERDUE);
        if wanted {
            self.logged = Some(Instant::now());
        }
        wanted
    }
}

/// A tick that was appended for a partition.
#[derive(Clone, Copy)]
struct LastTick {
    appended: Instant,
    /// Whether nothing was read since, so that it may not have come back yet.
    is_in_flight: bool,
}

/// A task that processes records.
pub(super) struct Ready {
    pub(super) task: Box<dyn Task>,
    /// Records that were read and are not committed yet: new ones, those of an aborted transaction, and those
    /// that wait for an edition.
    pub(super) stash: VecDeque<Incoming>,
    /// The edition that the first of them waits for.
    pub(super) awaits: Option<AwaitedEdition>,
    /// Records that were read and may not be processed yet: the first one has a timestamp that is too far
    /// ahead of this host's clock, and would move the time of the log there.
    ahead: VecDeque<Incoming>,
    /// Whether the partition is paused because its task waits for an edition or for the clock.
    pub(super) held: bool,
    /// The newest edition that this owner has announced in the log, and when.
    announced: Option<(u32, Instant)>,
    /// The row as of the last commit.
    pub(super) committed: TaskRow,
    /// The offset up to which the log has no record for the task, if that is after the task's position.
    clear_until: Option<i64>,
    /// The last tick that was appended for the partition.
    last_tick: Option<LastTick>,
    heard: Instant,
}

impl Ready {
    /// A task that reads on at `start`; between its position and `start` its log has no record.
    pub(super) fn new(task: Box<dyn Task>, start: i64) -> Self {
        let committed = task.row().clone();
        let clear_until = Some(start).filter(|start| *start > committed.next_offset);
        let heard = Instant::now();
        Self {
            task,
            stash: VecDeque::new(),
            awaits: None,
            ahead: VecDeque::new(),
            held: false,
            announced: None,
            committed,
            clear_until,
            last_tick: None,
            heard,
        }
    }

    /// Stashes a record that was read; one that would move the time of the log past `latest` waits, with all
    /// that follow it. A record moves the log's time on, as the tick in flight would.
    pub(super) fn take(&mut self, record: Incoming, latest: Time) {
        self.last_tick = self.last_tick.map(|tick| LastTick { is_in_flight: false, ..tick });
        self.heard = Instant::now();
        if self.ahead.is_empty() && self.task.row().time_of(&record) <= latest {
            self.stash.push_back(record);
        } else {
            self.ahead.push_back(record);
        }
    }

    /// Stashes the records that waited for this host's clock and have a time of at most `latest`.
    pub(super) fn release(&mut self, latest: Time) {
        while let Some(record) = self.ahead.pop_front() {
            if self.task.row().time_of(&record) > latest {
                self.ahead.push_front(record);
                return;
            }
            self.stash.push_back(record);
        }
    }

    /// The time of the first record that waits for this host's clock.
    pub(super) fn ahead(&self) -> Option<Time> {
        self.ahead.front().map(|record| record.time)
    }

    /// Whether the partition has to be paused: its records would fill the stash.
    pub(super) fn must_wait(&self) -> bool {
        self.awaits.is_some() || !self.ahead.is_empty()
    }

    /// The offset after the last record that was read.
    pub(super) fn read_until(&self) -> i64 {
        let last = self.ahead.back().or(self.stash.back());
        last.map_or(self.task.row().next_offset, |record| record.offset + 1)
    }

    /// Stashes the records of an aborted transaction again, in their order.
    pub(super) fn put_back(&mut self, records: Vec<Incoming>) {
        for record in records.into_iter().rev() {
            self.stash.push_front(record);
        }
    }

    /// Whether a record can be processed, or the position moved past control records.
    pub(super) fn has_work(&self) -> bool {
        self.awaits.is_none() && (!self.stash.is_empty() || self.clear_until.is_some())
    }

    /// Whether all that was read has been processed.
    pub(super) fn is_idle(&self) -> bool {
        !self.must_wait() && self.stash.is_empty()
    }

    /// Whether all that was read has been processed and nothing has arrived for a while.
    pub(super) fn is_settled(&self) -> bool {
        self.is_idle() && self.heard.elapsed() > SETTLED
    }

    /// Notes that the log has no record for the task before `end`.
    pub(super) fn note_clear_until(&mut self, end: i64) {
        self.clear_until = Some(end).filter(|end| *end > self.task.row().next_offset);
    }

    /// Moves the position past control records and aborted ones, in the open transaction, if no record comes
    /// first. Returns whether it moved.
    pub(super) fn skip_control_records(&mut self) -> bool {
        let Some(end) = self.clear_until.filter(|_| self.stash.is_empty()) else { return false };
        let moves = end > self.task.row().next_offset;
        self.task.skip_to(end);
        moves
    }

    /// Notes that the open transaction is committed.
    pub(super) fn note_committed(&mut self, row: TaskRow) {
        self.clear_until = self.clear_until.filter(|end| *end > row.next_offset);
        self.committed = row;
    }

    /// How long until another tick may be appended. If deadlines that the log's time has passed remain, since
    /// they did not fit into one step, it is zero; while a tick is in flight, it is the time until that tick
    /// counts as lost.
    fn tick_rest(&self) -> Duration {
        let Some(tick) = self.last_tick else { return Duration::ZERO };
        let remains = self.task.next_due().is_some_and(|due| due <= self.task.row().time);
        let apart = match (tick.is_in_flight, remains) {
            (false, true) => Duration::ZERO,
            (false, false) => TICK_APART,
            (true, _) => TICK_AGAIN,
        };
        apart.saturating_sub(tick.appended.elapsed())
    }

    /// Whether a tick is of use at `now` and `ticking` allows it; if so, it counts as appended.
    pub(super) fn wants_tick(&mut self, now: Time, ticking: Ticking) -> bool {
        let due = self.task.next_due().is_some_and(|due| due <= now) || self.heard.elapsed() > QUIET;
        let allowed = match ticking {
            Ticking::Always => true,
            Ticking::ToAsk => self.last_tick.is_none_or(|tick| tick.appended.elapsed() > QUIET),
            Ticking::Never => false,
        };
        let is_free = self.stash.is_empty() && self.ahead.is_empty() && self.tick_rest().is_zero();
        let wanted = due && allowed && is_free;
        if wanted {
            self.last_tick = Some(LastTick { appended: Instant::now(), is_in_flight: true });
        }
        wanted
    }

    /// Whether edition `number` is to be announced in the log; if so, it counts as announced.
    pub(super) fn wants_edition(&mut self, number: u32) -> bool {
        let is_in_flight =
            self.announced.is_some_and(|(last, since)| last >= number && since.elapsed() < ANNOUNCE_AGAIN);
        let wanted = number > self.task.row().edition && !is_in_flight;
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

    /// A task of conversations with an unfinished pass over its store: there is work at the log's own time.
    fn with_work(time: Time) -> Ready {
        let ring = std::sync::Arc::default();
        let pepper = Pepper::new(b"a pepper for tests only").unwrap();
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
        Ready::new(task, 0)
    }

    #[test]
    fn a_tick_is_waited_for_and_what_remains_is_ticked_at_once() {
        let now = Time::from_millis(1_772_431_200_000);
        let mut ready = with_work(now);
        assert!(!ready.wants_tick(now, Ticking::Never));
        assert!(ready.wants_tick(now, Ticking::Always));
        assert!(!ready.wants_tick(now, Ticking::Always), "one is in flight");
        assert!(ready.idle_for(now) > Duration::from_millis(400));
        ready.take(Incoming::default(), now);
        assert!(!ready.wants_tick(now, Ticking::Always), "what was read comes first");
        ready.stash.clear();
        assert!(
            !ready.wants_tick(now, Ticking::ToAsk),
            "the broker's clock was asked for less than a minute ago"
        );
        assert!(ready.wants_tick(now, Ticking::Always), "it is behind the task, and more remains");
        ready.last_tick = tick_in_flight(TICK_AGAIN);
        assert!(ready.wants_tick(now, Ticking::Always), "it was lost");
        ready.last_tick = tick_in_flight(QUIET * 2);
        assert!(ready.wants_tick(now, Ticking::ToAsk), "once a minute");
    }

    fn tick_in_flight(since: Duration) -> Option<LastTick> {
        let appended = Instant::now().checked_sub(since)?;
        Some(LastTick { appended, is_in_flight: true })
    }

    #[test]
    fn a_record_that_is_ahead_of_the_clock_waits_with_all_that_follow_it() {
        let now = Time::from_millis(1_772_431_200_000);
        let record = |offset, time| Incoming { offset, time, ..Incoming::default() };
        let hours = |hours: u64| now + Duration::from_secs(hours * 3600);
        let mut ready = with_work(now);
        ready.take(record(0, now), now);
        ready.take(record(1, hours(30)), now);
        ready.take(record(2, now), now);
        assert_eq!((ready.stash.len(), ready.ahead(), ready.read_until()), (1, Some(hours(30)), 3));
        assert!(ready.must_wait() && ready.has_work(), "what was read before is processed");
        ready.stash.clear();
        assert!(!ready.has_work() && !ready.is_settled() && !ready.wants_tick(hours(9), Ticking::Always));
        ready.release(hours(29));
        assert!(ready.must_wait() && ready.stash.is_empty());
        ready.release(hours(30));
        assert!(!ready.must_wait() && ready.read_until() == 3);
        assert_eq!(ready.stash.iter().map(|record| record.offset).collect::<Vec<_>>(), [1, 2], "in order");
    }

    #[test]
    fn an_edition_is_announced_once_and_again_when_its_notice_is_lost() {
        let mut ready = with_work(Time::from_millis(0));
        assert!(!ready.wants_edition(0));
        assert!(ready.wants_edition(3));
        assert!(!ready.wants_edition(3), "the notice is in flight");
        assert!(ready.wants_edition(4), "a newer one is news");
        ready.announced = Instant::now().checked_sub(ANNOUNCE_AGAIN).map(|since| (4, since));
        assert!(ready.wants_edition(4), "it was lost");
    }
}
