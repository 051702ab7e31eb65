//! Measures how many points a second the map locates on one core, by the time that the core spent on them.
//!
//! ```text
//! cargo run --release -p pipeline --example points_per_second               # an own map: 225 areas, 3.4 M corners
//! cargo run --release -p pipeline --example points_per_second FILE.geojson  # areas of a file, as municipalities
//! ```
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a measurement may fail loudly")]

#[allow(dead_code, reason = "tests use the rest")]
#[path = "../tests/real/mod.rs"]
mod real;

use std::hint::black_box;

use pipeline::edition::Edition;
use pipeline::geography::locate;
use topics::assignments::Routing;
use topics::editions::{MultiPolygon, MunicipalityKind, Team};
use topics::point::Point;
use topics::words::{Category, MunicipalityRule};

/// Areas a side, and corners along each of their sides, of the own map.
const AREAS: u32 = 15;
const CORNERS: u32 = 3_800;
const POINTS: usize = 400_000;

fn main() {
    let areas = match std::env::args().nth(1) {
        Some(file) => real::read(&std::fs::read_to_string(file).unwrap()),
        None => own_map(),
    };
    let corners: usize = areas.iter().flat_map(|(_, area)| area.iter().flatten()).map(Vec::len).sum();
    println!("{} areas, {corners} corners", areas.len());
    let mut reference = real::reference(&[(MunicipalityKind::Local, areas)]);
    reference.teams = reference
        .municipalities
        .iter()
        .map(|municipality| Team {
            code: format!("T-{}", municipality.code).parse().unwrap(),
            municipality: Some(municipality.code.clone()),
            category: None,
            service_area: None,
            is_saps: false,
            manager: Some("manager".parse().unwrap()),
            lead: Some("lead".parse().unwrap()),
            is_active: true,
        })
        .collect();
    let start = on_core();
    let edition = Edition::new(1, reference).unwrap();
    println!("edition made ready in {:.2} s", on_core() - start);

    let mut numbers = real::Numbers(1);
    let mut number = |low: f64, high: f64| low + numbers.next().unwrap() * (high - low);
    let points: Vec<Point> = (0..POINTS).map(|_| Point { latitude: number(-35.0, -22.0), longitude: number(16.0, 33.0) }).collect();
    let routed: Vec<Routing> = points.iter().map(|point| locate(Some(*point), Category::Water, &edition)).collect();
    let with = |rule: MunicipalityRule| -> Vec<Point> {
        points.iter().zip(&routed).filter(move |(_, routing)| routing.municipality_rule == rule).map(|(point, _)| *point).collect()
    };
    for (what, points) in [
        ("in an area (municipality, cell, team)", with(MunicipalityRule::Contains)),
        ("nearest within 50 km", with(MunicipalityRule::Nearest)),
        ("none within 50 km", with(MunicipalityRule::None)),
    ] {
        measure(what, &points, &edition);
    }
}

fn measure(what: &str, points: &[Point], edition: &Edition) {
    let start = on_core();
    for point in points {
        black_box(locate(Some(black_box(*point)), Category::Water, edition));
    }
    let seconds = on_core() - start;
    println!("{what}: {} points, {:.0} a second", points.len(), points.len() as f64 / seconds);
}

/// Seconds that this thread has been on a core: others' load does not count.
fn on_core() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    text.split(' ').next().unwrap().parse::<f64>().unwrap() / 1e9
}

/// Areas on a grid over the country, with wavy borders that neighbours share.
fn own_map() -> Vec<(String, MultiPolygon)> {
    let corner = |column: f64, row: f64| {
        let wave = |along: f64| (along * 9.0).sin() * 0.06 + (along * 131.0).sin() * 0.01 + (along * 3_301.0).sin() * 0.001;
        [17.0 + column + wave(row), -34.5 + (row + wave(column)) * 0.8]
    };
    let side = |from: (u32, u32), to: (u32, u32)| {
        (0..CORNERS).map(move |n| {
            let along = |from: u32, to: u32| f64::from(from) + (f64::from(to) - f64::from(from)) * f64::from(n) / f64::from(CORNERS);
            corner(along(from.0, to.0), along(from.1, to.1))
        })
    };
    let area = |column: u32, row: u32| {
        let corners = [(column, row), (column + 1, row), (column + 1, row + 1), (column, row + 1), (column, row)];
        let mut ring: Vec<[f64; 2]> = corners.windows(2).flat_map(|pair| side(pair[0], pair[1])).collect();
        ring.push(ring[0]);
        (format!("m{column}-{row}"), vec![vec![ring]])
    };
    (0..AREAS).flat_map(|column| (0..AREAS).map(move |row| (column, row))).map(|(column, row)| area(column, row)).collect()
}
