//! The crates `topics` and `pipeline` do no input or output, start no thread and do not read the clock or the
//! environment: their `Cargo.toml` keeps libraries out that do, and this test the standard library.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

use std::fs;
use std::path::{Path, PathBuf};

/// What none of their source may name outside of tests. `std::time::Duration` is a value and allowed.
const FORBIDDEN: [&str; 14] = [
    "std::fs",
    "std::net",
    "std::env",
    "std::io",
    "std::process",
    "std::thread",
    "SystemTime",
    "Instant",
    "Timestamp::now",
    "Zoned::now",
    // The time zones of the host, which may differ from those of another one.
    "TimeZone::get(",
    "TimeZone::system",
    "tz::db(",
    "println!",
];

#[test]
fn topics_and_pipeline_use_nothing_of_the_standard_library_that_is_not_pure() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut files = Vec::new();
    collect(&root.join("topics/src"), &mut files);
    collect(&root.join("pipeline/src"), &mut files);
    assert!(files.len() > 100, "the sources were not found");
    let mut found = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let source = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        let code = source.lines().filter(|line| !line.trim_start().starts_with("//"));
        let impure = code.filter(|line| FORBIDDEN.iter().any(|word| line.contains(word)));
        found.extend(impure.map(|line| format!("{}: {}", file.display(), line.trim())));
    }
    assert_eq!(found, Vec::<String>::new());
}

/// The Rust files below a folder, without those of tests.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("tests") {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("tests.rs") {
            files.push(path);
        }
    }
}
