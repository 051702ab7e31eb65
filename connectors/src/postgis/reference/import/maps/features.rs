//! Features of a map, however the file writes them, and the rows they become.

use std::collections::{BTreeMap, BTreeSet};

use topics::records::editions::MultiPolygon;

use super::super::rows::Rows;
use super::super::table::{Absent, Column, Definition};
use super::area;

/// What a file of a map holds.
#[derive(Debug, Default)]
pub(in super::super) struct Features {
    /// The names of all properties, whether they are asked for or not.
    pub names: BTreeSet<String>,
    pub features: Vec<MapFeature>,
    /// What a person should know of the file though it can be imported.
    pub remarks: Vec<String>,
}

/// A feature: what it is called and where it is.
#[derive(Debug)]
pub(in super::super) struct MapFeature {
    /// Its number in the file, from 1.
    pub number: i32,
    /// The properties that are asked for, by name.
    pub properties: BTreeMap<String, Cell>,
    /// Its area, or why it has no usable one.
    pub area: Result<MultiPolygon, String>,
}

/// What is said of something that is there twice, to follow its name.
pub(in super::super) const TWICE: &str = "is there twice, and nothing says which is meant: keep one of them";

/// A property as text without spaces around, if it has any; or what is wrong, to follow its name.
pub(in super::super) type Cell = Result<Option<String>, String>;

/// Under which name a file has the properties that are asked for.
#[derive(Debug)]
pub(in super::super) struct PropertyNames<'a> {
    table: &'static Definition,
    given: &'a BTreeMap<String, String>,
}

impl<'a> PropertyNames<'a> {
    /// Checks that `given` renames properties that the table has.
    pub fn new(table: &'static Definition, given: &'a BTreeMap<String, String>) -> Result<Self, String> {
        let known: Vec<_> =
            table.columns.iter().filter(|column| !column.form.is_area()).map(|column| column.name).collect();
        match given.keys().find(|name| !known.contains(&name.as_str())) {
            Some(name) => Err(format!(
                "--map {name}=...: {} have no `{name}`; they have: {}",
                table.name,
                known.join(", ")
            )),
            None => Ok(Self { table, given }),
        }
    }

    /// Whether a column is read from the property of this name.
    pub fn asks_for(&self, property: &str) -> bool {
        self.columns().any(|column| self.is(column, property))
    }

    fn columns(&self) -> impl Iterator<Item = &'static Column> {
        self.table.columns.iter().filter(|column| !column.form.is_area())
    }

    /// A name that is given is taken as it is. A column that must be there is also found under its own name
    /// in capitals, which is how Shapefiles write it; an optional one is not, since such a property may mean
    /// something else.
    fn is(&self, column: &Column, property: &str) -> bool {
        match self.given.get(column.name) {
            Some(given) => given == property,
            None if column.absent == Absent::Refused => column.name.eq_ignore_ascii_case(property),
            None => column.name == property,
        }
    }

    /// The property of the file that a column is read from.
    fn find<'n>(&self, column: &Column, names: &'n BTreeSet<String>) -> Option<&'n str> {
        self.all(column, names).next()
    }

    /// The properties of the file that a column could be read from: `code` and `CODE`.
    fn all<'n>(&self, column: &Column, names: &'n BTreeSet<String>) -> impl Iterator<Item = &'n str> {
        names.iter().map(String::as_str).filter(|name| self.is(column, name))
    }

    /// The complaints about columns that could be read from several properties.
    fn unclear(&self, names: &BTreeSet<String>) -> Vec<String> {
        let mut complaints = Vec::new();
        for column in self.columns() {
            let found: Vec<_> = self.all(column, names).map(|name| format!("`{name}`")).collect();
            if found.len() > 1 {
                complaints.push(format!(
                    "it has the properties {}, and nothing says which is meant: say --map {}=NAME",
                    found.join(" and "),
                    column.name
                ));
            }
        }
        complaints
    }
}

/// Makes rows of `features`.
pub(in super::super) fn rows(names: &PropertyNames<'_>, features: Features) -> Rows {
    let table = names.table;
    let mut rows = Rows::new(table, vec![true; table.columns.len()]);
    rows.remarks.extend(features.remarks);
    if features.features.is_empty() {
        rows.complaints.of_file("it has no features: there is nothing to import".to_owned());
        return rows;
    }
    for complaint in missing(names, &features.names).into_iter().chain(names.unclear(&features.names)) {
        rows.complaints.of_file(complaint);
    }
    if !rows.complaints.none() {
        return rows;
    }
    let properties: BTreeMap<&str, &str> = names
        .columns()
        .filter_map(|column| Some((column.name, names.find(column, &features.names)?)))
        .collect();
    for feature in &features.features {
        let cell = |column: &str| properties.get(column).and_then(|name| feature.properties.get(*name));
        let code = table.columns.first().and_then(|column| cell(column.name)?.as_ref().ok()?.as_deref());
        let number = feature.number;
        let label = format!("feature {number}{}", code.map(|code| format!(" ({code})")).unwrap_or_default());
        rows.add(number, label, |column| {
            let name = properties.get(column.name).copied().unwrap_or(column.name);
            if column.form.is_area() { area_of(feature, column) } else { text_of(cell(column.name), name) }
        });
    }
    rows
}

/// The area of a feature in WKT.
fn area_of(feature: &MapFeature, column: &Column) -> Cell {
    let area = feature.area.as_ref().map(|area| Some(area::to_wkt(area)));
    area.map_err(|flaw| format!("`{}`: {flaw}", column.name))
}

/// The text of the property `name`, if the feature has it.
fn text_of(cell: Option<&Cell>, name: &str) -> Cell {
    cell.cloned().unwrap_or(Ok(None)).map_err(|flaw| format!("`{name}` {flaw}"))
}

/// What must be there and is under no feature's properties: one complaint instead of one for each feature.
fn missing(names: &PropertyNames<'_>, found: &BTreeSet<String>) -> Vec<String> {
    let needed = names
        .columns()
        .filter(|column| column.absent == Absent::Refused || names.given.contains_key(column.name));
    let absent = needed.filter(|column| names.find(column, found).is_none());
    let all = found.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    let mut complaints = Vec::new();
    for Column { name, .. } in absent {
        let property = names.given.get(*name).map_or(*name, String::as_str);
        complaints.push(format!(
            "no feature has the property `{property}`; name the right one with --map {name}=NAME: they have {all}"
        ));
    }
    complaints
}
