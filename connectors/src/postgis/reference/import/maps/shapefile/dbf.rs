//! `.dbf`: the properties (dBASE III and what came of it). Only the columns that are asked for are read, so
//! that the content of any other cannot hurt.

use std::collections::{BTreeMap, BTreeSet};

use super::super::features::Cell;
use super::text::Texts;

/// A table in memory.
#[derive(Debug)]
pub(super) struct Dbf<'a> {
    fields: Vec<Field>,
    /// The records, each with its mark of deletion before its cells.
    records: Vec<&'a [u8]>,
    page: Option<&'a [u8]>,
    language: u8,
}

#[derive(Debug)]
struct Field {
    name: String,
    kind: u8,
    begins: usize,
    length: usize,
}

impl<'a> Dbf<'a> {
    /// Reads header and records; `page` is what the `.cpg` holds. The error is about the file as a whole.
    pub fn new(bytes: &'a [u8], page: Option<&'a [u8]>) -> Result<Self, String> {
        let damaged =
            || "its .dbf cannot be read as dBASE: get all files again from where they were made".to_owned();
        let short =
            |at: usize| Some(usize::from(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?)));
        let count = bytes.get(4..8).and_then(|count| count.try_into().ok()).map(u32::from_le_bytes);
        let count = count.and_then(|count| usize::try_from(count).ok()).ok_or_else(damaged)?;
        let header = short(8).ok_or_else(damaged)?;
        let length = short(10).filter(|length| *length > 0).ok_or_else(damaged)?;
        let fields = fields_of(bytes.get(32..header).ok_or_else(damaged)?, length)?;
        if fields.is_empty() {
            return Err(damaged());
        }
        let body = bytes.get(header..).unwrap_or_default();
        let records: Vec<_> = body.chunks_exact(length).collect();
        // 0x1A marks the end; no records follow it.
        let beyond = records.iter().skip(count).take_while(|record| is_marked(record)).count();
        if records.len() < count || beyond > 0 {
            return Err(format!(
                "its .dbf says that it has {count} records and has {}: it was cut off or edited; get all \
                 files again",
                if beyond > 0 { count + beyond } else { records.len() }
            ));
        }
        let records = records.into_iter().take(count).collect();
        Ok(Self { fields, records, page, language: bytes.get(29).copied().unwrap_or_default() })
    }

    /// How many records it has, with those that are deleted.
    pub const fn count(&self) -> usize {
        self.records.len()
    }

    /// The names of all columns.
    pub fn names(&self) -> BTreeSet<String> {
        self.fields.iter().map(|field| field.name.clone()).collect()
    }

    /// The first name of several columns.
    pub fn twice(&self, asked: impl Fn(&str) -> bool) -> Option<&str> {
        let asked: Vec<_> =
            self.fields.iter().map(|field| field.name.as_str()).filter(|name| asked(name)).collect();
        let is_twice = |(at, name): &(usize, &&str)| asked.iter().take(*at).any(|before| before == *name);
        asked.iter().enumerate().find(is_twice).map(|(_, name)| *name)
    }

    /// The cells of each record that are asked for; `None` for a record that is deleted.
    pub fn cells(&self, asked: impl Fn(&str) -> bool) -> Vec<Option<BTreeMap<String, Cell>>> {
        let asked: Vec<&Field> = self.fields.iter().filter(|field| asked(&field.name)).collect();
        let kept = |record: &&&[u8]| record.first() != Some(&b'*');
        let texts = self.records.iter().filter(kept).flat_map(|record| {
            asked.iter().filter(|field| field.kind == b'C').map(|field| field.trimmed(record))
        });
        let texts = Texts::new(self.page, self.language, texts);
        let cells = |record: &&[u8]| {
            asked.iter().map(|field| (field.name.clone(), field.cell(record, &texts))).collect()
        };
        self.records.iter().map(|record| Some(record).filter(kept).map(cells)).collect()
    }
}

fn is_marked(record: &[u8]) -> bool {
    matches!(record.first(), Some(b' ' | b'*'))
}

/// How the header writes the length of a column of text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum TextLength {
    /// In a byte.
    OneByte,
    /// In two, of which the second is otherwise a number of decimals: texts of more than 255 bytes.
    TwoBytes,
}

