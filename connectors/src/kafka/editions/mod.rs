//! The topic `editions`: followed by processes whose tasks need what it holds (editions, and how the topic
//! set is cut), and read by commands.

mod cache;
pub mod in_force;
mod publisher;

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::{Offset, TopicPartitionList};
use topics::catalogue::cut::Cut;
use topics::catalogue::{Editions as EditionsTopic, Topic};
use topics::codec::record::Incoming;
use topics::records::editions::{EditionRecord, Fingerprint};

pub use self::cache::EditionCache;
pub use self::publisher::Published;
use self::publisher::Workbench;
use crate::kafka::client::convert;
use crate::kafka::client::log_lines;
use crate::kafka::client::partition_reader::scan;
use crate::kafka::client::shutdown::Shutdown;
use crate::kafka::{ASK, Installation, LogError, Quiet};

const TOPIC: &str = EditionsTopic::SPEC.name;

/// Where the topic is read from. Compaction moves the beginning of no topic; if an operator has deleted its
/// first records, the reader is set to the earliest one. `Offset::Beginning` would be asked of the broker
/// before the client knows who leads the partition, and asked again half a second later.
const BEGINNING: Offset = Offset::Offset(0);

fn consumer(installation: &Installation) -> Result<BaseConsumer<Quiet>, LogError> {
    let mut config = installation.reader("read_committed");
    config.set("enable.partition.eof", "true").set("auto.offset.reset", "earliest");
    config.create_with_context(Quiet).map_err(LogError::client("making a consumer of editions"))
}

fn rewind(consumer: &BaseConsumer<Quiet>, installation: &Installation) -> Result<(), LogError> {
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

/// Calls `visit` with each edition that the topic holds now, as it was published.
///
/// # Errors
/// The topic cannot be read.
pub fn read(installation: &Installation, mut visit: impl FnMut(Published)) -> Result<(), LogError> {
    let mut bench = Workbench::default();
    each(installation, |record| bench.take(record).into_iter().for_each(&mut visit))
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
    scan(installation, &consumer(installation)?, TOPIC, BTreeMap::from([(0, BEGINNING)]), ASK, |record| {
        decoded(record).into_iter().for_each(&mut take);
        Ok(())
    })
}

/// Follows the topic on a thread of its own; returns when the newest edition that the topic holds now is in
/// the cache.
///
/// # Errors
/// The topic cannot be read.
pub fn follow(installation: &Installation, shelf: &EditionCache, stop: &Shutdown) -> Result<(), LogError> {
    let (caught_up, wait) = std::sync::mpsc::channel();
    let mut follower = Follower {
        consumer: consumer(installation)?,
        installation: installation.clone(),
        shelf: shelf.clone(),
        bench: Workbench::default(),
        newest: None,
        sought: BTreeSet::new(),
    };
    rewind(&follower.consumer, installation)?;
    let (stop, in_vain) = (stop.clone(), Shutdown::default());
    let gave_up = in_vain.clone();
    let work = move || {
        while !stop.is_requested() && !gave_up.is_requested() {
            match catch_unwind(AssertUnwindSafe(|| follower.step())) {
                // The receiver waits only for the first time.
                Ok(true) => drop(caught_up.send(())),
                Ok(false) => {}
                Err(_) => tracing::error!("an edition could not be read: a panic; the next record is read"),
            }
        }
    };
    let thread = std::thread::Builder::new().name("editions".to_owned());
    thread.spawn(work).map_err(|error| LogError::Alarm(format!("a thread cannot be made: {error}")))?;
    let waited = wait.recv_timeout(Duration::from_secs(30));
    waited.map_err(|_| {
        in_vain.request();
        LogError::Alarm(
            "the topic editions could not be read to its end within 30 s; is the broker there?".to_owned(),
        )
    })
}

/// Adds editions to the cache as they are published.
struct Follower {
    consumer: BaseConsumer<Quiet>,
    installation: Installation,
    shelf: EditionCache,
    bench: Workbench,
    /// The newest edition read, if it is newer than the cache's. It is parsed only at the end of the topic:
    /// of a hundred that the topic holds when a process starts, one is needed.
    newest: Option<Published>,
    /// The editions that were requested when the topic was last read from its beginning.
    sought: BTreeSet<u32>,
}

impl Follower {
    /// Polls once. Returns whether the end was reached, so that the newest edition is in the cache.
    fn step(&mut self) -> bool {
        self.shelf.tidy();
        let asked = self.shelf.asked();
        // An edition that was found may be dropped, and requested again.
        self.sought.retain(|number| asked.contains(number));
        if !asked.is_subset(&self.sought) {
            self.seek(&asked);
        }
        match self.consumer.poll(Duration::from_millis(100)) {
            None => {}
            Some(Err(KafkaError::PartitionEOF(_))) => {
                if let Some(newest) = self.newest.take() {
                    self.shelve(&newest);
                }
                return true;
            }
            Some(Err(error)) => log_lines::error(&error, "reading editions"),
            Some(Ok(message)) => {
                let record = convert::incoming(&message, &self.installation.prefix);
                let Some(read) = decoded(&record) else { return false };
                if let EditionRecord::Cut(notice) = read {
                    self.shelf.cut_at(record.offset, notice.cut);
                }
                for published in self.bench.take(read) {
                    self.take(published, &asked);
                }
            }
        }
        false
    }

    /// Reads the topic again from its beginning, for an edition that was dropped.
    fn seek(&mut self, asked: &BTreeSet<u32>) {
        tracing::info!(?asked, "fetches older editions");
        match rewind(&self.consumer, &self.installation) {
            Ok(()) => {
                self.bench = Workbench::default();
                self.sought = asked.clone();
            }
            Err(error) => tracing::warn!(%error, "older editions cannot be fetched yet"),
        }
    }

    fn take(&mut self, published: Published, asked: &BTreeSet<u32>) {
        let number = published.manifest.number;
        let newest = self.newest.as_ref().map(|newest| newest.manifest.number);
        if asked.contains(&number) {
            self.shelve(&published);
        } else if newest
            .max(self.shelf.newest().map(|edition| edition.number))
            .is_none_or(|newest| newest < number)
        {
            self.newest = Some(published);
        }
    }

    fn shelve(&self, published: &Published) {
        let edition = published.manifest.number;
        match published.edition() {
            Ok(made) => {
                tracing::info!(edition, "an edition is on the shelf");
                self.shelf.add(made);
            }
            Err(why) => tracing::error!(
                edition,
                why,
                "an edition cannot be used; the one before stays in force: publish again"
            ),
        }
    }
}
