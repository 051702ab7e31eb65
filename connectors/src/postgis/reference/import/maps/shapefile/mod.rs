//! Shapefile: `.shp` for the areas and `.shx` for where they are in it, `.dbf` for the properties and `.cpg`
//! for their encoding, `.prj` for the coordinate system. A shape and a record belong together by their
//! number.

mod dbf;
mod rings;
mod shp;
mod text;

use std::path::{Path, PathBuf};

use topics::records::editions::MultiPolygon;

use self::dbf::Dbf;
use super::crs;
use super::features::{Features, MapFeature, PropertyNames, TWICE};

/// Reads all features. The error is about the file as a whole.
pub(in super::super) fn read(file: &Path, names: &PropertyNames<'_>) -> Result<Features, String> {
    let what = "which says where its coordinates lie";
    let system = needed(file, "prj", what)?;
    crs::check_prj(&String::from_utf8_lossy(&system))?;
    let shapes =
        std::fs::read(file).map_err(|error| format!("{} cannot be read: {error}", file.display()))?;
    let index = needed(
        file,
        "shx",
        "which says where each shape lies; without it, try: ogr2ogr --config SHAPE_RESTORE_SHX YES NEW OLD",
    )?;
    let table = needed(file, "dbf", "which has the properties")?;
    let page = match beside(file, "cpg") {
        Some(path) => {
            Some(std::fs::read(&path).map_err(|error| format!("its .cpg cannot be read: {error}"))?)
        }
        None => None,
    };
    let shapes = shp::read(&shapes, &index)?;
    let table = Dbf::new(&table, page.as_deref())?;
    if let Some(column) = table.twice(|name| names.asks_for(name)) {
        return Err(format!("the column `{column}` of its .dbf {TWICE}"));
    }
    if shapes.len() != table.count() {
        return Err(format!(
            "its .shp has {} shapes and its .dbf {} records: they are of different files, or one was edited \
             without the \
             other; get all files again from where they were made",
            shapes.len(),
            table.count()
        ));
    }
    Ok(features(shapes, &table, names))
}

fn features(
    shapes: Vec<Result<MultiPolygon, String>>,
    table: &Dbf<'_>,
    names: &PropertyNames<'_>,
) -> Features {
    let mut features = Features { names: table.names(), ..Features::default() };
    let mut deleted = Vec::new();
    let cells = table.cells(|name| names.asks_for(name));
    for ((number, area), properties) in (1..).zip(shapes).zip(cells) {
        match properties {
            Some(properties) => features.features.push(MapFeature { number, properties, area }),
            None => deleted.push(number.to_string()),
        }
    }
    if !deleted.is_empty() {
        features
            .remarks
            .push(format!("left out, since the .dbf marks them as deleted: feature {}", deleted.join(", ")));
    }
    features
}

/// The bytes of the file of the set that has this ending.
fn needed(file: &Path, ending: &str, what: &str) -> Result<Vec<u8>, String> {
    let Some(path) = beside(file, ending) else {
        return Err(format!("its .{ending} is missing, {what}; put it beside the .shp, in the same folder"));
    };
    std::fs::read(&path).map_err(|error| format!("its .{ending}, {what}, cannot be read: {error}"))
}

/// The file of the same name with another ending, in capitals or not: the format comes from where that is
/// one.
fn beside(file: &Path, ending: &str) -> Option<PathBuf> {
    let exact = file.with_extension(ending);
    if exact.exists() {
        return Some(exact);
    }
    let wanted = exact.file_name()?.to_str()?;
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let found = std::fs::read_dir(folder).ok()?.filter_map(Result::ok);
    found
        .filter(|entry| entry.file_name().to_str().is_some_and(|name| name.eq_ignore_ascii_case(wanted)))
        .map(|entry| entry.path())
        .min()
}
