//! Puts editions together from the records of their topic.

use std::collections::{BTreeMap, BTreeSet};

use pipeline::rules::edition::Edition;
use sha2::{Digest, Sha256};
use topics::records::editions::{EditionRecord, Manifest, Reference};

/// An edition in the form in which the topic holds it.
#[derive(Clone, Debug)]
pub struct Published {
    /// The manifest of the edition: its number, its time of publication and the hash of its content.
    pub manifest: Manifest,
    /// The JSON of its reference data.
    pub text: String,
}

impl Published {
    /// Whether its text is the one that was published.
    pub fn is_intact(&self) -> bool {
        let hash = Sha256::digest(self.text.as_bytes());
        hash.iter().map(|byte| format!("{byte:02x}")).collect::<String>() == self.manifest.hash
    }

    /// The reference data of the edition.
    ///
    /// # Errors
    /// Its text is not valid JSON of reference data; the text says where.
    pub fn reference(&self) -> Result<Reference, String> {
        serde_json::from_str(&self.text).map_err(|error| error.to_string())
    }

    /// The edition in the form that the stages use.
    ///
    /// # Errors
    /// Its reference data cannot be used; the text says why.
    pub fn edition(&self) -> Result<Edition, String> {
        Edition::new(self.manifest.number, self.reference()?).map_err(|error| error.to_string())
    }
}

/// Which parts the assembler keeps of the records that it takes.
#[derive(Debug, Default)]
enum Keep {
    /// No parts: the manifests are read first, because only one of perhaps a hundred editions of the topic is
    /// needed.
    #[default]
    NoParts,
    /// The parts of these contents.
    PartsOf(BTreeSet<String>),
    /// All parts: the topic was read to its end, so they belong to an edition that is being published.
    AllParts,
}

/// Puts together the editions that are wanted.
///
/// Editions of the same content share its parts, and compaction keeps one copy of them, before or after any
/// of the manifests. So parts are kept after use while the topic is read, because other editions share them,
/// and only those of wanted editions are kept: if parts of one are missing, the topic is read again from its
/// beginning.
#[derive(Debug, Default)]
pub(super) struct Assembler {
    manifests: BTreeMap<u32, Manifest>,
    parts: BTreeMap<String, BTreeMap<u32, String>>,
    keep: Keep,
}

/// What the assembler has put together at the end of the topic.
#[derive(Debug, Default)]
pub(super) struct AtEnd {
    /// The wanted editions that are complete.
    pub(super) complete: Vec<Published>,
    /// The wanted editions whose parts were not kept: read the topic again from its beginning.
    pub(super) read_again: bool,
    /// The wanted editions that the topic does not hold completely.
    pub(super) missing: BTreeSet<u32>,
}

impl Assembler {
    /// Takes the next record of the topic.
    pub(super) fn take(&mut self, record: EditionRecord) {
        match record {
            EditionRecord::Part(part) if self.keeps(&part.hash) => {
                self.parts.entry(part.hash).or_default().insert(part.part, part.text);
            }
            EditionRecord::Manifest(manifest) => {
                self.manifests.insert(manifest.number, manifest);
            }
            EditionRecord::Part(_) | EditionRecord::Cut(_) | EditionRecord::Fingerprint(_) => {}
        }
    }

    fn keeps(&self, hash: &str) -> bool {
        match &self.keep {
            Keep::NoParts => false,
            Keep::PartsOf(hashes) => hashes.contains(hash),
            Keep::AllParts => true,
        }
    }

    /// The numbers of the editions that the topic holds or has held.
    pub(super) fn numbers(&self) -> impl DoubleEndedIterator<Item = u32> {
        self.manifests.keys().copied()
    }

