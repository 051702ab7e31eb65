//! Places from the postal codes of GeoNames.

use std::collections::BTreeMap;

use super::cells::{point, slug};
use crate::postgis::reference::import::rows::Rows;
use crate::postgis::reference::import::table::{Column, Definition};

/// How many cells a line of the postal codes of GeoNames has.
const POSTAL_CELLS: usize = 12;

/// Whether a text is the postal codes of GeoNames: cells separated by tabs, without a header.
pub(super) fn is_in(text: &str) -> bool {
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let cells: Vec<&str> = first.split('\t').collect();
    let is_country = |cell: &&str| cell.len() == 2 && cell.bytes().all(|byte| byte.is_ascii_uppercase());
    cells.len() == POSTAL_CELLS && cells.first().is_some_and(is_country)
}

/// Reads the postal codes of GeoNames: a place for each name and point, with its lowest postal code.
pub(super) fn read(table: &'static Definition, text: &str) -> Rows {
    let has = |column: &Column| ["code", "name", "point", "radius_m"].contains(&column.name);
    let mut rows = Rows::new(table, table.columns.iter().map(has).collect());
    let mut known: BTreeMap<(String, String), usize> = BTreeMap::new();
    for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
        let cells: Vec<&str> = line.split('\t').map(str::trim).collect();
        let [country, postal, name, _, _, _, _, _, _, latitude, longitude, accuracy] = cells.as_slice()
        else {
            let flaw = format!("it has {} cells: a line of postal codes has {POSTAL_CELLS}", cells.len());
            rows.complaints.add(number, &format!("line {number}"), &flaw);
            continue;
        };
        let count = known.entry(((*name).to_owned(), format!("{latitude} {longitude}"))).or_default();
        *count += 1;
        if *count > 1 {
            continue;
        }
        rows.add(number, format!("line {number} ({postal} {name})"), |column| match column.name {
            _ if *country != "ZA" => Err(format!("its country is `{country}`; it must be `ZA`")),
            "code" => Ok(Some(format!("{postal}.{}", slug(name)))),
            "name" => Ok(Some((*name).to_owned()).filter(|name| !name.is_empty())),
            "point" => point(Some(latitude), Some(longitude)).map(Some),
            "radius_m" => Ok(Some(reach(accuracy).to_owned())),
            _ => Ok(None),
        });
    }
    let same: usize = known.values().map(|count| count - 1).sum();
    rows.remarks.extend((same > 0).then(|| format!("{same} more postal codes of the same names and points")));
    rows
}

/// How far a place reaches, in metres, by the accuracy of its point: 4 is the place itself and 6 the middle
/// of its addresses; another one may be the next town.
fn reach(accuracy: &str) -> &'static str {
    match accuracy {
        "4" => "3000",
        "6" => "1500",
        _ => "10000",
    }
}
