//! Properties that hold for every log, with any aborts, crashes and transaction sizes.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use topics::codec::record::{Incoming, Outgoing};
use topics::codec::task_row::TaskRow;
use topics::records::control::Control;
use topics::records::dead_letters::DeadClass;

use super::classes;
use super::toy::{STAGE, TestLog, Toy, incoming, new_task, start};
use crate::engine::effect::Effect;
use crate::engine::task::{MachineTask, Progress, Task};
use crate::rules::edition::Edition;

#[derive(Debug, Default, PartialEq)]
struct TaskRun {
    taps: Vec<Outgoing>,
    /// The last value of each row, including headers.
    rows: BTreeMap<String, Outgoing>,
    effects: Vec<Effect>,
    row: TaskRow,
}

#[derive(Clone, Copy, Debug)]
enum TaskFailure {
    /// Aborts before any outputs were taken from the task.
    AbortsEarly,
    /// Aborts after everything was written.
    AbortsLate,
    /// The task dies, and a new one restores itself.
    Dies,
}

fn ready_task() -> MachineTask<Toy> {
    let mut task = new_task();
    (1..=2).for_each(|number| task.add_edition(Arc::new(Edition::new(number, Default::default()).unwrap())));
    task
}

fn step_through(task: &mut MachineTask<Toy>, batch: &[Incoming]) {
    batch.iter().for_each(|record| assert_eq!(task.step(record).unwrap(), Progress::Done));
}

/// Runs a log in transactions of this many records; each of the first transactions meets one of these faults
/// before it succeeds.
fn run(log: &[Incoming], transaction: usize, failures: &[TaskFailure]) -> TaskRun {
    let mut task = ready_task();
    let mut run = TaskRun::default();
    let mut store = Vec::new();
    let mut failures = failures.iter();
    loop {
        let from = usize::try_from(task.row().next_offset).unwrap();
        let batch = &log[from.min(log.len())..(from + transaction).min(log.len())];
        if batch.is_empty() {
            run.row = task.row().clone();
            return run;
        }
        if let Some(failure) = failures.next() {
            let before = task.row().clone();
            step_through(&mut task, batch);
            match failure {
                TaskFailure::AbortsEarly => task.roll_back(),
                TaskFailure::AbortsLate => {
                    let _ = (task.outputs(), task.close("test"));
                    task.roll_back();
                }
                TaskFailure::Dies => {
                    task = ready_task();
                    store.iter().for_each(|record| task.restore(record).unwrap());
                }
            }
            assert_eq!(task.outputs(), Vec::new());
            assert_eq!(task.row(), &before);
        }
        step_through(&mut task, batch);
        run.taps.extend(task.outputs());
        for row in task.close("test") {
            store.push(incoming(store.len(), start(), row.clone()));
            if !row.key.starts_with('~') {
                run.rows.insert(row.key.clone(), row);
            }
        }
        run.effects.extend(task.commit());
    }
}

fn logs() -> impl Strategy<Value = TestLog> {
    let words =
        prop::sample::select(vec!["serial", "emit", "ask", "put", "remove", "panic", "reject", "lost"]);
    let dues = vec!["due=once", "due=panic", "due=stuck", "due=times-3", "due=expire", "due=unsteady", "put"];
    let said = (1usize..5, prop::collection::vec(words, 0..4), prop::sample::select(dues));
    let entry = (prop::sample::select(vec![0u64, 1, 400, 1000, 5000]), said, 0u32..12);
    prop::collection::vec(entry, 0..30).prop_map(|entries| {
        entries.into_iter().fold(TestLog::new(), |log, (millis, (n, words, due), kind)| {
            let now = log.now() + Duration::from_millis(millis);
            let log = log.at(now);
            let words = [vec![due], words].concat().join(" ");
            match kind {
                0 => log.control(Control::Edition(1)),
                1 => log.control(Control::Edition(2)),
                2 | 3 => log.control(Control::Tick),
                4 => log.say(n, &words).again(),
                _ => log.say(n, &words),
            }
        })
    })
}

fn failures() -> impl Strategy<Value = Vec<TaskFailure>> {
    prop::collection::vec(
        prop::sample::select(vec![TaskFailure::AbortsEarly, TaskFailure::AbortsLate, TaskFailure::Dies]),
        0..20,
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn neither_aborts_nor_deaths_nor_the_size_of_transactions_change_a_byte(
        log in logs(),
        transaction in 1usize..9,
        failures in failures(),
    ) {
        let straight = run(log.records(), 1000, &[]);
        prop_assert_eq!(run(log.records(), transaction, &failures), straight);
    }

    #[test]
    fn what_goes_in_is_forwarded_filtered_or_rejected(
        log in logs(),
        transaction in 1usize..9,
        failures in failures(),
    ) {
        let run = run(log.records(), transaction, &failures);
        let is_control = |record: &&Incoming| matches!(record.key_text(), Some("tick" | "edition"));
        let counts = run.row.counts.get(&STAGE.parse().unwrap()).copied().unwrap_or_default();
        let controls = log.records().iter().filter(is_control).count();
        prop_assert_eq!(counts.received, (log.records().len() - controls) as u64);
        prop_assert_eq!(counts.received, counts.forwarded + counts.filtered + counts.rejected);
        // An entity that fails when a new edition reconsiders it is dead-lettered too, although it is no
        // record of the log.
        let rejected = classes(&run.taps).into_iter().filter(|class| *class != DeadClass::DueFailed);
        prop_assert!(rejected.count() as u64 >= counts.rejected);
    }
}
