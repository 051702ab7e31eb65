//! Which editions the topic holds completely, without holding any of their contents in memory.

use std::collections::{BTreeMap, BTreeSet};

use topics::records::editions::{EditionRecord, Manifest};

/// The keys of the parts and the manifests that the topic holds.
#[derive(Debug, Default)]
pub(super) struct HeldRecords {
    /// The manifests, by the keys of their records.
    manifests: BTreeMap<String, Manifest>,
    /// The parts, by hash and number.
    parts: BTreeSet<(String, u32)>,
}

impl HeldRecords {
    /// Takes the next record of the topic: `None` if it deletes the one with this key, or cannot be read.
    pub(super) fn take(&mut self, key: &str, record: Option<EditionRecord>) {
        match record {
            Some(EditionRecord::Part(part)) => {
                self.parts.insert((part.hash, part.part));
            }
            Some(EditionRecord::Manifest(manifest)) => {
                self.manifests.insert(key.to_owned(), manifest);
            }
            Some(EditionRecord::Cut(_) | EditionRecord::Fingerprint(_)) => {}
            None => {
                self.manifests.remove(key);
                let part =
                    key.split_once('/').and_then(|(hash, part)| Some((hash.to_owned(), part.parse().ok()?)));
                part.map(|part| self.parts.remove(&part));
            }
        }
    }

    /// The numbers of the editions whose manifest and parts are all there.
    pub(super) fn complete(&self) -> BTreeSet<u32> {
        let is_complete = |manifest: &&Manifest| parts_of(manifest).all(|part| self.parts.contains(&part));
        self.manifests.values().filter(is_complete).map(|manifest| manifest.number).collect()
    }
}

/// The parts that an edition is made of: its chunks, or the numbered parts of an edition of the older form.
fn parts_of(manifest: &Manifest) -> impl Iterator<Item = (String, u32)> {
    let numbered = if manifest.chunks.is_empty() { manifest.parts } else { 0 };
    let numbered = (0..numbered).map(|part| (manifest.hash.clone(), part));
    numbered.chain(manifest.chunks.iter().map(|chunk| (chunk.clone(), 0)))
}

#[cfg(test)]
mod tests {
    use topics::records::editions::BlobChunk;
    use topics::values::time::Time;

    use super::*;

    fn part(hash: &str, part: u32) -> (String, Option<EditionRecord>) {
        let chunk = BlobChunk { hash: hash.to_owned(), part, text: String::new() };
        (format!("{hash}/{part}"), Some(EditionRecord::Part(chunk)))
    }

    fn manifest(number: u32, hash: &str) -> (String, Option<EditionRecord>) {
        of_chunks(number, hash, &[])
    }

    fn of_chunks(number: u32, hash: &str, chunks: &[&str]) -> (String, Option<EditionRecord>) {
        let manifest = Manifest {
            number,
            published_at: Time::from_millis(0),
            hash: hash.to_owned(),
            parts: 2,
            chunks: chunks.iter().map(|chunk| (*chunk).to_owned()).collect(),
        };
        (format!("edition/{number}"), Some(EditionRecord::Manifest(manifest)))
    }

    fn complete(records: Vec<(String, Option<EditionRecord>)>) -> Vec<u32> {
        let mut held = HeldRecords::default();
        for (key, record) in records {
            held.take(&key, record);
        }
        held.complete().into_iter().collect()
    }

    #[test]
    fn an_edition_is_held_if_its_manifest_and_all_of_its_parts_are() {
        let two = || {
            vec![
                part("a", 0),
                part("a", 1),
                manifest(1, "a"),
                part("b", 1),
                manifest(2, "b"),
                manifest(3, "a"),
            ]
        };
        assert_eq!(complete(two()), [1, 3], "a part of the second is lost");
        let with = |more: Vec<(String, Option<EditionRecord>)>| complete([two(), more].concat());
        assert_eq!(with(vec![part("b", 0)]), [1, 2, 3]);
        assert_eq!(with(vec![("edition/1".to_owned(), None)]), [3]);
        assert_eq!(with(vec![("a/1".to_owned(), None)]), [] as [u32; 0]);
        assert_eq!(with(vec![("a/1".to_owned(), None), part("a", 1)]), [1, 3], "it was appended again");
    }

    #[test]
    fn an_edition_of_chunks_is_held_if_all_of_its_chunks_are() {
        let records = || vec![part("c", 0), of_chunks(1, "x", &["c", "d"]), of_chunks(2, "y", &["c", "e"])];
        let with = |more: Vec<(String, Option<EditionRecord>)>| complete([records(), more].concat());
        assert_eq!(with(vec![part("d", 0)]), [1]);
        assert_eq!(with(vec![part("d", 0), part("e", 0)]), [1, 2], "they share a chunk");
    }
}
