//! Whether a log still holds what the database of a sink expects of it, partition by partition.

use std::collections::BTreeMap;
use std::time::Duration;

use pipeline::topology::is_stage;
use rdkafka::consumer::BaseConsumer;
use topics::catalogue::{Use, spec};
use topics::codec::task_row::REPLAY;
use topics::values::lane::Lane;

use crate::batch::Mark;
use crate::kafka::client::log_ends::TopicPartition;
use crate::kafka::client::partition_reader::{first_records, partition_reader};
use crate::kafka::{Installation, LogError, ReaderContext, ends};

/// Where the database of a sink is in a partition.
#[derive(Clone, Default)]
pub(super) struct SinkPosition {
    /// The offset that is read next.
    pub(super) next: i64,
    /// The offset of the last record with an id that was written.
    pub(super) last_offset: Option<i64>,
    /// Who wrote that record.
    pub(super) last_source: Option<String>,
}

impl From<&Mark> for SinkPosition {
    fn from(mark: &Mark) -> Self {
        Self { next: mark.next, last_offset: mark.last_offset, last_source: mark.last_source.clone() }
    }
}

/// How long the broker may take to show the last records of a topic.
const COMPARE: Duration = Duration::from_secs(60);

/// The partitions whose log is not the one that the database was filled from, with the reason of each.
///
/// # Errors
/// The broker cannot be asked.
pub(super) fn disagreements(
    installation: &Installation,
    marks: Vec<Mark>,
) -> Result<BTreeMap<TopicPartition, String>, LogError> {
    let reader = partition_reader(installation, "reader", "read_committed")?;
    let mut by_topic: BTreeMap<&'static str, Vec<Mark>> = BTreeMap::new();
    for mark in marks {
        // A topic that is not in the catalogue any more is not read either.
        if let Some(spec) = spec(&mark.topic) {
            by_topic.entry(spec.name).or_default().push(mark);
        }
    }
    let mut found = BTreeMap::new();
    for (topic, marks) in by_topic {
        for (partition, why) in compare_topic(installation, &reader, topic, &marks)? {
            found.insert((topic, partition), why);
        }
    }
    Ok(found)
}

fn compare_topic(
    installation: &Installation,
    reader: &BaseConsumer<ReaderContext>,
    topic: &str,
    marks: &[Mark],
) -> Result<BTreeMap<u32, String>, LogError> {
    let name = installation.topic(topic);
    let mut log_ends = BTreeMap::new();
    let mut from = BTreeMap::new();
    for mark in marks {
        let (low, end) = ends(reader, &name, mark.partition)?;
        log_ends.insert(mark.partition, end);
        if let Some(last) = mark.last_offset.filter(|last| (low..end).contains(last)) {
            from.insert(mark.partition, last);
        }
    }
    let records = first_records(installation, reader, topic, from, COMPARE)?;
    let disagreement = |mark: &Mark| {
        let end = log_ends.get(&mark.partition).copied().unwrap_or(0);
        let why = mark.agrees(end, records.get(&mark.partition)).err()?;
        Some((mark.partition, why.to_string()))
    };
    Ok(marks.iter().filter_map(disagreement).collect())
}

/// Why a log that begins at `low` and ends at `end` cannot be read from `position` on; `None` if it can. For
/// the police lane the reason has no offsets: they would count its records.
pub(super) fn unreadable_from(
    (topic, partition): TopicPartition,
    at: &SinkPosition,
    low: i64,
    end: i64,
) -> Option<String> {
    let position = at.next;
    let offsets = |text: String| match spec(topic).map(|spec| spec.lane) {
        Some(Lane::Municipal) => text,
        _ => String::new(),
    };
    if position > end {
        let offsets = offsets(format!(" (the log ends at offset {end}, the tables are at {position})"));
        return Some(format!(
            "{topic}, partition {partition}, has lost records that are in the tables{offsets}; find the \
             cause, then run: trust-engine sink adopt"
        ));
    }
    let is_lost = position > 0 && position < low && !is_only_a_control_record(topic, at, low);
    if !is_lost {
        return None;
    }
    let offsets = offsets(format!(" (the log begins at offset {low}, the tables are at {position})"));
    Some(format!(
        "records of {topic}, partition {partition}, were deleted before they were in the tables{offsets}; \
         find the cause, then run: trust-engine sink adopt"
    ))
}

