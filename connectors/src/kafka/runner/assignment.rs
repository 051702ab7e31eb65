//! A partition that this process owns: being restored, then with its task.

use std::time::{Duration, Instant};

use pipeline::engine::task::Task;
use topics::codec::record::Incoming;
use topics::codec::task_row::TaskRow;
use topics::values::time::Time;

use super::backlog::Backlog;
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

/// A tick that was appended for a partition.
#[derive(Clone, Copy)]
struct LastTick {
    appended: Instant,
    /// Whether nothing was read since, so that it may not have come back yet.
    is_in_flight: bool,
}

/// What was last appended to the log of a partition for its task, and when it was last read.
struct TickState {
    /// The last tick that was appended.
    last_tick: Option<LastTick>,
    /// The newest edition that this owner has announced in the log, and when.
    announced: Option<(u32, Instant)>,
    /// When a record was last read.
    heard: Instant,
}

impl TickState {
    fn new() -> Self {
        Self { last_tick: None, announced: None, heard: Instant::now() }
    }

    /// Notes that a record was read. It moves the log's time on, as the tick in flight would.
    fn note_record(&mut self) {
        self.last_tick = self.last_tick.map(|tick| LastTick { is_in_flight: false, ..tick });
        self.heard = Instant::now();
    }

    /// Notes that a tick is appended.
    fn note_tick(&mut self) {
        self.last_tick = Some(LastTick { appended: Instant::now(), is_in_flight: true });
    }

    /// Whether `ticking` allows another tick.
    fn allows(&self, ticking: Ticking) -> bool {
        match ticking {
            Ticking::Always => true,
            Ticking::ToAsk => self.last_tick.is_none_or(|tick| tick.appended.elapsed() > QUIET),
            Ticking::Never => false,
        }
    }

    /// How long until another tick may be appended; `remains` says whether deadlines remain that the log's
    /// time has passed.
    fn rest(&self, remains: bool) -> Duration {
        let Some(tick) = self.last_tick else { return Duration::ZERO };
        let apart = match (tick.is_in_flight, remains) {
            (false, true) => Duration::ZERO,
            (false, false) => TICK_APART,
            (true, _) => TICK_AGAIN,
        };
        apart.saturating_sub(tick.appended.elapsed())
    }

    /// Whether the notice of edition `number`, or of a newer one, may still come back.
    fn is_announced(&self, number: u32) -> bool {
        self.announced.is_some_and(|(last, since)| last >= number && since.elapsed() < ANNOUNCE_AGAIN)
    }
}

/// A task that processes records.
pub(super) struct Ready {
    pub(super) task: Box<dyn Task>,
    /// The row as of the last commit.
    pub(super) committed: TaskRow,
    pub(super) backlog: Backlog,
    ticks: TickState,
    /// The offset up to which the log has no record for the task, if that is after the task's position.
    clear_until: Option<i64>,
}

impl Ready {
    /// A task that reads on at `start`; between its position and `start` its log has no record.
    pub(super) fn new(task: Box<dyn Task>, start: i64) -> Self {
        let committed = task.row().clone();
        let clear_until = Some(start).filter(|start| *start > committed.next_offset);
        Self { task, committed, backlog: Backlog::default(), ticks: TickState::new(), clear_until }
    }

    /// Stashes a record that was read; one that would move the time of the log past `latest` waits, with all
    /// that follow it.
    pub(super) fn take(&mut self, record: Incoming, latest: Time) {
        self.ticks.note_record();
        self.backlog.take(record, self.task.row(), latest);
    }

    /// Stashes the records that waited for this host's clock and have a time of at most `latest`.
    pub(super) fn release(&mut self, latest: Time) {
        self.backlog.release(self.task.row(), latest);
    }

    /// The offset after the last record that was read.
    pub(super) fn read_until(&self) -> i64 {
        self.backlog.read_until().unwrap_or(self.task.row().next_offset)
    }

