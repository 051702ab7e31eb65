//! Tests of the task of a stage without a store, with a stage that does what the words of an addendum say.

use std::sync::Arc;

use topics::catalogue::cut::Cut;
use topics::catalogue::{Assignments, MunicipalDeadLetters, Reports};
use topics::codec::record::{Address, DecodeError, Envelope, Incoming, Outgoing, encode};
use topics::codec::sealing::Sealed;
use topics::codec::task_row::Counts;
use topics::records::dead_letters::{DeadClass, StageName};
use topics::records::reports::{Account, Addendum, Report};
use topics::values::ids::{EventId, Pepper};

use super::toy::{after, elsewhere, entity, incoming, other_ring, ring, start};
use super::{classes, read};
use crate::engine::stage::{Stage, write};
use crate::engine::step::{LARGEST_RECORD, Step, TaskContext};
use crate::engine::store::Entity;
use crate::engine::task::{Fault, Progress, StageTask, Task};
use crate::machines::route_and_stamp::Route;
use crate::rules::edition::Edition;

/// Panics or writes too much if the words say so.
enum ToyStage {}

impl Stage for ToyStage {
    type Log = Reports;
    type DeadLetters = MunicipalDeadLetters;
    const STAGES: &'static [&'static str] = &["toy"];

    fn edition(record: &Report) -> u32 {
        Route::edition(record)
    }

    fn apply<E: Entity>(step: &mut Step<'_, E>, key: &str, envelope: &Envelope, record: &Report) {
        write::<Reports, E>(step, "toy", key, envelope, record);
        let Report::Addendum(addendum) = record else { return };
        match addendum.account.words.first().map(String::as_str) {
            Some("panic") => panic!("the test makes it fail"),
            Some("large") => {
                let account =
                    Sealed(Account { words: vec!["x".repeat(LARGEST_RECORD)], ..Account::default() });
                let large = Report::Addendum(Box::new(Addendum { account, ..(**addendum).clone() }));
                write::<Reports, E>(step, "toy", key, envelope, &large);
            }
            _ => {}
        }
    }
}

fn context() -> TaskContext {
    let pepper = Pepper::new(b"a pepper for tests only").unwrap();
    TaskContext { partition: 0, partitions: 2, ring: ring(), pepper, cut: Cut::Both }
}

/// The record at this offset of the tap: more words for a ticket, with this edition.
fn addendum(offset: usize, edition: u32, words: &str) -> Incoming {
    let account = Sealed(Account { words: vec![words.to_owned()], ..Account::default() });
    let report = Addendum { ticket: entity(0).parse().unwrap(), at: start(), edition, account };
    let envelope = Envelope::root(EventId::of(&[words.as_bytes(), &offset.to_be_bytes()]), start());
    let record = Report::Addendum(Box::new(report));
    incoming(
        offset,
        after(1),
        encode::<Reports>(&ring(), "converse", &envelope, Address::Partition(0), entity(0), &record).unwrap(),
    )
}

fn edition(number: u32) -> Arc<Edition> {
    Arc::new(Edition::new(number, Default::default()).unwrap())
}

fn step(task: &mut dyn Task, record: &Incoming) -> Vec<Outgoing> {
    assert_eq!(task.step(record).unwrap(), Progress::Done);
    task.outputs()
}

#[test]
fn a_stage_that_fails_leaves_no_trace_but_a_dead_letter() {
    for (words, class) in [("panic", DeadClass::Panicked), ("large", DeadClass::TooLarge)] {
        let mut task = StageTask::<ToyStage>::new(context());
        let outputs = step(&mut task, &addendum(0, 0, words));
        assert_eq!((classes(&outputs), outputs.len()), (vec![class], 1), "{words}");
        assert_eq!(task.close("test"), [], "it has no row");
        let counts = Counts { received: 1, rejected: 1, ..Counts::default() };
        assert_eq!(task.row().counts.get(&StageName::of("toy")), Some(&counts));
        assert_eq!(step(&mut task, &addendum(1, 0, "more")).len(), 1, "and processing goes on");
    }
}