/// Whether all that was deleted at and after the position was the control record of the transaction that the
/// last record belongs to. Stages and replays write in transactions only, connectors append outside of them.
/// Who wrote the last record is not known of rows that an older version has written: they are taken for a
/// stage's, except in a topic of dead letters. A position that does not follow the last record is past
/// control records already.
fn is_only_a_control_record(topic: &str, at: &SinkPosition, low: i64) -> bool {
    let follows_record = at.last_offset.is_none_or(|last| last + 1 == at.next);
    let in_transactions = match &at.last_source {
        Some(source) => is_stage(source) || source == REPLAY,
        None => spec(topic).is_some_and(|spec| spec.used_as != Use::DeadLetters),
    };
    low == at.next + 1 && follows_record && in_transactions
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A sink that has written all records before `next`, the last of them a stage's.
    fn read_to(next: i64) -> SinkPosition {
        SinkPosition { next, last_offset: next.checked_sub(1), last_source: Some("track".to_owned()) }
    }

    #[test]
    fn a_log_is_read_on_where_nothing_is_missing_before_the_position_and_nothing_after_it() {
        let tickets = |next, low, end| unreadable_from(("tickets", 3), &read_to(next), low, end);
        assert_eq!(tickets(0, 500, 600), None, "the database has nothing yet");
        assert_eq!(tickets(500, 500, 600), None);
        assert_eq!(tickets(600, 500, 600), None);
        assert_eq!(tickets(499, 500, 600), None, "only a control record is gone");
        assert!(
            tickets(498, 500, 600)
                .unwrap()
                .contains("deleted before they were in the tables (the log begins")
        );
        assert!(tickets(601, 500, 600).unwrap().contains("has lost records"));
    }

    #[test]
    fn a_deleted_control_record_of_a_dead_letter_is_no_loss_and_a_deleted_dead_letter_of_a_connector_is() {
        let written_by = |source: Option<&str>| {
            let at = SinkPosition { last_source: source.map(str::to_owned), ..read_to(499) };
            unreadable_from(("dead-letters", 0), &at, 500, 600)
        };
        assert_eq!(written_by(Some("track")), None);
        assert_eq!(written_by(Some(REPLAY)), None);
        for source in [Some("sink"), Some("whatsapp"), Some("unknown"), None] {
            assert!(written_by(source).unwrap().contains("were deleted"), "{source:?}");
        }
        let review = SinkPosition { last_source: Some("dead-letters".to_owned()), ..read_to(499) };
        assert!(unreadable_from(("dead-letter-reviews", 0), &review, 500, 600).is_some());
        let older = SinkPosition { last_source: None, ..read_to(499) };
        assert_eq!(unreadable_from(("tickets", 0), &older, 500, 600), None);
    }

    #[test]
    fn a_record_that_was_deleted_after_a_control_record_is_not_taken_for_one() {
        let past_marker = SinkPosition { last_offset: Some(498), ..read_to(500) };
        let why = unreadable_from(("ticket-events", 0), &past_marker, 501, 600).unwrap();
        assert!(why.contains("were deleted before they were in the tables"), "{why}");
    }

    #[test]
    fn no_reason_counts_the_protected_lane() {
        for (position, low, end) in [(418, 517, 619), (631, 517, 619)] {
            let why = unreadable_from(("protected-tickets", 0), &read_to(position), low, end).unwrap();
            assert!(!["418", "517", "619", "631"].iter().any(|offset| why.contains(offset)), "{why}");
        }
    }
}
