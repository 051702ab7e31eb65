//! Maps to try the geography on: an own one with wavy borders, and real, outdated boundaries (2009). Those
//! lie in `shared/data` beside the repository where they may lie at all; a test that does not find them says
//! so.

use chance::Chance;
use serde_json::Value;
use topics::records::editions::{MultiPolygon, Municipality, MunicipalityKind, Reference};

/// Districts, over the locals.
pub const DISTRICTS: &str = "za_districts_2009.geojson";
/// Metros, locals and management areas.
pub const LOCALS: &str = "za_munis_2009.geojson";

/// The features of a GeoJSON file: code and area; none where the file is not there.
pub fn features(file: &str) -> Option<Vec<(String, MultiPolygon)>> {
    let mut beside = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let Some(path) =
        beside.find_map(|folder| Some(folder.join("shared/data").join(file)).filter(|path| path.exists()))
    else {
        eprintln!("SKIPPED: no shared/data/{file} beside the repository");
        return None;
    };
    Some(read(&std::fs::read_to_string(path).unwrap()))
}

/// The features of a GeoJSON text.
pub fn read(text: &str) -> Vec<(String, MultiPolygon)> {
    let collection: Value = serde_json::from_str(text).unwrap();
    let feature = |(number, feature): (usize, &Value)| {
        let coordinates = feature["geometry"]["coordinates"].clone();
        let area = match feature["geometry"]["type"].as_str() {
            Some("Polygon") => vec![serde_json::from_value(coordinates).unwrap()],
            _ => serde_json::from_value(coordinates).unwrap(),
        };
        let code = feature["properties"]["code"]
            .as_str()
            .map_or_else(|| format!("f{number}"), |code| code.replace(' ', "-"));
        (code, area)
    };
    collection["features"].as_array().unwrap().iter().enumerate().map(feature).collect()
}

/// Reference data with these areas as municipalities of a kind.
pub fn reference(areas: &[(MunicipalityKind, Vec<(String, MultiPolygon)>)]) -> Reference {
    let municipality = |kind: MunicipalityKind, code: &str, boundary: &MultiPolygon| Municipality {
        code: code.parse().unwrap(),
        name: code.to_owned(),
        kind,
        onboarded: true,
        boundary: boundary.clone(),
        valid_from: None,
        valid_to: None,
    };
    let all = areas
        .iter()
        .flat_map(|(kind, areas)| areas.iter().map(|(code, area)| municipality(*kind, code, area)));
    Reference { municipalities: all.collect(), ..Reference::default() }
}

/// Numbers from 0 to 1 that are the same in every run.
pub fn numbers(seed: u64) -> impl Iterator<Item = f64> {
    let mut chance = Chance::new(seed);
    std::iter::repeat_with(move || chance.next() as f64 / u64::MAX as f64)
}

/// Areas on a grid over the country, `areas` a side, with wavy borders of `corners` corners that neighbours
/// share.
pub fn own_map(areas: u32, corners: u32) -> Vec<(String, MultiPolygon)> {
    let size = 15.0 / f64::from(areas);
    let corner = |column: f64, row: f64| {
        let wave = |along: f64| {
            (along * 9.0).sin() * 0.06 + (along * 131.0).sin() * 0.01 + (along * 3_301.0).sin() * 0.001
        };
        [17.0 + (column + wave(row)) * size, -34.5 + (row + wave(column)) * size * 0.8]
    };
    let side = |from: (u32, u32), to: (u32, u32)| {
        (0..corners).map(move |n| {
            let along = |from: u32, to: u32| {
                f64::from(from) + (f64::from(to) - f64::from(from)) * f64::from(n) / f64::from(corners)
            };
            corner(along(from.0, to.0), along(from.1, to.1))
        })
    };
    let area = |column: u32, row: u32| {
        let corners =
            [(column, row), (column + 1, row), (column + 1, row + 1), (column, row + 1), (column, row)];
        let mut ring: Vec<[f64; 2]> = corners.windows(2).flat_map(|pair| side(pair[0], pair[1])).collect();
        ring.push(ring[0]);
        (format!("m{column}-{row}"), vec![vec![ring]])
    };
    (0..areas)
        .flat_map(|column| (0..areas).map(move |row| (column, row)))
        .map(|(column, row)| area(column, row))
        .collect()
}
