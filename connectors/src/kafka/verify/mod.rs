//! Whether the logs, the stores and the groups of an installation agree with each other, and whether every
//! message and command of a span is accounted for. Nothing is opened: everything that is compared is in
//! headers and open fields.

pub mod accounts;
pub mod check;
mod spans;

use std::collections::{BTreeMap, BTreeSet};

use pipeline::topology::{MachineSpec, topology};
use rdkafka::Offset;
use topics::catalogue::{Tickets, Topic};
use topics::codec::record::Incoming;
use topics::codec::task_row::TaskRow;
use topics::values::ids::TicketId;
use topics::values::lane::Lane;
use topics::values::time::Time;

use self::accounts::{Accounts, CheckedLanes, Span};
use self::check::Check;
use crate::kafka::client::partition_reader::{partition_reader, scan, task_rows};
use crate::kafka::client::transaction::committed;
use crate::kafka::{Installation, LogError, REQUEST_TIMEOUT, editions, ends};

/// How far before a store's end its task's row is looked for: it is the last record of the last transaction.
const NEAR: i64 = 1_000;

/// Where a machine is in a partition, as its group and its store say.
struct Positions {
    low: i64,
    end: i64,
    /// The offset of the group before the row was read, and after.
    group: (Option<i64>, Option<i64>),
    row: Option<TaskRow>,
    has_store: bool,
}

impl Positions {
    /// What does not agree; `None` if all does. A machine that runs moves on between two looks, so the row
    /// has to lie between the offsets of the group before and after it.
    fn difference(&self) -> Option<String> {
        let Self { low, end, group: (before, after), row, has_store } = self;
        let Some(next) = after.or_else(|| row.as_ref().map(|row| row.next_offset)) else {
            // Nothing was ever processed: then the log has to be there from its beginning.
            let is_lost = *low > 1;
            return is_lost.then(|| "nothing was processed, and the log's first records are gone".to_owned());
        };
        if next > *end {
            return Some(format!("the position {next} is behind the end of the log, {end}"));
        }
        if next < *low && next + 1 != *low {
            return Some(format!("the position {next} is before the beginning of the log, {low}"));
        }
        match (row, before) {
            (Some(row), Some(before)) if row.next_offset < *before || row.next_offset > next => {
                let row = row.next_offset;
                Some(format!("the task's row says {row}, the group {next}"))
            }
            (None, _) if *has_store => Some(
                "the store has no row of the task near its end, though the group has an offset".to_owned(),
            ),
            _ => None,
        }
    }

    /// The stages whose counts do not add up.
    fn miscounted(&self) -> Vec<String> {
        let counts = self.row.iter().flat_map(|row| &row.counts);
        let wrong = counts.filter(|(_, of)| of.received != of.forwarded + of.filtered + of.rejected);
        let text = |stage: &str, of: &topics::codec::task_row::Counts| {
            format!(
                "{stage}: received {}, but forwarded {} + filtered {} + rejected {}",
                of.received, of.forwarded, of.filtered, of.rejected
            )
        };
        wrong.map(|(stage, of)| text(stage.as_str(), of)).collect()
    }
}

/// Compares logs, stores and groups, and accounts for what came in since `since`.
///
/// # Errors
/// The broker does not answer.
pub fn broker(
    installation: &Installation,
    since: Time,
    lanes: CheckedLanes,
) -> Result<(Vec<Check>, Accounts), LogError> {
    let mut positions = Check::new("positions: task rows, groups and logs agree");
    let mut counts = Check::new("counts: received = forwarded + filtered + rejected");
    let cut = editions::cut(installation)?;
    let shown = |machine: &&MachineSpec| lanes == CheckedLanes::All || machine.lane != Lane::Protected;
    for machine in topology(cut).filter(shown) {
        for (partition, found) in machine_positions(installation, machine)? {
            let place = format!("{}, partition {partition}", machine.name);
            positions.compare(found.difference().map(|why| format!("{place}: {why}")));
            let wrong = found.miscounted();
            counts.compared += found.row.as_ref().map_or(0, |row| row.counts.len());
            counts.differences.extend(wrong.into_iter().map(|why| format!("{place}: {why}")));
        }
    }
    let span = Span::read(installation, since, cut)?;
    let (commands, accounts) = span.account(lanes);
    Ok((vec![positions, counts, commands], accounts))
}