/// The fields of the header, whose lengths must add up to that of a record: otherwise each value would be
/// cut from a wrong place.
fn fields_of(header: &[u8], record: usize) -> Result<Vec<Field>, String> {
    let total = |fields: &[Field]| fields.last().map_or(1, |field| field.begins + field.length);
    let short = fields(header, TextLength::OneByte);
    if total(&short) == record {
        return Ok(short);
    }
    let long = fields(header, TextLength::TwoBytes);
    if total(&long) == record {
        return Ok(long);
    }
    Err(format!(
        "its .dbf says that a record has {record} bytes, and its columns have {} with the mark of deletion, so \
         nothing says where a value begins; get all files again, or write them again: ogr2ogr NEW OLD",
        total(&short)
    ))
}

/// The fields of the header: 32 bytes each, until 0x0D.
fn fields(header: &[u8], text_length: TextLength) -> Vec<Field> {
    let mut begins = 1;
    let mut fields = Vec::new();
    for field in header.chunks_exact(32).take_while(|field| field.first() != Some(&b'\r')) {
        let byte = |at: usize| field.get(at).copied().unwrap_or_default();
        let name = until_nul(field.get(..11).unwrap_or_default());
        let kind = byte(11).to_ascii_uppercase();
        let is_long = kind == b'C' && text_length == TextLength::TwoBytes;
        let length = usize::from(u16::from_le_bytes([byte(16), if is_long { byte(17) } else { 0 }]));
        let name = String::from_utf8(name.to_vec())
            .unwrap_or_else(|_| encoding_rs::WINDOWS_1252.decode_without_bom_handling(name).0.into_owned());
        fields.push(Field { name: name.trim().to_owned(), kind, begins, length });
        begins += length;
    }
    fields
}

fn until_nul(bytes: &[u8]) -> &[u8] {
    bytes.split(|byte| *byte == 0).next().unwrap_or_default()
}

impl Field {
    fn bytes<'r>(&self, record: &'r [u8]) -> &'r [u8] {
        record.get(self.begins..self.begins + self.length).unwrap_or_default()
    }

    fn trimmed<'r>(&self, record: &'r [u8]) -> &'r [u8] {
        until_nul(self.bytes(record)).trim_ascii()
    }

    /// What a cell means, by the kind of its column.
    fn cell(&self, record: &[u8], texts: &Texts) -> Cell {
        let trimmed = self.trimmed(record);
        let plain = String::from_utf8_lossy(trimmed);
        match self.kind {
            b'C' => {
                texts.read(trimmed).map(|text| Some(text.trim().to_owned()).filter(|text| !text.is_empty()))
            }
            b'I' | b'+' => match <[u8; 4]>::try_from(self.bytes(record)) {
                Ok(number) => Ok(Some(i32::from_le_bytes(number).to_string())),
                Err(_) => Err(unreadable(self.kind)),
            },
            b'N' | b'F' | b'L' | b'D' if trimmed.is_empty() => Ok(None),
            b'N' | b'F' => number(&plain).map(Some),
            b'L' => truth(&plain).map(Some),
            b'D' => date(&plain).map(Some),
            other => Err(unreadable(other)),
        }
    }
}

fn unreadable(kind: u8) -> String {
    format!(
        "is of the dBASE type `{}`, which cannot be read: export it as text",
        char::from(kind).escape_default()
    )
}

/// A number as text; a whole one without a fraction, since codes are numbers in some files.
fn number(text: &str) -> Result<String, String> {
    if text.starts_with('*') {
        return Err(format!(
            "is `{text}`, a number that did not fit into its column: make the column wider and export again"
        ));
    }
    match text.parse::<f64>() {
        Ok(number) if !number.is_finite() => {
            Err(format!("is `{text}`, which is not a number: correct it, or leave it empty"))
        }
        Ok(_) if text.bytes().all(|byte| byte.is_ascii_digit()) => Ok(text.to_owned()),
        Ok(number) if number.fract() == 0.0 => Ok(format!("{number:.0}")),
        Ok(_) => Ok(text.to_owned()),
        Err(_) => {
            Err(format!("is `{}`, which is not a number: correct it, or leave it empty", text.escape_debug()))
        }
    }
}

fn truth(text: &str) -> Result<String, String> {
    match text {
        "T" | "t" | "Y" | "y" => Ok("true".to_owned()),
        "F" | "f" | "N" | "n" => Ok("false".to_owned()),
        _ => Err(format!("is `{}`: write T or F, or leave the whole column out", text.escape_debug())),
    }
}

fn date(text: &str) -> Result<String, String> {
    let is_date = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit()) && text != "00000000";
    is_date.then(|| text.to_owned()).ok_or_else(|| {
        format!("is `{}`, which is not a date: correct it, or leave it empty", text.escape_debug())
    })
}
