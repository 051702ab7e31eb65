//! CSV: a header that names the table's columns, and a row a line.

use super::rows::Rows;
use super::sheet::Sheet;
use super::table::{Absent, Column, Definition};

/// Reads rows of `table`. The error is about the file as a whole.
pub(super) fn read(table: &'static Definition, bytes: &[u8]) -> Result<Rows, String> {
    let known: Vec<_> = table.columns.iter().map(|column| column.name).collect();
    let needed = table.columns.iter().filter(|column| column.absent == Absent::Refused || column.key);
    let needed: Vec<_> = needed.map(|column| column.name).collect();
    read_as(table, bytes, &known, &needed, |column, cells| cell(column, cells(column.name)))
}

/// What the file has in the column of a name; nothing where there is no such column.
pub(super) type CellsByName<'a> = &'a dyn Fn(&str) -> Option<&'a str>;

/// Reads a file whose columns are not those of the table: `known` are those that it may have, `needed`
/// those that it must have, and `value` makes a value of the table's column of them.
pub(super) fn read_as(
    table: &'static Definition,
    bytes: &[u8],
    known: &[&str],
    needed: &[&str],
    value: impl Fn(&Column, CellsByName<'_>) -> Result<Option<String>, String>,
) -> Result<Rows, String> {
    let mut sheet = Sheet::new(bytes, known)?;
    let indexes = indexes(table, known, needed, &sheet.header)?;
    let index_of = |name: &str| {
        known.iter().position(|known| *known == name).and_then(|index| indexes.get(index).copied().flatten())
    };
    let has = table.columns.iter().map(|column| index_of(column.name).is_some()).collect();
    let mut rows = Rows::new(table, has);
    while let Some(row) = sheet.next_row() {
        let number = i32::try_from(row.line).unwrap_or(i32::MAX);
        let label = format!("line {}", row.line);
        let cells = match row.cells {
            Ok(cells) => cells,
            Err(flaw) => {
                rows.complaints.add(number, &label, &flaw);
                continue;
            }
        };
        let name = cells.get(0).filter(|name| !name.is_empty()).map(|name| format!(" ({name})"));
        rows.add(number, format!("{label}{}", name.unwrap_or_default()), |column| {
            value(column, &|name| index_of(name).and_then(|index| cells.get(index)))
        });
    }
    if rows.rows.is_empty() && rows.complaints.none() {
        return Err("it has a header and no rows: there is nothing to import".to_owned());
    }
    Ok(rows)
}

/// What the file has for a column: nothing where there is no such cell or it is empty.
pub(super) fn cell(column: &Column, cell: Option<&str>) -> Result<Option<String>, String> {
    match cell {
        Some("") if matches!(column.absent, Absent::Default(_)) => {
            Err(format!("`{}` is empty: fill it in, or leave the whole column out", column.name))
        }
        Some("") | None => Ok(None),
        Some(text) => Ok(Some(text.to_owned())),
    }
}

/// Where each of the known columns is in the file.
fn indexes(
    table: &Definition,
    known: &[&str],
    needed: &[&str],
    header: &[String],
) -> Result<Vec<Option<usize>>, String> {
    let mut flaws = Vec::new();
    for (index, name) in header.iter().enumerate().filter(|(_, name)| !name.is_empty()) {
        if !known.contains(&name.as_str()) {
            flaws.push(format!("there is no column `{name}`"));
        } else if header.iter().take(index).any(|before| before == name) {
            flaws.push(format!("the column `{name}` is there twice"));
        }
    }
    let index = |name: &str| header.iter().position(|found| found == name);
    for name in needed {
        if index(name).is_none() {
            flaws.push(format!("the column `{name}` is missing"));
        }
    }
    if flaws.is_empty() {
        return Ok(known.iter().map(|name| index(name)).collect());
    }
    Err(format!(
        "its header cannot be used: {}; it must name columns of {}, separated by commas: {}",
        flaws.join(", "),
        table.name,
        known.join(",")
    ))
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
        let complaint = complaints(Table::Staff, "login:name:role\nx:y:z\n").concat();
        assert!(complaint.contains("there is no column `login:name:role`"), "{complaint}");
        assert!(complaint.contains("the column `role` is missing"), "{complaint}");
        let columns = "login,name,municipality,team,role,is_active,absent_from,absent_until,delegate";
        assert!(complaint.ends_with(&format!("separated by commas: {columns}")), "{complaint}");
        assert!(
            complaints(Table::Staff, "login,login,name,role\n").concat().contains("`login` is there twice")
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
                "line 3 (082 123 4567): `login` is `082 123 4567`; it must be a letter and up to 39 \
                 letters, digits, '_', '.' or '-', at most 8 of them digits",
                "line 3 (082 123 4567): `name` is missing: fill it in",
                "line 3 (082 123 4567): `role` is `boss`; it must be one of: staff, manager",
                "line 3 (082 123 4567): `is_active` is empty: fill it in, or leave the whole column out",
                "line 4 (sipho): `name` is `Sipho,\nthe second`; it must be one line of readable \
                 characters: save the file in UTF-8",
                "line 6 (thandi.m): the same `login` as line 2 (thandi.m): keep one of them",
                "line 7: it has 2 cells and the header 4: put a cell that holds a comma in quotes",
            ]
        );
    }

    #[test]
    fn two_rows_whose_keys_cannot_be_read_are_not_called_the_same() {
        let text = "municipality,day,name\nEKU,27/12/2026,Stocktaking\nEKU,28/12/2026,Stocktaking\n";
        let said = complaints(Table::ClosingDays, text);
        assert_eq!(said.len(), 2, "{said:?}");
        assert!(said.iter().all(|said| said.contains("must be a day such as")), "{said:?}");
    }

    #[test]
    fn every_text_of_every_file_is_a_name_of_some_length() {
        let long = "a".repeat(101);
        for bad in ["#REF!", "<Null>", "Kh&acirc;i", "Kh‰i", "KhÃ¢i", "\u{2060}", "---", long.as_str()] {
            for (table, header, row) in [
                (Table::Staff, "login,name,role", format!("thandi,{bad},staff")),
                (Table::ClosingDays, "municipality,day,name", format!("EKU,2026-12-27,{bad}")),
            ] {
                let said = complaints(table, &format!("{header}\n{row}\n"));
                assert!(said.len() == 1 && said[0].contains("`name` is `"), "{bad}: {said:?}");
            }
        }
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
