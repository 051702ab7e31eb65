//! Follows the topic `editions` and keeps what it holds on a shelf that all chains of the process share.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use pipeline::edition::Edition;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::{Offset, TopicPartitionList};
use topics::catalogue::{Editions as EditionsTopic, Topic};
use topics::editions::{EditionRecord, Manifest, Reference};
use topics::record::Incoming;

use super::runner::Stop;
use super::{Installation, LogError, Quiet, wire};

/// The editions of the process. Clones share one shelf.
#[derive(Clone, Debug, Default)]
pub struct Shelf(Arc<Mutex<BTreeMap<u32, Arc<Edition>>>>);

impl Shelf {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<u32, Arc<Edition>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds an edition.
    pub fn add(&self, edition: Arc<Edition>) {
        self.lock().insert(edition.number, edition);
    }

    /// The edition of this number.
    pub fn get(&self, number: u32) -> Option<Arc<Edition>> {
        self.lock().get(&number).cloned()
    }

    /// All editions, oldest first.
    pub fn all(&self) -> Vec<Arc<Edition>> {
        self.lock().values().cloned().collect()
    }

    /// The newest number; 0 is built in.
    pub fn newest(&self) -> u32 {
        self.lock().last_key_value().map_or(0, |(number, _)| *number)
    }
}

/// Blobs in the making, and what is complete.
#[derive(Default)]
struct Workbench {
    parts: BTreeMap<(String, u32), String>,
}

impl Workbench {
    /// Takes a record; a manifest completes an edition, since its parts come first.
    fn take(&mut self, record: EditionRecord) -> Result<Option<Edition>, String> {
        match record {
            EditionRecord::Part(part) => {
                self.parts.insert((part.hash, part.part), part.text);
                Ok(None)
            }
            EditionRecord::Manifest(manifest) => self.assemble(&manifest).map(Some),
        }
    }

    fn assemble(&self, manifest: &Manifest) -> Result<Edition, String> {
        let mut text = String::new();
        for part in 0..manifest.parts {
            let piece = self.parts.get(&(manifest.hash.clone(), part)).ok_or_else(|| format!("part {part} is missing"))?;
            text.push_str(piece);
        }
        let reference: Reference = serde_json::from_str(&text).map_err(|error| error.to_string())?;
        Edition::new(manifest.number, reference).map_err(|error| error.to_string())
    }
}

/// Follows the topic on a thread of its own; returns when what stands in it now is on the shelf.
///
/// # Errors
/// The topic cannot be read.
pub fn follow(installation: &Installation, shelf: &Shelf, stop: &Stop) -> Result<(), LogError> {
    let mut config = installation.reader("read_committed");
    config.set("enable.partition.eof", "true").set("auto.offset.reset", "earliest");
    let consumer: BaseConsumer<Quiet> = config.create_with_context(Quiet).map_err(LogError::client("making a consumer of editions"))?;
    let mut from = TopicPartitionList::new();
    let added = from.add_partition_offset(&installation.topic(EditionsTopic::SPEC.name), 0, Offset::Beginning);
    added.and_then(|()| consumer.assign(&from)).map_err(LogError::client("reading editions"))?;
    let (installation, shelf, stop) = (installation.clone(), shelf.clone(), stop.clone());
    let (caught_up, wait) = std::sync::mpsc::channel();
    let thread = std::thread::Builder::new().name("editions".to_owned());
    let work = move || {
        let mut bench = Workbench::default();
        while !stop.asked() {
            match consumer.poll(Duration::from_millis(100)) {
                None => {}
                Some(Err(KafkaError::PartitionEOF(_))) => {
                    // Only the first time somebody waits.
                    let _ = caught_up.send(());
                }
                Some(Err(error)) => tracing::warn!(%error, "reading editions: the client reports"),
                Some(Ok(message)) => shelve(&mut bench, &shelf, &wire::incoming(&message, &installation.prefix)),
            }
        }
    };
    thread.spawn(work).map_err(|error| LogError::Alarm(format!("a thread cannot be made: {error}")))?;
    let waited = wait.recv_timeout(Duration::from_secs(30));
    waited.map_err(|_| LogError::Alarm("the topic editions could not be read to its end within 30 s; is the broker there?".to_owned()))
}

fn shelve(bench: &mut Workbench, shelf: &Shelf, record: &Incoming) {
    let Some(value) = record.value.as_deref() else { return };
    let taken = serde_json::from_slice(value).map_err(|error| error.to_string()).and_then(|read| bench.take(read));
    match taken {
        Ok(None) => {}
        Ok(Some(edition)) => {
            tracing::info!(edition = edition.number, "an edition is on the shelf");
            shelf.add(Arc::new(edition));
        }
        Err(why) => tracing::error!(offset = record.offset, why, "an edition cannot be used; the one before stays in force"),
    }
}
