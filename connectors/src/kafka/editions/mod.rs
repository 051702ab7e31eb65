//! The topic `editions`: followed by processes whose tasks need what it holds (editions, and how the topic
//! set is cut), and read by commands.

mod assembler;
mod cache;
mod held;
pub mod task_editions;

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender};
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::{Offset, TopicPartitionList};
use topics::catalogue::cut::Cut;
use topics::catalogue::{Editions as EditionsTopic, Topic};
use topics::codec::record::{Address, Envelope, Incoming, Outgoing, encode};
use topics::records::editions::{EditionRecord, Fingerprint};

use self::assembler::Assembler;
pub use self::assembler::Published;
pub use self::cache::EditionCache;
use self::held::HeldRecords;
use crate::kafka::client::convert;
use crate::kafka::client::log_lines;
use crate::kafka::client::partition_reader::{partition_reader, scan};
use crate::kafka::client::shutdown::Shutdown;
use crate::kafka::{Installation, LogError, REQUEST_TIMEOUT, ReaderContext};

const TOPIC: &str = EditionsTopic::SPEC.name;

/// How often the progress of the first reading is logged.
const PROGRESS: Duration = Duration::from_secs(10);
/// Where the topic is read from. Compaction moves the beginning of no topic; if an operator has deleted its
/// first records, the reader is set to the earliest one. `Offset::Beginning` would be asked of the broker
/// before the client knows who leads the partition, and asked again half a second later.
const BEGINNING: Offset = Offset::Offset(0);

fn rewind(consumer: &BaseConsumer<ReaderContext>, installation: &Installation) -> Result<(), LogError> {
    let mut from = TopicPartitionList::new();
    let added = from.add_partition_offset(&installation.topic(TOPIC), 0, BEGINNING);
    added.and_then(|()| consumer.assign(&from)).map_err(LogError::client("reading editions"))
}

/// The decoded record; `None` if it is a tombstone or cannot be read.
fn decoded(record: &Incoming) -> Option<EditionRecord> {
    let read = serde_json::from_slice(record.value.as_deref()?);
    read.inspect_err(
        |error| tracing::error!(offset = record.offset, %error, "a record of editions cannot be read"),
    )
    .ok()
}

/// The editions that the topic holds now and that are `wanted`, as they were published. `wanted` is given the
/// number of an edition and that of the newest.
///
/// # Errors
/// The topic cannot be read.
pub fn read(
    installation: &Installation,
    wanted: impl Fn(u32, u32) -> bool,
) -> Result<BTreeMap<u32, Published>, LogError> {
    let mut assembler = Assembler::default();
    loop {
        each(installation, |record| assembler.take(record))?;
        let newest = assembler.numbers().next_back().unwrap_or(0);
        let chosen = assembler.numbers().filter(|number| wanted(*number, newest)).collect();
        let end = assembler.at_end(&chosen);
        if !end.read_again {
            let complete = end.complete.into_iter();
            return Ok(complete.map(|published| (published.manifest.number, published)).collect());
        }
    }
}

/// The numbers of the editions that the topic holds completely now.
///
/// # Errors
/// The topic cannot be read.
pub fn held(installation: &Installation) -> Result<BTreeSet<u32>, LogError> {
    let mut held = HeldRecords::default();
    scan(
        installation,
        &partition_reader(installation, "reader", "read_committed")?,
        TOPIC,
        BTreeMap::from([(0, BEGINNING)]),
        REQUEST_TIMEOUT,
        |record| {
            // A record that cannot be read replaces the one of its key all the same.
            held.take(record.key_text().unwrap_or_default(), decoded(record));
            Ok(())
        },
    )?;
    Ok(held.complete())
}

/// A record of the topic. It holds no personal data, so it is not sealed and needs no key.
///
/// # Errors
/// The record cannot be encoded.
pub(crate) fn outgoing(
    source: &str,
    envelope: &Envelope,
    key: String,
    record: &EditionRecord,
) -> Result<Outgoing, LogError> {
    let keyless = Arc::default();
    encode::<EditionsTopic>(&keyless, source, envelope, Address::ByKey(1), key, record)
        .map_err(|error| LogError::Topics(error.to_string()))
}

/// The cut of the topic set, by the last notice that the topic holds now.
///
/// # Errors
/// The topic cannot be read.
pub fn cut(installation: &Installation) -> Result<Cut, LogError> {
    let mut last = Cut::default();
    each(installation, |record| {
        if let EditionRecord::Cut(notice) = record {
            last = notice.cut;
        }
    })?;
    Ok(last)
}

/// The fingerprints of the installation's secrets, by the last record of each that the topic holds now.
///
/// # Errors
/// The topic cannot be read.
pub fn fingerprints(installation: &Installation) -> Result<BTreeMap<String, String>, LogError> {
    let mut last = BTreeMap::new();
    each(installation, |record| {
        if let EditionRecord::Fingerprint(Fingerprint { of, hash, .. }) = record {
            last.insert(of, hash);
        }
    })?;
    Ok(last.into_iter().filter_map(|(of, hash)| Some((of, hash?))).collect())
}

/// Calls `take` with each record that the topic holds now and that can be read.
fn each(installation: &Installation, mut take: impl FnMut(EditionRecord)) -> Result<(), LogError> {
    scan(
        installation,
        &partition_reader(installation, "reader", "read_committed")?,
        TOPIC,
        BTreeMap::from([(0, BEGINNING)]),
        REQUEST_TIMEOUT,
        |record| {
            decoded(record).into_iter().for_each(&mut take);
            Ok(())
        },
    )
}