#[test]
fn a_stage_decides_by_the_edition_of_each_record_and_waits_for_one_that_is_not_there() {
    let mut task = StageTask::<Route>::new(context());
    task.add_edition(edition(3));
    let newer = addendum(0, 5, "newer");
    let older = addendum(1, 3, "older");
    assert_eq!(task.step(&newer).unwrap(), Progress::NeedsEdition(5));
    assert_eq!((task.row().next_offset, task.outputs()), (0, Vec::new()));
    task.add_edition(edition(5));
    assert_eq!(task.row().edition, 5, "the newest at hand: none is to be announced");
    assert_eq!(read::<Assignments>(&step(&mut task, &newer)).len(), 1);
    assert_eq!(read::<Assignments>(&step(&mut task, &older)).len(), 1);
}

#[test]
fn what_a_stage_cannot_read_is_a_dead_letter() {
    let good = addendum(0, 0, "more");
    let cases = [
        (Incoming { value: Some(b"{\"kind\":".to_vec()), ..good.clone() }, DeadClass::Undecodable),
        (Incoming { headers: Vec::new(), ..good.clone() }, DeadClass::Undecodable),
        (Incoming { key: Some(elsewhere().into_bytes()), ..good.clone() }, DeadClass::Misplaced),
    ];
    for (record, class) in cases {
        let mut task = StageTask::<Route>::new(context());
        let outputs = step(&mut task, &record);
        assert_eq!(classes(&outputs), [class]);
        let letter = read::<MunicipalDeadLetters>(&outputs).remove(0);
        assert_eq!(
            (letter.stage.as_str(), letter.source.topic.as_str(), letter.at),
            ("route", "reports", after(1))
        );
        assert_eq!(outputs, step(&mut StageTask::<Route>::new(context()), &record), "the same bytes again");
    }
    let mut task = StageTask::<Route>::new(context());
    task.dead_letter(&good, DeadClass::Uncommittable).unwrap();
    assert_eq!((classes(&task.outputs()), task.row().next_offset), (vec![DeadClass::Uncommittable], 1));
}

#[test]
fn a_stage_goes_on_where_its_group_stands_and_rolls_back_to_it() {
    let mut task = StageTask::<Route>::new(context());
    task.begin_at(7);
    assert_eq!(step(&mut task, &addendum(6, 0, "done before")), []);
    let first = step(&mut task, &addendum(7, 0, "more"));
    task.close("test");
    task.roll_back();
    assert_eq!((task.row().next_offset, task.row().counts.len()), (7, 0));
    assert_eq!(step(&mut task, &addendum(7, 0, "more")), first);
    task.close("test");
    assert_eq!(
        (task.commit(), task.row().next_offset, task.next_due(), task.entities()),
        (Vec::new(), 8, None, 0)
    );
}

#[test]
fn an_edition_that_a_rolled_back_record_named_drops_no_other() {
    let mut task = StageTask::<Route>::new(context());
    [3, 5, 7].into_iter().for_each(|number| task.add_edition(edition(number)));
    step(&mut task, &addendum(0, 7, "newer"));
    task.roll_back();
    // The record is dead-lettered now, so the last record that was processed names no edition.
    task.dead_letter(&addendum(0, 7, "newer"), DeadClass::Uncommittable).unwrap();
    task.commit();
    assert_eq!(task.step(&addendum(1, 3, "older")).unwrap(), Progress::Done);
}

#[test]
fn a_stage_that_restarts_between_two_records_writes_the_same_bytes() {
    let late = addendum(0, 0, "panic");
    let early = Incoming { time: start(), ..addendum(1, 0, "panic") };
    let mut straight = StageTask::<ToyStage>::new(context());
    step(&mut straight, &late);
    let mut restarted = StageTask::<ToyStage>::new(context());
    restarted.begin_at(1);
    assert_eq!(step(&mut straight, &early), step(&mut restarted, &early));
}

#[test]
fn a_report_whose_key_is_missing_is_a_fault_and_no_dead_letter() {
    let mut task = StageTask::<Route>::new(TaskContext { ring: other_ring(), ..context() });
    let record = addendum(0, 0, "more");
    let is_missing = |outcome| matches!(outcome, Err(Fault::Decode(DecodeError::WrongKey(_))));
    assert!(is_missing(task.step(&record).map(drop)));
    assert!(is_missing(task.dead_letter(&record, DeadClass::Uncommittable)));
    assert_eq!((task.row().next_offset, task.outputs()), (0, Vec::new()));
}
