//! The reference data of a session: the demo's, or the files of a folder.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use connectors::postgis::reference::{InMemory, Table, demo_in_memory};
use pipeline::rules::edition::Edition;
use topics::records::editions::Reference;

/// The endings of files with areas, and of files without.
const MAP: &[&str] = &["geojson", "json", "shp", "csv"];
const CSV: &[&str] = &["csv"];

/// A kind of file in the folder: what it is called, without its ending, and what it may end in.
struct Kind {
    names: &'static [&'static str],
    endings: &'static [&'static str],
    what: ReferenceContent,
}

enum ReferenceContent {
    Table(Table),
    Rules,
    EmergencyNumbers,
}

/// The endings of files of points, and of the postal codes of GeoNames.
const POINTS: &[&str] = &["geojson", "json", "csv", "txt"];

const KINDS: [Kind; 12] = [
    Kind {
        names: &["boundaries", "municipalities"],
        endings: MAP,
        what: ReferenceContent::Table(Table::Boundaries),
    },
    Kind { names: &["wards"], endings: MAP, what: ReferenceContent::Table(Table::Wards) },
    Kind { names: &["teams"], endings: CSV, what: ReferenceContent::Table(Table::Teams) },
    Kind { names: &["policies"], endings: CSV, what: ReferenceContent::Table(Table::Policies) },
    Kind { names: &["staff"], endings: CSV, what: ReferenceContent::Table(Table::Staff) },
    Kind { names: &["places", "place_names"], endings: POINTS, what: ReferenceContent::Table(Table::Places) },
    Kind { names: &["calendars"], endings: CSV, what: ReferenceContent::Table(Table::Calendars) },
    Kind { names: &["closing_days"], endings: CSV, what: ReferenceContent::Table(Table::ClosingDays) },
    Kind { names: &["ladders"], endings: CSV, what: ReferenceContent::Table(Table::Ladders) },
    Kind { names: &["automations"], endings: CSV, what: ReferenceContent::Table(Table::Automations) },
    Kind { names: &["rules"], endings: CSV, what: ReferenceContent::Rules },
    Kind { names: &["emergency_numbers"], endings: CSV, what: ReferenceContent::EmergencyNumbers },
];

/// The files that belong to a Shapefile and are read with it.
const BESIDE_SHAPEFILES: &[&str] = &["dbf", "shx", "prj", "cpg"];

/// The edition of a session, and what a person should know of its files.
pub fn edition(folder: Option<&Path>) -> anyhow::Result<(Arc<Edition>, Vec<String>)> {
    let (mut reference, remarks) = match folder {
        None => (demo_in_memory()?, Vec::new()),
        Some(folder) => of_folder(folder)?,
    };
    // The clock of a script stands still, so a question would never find its pause.
    reference.rules.quiet_s = 0;
    let edition = Edition::new(1, reference).context("the reference data cannot be used")?;
    Ok((Arc::new(edition), remarks))
}

fn of_folder(folder: &Path) -> anyhow::Result<(Reference, Vec<String>)> {
    let mut files = names(folder)?;
    let mut read = InMemory::default();
    let mut missing = Vec::new();
    for kind in &KINDS {
        let found: Vec<PathBuf> = files.extract_if(.., |file| is_of(kind, file)).collect();
        match found.as_slice() {
            [] => missing.push(&kind.what),
            [file] => add(&mut read, &kind.what, file)?,
            [one, other, ..] => {
                bail!("{} and {} hold the same: keep one of them", one.display(), other.display())
            }
        }
    }
    if missing.iter().any(|what| matches!(what, ReferenceContent::Table(Table::Boundaries))) {
        bail!(
            "{} has no boundaries: it needs boundaries.geojson, .json, .shp or .csv; it may have wards (the \
             same), teams.csv, policies.csv, staff.csv, places.csv, calendars.csv, closing_days.csv, \
             ladders.csv, automations.csv, rules.csv and emergency_numbers.csv",
            folder.display()
        );
    }
    let (mut reference, mut remarks) = read.finish()?;
    if missing.iter().any(|what| matches!(what, ReferenceContent::EmergencyNumbers)) {
        reference.emergency = demo_in_memory()?.emergency;
        remarks.push("there is no emergency_numbers.csv: the demo's numbers are used".to_owned());
    }
    let unread = files.iter().filter(|file| !is_beside_shapefile(file));
    let unread: Vec<String> =
        unread.filter_map(|file| Some(file.file_name()?.to_string_lossy().into_owned())).collect();
    if !unread.is_empty() {
        remarks.push(format!("not read: {}", unread.join(", ")));
    }
    Ok((reference, remarks))
}

fn names(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let cannot = || format!("the folder {} cannot be read", folder.display());
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(cannot)? {
        let entry = entry.with_context(cannot)?;
        if entry.path().is_file() {
            files.push(entry.path());
        }
    }
    files.sort();
    Ok(files)
}

fn stem_and_ending(file: &Path) -> Option<(&str, String)> {
    Some((file.file_stem()?.to_str()?, file.extension()?.to_str()?.to_ascii_lowercase()))
}

fn is_of(kind: &Kind, file: &Path) -> bool {
    stem_and_ending(file)
        .is_some_and(|(stem, ending)| kind.names.contains(&stem) && kind.endings.contains(&ending.as_str()))
}

fn is_beside_shapefile(file: &Path) -> bool {
    stem_and_ending(file).is_some_and(|(_, ending)| BESIDE_SHAPEFILES.contains(&ending.as_str()))
}

fn add(read: &mut InMemory, what: &ReferenceContent, file: &Path) -> anyhow::Result<()> {
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let bytes = || std::fs::read(file).with_context(|| format!("{} cannot be read", file.display()));
    match what {
        ReferenceContent::Table(table) => read.add_file(*table, file),
        ReferenceContent::Rules => read.add_rules(&name, &bytes()?),
        ReferenceContent::EmergencyNumbers => read.add_emergency_numbers(&name, &bytes()?),
    }
    Ok(())
}
