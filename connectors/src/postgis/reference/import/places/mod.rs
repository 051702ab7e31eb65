//! Places that residents can name: CSV with the degrees in two columns, GeoJSON of points, and the postal
//! codes of GeoNames.

mod cells;
mod geojson;
mod postal;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub(super) use self::cells::of_wkt;
use self::cells::{code, point};
use super::csv::{CellsByName, cell, read_as};
use super::encoding;
use super::rows::Rows;
use super::table::{Column, Definition};

/// Other names that people give the columns of degrees.
const DEGREES: [(&str, &str); 4] =
    [("lat", "latitude"), ("lon", "longitude"), ("lng", "longitude"), ("long", "longitude")];

const KNOWN: [&str; 13] = [
    "code",
    "name",
    "kind",
    "suburb",
    "latitude",
    "longitude",
    "radius_m",
    "variants",
    "is_active",
    "lat",
    "lon",
    "lng",
    "long",
];

/// Reads a file of places. `names` says under which names a GeoJSON file has the properties.
pub(super) fn read(
    table: &'static Definition,
    ending: &str,
    bytes: &[u8],
    names: &BTreeMap<String, String>,
) -> Result<Rows, String> {
    let mut rows = if ["geojson", "json"].contains(&ending) {
        geojson::read(table, bytes, names)?
    } else if !names.is_empty() {
        return Err(
            "a property can be renamed for GeoJSON alone: rename the column in the CSV's header".to_owned()
        );
    } else if postal::is_in(encoding::utf8(bytes)?) {
        postal::read(table, encoding::utf8(bytes)?)
    } else {
        of_csv(table, bytes)?
    };
    // It is no column of a file, and is never kept as it was: the point decides.
    for (column, has) in table.columns.iter().zip(&mut rows.has) {
        *has |= column.name == "municipality";
    }
    Ok(rows)
}

fn of_csv(table: &'static Definition, bytes: &[u8]) -> Result<Rows, String> {
    read_as(table, bytes, &KNOWN, &["name"], value)
}

/// The value of a column of the table, from the cells of a row.
fn value(column: &Column, cells: CellsByName<'_>) -> Result<Option<String>, String> {
    match column.name {
        "code" => code(cells).map(Some),
        "point" => point(degrees("latitude", cells)?, degrees("longitude", cells)?).map(Some),
        "variants" => Ok(cells("variants").map(str::to_owned)),
        "radius_m" => Ok(cells("radius_m").filter(|text| !text.is_empty()).map(str::to_owned)),
        _ => cell(column, cells(column.name)),
    }
}

/// The cell of `latitude` or `longitude`, under whichever of its names the file has.
fn degrees<'a>(name: &str, cells: CellsByName<'a>) -> Result<Option<&'a str>, String> {
    let others = DEGREES.iter().filter(|(_, meant)| *meant == name).map(|(other, _)| *other);
    let mut found = std::iter::once(name).chain(others).filter_map(|name| Some((name, cells(name)?)));
    match (found.next(), found.next()) {
        (Some((one, _)), Some((other, _))) => {
            Err(format!("the columns `{one}` and `{other}` are the same: keep one of them"))
        }
        (found, _) => Ok(found.map(|(_, text)| text).filter(|text| !text.is_empty())),
    }
}
