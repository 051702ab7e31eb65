//! The rows of a file, and the complaints about it.

use std::collections::BTreeMap;

use super::encoding;
use super::forms::is_made;
use super::names;
use super::table::{Absent, Column, Definition};

/// What a file says.
#[derive(Debug)]
pub(super) struct Rows {
    pub table: &'static Definition,
    /// The columns that the file has, by their places in the table.
    pub has: Vec<bool>,
    /// All rows, sound or not.
    pub rows: Vec<ImportRow>,
    /// What is wrong with them so far.
    pub complaints: Complaints,
    /// What a person should know of the file though it can be imported.
    pub remarks: Vec<String>,
    /// Which key was where, to find doubles.
    keys: BTreeMap<Vec<Option<String>>, String>,
}

/// A row: a value for each column of the table, as PostgreSQL reads it.
#[derive(Debug)]
pub(super) struct ImportRow {
    /// Its number in the file, to sort by.
    pub number: i32,
    /// Where it is in the file, for people: `line 3`, or `feature 2 (ETH)`.
    pub label: String,
    /// The values; nothing in place of a value that is wrong.
    pub values: Vec<Option<String>>,
    /// Whether nothing is wrong so far.
    pub sound: bool,
}

/// Complaints, each with the label of the row that it is about.
#[derive(Debug, Default)]
pub(super) struct Complaints(Vec<(i32, String)>);

impl Complaints {
    /// Notes that something is wrong with the row that has this label.
    pub fn add(&mut self, number: i32, label: &str, what: &str) {
        self.0.push((number, format!("{label}: {what}")));
    }

    /// Notes that something is wrong with the file as a whole.
    pub fn of_file(&mut self, what: String) {
        self.0.push((0, what));
    }

    /// Whether there are none.
    pub fn none(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them, in the order of the file.
    pub fn in_order(mut self) -> Vec<String> {
        self.0.sort_by_key(|(number, _)| *number);
        self.0.into_iter().map(|(_, what)| what).collect()
    }
}

impl Rows {
    /// Starts without rows; `has` says for each column of `table` whether the file has it.
    pub fn new(table: &'static Definition, has: Vec<bool>) -> Self {
        Self {
            table,
            has,
            rows: Vec::new(),
            complaints: Complaints::default(),
            remarks: Vec::new(),
            keys: BTreeMap::new(),
        }
    }

    /// Judges a row; `cell` gives what the file has for a column, if it has anything. What is not empty has
    /// no spaces around.
    pub fn add(
        &mut self,
        number: i32,
        label: String,
        mut cell: impl FnMut(&Column) -> Result<Option<String>, String>,
    ) {
        let mut values = Vec::new();
        let mut flaws = Vec::new();
        // What is wrong in two rows is not the same for that.
        let mut key_is_read = true;
        for column in self.table.columns {
            match cell(column).and_then(|cell| value(column, cell)) {
                Ok(value) => values.push(value),
                Err(flaw) => {
                    flaws.push(flaw);
                    values.push(None);
                    key_is_read &= !column.key;
                }
            }
        }
        let key: Vec<_> = self
            .table
            .columns
            .iter()
            .zip(&values)
            .filter(|(column, _)| column.key)
            .map(|(_, value)| value.clone())
            .collect();
        let names = self.table.columns.iter().zip(&values).filter(|(column, _)| column.name == "name");
        let doubts = names.filter_map(|(_, name)| encoding::suspicious(name.as_deref()?));
        self.remarks.extend(doubts.map(|doubt| format!("{label}: `name` {doubt}")));
        // A code that is made of a name is complete when the municipality is known: it is compared then.
        let known =
            key_is_read && key.first().is_some_and(|code| code.as_ref().is_some_and(|code| !is_made(code)));
        if let Some(first) = self.keys.get(&key).filter(|_| known) {
            let names: Vec<_> = self
                .table
                .columns
                .iter()
                .filter(|column| column.key)
                .map(|column| format!("`{}`", column.name))
                .collect();
            flaws.push(format!("the same {} as {first}: keep one of them", names.join(", ")));
        } else if known {
            self.keys.insert(key, label.clone());
        }
        for flaw in &flaws {
            self.complaints.add(number, &label, flaw);
        }
        self.rows.push(ImportRow { number, label, values, sound: flaws.is_empty() });
    }
}

/// What of a value is repeated in a complaint, in characters.
const SHOWN: usize = 40;

fn value(column: &Column, cell: Option<String>) -> Result<Option<String>, String> {
    let name = column.name;
    match cell {
        // An area that is not text was already read by the module for the format of the file.
        Some(text) => match (column.form.read)(&text) {
            Ok(value) => Ok(Some(value)),
            Err(must) if column.form.is_area() => Err(format!("`{name}`: {must}")),
            Err(must) => {
                let more = if text.chars().nth(SHOWN).is_some() { "..." } else { "" };
                Err(format!("`{name}` is `{}{more}`; it {must}", shown(&text)))
            }
        },
        None if column.absent == Absent::Refused => Err(format!("`{name}` is missing: fill it in")),
        None => Ok(None),
    }
}

/// The beginning of a value, with the numbers of characters that show nothing or move others.
fn shown(text: &str) -> String {
    let mut shown = String::new();
    for letter in text.chars().take(SHOWN) {
        if names::is_invisible(letter) {
            shown.push_str(&names::escaped(letter));
        } else {
            shown.push(letter);
        }
    }
    shown
}
