//! The state of an installation as its broker shows it: who runs which machine, how far each is, what waits,
//! and what was dead-lettered.

mod members;

use std::collections::BTreeMap;

use pipeline::topology::{MachineSpec, topology};
use rdkafka::Offset;
use rdkafka::consumer::BaseConsumer;
use serde::Serialize;
use topics::catalogue::{Deliveries, Topic, TopicSpec};
use topics::codec::record::Incoming;
use topics::codec::task_row::TaskRow;
use topics::values::lane::Lane;
use topics::values::time::Time;

pub use self::members::Member;
use crate::clock::present;
use crate::kafka::client::partition_reader::{first_records, partition_reader, scan, task_rows};
use crate::kafka::client::transaction::committed;
use crate::kafka::dead_letters::LetterLane;
use crate::kafka::{Installation, LogError, REQUEST_TIMEOUT, ReaderContext, editions, ends};

/// How far before a store's end its task's row is looked for: it is the last record of the last transaction.
const NEAR: i64 = 1_000;

/// What the broker shows.
#[derive(Clone, Debug, Default, Serialize)]
pub struct BrokerFacts {
    /// The machines that run with the cut in force.
    pub machines: Vec<MachineFacts>,
    /// The sink of the municipalities and the intake.
    pub sink: Vec<Member>,
    /// The number of the newest edition that was published; 0 if none was.
    pub newest_edition: u32,
    /// The dead letters of each lane.
    pub dead_letters: Vec<LetterFacts>,
    /// The circuits that are open: while one is, a partition or a sender calls Twilio only to test it.
    pub open_circuits: Vec<OpenCircuit>,
    /// The topics that the sink reads: the end of each partition, by topic.
    #[serde(skip)]
    pub sink_ends: BTreeMap<(&'static str, u32), i64>,
}

/// A machine as the broker shows it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct MachineFacts {
    /// The name of the machine.
    pub name: &'static str,
    /// Whether it belongs to the police lane, of which only the age of the oldest record is shown.
    pub protected: bool,
    /// The processes that run it.
    pub members: Vec<Member>,
    /// How many partitions no process has.
    pub partitions_without_owner: usize,
    /// The age of the oldest record that it has not read, in seconds; 0 if none waits.
    pub oldest_unread_s: u64,
    /// How long a transaction has been open in its log, in seconds, while records wait behind it.
    pub open_transaction_s: u64,
    /// Its partitions; none for the police lane.
    pub partitions: Vec<PartitionFacts>,
}

/// A partition of a machine.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PartitionFacts {
    /// The number of the partition.
    pub partition: u32,
    /// The name of the process that has it, if one does.
    pub owner: Option<String>,
    /// How many offsets lie between the group's position and the end, control records included.
    pub behind: i64,
    /// The age of the oldest record that was not read, in seconds; 0 if none waits.
    pub oldest_unread_s: u64,
    /// The time of the log; missing for a stage that is cut out, and before the first record.
    pub log_time: Option<Time>,
    /// The edition in force in it; missing as for the time.
    pub edition: Option<u32>,
    /// Whether a new edition is still being applied to what the store holds.
    pub edition_pass: bool,
}

/// The dead letters of a lane.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LetterFacts {
    /// The name of the lane.
    pub lane: &'static str,
    /// How many a person still has to decide about; missing for the police lane.
    pub open: Option<usize>,
    /// The age of the oldest of them, in seconds; 0 without one.
    pub oldest_open_s: u64,
}

/// A circuit that is open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OpenCircuit {
    /// Since when it is open.
    pub at: Time,
    /// Twilio's error code that opened it.
    pub code: u32,
    /// When a call tests it next; missing while such a call is permitted.
    pub retry_at: Option<Time>,
}

