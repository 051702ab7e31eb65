//! Places as GeoJSON of points.

use std::collections::BTreeMap;

use super::cells::{code, in_country};
use crate::postgis::reference::import::maps::features::TWICE;
use crate::postgis::reference::import::maps::geojson::{self, PointFeature};
use crate::postgis::reference::import::rows::Rows;
use crate::postgis::reference::import::table::{Column, Definition};

pub(super) fn read(
    table: &'static Definition,
    bytes: &[u8],
    names: &BTreeMap<String, String>,
) -> Result<Rows, String> {
    let properties: Vec<&str> = table
        .columns
        .iter()
        .map(|column| column.name)
        .filter(|name| !["point", "municipality"].contains(name))
        .collect();
    if let Some(unknown) = names.keys().find(|name| !properties.contains(&name.as_str())) {
        return Err(format!(
            "--map {unknown}=...: places have no `{unknown}`; they have: {}",
            properties.join(", ")
        ));
    }
    let features = geojson::read_points(bytes)?;
    if features.is_empty() {
        return Err("it has no features: there is nothing to import".to_owned());
    }
    let name_of = |column: &str| names.get(column).map_or(column, String::as_str).to_owned();
    let is_in_file = |column: &Column| {
        let name = name_of(column.name);
        features.iter().any(|feature| feature.properties.contains_key(&name))
    };
    let needed =
        table.columns.iter().filter(|column| column.name == "name" || names.contains_key(column.name));
    let missing: Vec<String> = needed
        .filter(|column| !is_in_file(column))
        .map(|column| format!("`{}`", name_of(column.name)))
        .collect();
    if !missing.is_empty() {
        return Err(format!(
            "no feature has the property {}; name the right one with --map name=NAME",
            missing.join(", ")
        ));
    }
    let mut rows = Rows::new(table, table.columns.iter().map(is_in_file).collect());
    for (number, feature) in (1..).zip(&features) {
        add_feature(&mut rows, number, feature, &name_of);
    }
    Ok(rows)
}

fn add_feature(rows: &mut Rows, number: i32, feature: &PointFeature, name_of: &impl Fn(&str) -> String) {
    let text = |column: &str| match feature.properties.get(&name_of(column)) {
        Some(_) if feature.twice.contains(&name_of(column)) => Err(format!("`{}` {TWICE}", name_of(column))),
        // A list of names; any other list is refused by the cell.
        Some(serde_json::Value::Array(names)) if column == "variants" => {
            let names: Vec<&str> = names.iter().filter_map(serde_json::Value::as_str).collect();
            Ok(Some(names.join("|")).filter(|names| !names.is_empty()))
        }
        Some(value) => geojson::cell(value).map_err(|flaw| format!("`{}` {flaw}", name_of(column))),
        None => Ok(None),
    };
    let plain = |column: &str| text(column).ok().flatten();
    let label =
        plain("code").or_else(|| plain("name")).map(|label| format!(" ({label})")).unwrap_or_default();
    rows.add(number, format!("feature {number}{label}"), |column| match column.name {
        "code" => {
            let cells = ["code", "name", "kind", "suburb"].map(|name| (name, plain(name)));
            let cell = |name: &str| cells.iter().find(|(known, _)| *known == name)?.1.as_deref();
            code(&|name| cell(name)).map(Some)
        }
        "point" => match &feature.point {
            Ok([longitude, latitude]) => in_country(*latitude, *longitude).map(Some),
            Err(flaw) => Err(flaw.clone()),
        },
        name => text(name),
    });
}
