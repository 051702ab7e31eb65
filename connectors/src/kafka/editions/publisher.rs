//! Puts editions together from the records of their topic.

use std::collections::BTreeMap;

use pipeline::rules::edition::Edition;
use topics::records::editions::{EditionRecord, Manifest, Reference};

/// An edition as it stands in the topic.
#[derive(Clone, Debug)]
pub struct Published {
    /// The manifest of the edition: its number, its time of publication and the hash of its content.
    pub manifest: Manifest,
    /// The JSON of its reference data.
    pub text: String,
}

impl Published {
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

/// Editions that are not complete yet. A manifest comes after its parts, unless a later edition of the same
/// content wrote them again and compaction has taken the first ones: then it waits.
#[derive(Default)]
pub(super) struct Workbench {
    parts: BTreeMap<String, BTreeMap<u32, String>>,
    waiting: Vec<Manifest>,
}

impl Workbench {
    /// Takes a record and returns the editions that it completes.
    pub(super) fn take(&mut self, record: EditionRecord) -> Vec<Published> {
        match record {
            EditionRecord::Part(part) => {
                drop(self.parts.entry(part.hash).or_default().insert(part.part, part.text))
            }
            EditionRecord::Manifest(manifest) => self.waiting.push(manifest),
            EditionRecord::Cut(_) | EditionRecord::Fingerprint(_) => {}
        }
        let has_all = |manifest: &Manifest| {
            self.parts.get(&manifest.hash).is_some_and(|parts| parts.len() >= manifest.parts as usize)
        };
        let (complete, waiting): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.waiting).into_iter().partition(has_all);
        self.waiting = waiting;
        let published: Vec<_> =
            complete.into_iter().map(|manifest| Published { text: self.text(&manifest), manifest }).collect();
        for done in &published {
            self.parts.remove(&done.manifest.hash);
        }
        published
    }

    fn text(&self, manifest: &Manifest) -> String {
        self.parts.get(&manifest.hash).into_iter().flat_map(BTreeMap::values).map(String::as_str).collect()
    }
}

#[cfg(test)]
mod tests {
    use topics::records::editions::BlobChunk;
    use topics::values::time::Time;

    use super::*;

    #[test]
    fn a_manifest_waits_for_parts_that_were_written_again() {
        let text = serde_json::to_string(&Reference::default()).unwrap();
        let (first, second) = text.split_at(text.len() / 2);
        let part = |part, text: &str| {
            EditionRecord::Part(BlobChunk { hash: "a".to_owned(), part, text: text.to_owned() })
        };
        let manifest = |number| {
            EditionRecord::Manifest(Manifest {
                number,
                published_at: Time::from_millis(0),
                hash: "a".to_owned(),
                parts: 2,
            })
        };
        let mut bench = Workbench::default();
        let mut made = Vec::new();
        for record in
            [manifest(3), part(0, first), part(1, second), part(0, first), part(1, second), manifest(5)]
        {
            made.extend(bench.take(record).into_iter().map(|published| published.edition().unwrap().number));
        }
        assert_eq!(made, [3, 5]);
        assert!(bench.parts.is_empty() && bench.waiting.is_empty());
    }
}