/// Collects what the broker shows. `sink_topics` are those that the sink reads.
///
/// # Errors
/// The broker does not answer.
pub fn collect(installation: &Installation, sink_topics: &[&'static str]) -> Result<BrokerFacts, LogError> {
    let consumer = partition_reader(installation, "reader", "read_committed")?;
    let cut = editions::cut(installation)?;
    let newest = editions::read(installation, |number, newest| number == newest)?;
    let mut facts = BrokerFacts {
        sink: members::members(installation, &consumer, "sink")?,
        newest_edition: newest.into_keys().next_back().unwrap_or(0),
        open_circuits: circuits(installation, &consumer)?,
        ..BrokerFacts::default()
    };
    for machine in topology(cut) {
        facts.machines.push(machine_facts(installation, machine)?);
    }
    for lane in [Lane::Municipal, Lane::Intake, Lane::Protected] {
        facts.dead_letters.push(letter_facts(installation, lane)?);
    }
    for spec in sink_topics.iter().filter_map(|topic| topics::catalogue::spec(topic)) {
        for partition in 0..spec.partitions(installation.partitions) {
            let (_, end) = ends(&consumer, &installation.topic(spec.name), partition)?;
            facts.sink_ends.insert((spec.name, partition), end);
        }
    }
    Ok(facts)
}

/// The age in seconds of the oldest record at or after these positions of a topic, by partition. A
/// partition without such a record is left out.
///
/// # Errors
/// The broker does not answer.
pub fn oldest_unread(
    installation: &Installation,
    topic: &str,
    positions: BTreeMap<u32, i64>,
) -> Result<BTreeMap<u32, u64>, LogError> {
    let consumer = partition_reader(installation, "reader", "read_committed")?;
    ages(installation, &consumer, topic, positions)
}

fn ages(
    installation: &Installation,
    consumer: &BaseConsumer<ReaderContext>,
    topic: &str,
    positions: BTreeMap<u32, i64>,
) -> Result<BTreeMap<u32, u64>, LogError> {
    let found = first_records(installation, consumer, topic, positions, REQUEST_TIMEOUT)?;
    Ok(found.into_iter().map(|(partition, record)| (partition, age_s(record.time))).collect())
}

fn age_s(at: Time) -> u64 {
    present().since(at).as_secs()
}

fn machine_facts(
    installation: &Installation,
    machine: &'static MachineSpec,
) -> Result<MachineFacts, LogError> {
    let consumer = partition_reader(installation, machine.name, "read_committed")?;
    let log = installation.topic(machine.log.name);
    let members = members::members(installation, &consumer, machine.name)?;
    let rows = match machine.store {
        Some(store) => tail_rows(installation, &consumer, store)?,
        None => BTreeMap::new(),
    };
    let positions = committed(&consumer, &log, 0..installation.partitions)?;
    let mut partitions = Vec::new();
    let mut waiting = BTreeMap::new();
    for partition in 0..installation.partitions {
        let (low, end) = ends(&consumer, &log, partition)?;
        let row = rows.get(&partition);
        let next = positions.get(&partition).copied().or_else(|| row.map(|row| row.next_offset));
        let next = next.unwrap_or(low).max(low);
        if next < end {
            waiting.insert(partition, next);
        }
        partitions.push(PartitionFacts {
            partition,
            owner: owner(&members, machine.log.name, partition),
            behind: end - next,
            oldest_unread_s: 0,
            log_time: row.map(|row| row.time),
            edition: row.map(|row| row.edition),
            edition_pass: row.is_some_and(|row| row.cursor.is_some()),
        });
    }
    let ages = ages(installation, &consumer, machine.log.name, waiting)?;
    for facts in &mut partitions {
        facts.oldest_unread_s = ages.get(&facts.partition).copied().unwrap_or(0);
    }
    let protected = machine.lane == Lane::Protected;
    Ok(MachineFacts {
        name: machine.name,
        protected,
        partitions_without_owner: partitions.iter().filter(|facts| facts.owner.is_none()).count(),
        oldest_unread_s: partitions.iter().map(|facts| facts.oldest_unread_s).max().unwrap_or(0),
        open_transaction_s: open_transaction(installation, &consumer, machine.log)?,
        members: if protected { without_partitions(members) } else { members },
        partitions: if protected { Vec::new() } else { partitions },
    })
}

fn without_partitions(members: Vec<Member>) -> Vec<Member> {
    members.into_iter().map(|member| Member { partitions: BTreeMap::new(), ..member }).collect()
}

fn owner(members: &[Member], topic: &str, partition: u32) -> Option<String> {
    let has = |member: &&Member| {
        member.partitions.get(topic).is_some_and(|partitions| partitions.contains(&partition))
    };
    members.iter().find(has).map(|member| member.name.clone())
}

/// The row of each task that is near the end of its store.
fn tail_rows(
    installation: &Installation,
    consumer: &BaseConsumer<ReaderContext>,
    store: &'static TopicSpec,
) -> Result<BTreeMap<u32, TaskRow>, LogError> {
    let partitions = 0..installation.partitions;
    let from = partitions.map(|partition| (partition, Offset::OffsetTail(NEAR))).collect();
    task_rows(installation, consumer, store, from, REQUEST_TIMEOUT)
}

/// How long the oldest transaction that is open in a topic has been so, in seconds, by the first record that
/// readers of committed records cannot see.
fn open_transaction(
    installation: &Installation,
    committed: &BaseConsumer<ReaderContext>,
    topic: &'static TopicSpec,
) -> Result<u64, LogError> {
    let all = partition_reader(installation, "reader", "read_uncommitted")?;
    let name = installation.topic(topic.name);
    let mut hidden = BTreeMap::new();
    for partition in 0..topic.partitions(installation.partitions) {
        let (_, seen) = ends(committed, &name, partition)?;
        let (_, end) = ends(&all, &name, partition)?;
        if seen < end {
            hidden.insert(partition, seen);
        }
    }
    Ok(ages(installation, &all, topic.name, hidden)?.into_values().max().unwrap_or(0))
}

fn letter_facts(installation: &Installation, lane: Lane) -> Result<LetterFacts, LogError> {
    let read = LetterLane::of(lane).read(installation)?;
    let open: Vec<_> = read.cases.iter().filter(|case| case.state().is_open()).collect();
    let oldest = open.iter().map(|case| case.last.facts.at).min();
    Ok(LetterFacts {
        lane: lane.name(),
        open: (lane != Lane::Protected).then_some(open.len()),
        oldest_open_s: oldest.map_or(0, age_s),
    })
}

/// The circuits of the municipal deliveries that are open, by the last record of each key.
fn circuits(
    installation: &Installation,
    consumer: &BaseConsumer<ReaderContext>,
) -> Result<Vec<OpenCircuit>, LogError> {
    let from = (0..installation.partitions).map(|partition| (partition, Offset::Beginning)).collect();
    let mut open: BTreeMap<String, OpenCircuit> = BTreeMap::new();
    let take = |record: &Incoming| {
        note_circuit(&mut open, record);
        Ok(())
    };
    scan(installation, consumer, Deliveries::SPEC.name, from, REQUEST_TIMEOUT, take)?;
    Ok(open.into_values().collect())
}

/// Notes whether the circuit of the record's key is open.
fn note_circuit(open: &mut BTreeMap<String, OpenCircuit>, record: &Incoming) {
    let key = record.key_text().unwrap_or_default();
    match open_circuit(record) {
        Some(circuit) => drop(open.insert(key.to_owned(), circuit)),
        None => drop(open.remove(key)),
    }
}

/// The circuit that a record of the store of deliveries says is open.
fn open_circuit(record: &Incoming) -> Option<OpenCircuit> {
    #[derive(serde::Deserialize)]
    struct Written {
        at: Time,
        code: u32,
        retry_at: Option<Time>,
    }
    let is_circuit = record.header("ce_type").is_some_and(|kind| kind.ends_with(".circuit"));
    let value = record.value.as_deref().filter(|_| is_circuit)?;
    let Written { at, code, retry_at } = serde_json::from_slice(value).ok()?;
    Some(OpenCircuit { at, code, retry_at })
}
