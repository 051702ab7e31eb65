//! Golden examples: every kind of record of every topic as it is on the wire, in `topics/golden/`. A
//! change of form or of meaning shows here first. The files are written from `examples` by `UPDATE_EXPECT=1
//! cargo test -p topics --test golden`; a file that is in the log already changes only with the schema's
//! version, or by a field that older readers may miss.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests may fail as loudly as tests"
)]

mod documents;
mod example;
mod examples;
mod properties;
mod schemas;
mod task_row;
mod values;
mod versions;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use expect_test::expect_file;
use topics::catalogue::CATALOGUE;
use topics::records::editions::{EditionRecord, Reference};

use example::{Example, Golden, page};

/// Where the files lie.
fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("golden")
}

/// The examples by the name of their file.
fn by_file(examples: &[Example]) -> BTreeMap<String, Vec<&Example>> {
    let mut files: BTreeMap<String, Vec<&Example>> = BTreeMap::new();
    for example in examples {
        files.entry(format!("{}.{}.json", example.spec.name, example.kind)).or_default().push(example);
    }
    files
}

/// Compares each file with its examples, or writes it where asked to.
fn check_files(examples: &[Example]) {
    for (name, examples) in by_file(examples) {
        expect_file![folder().join(name)].assert_eq(&page(&examples));
    }
}

/// Writes the files where asked to, before anybody reads them.
fn update() {
    static UPDATED: LazyLock<()> = LazyLock::new(|| {
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            check_files(&examples::all());
        }
    });
    LazyLock::force(&UPDATED);
}

/// Each example with the record that its file holds.
fn goldens() -> Vec<(Example, Golden)> {
    update();
    let examples = examples::all();
    let mut records: BTreeMap<(String, String), Golden> = BTreeMap::new();
    for name in by_file(&examples).into_keys() {
        let text = fs::read_to_string(folder().join(&name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        let golden: Vec<Golden> = serde_json::from_str(&text).unwrap();
        records.extend(golden.into_iter().map(|golden| ((name.clone(), golden.name.clone()), golden)));
    }
    let mut found = Vec::new();
    for example in examples {
        let file = format!("{}.{}.json", example.spec.name, example.kind);
        let golden = records.remove(&(file, example.name.to_owned()));
        let golden = golden.unwrap_or_else(|| panic!("no golden record shows `{}`", example.name));
        found.push((example, golden));
    }
    assert!(records.is_empty(), "no example makes {:?}", records.keys());
    found
}

#[test]
fn the_files_show_the_examples() {
    check_files(&examples::all());
}

#[test]
fn every_kind_of_every_topic_has_an_example_and_no_file_is_left_over() {
    update();
    let kinds = CATALOGUE
        .iter()
        .flat_map(|topic| topic.kinds.iter().map(|kind| format!("{}.{kind}.json", topic.spec.name)));
    let wanted: BTreeSet<String> = kinds.chain([task_row::FILE.to_owned()]).collect();
    let present: BTreeSet<String> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(present, wanted);
}

#[test]
fn what_is_in_the_files_means_what_the_examples_say_and_is_written_again_to_the_same_bytes() {
    for (example, golden) in goldens() {
        let what = format!("{}.{}: {}", example.spec.name, example.kind, example.name);
        let incoming = golden.incoming(example.spec);
        let reading = (example.read)(&incoming).unwrap_or_else(|error| panic!("{what}: {error}"));
        assert!(reading.means_the_same, "{what}");
        let headers: BTreeMap<String, String> = reading
            .again
            .headers
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.into_owned()))
            .collect();
        assert_eq!(headers, golden.headers, "{what}");
        assert_eq!(reading.again.value.as_deref(), Some(golden.value.get().as_bytes()), "{what}");
        assert_eq!(example::opened(golden.json()), golden.plain, "{what}");
    }
}

#[test]
fn the_golden_edition_holds_one_of_everything_that_people_edit() {
    let (_, golden) = goldens().into_iter().find(|(example, _)| example.kind == "part").unwrap();
    let EditionRecord::Part(part) = serde_json::from_value(golden.json()).unwrap() else {
        panic!("a part is no part")
    };
    let reference: Reference = serde_json::from_str(&part.text).unwrap();
    assert_eq!(reference, examples::reference());
}