    /// The topic was read to its end: puts together the `wanted` editions.
    pub(super) fn at_end(&mut self, wanted: &BTreeSet<u32>) -> AtEnd {
        let mut result = AtEnd::default();
        let mut lacking = BTreeSet::new();
        for number in wanted {
            match self.manifests.get(number) {
                Some(manifest) if self.has_all(manifest) => {
                    result.complete.push(Published { text: self.text(manifest), manifest: manifest.clone() });
                }
                Some(manifest) => {
                    lacking.extend(contents(manifest).cloned());
                    result.missing.insert(*number);
                }
                None => {
                    result.missing.insert(*number);
                }
            }
        }
        let was_read_for_them = matches!(&self.keep, Keep::PartsOf(hashes) if lacking.is_subset(hashes));
        if !lacking.is_empty() && !was_read_for_them {
            self.parts.clear();
            self.keep = Keep::PartsOf(lacking);
            return AtEnd { read_again: true, missing: BTreeSet::new(), ..result };
        }
        // Parts without a manifest stay: their edition is being published.
        let known: BTreeSet<&String> = self.manifests.values().flat_map(contents).collect();
        self.parts.retain(|hash, _| !known.contains(hash));
        self.keep = Keep::AllParts;
        result
    }

    fn has_all(&self, manifest: &Manifest) -> bool {
        let parts = if manifest.chunks.is_empty() { manifest.parts as usize } else { 1 };
        contents(manifest).all(|hash| self.parts.get(hash).is_some_and(|held| held.len() >= parts))
    }

    fn text(&self, manifest: &Manifest) -> String {
        let held = contents(manifest).filter_map(|hash| self.parts.get(hash));
        held.flat_map(BTreeMap::values).map(String::as_str).collect()
    }
}

/// The hashes that the parts of an edition are named by, in the order in which they make its blob: those of
/// its chunks or, in older editions, that of the blob.
fn contents(manifest: &Manifest) -> impl Iterator<Item = &String> {
    let whole = manifest.chunks.is_empty().then_some(&manifest.hash);
    manifest.chunks.iter().chain(whole)
}

#[cfg(test)]
mod tests {
    use topics::records::editions::BlobChunk;
    use topics::values::time::Time;

    use super::*;

    fn manifest(number: u32, hash: &str) -> EditionRecord {
        let published_at = Time::from_millis(0);
        EditionRecord::Manifest(Manifest {
            number,
            published_at,
            hash: hash.to_owned(),
            parts: 2,
            chunks: Vec::new(),
        })
    }

    /// A manifest of an edition that consists of these chunks.
    fn of_chunks(number: u32, hash: &str, chunks: [&str; 2]) -> EditionRecord {
        let EditionRecord::Manifest(manifest) = manifest(number, hash) else { panic!("not a manifest") };
        EditionRecord::Manifest(Manifest { chunks: chunks.map(str::to_owned).to_vec(), ..manifest })
    }

    fn chunk(hash: &str, text: &str) -> EditionRecord {
        EditionRecord::Part(BlobChunk { hash: hash.to_owned(), part: 0, text: text.to_owned() })
    }

    fn parts(hash: &str) -> [EditionRecord; 2] {
        let text = serde_json::to_string(&Reference::default()).unwrap();
        let (first, second) = text.split_at(text.len() / 2);
        let part = |part, text: &str| {
            EditionRecord::Part(BlobChunk { hash: hash.to_owned(), part, text: text.to_owned() })
        };
        [part(0, first), part(1, second)]
    }

    /// Reads a topic as the follower does, from its beginning as often as the assembler asks for it.
    fn read(assembler: &mut Assembler, topic: &[EditionRecord], wanted: &[u32]) -> (Vec<u32>, Vec<u32>) {
        let wanted = wanted.iter().copied().collect();
        let mut complete = Vec::new();
        for _ in 0..3 {
            topic.iter().cloned().for_each(|record| assembler.take(record));
            let end = assembler.at_end(&wanted);
            complete.extend(end.complete.iter().map(|published| published.edition().unwrap().number));
            if !end.read_again {
                return (complete, end.missing.into_iter().collect());
            }
        }
        panic!("reads for ever");
    }

