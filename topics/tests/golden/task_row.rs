//! The task's row: it is in every store beside the records of the catalogue.

use std::collections::BTreeMap;

use expect_test::expect_file;
use serde_json::Value;
use topics::codec::record::Incoming;
use topics::codec::task_row::{Counts, LastRecord, TaskRow, TimeDecision};
use topics::records::dead_letters::StageName;

use crate::folder;
use crate::schemas::validator;
use crate::values::{at, ticket};

/// The file that shows it.
pub const FILE: &str = "task-row.json";

fn row() -> TaskRow {
    TaskRow {
        next_offset: 4_712,
        time: at(5),
        edition_at: None,
        edition: 3,
        serial: 42,
        cursor: Some(ticket(1).to_string()),
        transactional_id: "demo.tickets.machine-1.0".to_owned(),
        counts: BTreeMap::from([(
            StageName::of("track"),
            Counts { received: 9, forwarded: 6, filtered: 2, rejected: 1 },
        )]),
        last_record: None,
        time_decision: None,
    }
}

fn row_with_decision() -> TaskRow {
    let given_by = "demo.time.machine-1.0".to_owned();
    TaskRow { time_decision: Some(TimeDecision { time: at(5), before_offset: 4_800, given_by }), ..row() }
}

fn row_with_last_record() -> TaskRow {
    let last_record = LastRecord { offset: 4_710, time: at(5), source: StageName::of("converse") };
    TaskRow { last_record: Some(last_record), ..row() }
}

#[test]
fn a_row_reads_back_what_it_wrote() {
    let written = serde_json::to_string(&row()).unwrap();
    expect_file![folder().join(FILE)].assert_eq(&format!("{written}\n"));
    for row in [row(), row_with_last_record(), row_with_decision()] {
        let text = serde_json::to_string(&row).unwrap();
        assert_eq!(serde_json::from_str::<TaskRow>(&text).unwrap(), row);
    }
}

#[test]
fn a_row_of_another_version_is_still_read() {
    let mut other: Value = serde_json::to_value(TaskRow { cursor: None, ..row() }).unwrap();
    other.as_object_mut().unwrap().remove("cursor");
    other["a_field_of_tomorrow"] = Value::from(1);
    assert_eq!(serde_json::from_value::<TaskRow>(other).unwrap(), TaskRow { cursor: None, ..row() });
}

#[test]
fn an_operator_decides_the_time_of_the_records_that_were_in_the_log_and_of_no_others() {
    let record = |offset, time| Incoming { offset, time, ..Incoming::default() };
    let decided = row_with_decision();
    assert_eq!(decided.time_of(&record(4_799, at(9))), at(5));
    assert_eq!(decided.time_of(&record(4_799, at(4))), at(4));
    assert_eq!(decided.time_of(&record(4_800, at(9))), at(9));
    assert_eq!(row().time_of(&record(4_799, at(9))), at(9));
}

#[test]
fn the_schema_holds_for_a_row_at_work_and_for_the_first_one() {
    let validator = validator(&schemars::schema_for!(TaskRow));
    let first_pass = TaskRow { cursor: Some(String::new()), ..row() };
    for row in [row(), row_with_last_record(), row_with_decision(), TaskRow::default(), first_pass] {
        validator.validate(&serde_json::to_value(&row).unwrap()).unwrap();
    }
}
