//! Features of a map, however the file writes them, and the rows they become.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};
use topics::records::editions::MultiPolygon;

use super::area;
use super::rows::Rows;
use super::table::{Absent, Column, Definition};

/// A feature: what it is called and where it is.
#[derive(Debug)]
pub(super) struct Feature {
    pub properties: Map<String, Value>,
    /// Its area, or why it has no usable one.
    pub area: Result<MultiPolygon, String>,
}

/// Checks that `names` rename properties that the table has.
pub(super) fn check_names(table: &Definition, names: &BTreeMap<String, String>) -> Result<(), String> {
    let known: Vec<_> =
        table.columns.iter().filter(|column| !column.form.is_area()).map(|column| column.name).collect();
    match names.keys().find(|name| !known.contains(&name.as_str())) {
        Some(name) => {
            Err(format!("--map {name}=...: {} have no `{name}`; they have: {}", table.name, known.join(", ")))
        }
        None => Ok(()),
    }
}

/// Makes rows of `features`.
pub(super) fn rows(
    table: &'static Definition,
    names: &BTreeMap<String, String>,
    features: Vec<Feature>,
) -> Rows {
    let mut rows = Rows::new(table, vec![true; table.columns.len()]);
    let missing = missing(table, names, &features);
    if features.is_empty() {
        rows.complaints.of_file("it has no features: there is nothing to import".to_owned());
    }
    for complaint in missing {
        rows.complaints.of_file(complaint);
    }
    if !rows.complaints.none() {
        return rows;
    }
    for (number, feature) in (1..).zip(features) {
        let code = table
            .columns
            .first()
            .and_then(|column| text(feature.properties.get(property(names, column))).ok().flatten());
        let place = format!("feature {number}{}", code.map(|code| format!(" ({code})")).unwrap_or_default());
        rows.add(number, place, |column| {
            if column.form.is_area() {
                return feature
                    .area
                    .as_ref()
                    .map(|area| Some(area::to_wkt(area)))
                    .map_err(|flaw| format!("`{}`: {flaw}", column.name));
            }
            text(feature.properties.get(property(names, column)))
                .map_err(|flaw| format!("`{}` {flaw}", property(names, column)))
        });
    }
    rows
}

/// What the file calls a column.
fn property<'a>(names: &'a BTreeMap<String, String>, column: &Column) -> &'a str {
    names.get(column.name).map_or(column.name, String::as_str)
}

/// What must be there and is under no feature's properties: one complaint instead of one for each feature.
fn missing(table: &Definition, names: &BTreeMap<String, String>, features: &[Feature]) -> Vec<String> {
    let found: BTreeSet<&str> =
        features.iter().flat_map(|feature| feature.properties.keys().map(String::as_str)).collect();
    let needed =
        table.columns.iter().filter(|column| column.absent == Absent::Refused && !column.form.is_area());
    needed
        .filter(|column| !features.is_empty() && !found.contains(property(names, column)))
        .map(|column| {
            let all = found.iter().copied().collect::<Vec<_>>().join(", ");
            format!(
                "no feature has the property `{}`; name the right one with --map {}=NAME: they have {all}",
                property(names, column),
                column.name
            )
        })
        .collect()
}

/// A property as text. Codes are numbers in some files.
fn text(value: Option<&Value>) -> Result<Option<String>, String> {
    let text = match value {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) => text.trim().to_owned(),
        Some(Value::Bool(truth)) => truth.to_string(),
        Some(Value::Number(number)) => match number.as_f64().filter(|number| number.fract() == 0.0) {
            Some(whole) if !number.is_i64() && !number.is_u64() => format!("{whole:.0}"),
            _ => number.to_string(),
        },
        Some(Value::Array(_) | Value::Object(_)) => {
            return Err("is a list or an object: it must be text".to_owned());
        }
    };
    Ok(Some(text).filter(|text| !text.is_empty()))
}
