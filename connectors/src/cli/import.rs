//! `import`: imports files into the reference tables.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use connectors::config::Config;
use connectors::postgis::reference::{Import, Imported, Table};

#[derive(Subcommand)]
pub enum ImportCommand {
    /// Municipalities and their boundaries.
    Boundaries(MapFile),
    /// Wards and their boundaries.
    Wards(MapFile),
    /// Teams and their service areas.
    Teams(CsvFile),
    /// Policies: the response and resolution times that are promised.
    Policies(CsvFile),
    /// People who work on tickets.
    Staff(CsvFile),
    /// Calendars: the working hours of municipalities.
    Calendars(CsvFile),
    /// The days on which municipalities do not work, beside the public holidays.
    ClosingDays(CsvFile),
    /// Ladders: the steps before and after a deadline, whom they reach and what they do.
    Ladders(CsvFile),
    /// Automations: what the system does by itself when something happens to a ticket.
    Automations(CsvFile),
    /// Places that residents can name: suburbs, townships, streets.
    Places(PlaceFile),
}

#[derive(Args)]
pub struct MapFile {
    /// GeoJSON (.geojson, .json) or Shapefile (.shp), in WGS84.
    file: PathBuf,
    /// The name that the file uses for a property, such as code=CODE. The option can be given several times.
    #[arg(long = "map", value_name = "COLUMN=PROPERTY", value_parser = pair)]
    names: Vec<(String, String)>,
    /// Shows what would change, and changes nothing.
    #[arg(long)]
    dry_run: bool,
}

#[derive(Args)]
pub struct CsvFile {
    /// CSV whose header names the table's columns.
    file: PathBuf,
    /// Shows what would change, and changes nothing.
    #[arg(long)]
    dry_run: bool,
}

#[derive(Args)]
pub struct PlaceFile {
    /// CSV with the columns name, latitude and longitude (and more), GeoJSON (.geojson, .json) of points, or
    /// the postal codes of GeoNames (.txt).
    file: PathBuf,
    /// GeoJSON's name for a property, such as name=NAME. Can be given several times.
    #[arg(long = "map", value_name = "COLUMN=PROPERTY", value_parser = pair)]
    names: Vec<(String, String)>,
    /// Says what would change, and changes nothing.
    #[arg(long)]
    dry_run: bool,
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((column, property)) if !column.is_empty() && !property.is_empty() => {
            Ok((column.to_owned(), property.to_owned()))
        }
        _ => Err("it must be COLUMN=PROPERTY, such as code=CODE".to_owned()),
    }
}

impl ImportCommand {
    fn import(self) -> anyhow::Result<Import> {
        let (table, file, pairs, dry_run) = match self {
            Self::Boundaries(map) => (Table::Boundaries, map.file, map.names, map.dry_run),
            Self::Wards(map) => (Table::Wards, map.file, map.names, map.dry_run),
            Self::Teams(csv) => (Table::Teams, csv.file, Vec::new(), csv.dry_run),
            Self::Policies(csv) => (Table::Policies, csv.file, Vec::new(), csv.dry_run),
            Self::Calendars(csv) => (Table::Calendars, csv.file, Vec::new(), csv.dry_run),
            Self::ClosingDays(csv) => (Table::ClosingDays, csv.file, Vec::new(), csv.dry_run),
            Self::Ladders(csv) => (Table::Ladders, csv.file, Vec::new(), csv.dry_run),
            Self::Automations(csv) => (Table::Automations, csv.file, Vec::new(), csv.dry_run),
            Self::Places(places) => (Table::Places, places.file, places.names, places.dry_run),
            Self::Staff(csv) => (Table::Staff, csv.file, Vec::new(), csv.dry_run),
        };
        let mut names = BTreeMap::new();
        for (column, property) in pairs {
            anyhow::ensure!(
                names.insert(column.clone(), property).is_none(),
                "--map {column}=... is given twice: keep one"
            );
        }
        Ok(Import { table, file, names, dry_run })
    }
}

pub async fn run(config: &Config, command: ImportCommand) -> anyhow::Result<ExitCode> {
    let import = command.import()?;
    let imported = import.run(&super::reference::owner(config)?).await?;
    super::print(describe(&imported, import.dry_run))
}

/// Lists and counts the changes of a dry run, and says what to do next.
fn describe(imported: &Imported, dry_run: bool) -> String {
    let mut lines = Vec::new();
    if dry_run {
        lines.extend(imported.new.iter().map(|label| format!("new: {label}")));
        lines.extend(
            imported
                .changed
                .iter()
                .map(|(label, columns)| format!("changed: {label} ({})", columns.join(", "))),
        );
    }
    lines.extend(imported.remarks.iter().map(|remark| format!("look at: {remark}")));
    let new = imported.new.len();
    let changed = imported.changed.len();
    let same = imported.same;
    lines.push(format!("{new} new, {changed} changed, {same} the same"));
    lines.push(match (dry_run, new + changed) {
        (true, _) => "nothing was written: this was a dry run".to_owned(),
        (false, 0) => "nothing has changed".to_owned(),
        (false, _) => "`trust-engine publish` makes an edition of the reference tables".to_owned(),
    });
    lines.join("\n")
}
