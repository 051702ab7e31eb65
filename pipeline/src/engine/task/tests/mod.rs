//! Tests of what a task does for every machine, with a machine that does what its records say, including
//! mistakes.

mod driver;
mod laws;
mod stage;
mod toy;

use std::time::Duration;

use topics::catalogue::{Conversations, MunicipalDeadLetters, TicketEvents, Topic};
use topics::codec::record::{DecodeError, FIRST_APPENDED_HEADER, Incoming, Outgoing, REPLAYED_HEADER};
use topics::codec::task_row::Counts;
use topics::records::control::Control;
use topics::records::dead_letters::{DeadClass, DeadLetter};

use super::{Fault, Progress, Task};
use crate::rules::edition::Edition;
use toy::{STAGE, TestLog, after, new_task, ring, start};

fn read<T: Topic>(records: &[Outgoing]) -> Vec<T::Record> {
    let ours = records.iter().filter(|record| record.topic == T::SPEC.name);
    ours.map(|record| toy::incoming(0, start(), record.clone()).decode::<T>(&ring()).unwrap().1).collect()
}

fn classes(records: &[Outgoing]) -> Vec<DeadClass> {
    read::<MunicipalDeadLetters>(records).into_iter().map(|DeadLetter { class, .. }| class).collect()
}

/// Creates a task that has processed these records; returns it with its outputs.
fn taken(log: &[Incoming]) -> (super::MachineTask<toy::Toy>, Vec<Outgoing>) {
    let mut task = new_task();
    for record in log {
        assert_eq!(task.step(record).unwrap(), Progress::Done);
    }
    let outputs = task.outputs();
    (task, outputs)
}

#[test]
fn what_fails_leaves_no_trace_but_a_dead_letter() {
    for (word, class) in [
        ("panic", DeadClass::Panicked),
        ("reject", DeadClass::Rejected),
        ("large", DeadClass::TooLarge),
        ("large-row", DeadClass::TooLarge),
        ("lost", DeadClass::Panicked),
    ] {
        let log = TestLog::new().say(1, &format!("serial emit ask put {word}"));
        let (mut task, outputs) = taken(log.records());
        assert_eq!(classes(&outputs), [class], "{word}");
        assert_eq!(outputs.len(), 1, "{word}");
        assert!(task.store().is_empty(), "{word}");
        let rows = task.close("test");
        assert_eq!(rows.len(), 1, "only the task's row: {word}");
        assert_eq!(task.commit(), [], "{word}");
        let row = task.row();
        assert_eq!((row.next_offset, row.serial, row.time), (1, 0, start()), "{word}");
        let rejected = Counts { received: 1, rejected: 1, ..Counts::default() };
        assert_eq!(row.counts.get(&STAGE.parse().unwrap()), Some(&rejected), "{word}");
        // Processing continues.
        task.step(log.say(1, "serial emit ask").records().last().unwrap()).unwrap();
        assert_eq!((task.outputs().len(), task.commit().len()), (1, 1), "{word}");
    }
}

#[test]
fn a_due_time_that_fails_is_disarmed_marked_and_dead_lettered() {
    for what in ["panic", "stuck", "large", "large-row"] {
        let log = TestLog::new().say(1, &format!("put due={what}")).say(2, "put due=once").tick(after(1));
        let (mut task, outputs) = taken(log.records());
        assert_eq!(classes(&outputs), [DeadClass::DueFailed], "{what}");
        let one = toy::entity(1);
        let two = toy::entity(2);
        assert_eq!(task.store().get(&one).unwrap().disarmed_at, Some(after(1)), "{what}");
        // It is due again when it expires.
        let expires_at = after(1) + Duration::from_secs(90 * 24 * 3600);
        assert_eq!(task.store().get(&one).unwrap().due_at, Some(expires_at), "{what}");
        // The marked row is written, and the due time of the other entity has fired too.
        let rows = read::<Conversations>(&task.close("test")[..2]);
        assert_eq!(rows.iter().filter(|row| row.disarmed_at == Some(after(1))).count(), 1, "{what}");
        assert_eq!(task.store().get(&two).unwrap().due_at, None, "{what}");
        // The records that fired, the one of the other entity, and the one that reports the disarmed entity.
        let fired = if what == "stuck" { super::MAX_FIRED_OF_ONE } else { 0 };
        assert_eq!(read::<TicketEvents>(&outputs).len(), fired + 1 + 1, "{what}");
        assert_eq!(task.next_due(), Some(expires_at), "{what}");
    }
}

