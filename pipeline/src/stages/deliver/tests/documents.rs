//! The tables of docs/deliveries.md that are printed from the rules.

use expect_test::expect_file;

use crate::stages::deliver::{error_codes, life};

const DELIVERIES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/deliveries.md");

/// Compares the part of the document between two lines with `table`, or writes it there if expectations are
/// updated.
fn assert_shown(begin: &str, table: &str, end: &str) {
    let text = std::fs::read_to_string(DELIVERIES).unwrap();
    let (before, rest) = text.split_once(begin).unwrap();
    let (_, after) = rest.split_once(end).unwrap();
    let right = format!("{before}{begin}{table}{end}{after}");
    expect_file![DELIVERIES].assert_eq(&right);
}

#[test]
fn the_documents_show_for_how_long_messages_are_repeated() {
    let begin = "<!-- lives: printed by pipeline/src/stages/deliver/life.rs -->\n";
    assert_shown(begin, &life::markdown(), "<!-- end of lives -->\n");
}

#[test]
fn the_documents_show_the_error_codes_that_are_applied() {
    let begin = "<!-- error codes: printed by pipeline/src/stages/deliver/error_codes.rs -->\n";
    assert_shown(begin, &error_codes::markdown(), "<!-- end of error codes -->\n");
}
