//! The control records that a chain appends to its own logs: ticks, and the numbers of new editions.

use topics::catalogue::TopicSpec;
use topics::codec::control::control_record;
use topics::records::control::Control;

use crate::clock::present;
use crate::kafka::client::appender::Appender;
use crate::kafka::editions::EditionCache;
use crate::kafka::runner::clock_check::Clocks;
use crate::kafka::runner::partitions::Partitions;

/// Appends a tick to the log of each task that is due, if the clocks agree. Returns the number of ticks.
pub(super) fn append_ticks(
    appender: &Appender,
    log: &'static TopicSpec,
    clocks: &Clocks,
    partitions: &mut Partitions,
) -> u64 {
    let now = clocks.now();
    let mut ticks = 0;
    for (partition, ready) in partitions.ready_mut() {
        if ready.wants_tick(now, clocks.ticking(partition)) {
            appender.append_and_forget(&control_record(log, partition, Control::Tick, now));
            ticks += 1;
        }
    }
    ticks
}

/// Hands the tasks the editions that they wait for, and new ones, which it announces in their logs.
pub(super) fn hand_out_editions(
    editions: &EditionCache,
    appender: &Appender,
    log: &'static TopicSpec,
    partitions: &mut Partitions,
) {
    let newest = editions.newest();
    for (partition, ready) in partitions.ready_mut() {
        if let Some(edition) = ready.backlog.awaited().and_then(|awaited| editions.ask(awaited.number)) {
            ready.task.add_edition(edition);
            ready.backlog.has_edition();
        }
        let Some(newest) = newest.as_ref().filter(|newest| ready.wants_edition(newest.number)) else {
            continue;
        };
        ready.task.add_edition(newest.clone());
        // A stage that is cut out takes the edition from each record: it has no log of its own to announce it
        // in.
        if newest.number > ready.task.row().edition {
            let notice = control_record(log, partition, Control::Edition(newest.number), present());
            appender.append_and_forget(&notice);
        }
    }
}
