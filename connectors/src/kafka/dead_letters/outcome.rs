//! What came of records that were replayed: whether their machine has processed them, what they led to, and
//! which of them failed again.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use pipeline::topology::MachineSpec;
use rdkafka::Offset;
use rdkafka::consumer::BaseConsumer;
use topics::catalogue::cut::Cut;
use topics::catalogue::{TicketEvents, Topic, TopicSpec};
use topics::codec::record::Incoming;
use topics::codec::sealing::KeyRing;
use topics::records::dead_letters::{DeadClass, Source, StageName};
use topics::records::ticket_events::Event;
use topics::values::ids::{EventId, TraceParent};

use super::case::LetterFacts;
use super::{OpenedRecord, settle};
use crate::kafka::client::partition_reader::{partition_reader, scan};
use crate::kafka::client::transaction::committed;
use crate::kafka::{Installation, LogError, REQUEST_TIMEOUT, ReaderContext, ends};

/// What came of a record that was replayed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReplayResult {
    /// Its machine has not read it yet.
    Waits,
    /// Its machine has processed it.
    Processed {
        /// How many records it led to, by topic and kind.
        led_to: BTreeMap<String, usize>,
        /// Why a command was refused, if it was one.
        refused: Option<String>,
    },
    /// It became a dead letter again.
    FailedAgain {
        /// The stage that could not process it.
        stage: StageName,
        /// The kind of failure.
        class: DeadClass,
    },
}

/// A record that was replayed.
pub struct Replayed {
    /// Where it is now.
    pub target: Source,
    /// The trace of the record, by which what it led to is recognised; missing if it has no id.
    pub trace: Option<String>,
}

/// The trace that all records that a record leads to belong to; `None` if it has no id.
pub fn trace_of(record: &OpenedRecord) -> Option<String> {
    let id: EventId = record.header("ce_id")?.parse().ok()?;
    let named = record.header("traceparent").and_then(|text| text.parse::<TraceParent>().ok());
    trace_id(named.unwrap_or_else(|| TraceParent::root(&id)).as_str())
}

/// The id of the trace in a `traceparent`.
fn trace_id(traceparent: &str) -> Option<String> {
    traceparent.get(3..35).map(str::to_owned)
}

/// Watches what a machine writes from some moment on.
pub struct Watch {
    installation: Installation,
    machine: &'static MachineSpec,
    /// The ends of the topics that it writes, at that moment.
    ends: BTreeMap<&'static str, BTreeMap<u32, i64>>,
    consumer: BaseConsumer<ReaderContext>,
}

impl Watch {
    /// Watches `machine` from now on, in a topic set with this cut.
    ///
    /// # Errors
    /// The broker does not answer.
    pub fn begin(
        installation: &Installation,
        machine: &'static MachineSpec,
        cut: Cut,
    ) -> Result<Self, LogError> {
        let consumer = partition_reader(installation, machine.name, "read_committed")?;
        let mut written = BTreeMap::new();
        for topic in written_by(machine, cut) {
            let mut partitions = BTreeMap::new();
            for partition in 0..topic.partitions(installation.partitions) {
                let (_, end) = ends(&consumer, &installation.topic(topic.name), partition)?;
                partitions.insert(partition, end);
            }
            written.insert(topic.name, partitions);
        }
        Ok(Self { installation: installation.clone(), machine, ends: written, consumer })
    }

    /// The machine that is watched.
    pub const fn machine(&self) -> &'static MachineSpec {
        self.machine
    }

    /// Waits until the machine has processed these records, but not longer than `patience`, and says what
    /// came of each.
    ///
    /// # Errors
    /// The broker does not answer.
    pub fn wait(
        &self,
        ring: &Arc<KeyRing>,
        replayed: &[Replayed],
        patience: Duration,
    ) -> Result<Vec<ReplayResult>, LogError> {
        let began = Instant::now();
        let mut positions = self.positions()?;
        while !replayed.iter().all(|one| is_past(&positions, &one.target)) && began.elapsed() < patience {
            std::thread::sleep(Duration::from_millis(200));
            positions = self.positions()?;
        }
        let mut found: Vec<ReplayResult> = replayed
            .iter()
            .map(|one| match is_past(&positions, &one.target) {
                true => ReplayResult::Processed { led_to: BTreeMap::new(), refused: None },
                false => ReplayResult::Waits,
            })
            .collect();
        let finder = Finder::new(self.machine, replayed);
        for topic in self.topics() {
            settle(&self.installation, topic)?;
            let from = self.ends.get(topic.name).cloned().unwrap_or_default();
            let from =
                from.into_iter().map(|(partition, offset)| (partition, Offset::Offset(offset))).collect();
            scan(&self.installation, &self.consumer, topic.name, from, REQUEST_TIMEOUT, |record| {
                finder.take(ring, record, &mut found);
                Ok(())
            })?;
        }
        Ok(found)
    }

    fn topics(&self) -> impl Iterator<Item = &'static TopicSpec> {
        self.ends.keys().filter_map(|name| topics::catalogue::spec(name))
    }

    /// The offsets that the machine reads next.
    fn positions(&self) -> Result<BTreeMap<u32, i64>, LogError> {
        let log = self.installation.topic(self.machine.log.name);
        committed(&self.consumer, &log, 0..self.installation.partitions)
    }
}