#[test]
fn as_many_due_times_as_are_allowed_are_no_fault() {
    let log = TestLog::new().say(1, &format!("put due=times-{}", super::MAX_FIRED_OF_ONE)).tick(after(1));
    let (task, outputs) = taken(log.records());
    assert_eq!(classes(&outputs), []);
    assert_eq!(task.store().get(&toy::entity(1)).unwrap().disarmed_at, None);
}

#[test]
fn what_cannot_be_read_is_a_dead_letter_and_time_passes() {
    let armed = TestLog::new().say(1, "put due=once");
    let note = armed.clone().at(after(1)).say(2, "emit").records().last().unwrap().clone();
    let header = |name: &str, value: &str| {
        let mut record = note.clone();
        record
            .headers
            .iter_mut()
            .filter(|(known, _)| known == name)
            .for_each(|(_, old)| *old = value.to_owned());
        record
    };
    let cases = [
        (Incoming { value: Some(b"{\"kind\":".to_vec()), ..note.clone() }, DeadClass::Undecodable),
        (Incoming { value: None, ..note.clone() }, DeadClass::Undecodable),
        (Incoming { headers: Vec::new(), ..note.clone() }, DeadClass::Undecodable),
        (header("ce_type", "ticket-commands.sing"), DeadClass::UnknownKind),
        (header("schema-version", "2"), DeadClass::UnknownKind),
        (Incoming { key: Some(toy::elsewhere().into_bytes()), ..note.clone() }, DeadClass::Misplaced),
    ];
    for (record, class) in cases {
        let (mut task, _) = taken(armed.records());
        task.step(&record).unwrap();
        let outputs = task.outputs();
        assert_eq!(classes(&outputs), [class]);
        assert_eq!(read::<TicketEvents>(&outputs).len(), 1, "the due time of another fires: {class}");
        assert_eq!((task.row().next_offset, task.row().time), (record.offset + 1, after(1)));
    }
}

#[test]
fn an_older_record_does_not_turn_time_back() {
    let log = TestLog::new().at(after(5)).say(1, "put due=once").at(after(2)).say(2, "emit");
    let (task, outputs) = taken(log.records());
    assert_eq!(task.row().time, after(5));
    assert!(read::<TicketEvents>(&outputs).iter().all(|event| event.at == after(5)));
}

#[test]
fn a_step_knows_its_own_record_s_time_and_the_latest() {
    let log = TestLog::new().at(after(5)).say(1, "put").at(after(2)).say(2, "when put");
    let (task, _) = taken(log.records());
    let late = task.store().get(&toy::entity(2)).unwrap();
    assert_eq!((late.state.number.as_str(), late.at), (after(2).to_string().as_str(), after(5)));
}

#[test]
fn a_replayed_record_was_appended_when_its_original_was() {
    let log = TestLog::new().at(after(5)).say(1, "put").at(after(900)).say(2, "when put");
    let mut records = log.records().to_vec();
    let first = after(5).to_string();
    records[1].headers.push((FIRST_APPENDED_HEADER.into(), first.clone()));
    let time_of_step = |records: &[Incoming]| {
        let (task, _) = taken(records);
        task.store().get(&toy::entity(2)).unwrap().state.number.clone()
    };
    // Only a replay may say so.
    assert_eq!(time_of_step(&records), after(900).to_string());
    records[1].headers.push((REPLAYED_HEADER.into(), "a review".to_owned()));
    assert_eq!(time_of_step(&records), first);
}

