//! The code map of docs/ARCHITECTURE.md against the source tree: every folder that holds files has a row, and
//! every path that the map names exists. Two more tests check the paths that documents and word lists name.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Folders that hold what programs write.
const WRITTEN_BY_PROGRAMS: [&str; 2] = ["target", "proptest-regressions"];

#[test]
fn every_folder_is_in_the_code_map() {
    let mapped = code_map();
    let mut missing = BTreeSet::new();
    read_folders(&root(), &mut missing);
    missing.retain(|folder| !mapped.contains(folder));
    assert_eq!(missing, BTreeSet::new(), "add a row for each to the code map of docs/ARCHITECTURE.md");
}

#[test]
fn every_path_of_the_code_map_exists() {
    let gone: Vec<String> = code_map().into_iter().filter(|path| !root().join(path).exists()).collect();
    assert_eq!(gone, Vec::<String>::new(), "correct or delete these rows of docs/ARCHITECTURE.md");
}

#[test]
fn every_path_that_a_document_names_exists() {
    let mut documents = vec![root().join("README.md")];
    for folder in ["docs", "docs/adr"] {
        let entries = fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().path());
        documents.extend(entries.filter(|path| has_extension(path, "md")));
    }
    let mut gone = BTreeSet::new();
    for document in documents {
        let text = fs::read_to_string(&document).unwrap();
        for path in text.split('`').skip(1).step_by(2).filter(|word| is_path(word)) {
            if !root().join(path).exists() {
                gone.insert(format!("{}: {path}", relative(&document)));
            }
        }
    }
    assert_eq!(gone, BTreeSet::new());
}

#[test]
fn every_file_that_a_comment_of_a_list_or_of_texts_names_exists() {
    let mut gone = BTreeSet::new();
    for folder in [
        "pipeline/lexicon",
        "pipeline/lexicon/requests",
        "pipeline/lexicon/screen",
        "pipeline/texts",
        "pipeline/texts/others",
        "pipeline/understanding/concepts",
        "simulator/src/residents/texts",
    ] {
        for entry in fs::read_dir(root().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if !path.is_file() {
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            for comment in text.lines().filter_map(|line| line.strip_prefix('#')) {
                let words = comment.split(|c: char| c.is_whitespace() || "`(),;".contains(c));
                let files = words.map(|word| word.trim_end_matches(['.', ':'])).filter(|word| is_file(word));
                gone.extend(
                    files
                        .filter(|file| !root().join(file).exists())
                        .map(|file| format!("{}: {file}", relative(&path))),
                );
            }
        }
    }
    assert_eq!(gone, BTreeSet::new(), "name files by their paths in this repository");
}

/// The paths in the first column of the table below "## Code map".
fn code_map() -> BTreeSet<String> {
    let text = fs::read_to_string(root().join("docs/ARCHITECTURE.md")).unwrap();
    let (_, map) = text.split_once("\n## Code map\n").expect("docs/ARCHITECTURE.md has a code map");
    let map = map.split("\n## ").next().unwrap_or_default();
    let rows = map.lines().filter_map(|line| line.strip_prefix("| `"));
    let first_cells = rows.map(|row| row.split(" | ").next().unwrap_or_default());
    first_cells.flat_map(|cell| cell.split('`').step_by(2)).map(str::to_owned).collect()
}

/// The folders below this one that hold files, other than a crate's `Cargo.toml` alone.
fn read_folders(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() && !name.starts_with('.') && !WRITTEN_BY_PROGRAMS.contains(&name) {
            read_folders(&path, found);
        } else if path.is_file() && folder != root() && name != "Cargo.toml" {
            found.insert(relative(folder));
        }
    }
}

/// Whether a word in backquotes is the path of something in this repository, without a pattern in it.
fn is_path(word: &str) -> bool {
    let folders = [
        "topics/",
        "pipeline/",
        "connectors/",
        "simulator/",
        "tests/",
        "migrations/",
        "compose/",
        "docs/",
        "bench/",
    ];
    folders.iter().any(|folder| word.starts_with(folder)) && !word.contains(['*', ' ', '{', '<', ':'])
}

/// Whether a word names a file of source, text or documentation.
fn is_file(word: &str) -> bool {
    [".rs", ".md", ".txt", ".ftl"].iter().any(|extension| word.ends_with(extension))
}

fn has_extension(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|found| found == extension)
}

fn relative(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().to_string_lossy().into_owned()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}
