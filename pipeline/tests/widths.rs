//! The width of prose and comments: at most 110 characters. `cargo fmt` sees to the code.
//!
//! A line may be longer where it is data or cannot be wrapped: a row of a table, a command or an output that
//! a document shows (in a fence, or indented by four spaces), what a program prints or reads (strings, texts,
//! scripts of conversations, labelled messages), and a migration, which nobody may edit.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

use std::fs;
use std::path::{Path, PathBuf};

/// The most characters of a line.
const WIDTH: usize = 110;

/// Folders that are not read.
const SKIPPED: [&str; 3] = ["target", "migrations", "messages"];

/// Folders of lists of words, whose comments are read; the `#` of other texts begins a title or an id.
const LISTS: [&str; 2] = ["pipeline/lexicon", "pipeline/understanding/concepts"];

#[test]
fn no_line_of_prose_or_comment_is_longer_than_110_characters() {
    let mut files = Vec::new();
    read_folder(&root(), &mut files);
    assert!(files.len() > 500, "{} files", files.len());
    let mut long = Vec::new();
    for file in files {
        let Some(read) = reader(&file) else { continue };
        let text = fs::read_to_string(&file).unwrap();
        let name = file.strip_prefix(root()).unwrap().display().to_string();
        long.extend(
            read(&text)
                .into_iter()
                .filter(|(_, line)| line.chars().count() > WIDTH)
                .map(|(number, _)| format!("{name}:{number}")),
        );
    }
    assert_eq!(long, Vec::<String>::new());
}

/// Finds the lines of a text that must not be longer, each with its number from 1.
type Reader = fn(&str) -> Vec<(usize, &str)>;

/// How a file is read; `None` if it is data.
fn reader(file: &Path) -> Option<Reader> {
    let extension = file.extension().map_or("", |extension| extension.to_str().unwrap());
    let is_list = LISTS.iter().any(|folder| file.starts_with(root().join(folder)));
    match extension {
        "rs" => Some(|text| comments(text, "//")),
        "md" => Some(prose),
        "sh" => Some(|text| numbered(text).collect()),
        "toml" | "yml" | "properties" | "conf" => Some(|text| comments(text, "#")),
        "sql" | "psql" => Some(|text| comments(text, "--")),
        "txt" if is_list => Some(|text| comments(text, "#")),
        "" if file.ends_with("Makefile") || file.ends_with("NOTICE") => Some(|text| numbered(text).collect()),
        _ => None,
    }
}

fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    (1..).zip(text.lines())
}

/// The comments, without rows of tables.
fn comments<'a>(text: &'a str, mark: &str) -> Vec<(usize, &'a str)> {
    let is_comment = |line: &str| {
        let comment = line.trim_start().strip_prefix(mark);
        comment.is_some_and(|rest| !rest.trim_start_matches(['/', '!', ' ']).starts_with('|'))
    };
    numbered(text).filter(|(_, line)| is_comment(line)).collect()
}

/// The lines of a Markdown text that are prose.
fn prose(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut is_fenced = false;
    for (number, line) in numbered(text) {
        if line.trim_start().starts_with("```") {
            is_fenced = !is_fenced;
        } else if !is_fenced && !line.starts_with("    ") && !line.starts_with('|') {
            found.push((number, line));
        }
    }
    found
}

/// The files of a folder and the folders below it.
fn read_folder(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() && !name.starts_with('.') && !SKIPPED.contains(&name) {
            read_folder(&path, files);
        } else if path.is_file() {
            files.push(path);
        }
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}
