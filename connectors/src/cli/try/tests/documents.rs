//! The documents that show `try`, compared with what it prints.

use std::collections::BTreeSet;
use std::path::Path;

use expect_test::expect_file;

use super::super::commands::{self, HELP};
use super::{START, people};

#[test]
fn the_help_and_the_document_have_the_same_commands() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let page = std::fs::read_to_string(root.join("docs/try.md")).unwrap();
    let commands = |text: &str| -> BTreeSet<String> {
        let words = text.split([' ', ',', '`', '\n']).filter(|word| {
            word.strip_prefix('/').is_some_and(|name| name.starts_with(|c: char| c.is_ascii_lowercase()))
        });
        words.map(str::to_owned).collect()
    };
    let of_help = commands(HELP);
    assert!(of_help.contains("/staff") && of_help.contains("/quit"), "{of_help:?}");
    let mut of_page = commands(&page);
    of_page.insert("/help".to_owned());
    assert_eq!(of_page, of_help);
    for command in of_help {
        let is_unknown = commands::read(&command).is_err_and(|error| error.contains("there is no command"));
        assert!(!is_unknown, "{command}");
    }
}

#[test]
fn the_readme_shows_a_real_session() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    let command = format!("$ cargo run --release -- try --start {START}\n");
    let (before, rest) = readme.split_once(&command).unwrap();
    let (transcript, after) = rest.split_once("```\n").unwrap();
    let script: String = transcript
        .lines()
        .filter_map(|line| line.strip_prefix("nomsa> "))
        .map(|line| format!("{line}\n"))
        .collect();
    let replayed = format!("{before}{command}{}```\n{after}", people(&script));
    expect_file!["../../../../../README.md"].assert_eq(&replayed);
}