fn machine_positions(
    installation: &Installation,
    machine: &'static MachineSpec,
) -> Result<BTreeMap<u32, Positions>, LogError> {
    let consumer = partition_reader(installation, machine.name, "read_committed")?;
    let log = installation.topic(machine.log.name);
    let before = committed(&consumer, &log, 0..installation.partitions)?;
    let mut rows = match machine.store {
        Some(store) => {
            let partitions = 0..installation.partitions;
            let from = partitions.map(|partition| (partition, Offset::OffsetTail(NEAR))).collect();
            task_rows(installation, &consumer, store, from, REQUEST_TIMEOUT)?
        }
        None => BTreeMap::new(),
    };
    let after = committed(&consumer, &log, 0..installation.partitions)?;
    let mut found = BTreeMap::new();
    for partition in 0..installation.partitions {
        let (low, end) = ends(&consumer, &log, partition)?;
        let group = (before.get(&partition).copied(), after.get(&partition).copied());
        let row = rows.remove(&partition);
        found.insert(partition, Positions { low, end, group, row, has_store: machine.store.is_some() });
    }
    Ok(found)
}

/// The beginning and the end of each partition, by topic and partition.
pub type Ranges = BTreeMap<(String, u32), (i64, i64)>;

/// The beginning and the end of each partition of these topics.
///
/// # Errors
/// The broker does not answer.
pub fn ranges(installation: &Installation, topics: &[&'static str]) -> Result<Ranges, LogError> {
    let consumer = partition_reader(installation, "reader", "read_committed")?;
    let mut found = Ranges::new();
    for spec in topics.iter().filter_map(|topic| topics::catalogue::spec(topic)) {
        for partition in 0..spec.partitions(installation.partitions) {
            let range = ends(&consumer, &installation.topic(spec.name), partition)?;
            found.insert((spec.name.to_owned(), partition), range);
        }
    }
    Ok(found)
}

/// The versions of all tickets in their store, and the end of each partition up to which they were read.
pub struct StoredTickets {
    /// The version of each ticket.
    pub versions: BTreeMap<String, u64>,
    /// The offset after the last record that was read, by partition.
    pub ends: BTreeMap<u32, i64>,
}

/// Reads the versions of all tickets in their store.
///
/// # Errors
/// The broker does not answer.
pub fn stored_tickets(installation: &Installation) -> Result<StoredTickets, LogError> {
    let consumer = partition_reader(installation, "reader", "read_committed")?;
    let from = (0..installation.partitions).map(|partition| (partition, Offset::Beginning)).collect();
    let mut found = StoredTickets { versions: BTreeMap::new(), ends: BTreeMap::new() };
    let take = |record: &Incoming| {
        found.take(record);
        Ok(())
    };
    scan(installation, &consumer, Tickets::SPEC.name, from, REQUEST_TIMEOUT, take)?;
    Ok(found)
}

impl StoredTickets {
    /// Notes a record of the store. A row without a version is left out: another check finds it.
    fn take(&mut self, record: &Incoming) {
        #[derive(serde::Deserialize)]
        struct Versioned {
            version: u64,
        }
        self.ends.insert(record.partition, record.offset + 1);
        let Some(key) = record.key_text().filter(|key| key.parse::<TicketId>().is_ok()) else { return };
        match record.value.as_deref().map(serde_json::from_slice::<Versioned>) {
            Some(Ok(Versioned { version })) => drop(self.versions.insert(key.to_owned(), version)),
            Some(Err(_)) => {}
            None => drop(self.versions.remove(key)),
        }
    }
}

/// The tickets of the store that the table lacks, or has in an older version.
pub fn compare_tickets(stored: &BTreeMap<String, u64>, table: &BTreeMap<String, u64>) -> Check {
    let mut check = Check::new("tickets: every ticket of the store is in its table, as new");
    for (id, version) in stored {
        check.compare(match table.get(id) {
            None => Some(format!("ticket {id} is not in the table")),
            Some(known) if known < version => {
                Some(format!("ticket {id} is at version {known} in the table, at {version} in the store"))
            }
            Some(_) => None,
        });
    }
    check
}

/// The positions of a sink that its logs do not contain.
pub fn compare_sink(offsets: &BTreeMap<(String, u32), i64>, ranges: &Ranges) -> Check {
    let mut check = Check::new("sink: the offsets of the tables lie in their logs");
    let places: BTreeSet<&(String, u32)> = ranges.keys().collect();
    for place in places {
        let (Some((low, end)), next) = (ranges.get(place), offsets.get(place)) else { continue };
        let (topic, partition) = place;
        let next = next.copied().unwrap_or(0);
        check.compare(if next > *end {
            Some(format!("{topic}, partition {partition}: the table is at {next}, the log ends at {end}"))
        } else if next + 1 < *low && next > 0 {
            Some(format!("{topic}, partition {partition}: the table is at {next}, the log begins at {low}"))
        } else {
            None
        });
    }
    check
}

#[cfg(test)]
mod tests {
    use topics::codec::task_row::Counts;
    use topics::records::dead_letters::StageName;

    use super::*;

    fn positions(before: i64, row: i64, after: i64) -> Positions {
        let row = TaskRow { next_offset: row, ..TaskRow::default() };
        Positions { low: 10, end: 100, group: (Some(before), Some(after)), row: Some(row), has_store: true }
    }

    #[test]
    fn a_position_lies_in_its_log_and_its_row_between_two_looks_at_the_group() {
        assert_eq!(positions(50, 50, 50).difference(), None);
        assert_eq!(positions(50, 55, 60).difference(), None);
        let said = |before, row, after| positions(before, row, after).difference().unwrap_or_default();
        assert_eq!(said(50, 49, 50), "the task's row says 49, the group 50");
        assert_eq!(said(50, 61, 60), "the task's row says 61, the group 60");
        assert!(said(101, 101, 101).contains("behind the end of the log, 100"));
        assert!(said(8, 8, 8).contains("before the beginning of the log, 10"));
        assert_eq!(positions(9, 9, 9).difference(), None, "only a control record is gone");
        let without_row = Positions { row: None, ..positions(50, 50, 50) };
        assert!(without_row.difference().unwrap_or_default().contains("has no row of the task"));
        assert_eq!(Positions { has_store: false, ..without_row }.difference(), None);
        let new = Positions { low: 0, end: 0, group: (None, None), row: None, has_store: true };
        assert_eq!(new.difference(), None);
        assert!(Positions { low: 7, ..new }.difference().is_some());
    }

    #[test]
    fn counts_that_do_not_add_up_are_named_with_their_stage() {
        let mut row = TaskRow::default();
        let counts = |forwarded| Counts { received: 5, forwarded, filtered: 1, rejected: 1 };
        row.counts.insert(StageName::of("track"), counts(3));
        row.counts.insert(StageName::of("detect"), counts(2));
        let found = Positions { row: Some(row), ..positions(50, 50, 50) };
        assert_eq!(found.miscounted(), ["detect: received 5, but forwarded 2 + filtered 1 + rejected 1"]);
    }

    #[test]
    fn a_ticket_that_the_table_lacks_and_an_offset_outside_of_its_log_are_named() {
        let of = |pairs: &[(&str, u64)]| pairs.iter().map(|(id, at)| ((*id).to_owned(), *at)).collect();
        let check =
            compare_tickets(&of(&[("a", 3), ("b", 2), ("c", 1)]), &of(&[("a", 3), ("b", 1), ("d", 9)]));
        assert_eq!(check.compared, 3);
        let said =
            ["ticket b is at version 1 in the table, at 2 in the store", "ticket c is not in the table"];
        assert_eq!(check.differences, said);

        let at = |topic: &str| (topic.to_owned(), 0);
        let ranges = [(at("a"), (5, 9)), (at("b"), (5, 9)), (at("c"), (5, 9)), (at("d"), (5, 9))];
        let offsets = [(at("a"), 9), (at("b"), 10), (at("c"), 3)];
        let check = compare_sink(&offsets.into(), &ranges.into());
        assert_eq!((check.compared, check.differences.len()), (4, 2), "{check:?}");
        assert!(check.differences[0].contains("the log ends at 9"), "{check:?}");
        assert!(check.differences[1].contains("the log begins at 5"), "{check:?}");
    }
}