/// Follows the topic on a thread of its own; returns when the newest edition that the topic holds now is in
/// the cache. Until then it logs its progress.
///
/// # Errors
/// A stop was requested before the end was reached, or the thread could not be made.
pub fn follow(installation: &Installation, editions: &EditionCache, stop: &Shutdown) -> Result<(), LogError> {
    let (caught_up, wait) = std::sync::mpsc::channel();
    let records = Arc::new(AtomicU64::new(0));
    let follower = Follower {
        consumer: partition_reader(installation, "reader", "read_committed")?,
        installation: installation.clone(),
        editions: editions.clone(),
        assembler: Assembler::default(),
        unusable: BTreeSet::new(),
        missing: BTreeSet::new(),
        records: records.clone(),
        caught_up: false,
    };
    rewind(&follower.consumer, installation)?;
    let is_stopped = stop.clone();
    let thread = std::thread::Builder::new().name("editions".to_owned());
    thread
        .spawn(move || follower.run(&is_stopped, &caught_up))
        .map_err(|error| LogError::Alarm(format!("a thread cannot be made: {error}")))?;
    loop {
        match wait.recv_timeout(PROGRESS) {
            Ok(()) => return Ok(()),
            Err(RecvTimeoutError::Timeout) => {
                let records = records.load(Ordering::Relaxed);
                tracing::info!(records, "reads the topic editions; nothing is processed before its end");
            }
            Err(RecvTimeoutError::Disconnected) if stop.is_requested() => return Err(LogError::Stopped),
            Err(RecvTimeoutError::Disconnected) => {
                return Err(LogError::Alarm("the thread that reads editions has ended".to_owned()));
            }
        }
    }
}

/// Adds editions to the cache as they are published.
struct Follower {
    consumer: BaseConsumer<ReaderContext>,
    installation: Installation,
    editions: EditionCache,
    assembler: Assembler,
    /// The editions whose content cannot be used.
    unusable: BTreeSet<u32>,
    /// The editions that were asked for and that the topic does not hold.
    missing: BTreeSet<u32>,
    /// How many records were read.
    records: Arc<AtomicU64>,
    /// Whether the end of the topic was reached since it was last read from its beginning.
    caught_up: bool,
}

impl Follower {
    /// Follows the topic until a stop is requested. Sends to `caught_up` each time that the end is reached.
    fn run(mut self, stop: &Shutdown, caught_up: &Sender<()>) {
        while !stop.is_requested() {
            match catch_unwind(AssertUnwindSafe(|| self.step())) {
                // The receiver waits only for the first time.
                Ok(true) => drop(caught_up.send(())),
                Ok(false) => {}
                Err(_) => tracing::error!("an edition could not be read: a panic; the next record is read"),
            }
        }
    }

    /// Polls once. Returns whether the end was reached, so that the newest edition is in the cache.
    fn step(&mut self) -> bool {
        self.editions.tidy();
        let is_asked = !self.editions.asked().is_subset(&self.missing);
        match self.consumer.poll(Duration::from_millis(100)) {
            // The end was reached before and nothing was published since, but a task asks for an edition.
            None if is_asked && self.caught_up => return self.at_end(),
            None => {}
            Some(Err(KafkaError::PartitionEOF(_))) => return self.at_end(),
            Some(Err(error)) => log_lines::error(&error, "reading editions"),
            Some(Ok(message)) => {
                self.records.fetch_add(1, Ordering::Relaxed);
                let record = convert::incoming(&message, &self.installation.prefix);
                let Some(read) = decoded(&record) else { return false };
                if let EditionRecord::Cut(notice) = read {
                    self.editions.cut_at(record.offset, notice.cut);
                }
                self.assembler.take(read);
            }
        }
        false
    }

    /// The editions that this process needs and does not have.
    fn wanted(&self) -> BTreeSet<u32> {
        let mut wanted = self.editions.asked();
        let newest = self.assembler.numbers().rev().find(|number| !self.unusable.contains(number));
        let held = self.editions.newest().map_or(0, |edition| edition.number);
        wanted.extend(newest.filter(|newest| *newest > held));
        wanted.retain(|number| !self.unusable.contains(number));
        wanted
    }

    /// Loads what is wanted. Returns whether nothing has to be read again for it.
    fn at_end(&mut self) -> bool {
        loop {
            let end = self.assembler.at_end(&self.wanted());
            let before = self.unusable.len();
            end.complete.iter().for_each(|published| self.load(published));
            if end.read_again {
                self.read_again();
                return false;
            }
            if self.unusable.len() == before {
                let mut missing = end.missing;
                missing.extend(self.editions.asked().intersection(&self.unusable));
                self.note_missing(missing);
                self.caught_up = true;
                return true;
            }
        }
    }

    /// Reads the topic again from its beginning, for content that was not kept.
    fn read_again(&mut self) {
        self.caught_up = false;
        let asked = self.editions.asked();
        if !asked.is_empty() {
            tracing::info!(?asked, "fetches older editions");
        }
        if let Err(error) = rewind(&self.consumer, &self.installation) {
            tracing::warn!(%error, "the topic editions cannot be read again yet");
        }
    }

    fn note_missing(&mut self, missing: BTreeSet<u32>) {
        for edition in missing.difference(&self.missing) {
            tracing::error!(edition, "an edition is not complete in the topic editions: publish again");
        }
        self.missing = missing;
    }

    fn load(&mut self, published: &Published) {
        let edition = published.manifest.number;
        // Until it is made: content that makes this panic is not tried again.
        self.unusable.insert(edition);
        match published.edition() {
            Ok(made) => {
                self.unusable.remove(&edition);
                tracing::info!(edition, "an edition is loaded");
                self.editions.add(made);
            }
            Err(why) => {
                tracing::error!(
                    edition,
                    why,
                    "an edition cannot be used; the one before stays in force: publish again"
                );
            }
        }
    }
}
