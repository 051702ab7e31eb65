//! Follows the topic `editions` and keeps what it holds on a shelf that all chains of the process share: editions, and how the
//! topic set is cut.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use pipeline::edition::Edition;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::{Offset, TopicPartitionList};
use topics::catalogue::{Editions as EditionsTopic, Topic};
use topics::cut::Cut;
use topics::editions::{EditionRecord, Manifest, Reference};
use topics::record::Incoming;

use super::stop::Stop;
use super::{Installation, LogError, Quiet, wire};

/// The editions of the process, and how the topic set is cut. Clones share one shelf.
#[derive(Clone, Debug, Default)]
pub struct Shelf(Arc<Mutex<Content>>);

#[derive(Debug, Default)]
struct Content {
    editions: BTreeMap<u32, Arc<Edition>>,
    cut: Cut,
}

impl Shelf {
    fn lock(&self) -> MutexGuard<'_, Content> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds an edition.
    pub fn add(&self, edition: Arc<Edition>) {
        self.lock().editions.insert(edition.number, edition);
    }

    /// The edition of this number.
    pub fn get(&self, number: u32) -> Option<Arc<Edition>> {
        self.lock().editions.get(&number).cloned()
    }

    /// All editions, oldest first.
    pub fn all(&self) -> Vec<Arc<Edition>> {
        self.lock().editions.values().cloned().collect()
    }

    /// The newest number; 0 is built in.
    pub fn newest(&self) -> u32 {
        self.lock().editions.last_key_value().map_or(0, |(number, _)| *number)
    }

    /// How the topic set is cut.
    pub fn cut(&self) -> Cut {
        self.lock().cut
    }
}

/// Blobs in the making, and the last word on the cut. A manifest comes after its parts, unless a later edition of the same content wrote them again and
/// compaction has taken the first ones: then it waits.
#[derive(Default)]
struct Workbench {
    parts: BTreeMap<String, BTreeMap<u32, String>>,
    waiting: Vec<Manifest>,
    /// How the topic set is cut.
    cut: Cut,
}

impl Workbench {
    /// Takes a record; hands out what it completes.
    fn take(&mut self, record: EditionRecord) -> Vec<Result<Edition, String>> {
        match record {
            EditionRecord::Part(part) => drop(self.parts.entry(part.hash).or_default().insert(part.part, part.text)),
            EditionRecord::Manifest(manifest) => self.waiting.push(manifest),
            EditionRecord::Cut(notice) => self.cut = notice.cut,
        }
        let has_all = |manifest: &Manifest| self.parts.get(&manifest.hash).is_some_and(|parts| parts.len() >= manifest.parts as usize);
        let (complete, waiting) = std::mem::take(&mut self.waiting).into_iter().partition(has_all);
        self.waiting = waiting;
        let complete: Vec<Manifest> = complete;
        let editions = complete.iter().map(|manifest| self.assemble(manifest)).collect();
        for manifest in complete {
            self.parts.remove(&manifest.hash);
        }
        editions
    }

    fn assemble(&self, manifest: &Manifest) -> Result<Edition, String> {
        let text: String = self.parts.get(&manifest.hash).into_iter().flat_map(BTreeMap::values).map(String::as_str).collect();
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
    let made = match serde_json::from_slice(value) {
        Ok(read) => bench.take(read),
        Err(error) => vec![Err(error.to_string())],
    };
    shelf.lock().cut = bench.cut;
    for edition in made {
        match edition {
            Ok(edition) => {
                tracing::info!(edition = edition.number, "an edition is on the shelf");
                shelf.add(Arc::new(edition));
            }
            Err(why) => {
                tracing::error!(offset = record.offset, why, "an edition cannot be used; the one before stays in force: publish again")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use topics::editions::Part;
    use topics::time::Time;

    use super::*;

    #[test]
    fn a_manifest_waits_for_parts_that_were_written_again() {
        let text = serde_json::to_string(&Reference::default()).unwrap();
        let (first, second) = text.split_at(text.len() / 2);
        let part = |part, text: &str| EditionRecord::Part(Part { hash: "a".to_owned(), part, text: text.to_owned() });
        let manifest =
            |number| EditionRecord::Manifest(Manifest { number, published_at: Time::from_millis(0), hash: "a".to_owned(), parts: 2 });
        let mut bench = Workbench::default();
        let mut made = Vec::new();
        for record in [manifest(3), part(0, first), part(1, second), part(0, first), part(1, second), manifest(5)] {
            made.extend(bench.take(record).into_iter().map(|edition| edition.unwrap().number));
        }
        assert_eq!(made, [3, 5]);
        assert!(bench.parts.is_empty() && bench.waiting.is_empty());
    }
}
