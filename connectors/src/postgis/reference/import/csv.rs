//! CSV: a header that names the table's columns, and a row a line.

use ::csv::{ErrorKind, Reader, ReaderBuilder, StringRecord, Trim};

use super::rows::Rows;
use super::table::{Absent, Definition};

/// Reads rows of `table`. The error is about the file as a whole.
pub(super) fn read(table: &'static Definition, bytes: &[u8]) -> Result<Rows, String> {
    // Spreadsheets put a mark before the text.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = ReaderBuilder::new().trim(Trim::All).from_reader(bytes);
    let header = reader
        .headers()
        .map_err(|error| format!("its header cannot be read: {error}; save the file as CSV in UTF-8"))?
        .clone();
    let places = places(table, &header)?;
    let mut rows = Rows::new(table, places.iter().map(Option::is_some).collect());
    lines(&mut reader, &header, &places, &mut rows);
    if rows.rows.is_empty() && rows.complaints.none() {
        return Err("it has a header and no rows: there is nothing to import".to_owned());
    }
    Ok(rows)
}

/// Where each of the table's columns stands in the file.
fn places(table: &Definition, header: &StringRecord) -> Result<Vec<Option<usize>>, String> {
    let known: Vec<_> = table.columns.iter().map(|column| column.name).collect();
    let mut flaws = Vec::new();
    for (place, name) in header.iter().enumerate() {
        if !known.contains(&name) {
            flaws.push(format!("there is no column `{name}`"));
        } else if header.iter().take(place).any(|before| before == name) {
            flaws.push(format!("the column `{name}` stands there twice"));
        }
    }
    let place = |name: &str| header.iter().position(|found| found == name);
    for column in table.columns.iter().filter(|column| column.absent == Absent::Refused || column.key) {
        if place(column.name).is_none() {
            flaws.push(format!("the column `{}` is missing", column.name));
        }
    }
    if flaws.is_empty() {
        return Ok(known.into_iter().map(place).collect());
    }
    Err(format!(
        "its header cannot be used: {}; it must name columns of {}, separated by commas: {}",
        flaws.join(", "),
        table.name,
        known.join(",")
    ))
}

fn lines(reader: &mut Reader<&[u8]>, header: &StringRecord, places: &[Option<usize>], rows: &mut Rows) {
    let columns = rows.table.columns;
    let mut record = StringRecord::new();
    loop {
        // A quoted cell may hold line breaks, so that a row's number is not its line's.
        let begins = reader.position().line();
        match reader.read_record(&mut record) {
            Ok(false) => return,
            Ok(true) => {
                let line = record.position().map_or(begins, ::csv::Position::line);
                let name = record
                    .get(0)
                    .filter(|name| !name.is_empty())
                    .map(|name| format!(" ({name})"))
                    .unwrap_or_default();
                rows.add(number(line), format!("line {line}{name}"), |column| {
                    let place = columns
                        .iter()
                        .position(|other| other.name == column.name)
                        .and_then(|place| places.get(place).copied().flatten());
                    match place.map(|place| record.get(place).unwrap_or_default()) {
                        Some("") if matches!(column.absent, Absent::Default(_)) => Err(format!(
                            "`{}` is empty: fill it in, or leave the whole column out",
                            column.name
                        )),
                        Some("") | None => Ok(None),
                        Some(text) => Ok(Some(text.to_owned())),
                    }
                });
            }
            Err(error) => {
                let line = error.position().map_or(begins, ::csv::Position::line);
                let what = match error.kind() {
                    ErrorKind::UnequalLengths { len, .. } => {
                        format!(
                            "it has {len} cells and the header {}: put a cell that holds a comma in quotes",
                            header.len()
                        )
                    }
                    ErrorKind::Utf8 { .. } => "it is not UTF-8: save the file as CSV in UTF-8".to_owned(),
                    _ => {
                        rows.complaints.add(number(line), &format!("line {line}"), &error.to_string());
                        return;
                    }
                };
                rows.complaints.add(number(line), &format!("line {line}"), &what);
            }
        }
    }
}

fn number(line: u64) -> i32 {
    i32::try_from(line).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::Table;
    use super::*;

    fn complaints(table: Table, text: &str) -> Vec<String> {
        match read(table.definition(), text.as_bytes()) {
            Ok(rows) => rows.complaints.in_order(),
            Err(complaint) => vec![complaint],
        }
    }

    #[test]
    fn a_header_is_told_what_it_may_hold() {
        let complaint = complaints(Table::Staff, "login;name;role\nx;y;z\n").concat();
        assert!(complaint.contains("there is no column `login;name;role`"), "{complaint}");
        assert!(complaint.contains("the column `role` is missing"), "{complaint}");
        assert!(
            complaint.ends_with("separated by commas: login,name,municipality,team,role,is_active"),
            "{complaint}"
        );
        assert!(
            complaints(Table::Staff, "login,login,name,role\n")
                .concat()
                .contains("`login` stands there twice")
        );
        assert!(complaints(Table::Staff, "login,name,role\n").concat().contains("no rows"));
    }

    #[test]
    fn every_bad_line_is_named_with_what_would_be_right() {
        let text = "\u{feff}login,name,role,is_active\n\
                    thandi.m,Thandi,staff,TRUE\n\
                    082 123 4567,,boss,\n\
                    sipho,\"Sipho,\nthe second\",manager,true\n\
                    thandi.m,Thandi again,staff,false\n\
                    x,y\n";
        assert_eq!(
            complaints(Table::Staff, text),
            [
                "line 3 (082 123 4567): `login` is `082 123 4567`; it must be a letter and up to 39 letters, digits, '_', '.' or '-', at most 8 of them digits",
                "line 3 (082 123 4567): `name` is missing: fill it in",
                "line 3 (082 123 4567): `role` is `boss`; it must be one of: staff, manager",
                "line 3 (082 123 4567): `is_active` is empty: fill it in, or leave the whole column out",
                "line 4 (sipho): `name` is `Sipho,\nthe second`; it must be one line of readable characters: save the file in UTF-8",
                "line 6 (thandi.m): the same `login` as line 2 (thandi.m): keep one of them",
                "line 7: it has 2 cells and the header 4: put a cell that holds a comma in quotes",
            ]
        );
    }

    #[test]
    fn two_policies_for_everything_are_one_too_many() {
        let text = "municipality,category,severity\nEKU,,\nEKU,water,\nEKU,,\n";
        let complaints = complaints(Table::Policies, text);
        assert_eq!(complaints.len(), 1, "{complaints:?}");
        assert!(
            complaints[0]
                .starts_with("line 4 (EKU): the same `municipality`, `category`, `severity` as line 2 (EKU)")
        );
    }
}