#[test]
fn an_edition_that_is_not_there_is_waited_for_and_nothing_is_touched() {
    let log = TestLog::new().say(1, "serial put emit").control(Control::Edition(7)).say(1, "emit");
    let (mut task, _) = taken(&log.records()[..1]);
    let before = (task.row().clone(), task.store().len());
    assert_eq!(task.step(&log.records()[1]).unwrap(), Progress::NeedsEdition(7));
    assert_eq!((task.row().clone(), task.store().len(), task.outputs()), (before.0, before.1, Vec::new()));
    task.add_edition(std::sync::Arc::new(Edition::new(7, Default::default()).unwrap()));
    assert_eq!(task.step(&log.records()[1]).unwrap(), Progress::Done);
    assert_eq!(task.row().edition, 7);
    // A notice that comes again, or late, changes nothing.
    task.outputs();
    task.step(&log.control(Control::Edition(7)).records()[3]).unwrap();
    assert_eq!((task.row().edition, task.outputs()), (7, Vec::new()));
}

#[test]
fn records_of_one_name_let_others_due_times_happen_under_different_names() {
    // A webhook retry has the same id as the original; each of the two fires another entity that is due.
    let log =
        TestLog::new().say(1, "put due=once").at(start() + Duration::from_millis(500)).say(2, "put due=once");
    let log = log
        .at(after(1))
        .say(3, "emit")
        .at(after(2))
        .again()
        .control(Control::Edition(7))
        .control(Control::Edition(7));
    let mut task = new_task();
    task.add_edition(std::sync::Arc::new(Edition::new(7, Default::default()).unwrap()));
    log.records().iter().for_each(|record| assert_eq!(task.step(record).unwrap(), Progress::Done));
    let outputs = task.outputs();
    let ids = |outputs: &[Outgoing]| -> Vec<String> {
        let events = outputs.iter().filter(|record| record.topic == TicketEvents::SPEC.name);
        events
            .map(|record| record.headers.iter().find(|(name, _)| *name == "ce_id").unwrap().1.to_string())
            .collect()
    };
    let all = ids(&outputs);
    let mut different = all.clone();
    different.sort();
    different.dedup();
    // Folding the retry is up to the machine: this one answers both, with the same id.
    assert_eq!(different.len(), all.len() - 1);
}

#[test]
fn what_is_dead_lettered_unprocessed_is_so_once_and_position_and_time_never_go_back() {
    let log = TestLog::new().say(1, "put emit").say(1, "emit").control(Control::Edition(7)).tick(after(1));
    let mut task = new_task();
    task.dead_letter(&log.records()[0], DeadClass::Uncommittable).unwrap();
    assert_eq!(classes(&task.outputs()), [DeadClass::Uncommittable]);
    task.step(&log.records()[1]).unwrap();
    task.outputs();
    task.dead_letter(&log.records()[0], DeadClass::Uncommittable).unwrap();
    assert_eq!((task.row().next_offset, task.outputs()), (2, Vec::new()));
    task.dead_letter(&log.records()[2], DeadClass::Uncommittable).unwrap();
    task.dead_letter(&log.records()[3], DeadClass::Uncommittable).unwrap();
    assert_eq!((task.row().edition, task.row().time, task.outputs()), (7, after(1), Vec::new()));
}

#[test]
fn a_record_whose_key_is_missing_is_a_fault_and_no_dead_letter() {
    let log = TestLog::new().say(1, "put emit");
    let mut task = toy::new_task_with(toy::other_ring());
    let is_missing = |outcome| matches!(outcome, Err(Fault::Decode(DecodeError::WrongKey(_))));
    assert!(is_missing(task.step(&log.records()[0]).map(drop)));
    assert!(is_missing(task.dead_letter(&log.records()[0], DeadClass::Uncommittable)));
    assert_eq!((task.row().next_offset, task.outputs()), (0, Vec::new()));
}
