//! Import: files of boundaries, wards, teams, policies, staff and places, into the reference tables.
//!
//! A file is read whole, then staged, checked by PostGIS and merged in one transaction: all of it or nothing.
//! Every complaint about it is collected, so that a person corrects a file once. Nothing is ever deleted: a
//! code that a file does not name stays as it is.

mod csv;
mod encoding;
mod forms;
mod imported;
mod in_memory;
pub(super) mod maps;
mod merge;
mod names;
mod places;
pub(super) mod relations;
mod rows;
mod sheet;
mod table;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::PathBuf;

use sqlx::{PgConnection, PgPool};

pub use self::imported::Imported;
pub use self::in_memory::InMemory;
use self::maps::features::{self, PropertyNames};
use self::maps::{geojson, shapefile};
use self::rows::Rows;
pub use self::table::Table;
use crate::postgis::PostgisError;

/// A name for people as a table takes it, or what it must be.
pub(super) fn readable_name(text: &str) -> Result<String, String> {
    forms::place(text.trim())
}

/// An import of one file into one table.
#[derive(Clone, Debug)]
pub struct Import {
    /// The table that the rows go into.
    pub table: Table,
    /// The file that is read: CSV, for boundaries and wards GeoJSON (`.geojson`, `.json`) or Shapefile
    /// (`.shp`), for places CSV, GeoJSON or the postal codes of GeoNames.
    pub file: PathBuf,
    /// Under which name the file has a property, by the name of the table's column. Of boundaries and wards
    /// alone, and of places in GeoJSON.
    pub names: BTreeMap<String, String>,
    /// Whether everything is undone at the end.
    pub dry_run: bool,
}

/// Brings the table of places up to a CSV file that is in memory, within a transaction.
///
/// # Errors
/// The file cannot be used, or the database cannot be asked.
pub(super) async fn merge_places(connection: &mut PgConnection, csv: &str) -> Result<Imported, PostgisError> {
    let rows = places::read(Table::Places.definition(), "csv", csv.as_bytes(), &BTreeMap::new());
    merge::merge_within(connection, rows.map_err(|complaint| PostgisError::Import(vec![complaint]))?).await
}

impl Import {
    /// Reads the file and brings the table up to it. Needs the login that owns the tables.
    ///
    /// # Errors
    /// The file cannot be used (each complaint names its row), or the database cannot be asked. Nothing has
    /// changed then.
    pub async fn run(&self, pool: &PgPool) -> Result<Imported, PostgisError> {
        let rows = self.read().map_err(|complaint| PostgisError::Import(vec![complaint]))?;
        merge::merge(pool, rows, self.dry_run).await
    }

    fn read(&self) -> Result<Rows, String> {
        let table = self.table.definition();
        let ending = self.file.extension().and_then(OsStr::to_str).unwrap_or_default().to_ascii_lowercase();
        if self.table == Table::Places {
            return places::read(table, &ending, &self.bytes()?, &self.names);
        }
        if !table.has_area_of_its_own {
            if !self.names.is_empty() {
                return Err(
                    "a property can be renamed for boundaries and wards alone: rename the column in \
                    the CSV's header"
                        .to_owned(),
                );
            }
            return csv::read(table, &self.bytes()?);
        }
        let names = PropertyNames::new(table, &self.names)?;
        let features = match ending.as_str() {
            "geojson" | "json" => geojson::read(&self.bytes()?, &names)?,
            "shp" => shapefile::read(&self.file, &names)?,
            "zip" => return Err("it is a .zip: unpack it, and give the .shp or .geojson in it".to_owned()),
            _ => return Err("its name must end in .geojson, .json (GeoJSON) or .shp (Shapefile)".to_owned()),
        };
        Ok(features::rows(&names, features))
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.file).map_err(|error| format!("{} cannot be read: {error}", self.file.display()))
    }
}