    /// Whether a record can be processed, or the position moved past control records.
    pub(super) fn has_work(&self) -> bool {
        self.backlog.has_work() || (self.clear_until.is_some() && self.backlog.awaited().is_none())
    }

    /// Whether all that was read has been processed.
    pub(super) fn is_idle(&self) -> bool {
        !self.backlog.must_wait() && self.backlog.is_empty()
    }

    /// Whether all that was read has been processed and nothing has arrived for a while.
    pub(super) fn is_settled(&self) -> bool {
        self.is_idle() && self.ticks.heard.elapsed() > SETTLED
    }

    /// Notes that the log has no record for the task before `end`.
    pub(super) fn note_clear_until(&mut self, end: i64) {
        self.clear_until = Some(end).filter(|end| *end > self.task.row().next_offset);
    }

    /// Moves the position past control records and aborted ones, in the open transaction, if no record comes
    /// first. Returns whether it moved.
    pub(super) fn skip_control_records(&mut self) -> bool {
        let is_free = self.backlog.stashed().is_empty();
        let Some(end) = self.clear_until.filter(|_| is_free) else { return false };
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
        self.ticks.rest(self.task.next_due().is_some_and(|due| due <= self.task.row().time))
    }

    /// Whether a tick is of use at `now` and `ticking` allows it; if so, it counts as appended.
    pub(super) fn wants_tick(&mut self, now: Time, ticking: Ticking) -> bool {
        let due = self.task.next_due().is_some_and(|due| due <= now) || self.ticks.heard.elapsed() > QUIET;
        let is_free = self.backlog.is_empty() && self.tick_rest().is_zero();
        let wanted = due && self.ticks.allows(ticking) && is_free;
        if wanted {
            self.ticks.note_tick();
        }
        wanted
    }

    /// Whether edition `number` is to be announced in the log; if so, it counts as announced.
    pub(super) fn wants_edition(&mut self, number: u32) -> bool {
        let wanted = number > self.task.row().edition && !self.ticks.is_announced(number);
        if wanted {
            self.ticks.announced = Some((number, Instant::now()));
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
        while ready.backlog.next().is_some() {}
        assert!(
            !ready.wants_tick(now, Ticking::ToAsk),
            "the broker's clock was asked for less than a minute ago"
        );
        assert!(ready.wants_tick(now, Ticking::Always), "it is behind the task, and more remains");
        ready.ticks.last_tick = tick_in_flight(TICK_AGAIN);
        assert!(ready.wants_tick(now, Ticking::Always), "it was lost");
        ready.ticks.last_tick = tick_in_flight(QUIET * 2);
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
        assert_eq!(
            (ready.backlog.stashed().len(), ready.backlog.ahead(), ready.read_until()),
            (1, Some(hours(30)), 3)
        );
        assert!(ready.backlog.must_wait() && ready.has_work(), "what was read before is processed");
        while ready.backlog.next().is_some() {}
        assert!(!ready.has_work() && !ready.is_settled() && !ready.wants_tick(hours(9), Ticking::Always));
        ready.release(hours(29));
        assert!(ready.backlog.must_wait() && ready.backlog.stashed().is_empty());
        ready.release(hours(30));
        assert!(!ready.backlog.must_wait() && ready.read_until() == 3);
        assert_eq!(
            ready.backlog.stashed().iter().map(|record| record.offset).collect::<Vec<_>>(),
            [1, 2],
            "in order"
        );
    }

    #[test]
    fn an_edition_is_announced_once_and_again_when_its_notice_is_lost() {
        let mut ready = with_work(Time::from_millis(0));
        assert!(!ready.wants_edition(0));
        assert!(ready.wants_edition(3));
        assert!(!ready.wants_edition(3), "the notice is in flight");
        assert!(ready.wants_edition(4), "a newer one is news");
        ready.ticks.announced = Instant::now().checked_sub(ANNOUNCE_AGAIN).map(|since| (4, since));
        assert!(ready.wants_edition(4), "it was lost");
    }
}
