//! The figures in docs/understanding.md: written by `evaluate --record`, compared by a test.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::figures::Figures;

const BEGIN: &str = "<!-- figures -->\n";
const END: &str = "<!-- end of figures -->\n";

/// A figure as docs/understanding.md records it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Recorded {
    /// The value in per cent.
    pub value: f64,
    /// The limits of its 95 % interval.
    pub interval: (f64, f64),
}

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/understanding.md")
}

/// Writes the figures into the document. Without `before` the column keeps what it has.
pub fn write(table: &Figures, before: Option<&Figures>, confusion: &str) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(path()).context("cannot read docs/understanding.md")?;
    let (head, rest) = text.split_once(BEGIN).context("docs/understanding.md has no place for figures")?;
    let (old, tail) = rest.split_once(END).context("docs/understanding.md has no end of figures")?;
    let kept: BTreeMap<&str, &str> = rows(old).map(|row| (row.0, row.1)).collect();
    let mut new = "| figure | before | now | 95 % | of |\n|---|---|---|---|---|\n".to_owned();
    for figure in &table.figures {
        let found = before.and_then(|table| table.figures.iter().find(|other| other.name == figure.name));
        let before = match found {
            Some(found) => format!("{:.1}", found.value),
            None => (*kept.get(figure.name.as_str()).unwrap_or(&"-")).to_owned(),
        };
        let (low, high) = figure.interval;
        let _ = writeln!(
            new,
            "| {} | {before} | {:.1} | {low:.1} - {high:.1} | {} |",
            figure.name, figure.value, figure.of
        );
    }
    let _ = write!(
        new,
        "\nCategories, each row a right one, each column what was read:\n\n```\n{confusion}```\n"
    );
    std::fs::write(path(), format!("{head}{BEGIN}{new}{END}{tail}"))
        .context("cannot write docs/understanding.md")
}

/// The recorded figures by name.
pub fn read() -> anyhow::Result<BTreeMap<String, Recorded>> {
    let text = std::fs::read_to_string(path()).context("cannot read docs/understanding.md")?;
    let figures =
        text.split_once(BEGIN).and_then(|(_, rest)| rest.split_once(END)).map_or("", |(old, _)| old);
    let recorded = |(name, _, value, interval): (&str, &str, &str, &str)| {
        let (low, high) = interval.split_once(" - ")?;
        let interval = (low.parse().ok()?, high.parse().ok()?);
        Some((name.to_owned(), Recorded { value: value.parse().ok()?, interval }))
    };
    Ok(rows(figures).filter_map(recorded).collect())
}

/// The rows of the table: name, before, now, interval.
fn rows(text: &str) -> impl Iterator<Item = (&str, &str, &str, &str)> {
    text.lines().filter_map(row)
}

fn row(line: &str) -> Option<(&str, &str, &str, &str)> {
    let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
    match cells.as_slice() {
        [name, before, now, interval, _] if *name != "figure" && !name.starts_with('-') => {
            Some((*name, *before, *now, *interval))
        }
        _ => None,
    }
}
