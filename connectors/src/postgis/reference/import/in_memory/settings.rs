//! The durations of the rules and the emergency numbers, from CSV.

use topics::records::editions::{Emergency, Rules};

use crate::postgis::reference::import::sheet::Sheet;

/// The column of `rules` that keeps the table at one row.
const SINGLE: &str = "single";

pub(super) fn rules(text: &[u8]) -> Result<Rules, String> {
    let defaults = serde_json::to_value(Rules::default()).map_err(|error| error.to_string())?;
    let mut known: Vec<&str> =
        defaults.as_object().into_iter().flat_map(|all| all.keys()).map(String::as_str).collect();
    known.push(SINGLE);
    let mut sheet = Sheet::new(text, &known)?;
    known_columns(&sheet.header, &known)?;
    let cells = sheet.next_row().ok_or("it has a header and no row")?.cells?;
    let mut values = serde_json::Map::new();
    for (name, cell) in sheet.header.iter().zip(&cells).filter(|(name, _)| *name != SINGLE) {
        let number: u64 =
            cell.parse().map_err(|_| format!("`{name}` is `{cell}`; it must be a whole number"))?;
        values.insert(name.clone(), number.into());
    }
    serde_json::from_value(values.into()).map_err(|error| error.to_string())
}

pub(super) fn emergency(text: &[u8]) -> Result<Emergency, String> {
    let known = ["service", "number", "as_of"];
    let mut sheet = Sheet::new(text, &known)?;
    known_columns(&sheet.header, &known)?;
    let header = sheet.header.clone();
    let mut emergency = Emergency::default();
    while let Some(row) = sheet.next_row() {
        let line = row.line;
        let cells = row.cells.map_err(|flaw| format!("line {line}: {flaw}"))?;
        let cell = |name: &str| {
            let index = header.iter().position(|column| column == name)?;
            cells.get(index).filter(|cell| !cell.is_empty())
        };
        let required = |name: &str| {
            cell(name)
                .map(str::to_owned)
                .ok_or_else(|| format!("line {line}: `{name}` is missing: fill it in"))
        };
        let as_of = required("as_of")?;
        if as_of.parse::<jiff::civil::Date>().is_err() {
            return Err(format!("line {line}: `as_of` is `{as_of}`; it must be a day such as 2026-11-21"));
        }
        if emergency.as_of.is_empty() || as_of < emergency.as_of {
            emergency.as_of = as_of;
        }
        let service = required("service")?;
        if emergency.numbers.insert(service.clone(), required("number")?).is_some() {
            return Err(format!("line {line}: `{service}` is there twice: keep one of them"));
        }
    }
    if emergency.numbers.is_empty() {
        return Err("it has a header and no rows".to_owned());
    }
    Ok(emergency)
}

fn known_columns(header: &[String], known: &[&str]) -> Result<(), String> {
    if let Some(name) =
        header.iter().enumerate().find(|(at, name)| header.iter().take(*at).any(|before| before == *name))
    {
        return Err(format!("the column `{}` is there twice: keep one of them", name.1));
    }
    match header.iter().find(|name| !known.contains(&name.as_str())) {
        None => Ok(()),
        Some(name) => {
            Err(format!("there is no column `{name}`; its header must name columns of: {}", known.join(",")))
        }
    }
}