    #[test]
    fn editions_that_share_their_content_are_all_readable_after_compaction() {
        // A, B, A, B were published; compaction has kept the last copy of each part.
        let [a0, a1] = parts("a");
        let [b0, b1] = parts("b");
        let compacted = [
            manifest(1, "a"),
            manifest(2, "b"),
            a0.clone(),
            a1.clone(),
            manifest(3, "a"),
            b0.clone(),
            b1.clone(),
            manifest(4, "b"),
        ];
        // The result is the same if each content is written once, or compaction has not run yet.
        let once = [a0, a1, manifest(1, "a"), b0, b1, manifest(2, "b"), manifest(3, "a"), manifest(4, "b")];
        for topic in [&compacted[..], &once[..]] {
            for number in 1..=4 {
                let mut assembler = Assembler::default();
                assert_eq!(read(&mut assembler, topic, &[number]), (vec![number], vec![]));
                assert!(assembler.parts.is_empty(), "nothing is kept that is not needed");
            }
            assert_eq!(read(&mut Assembler::default(), topic, &[1, 3, 4]).0, [1, 3, 4]);
        }
    }

    #[test]
    fn an_edition_that_is_published_later_is_complete_at_once_and_one_of_known_content_is_read_again() {
        let mut assembler = Assembler::default();
        let mut topic = parts("a").to_vec();
        topic.push(manifest(1, "a"));
        assert_eq!(read(&mut assembler, &topic, &[1]).0, [1]);
        // Its parts arrive, the end is reached, then its manifest arrives.
        parts("b").into_iter().for_each(|part| assembler.take(part));
        assert!(!assembler.at_end(&BTreeSet::new()).read_again);
        assembler.take(manifest(2, "b"));
        let end = assembler.at_end(&[2].into());
        assert_eq!((end.complete.len(), end.read_again), (1, false));
        // The third one has the content of the first, which is not written again.
        topic.extend(parts("b"));
        topic.extend([manifest(2, "b"), manifest(3, "a")]);
        assembler.take(manifest(3, "a"));
        assert!(assembler.at_end(&[3].into()).read_again);
        assert_eq!(read(&mut assembler, &topic, &[3]).0, [3]);
    }

    #[test]
    fn editions_that_share_a_chunk_are_all_readable_beside_those_of_the_older_form() {
        let text = serde_json::to_string(&Reference::default()).unwrap();
        let (first, second) = text.split_at(text.len() / 2);
        let [a0, a1] = parts("a");
        // The third edition has only a chunk of its own, and the fourth has none. Compaction has moved one.
        let own = chunk("y", &format!("{second} "));
        let fourth = of_chunks(4, "b", ["x", "z"]);
        let written = [
            a0.clone(),
            a1.clone(),
            manifest(1, "a"),
            chunk("x", first),
            chunk("z", second),
            of_chunks(2, "b", ["x", "z"]),
            own.clone(),
            of_chunks(3, "c", ["x", "y"]),
            fourth.clone(),
        ];
        let compacted = [
            a1,
            manifest(1, "a"),
            chunk("z", second),
            of_chunks(2, "b", ["x", "z"]),
            own,
            of_chunks(3, "c", ["x", "y"]),
            fourth,
            a0,
            chunk("x", first),
        ];
        for topic in [&written[..], &compacted[..]] {
            for number in 1..=4 {
                let mut assembler = Assembler::default();
                assert_eq!(read(&mut assembler, topic, &[number]), (vec![number], vec![]));
                assert!(assembler.parts.is_empty(), "nothing is kept that is not needed");
            }
            assert_eq!(read(&mut Assembler::default(), topic, &[1, 2, 3, 4]).0, [1, 2, 3, 4]);
        }
        // A chunk that the topic has lost.
        assert_eq!(read(&mut Assembler::default(), &written[..4], &[]), (vec![], vec![]));
        let lost: Vec<EditionRecord> =
            written.iter().filter(|one| **one != chunk("z", second)).cloned().collect();
        assert_eq!(read(&mut Assembler::default(), &lost, &[2, 3]), (vec![3], vec![2]));
    }

    #[test]
    fn an_edition_that_the_topic_does_not_hold_is_missing_and_not_sought_for_ever() {
        let [part, _] = parts("a");
        let topic = [part, manifest(1, "a")];
        assert_eq!(read(&mut Assembler::default(), &topic, &[1, 7]), (vec![], vec![1, 7]));
    }
}