/// Whether `machine` has processed the record at `target`.
///
/// # Errors
/// The broker does not answer.
pub fn is_processed(
    installation: &Installation,
    machine: &MachineSpec,
    target: &Source,
) -> Result<bool, LogError> {
    let consumer = partition_reader(installation, machine.name, "read_committed")?;
    let log = installation.topic(machine.log.name);
    let positions = committed(&consumer, &log, std::iter::once(target.partition))?;
    Ok(is_past(&positions, target))
}

/// Whether a machine at these positions has processed the record at `target`.
fn is_past(positions: &BTreeMap<u32, i64>, target: &Source) -> bool {
    positions.get(&target.partition).is_some_and(|next| *next > target.offset)
}

/// The topics that a machine writes, without its store.
fn written_by(machine: &'static MachineSpec, cut: Cut) -> Vec<&'static TopicSpec> {
    let mut topics = vec![machine.dead_letters];
    for topic in machine.chain(cut).into_iter().flat_map(|(_, writes)| writes.iter().copied()) {
        if !topics.iter().any(|known| known.name == topic.name) {
            topics.push(topic);
        }
    }
    topics
}

/// Finds the records that replayed ones led to.
struct Finder<'a> {
    dead_letters: &'static str,
    by_source: BTreeMap<(&'a str, u32, i64), usize>,
    by_trace: BTreeMap<&'a str, usize>,
}

impl<'a> Finder<'a> {
    fn new(machine: &MachineSpec, replayed: &'a [Replayed]) -> Self {
        let source = |source: &'a Source| (source.topic.as_str(), source.partition, source.offset);
        let numbered = || replayed.iter().enumerate();
        Self {
            dead_letters: machine.dead_letters.name,
            by_source: numbered().map(|(number, one)| (source(&one.target), number)).collect(),
            by_trace: numbered().filter_map(|(number, one)| Some((one.trace.as_deref()?, number))).collect(),
        }
    }

    fn take(&self, ring: &Arc<KeyRing>, record: &Incoming, found: &mut [ReplayResult]) {
        if record.topic == self.dead_letters {
            self.take_letter(record, found);
            return;
        }
        let trace = record.header("traceparent").and_then(|text| text.get(3..35));
        let number = trace.and_then(|trace| self.by_trace.get(trace)).copied();
        // The replayed record itself may be in a topic that the machine writes.
        let is_replayed = record.header(topics::codec::record::REPLAYED_HEADER).is_some();
        let outcome = number.filter(|_| !is_replayed).and_then(|number| found.get_mut(number));
        if let Some(ReplayResult::Processed { led_to, refused }) = outcome {
            let kind = record.header("ce_type").unwrap_or(&record.topic).to_owned();
            *led_to.entry(kind).or_default() += 1;
            if let Some(why) = refusal(ring, record) {
                *refused = Some(why);
            }
        }
    }

    fn take_letter(&self, record: &Incoming, found: &mut [ReplayResult]) {
        let facts: Option<LetterFacts> =
            record.value.as_deref().and_then(|value| serde_json::from_slice(value).ok());
        let Some(LetterFacts { source, stage, class, .. }) = facts else { return };
        let address = (source.topic.as_str(), source.partition, source.offset);
        // A due time that failed while the record was processed is another matter.
        let number = self.by_source.get(&address).filter(|_| class != DeadClass::DueFailed);
        if let Some(outcome) = number.and_then(|number| found.get_mut(*number)) {
            *outcome = ReplayResult::FailedAgain { stage, class };
        }
    }
}

/// Why a command was refused, if `record` is the event that says so and the keys can open it.
fn refusal(ring: &Arc<KeyRing>, record: &Incoming) -> Option<String> {
    if record.topic != TicketEvents::SPEC.name {
        return None;
    }
    match record.decode::<TicketEvents>(ring).ok()?.1.event {
        Event::Refused { refusal, .. } => Some(format!("{refusal}: {}", refusal.explain())),
        _ => None,
    }
}
