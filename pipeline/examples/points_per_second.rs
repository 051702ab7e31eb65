//! Measures how many points a second the map locates on one core, by the time that the core spent on them.
//!
//! ```text
//! cargo run --release -p pipeline --example points_per_second
//! cargo run --release -p pipeline --example points_per_second FILE.geojson
//! ```
//!
//! Without a file it makes a map of its own, with 225 areas and 3.4 million corners; the areas of a file are
//! taken as municipalities.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a measurement may fail loudly"
)]

#[allow(dead_code, reason = "tests use the rest")]
#[path = "../tests/real/mod.rs"]
mod real;

use std::hint::black_box;

use pipeline::rules::edition::Edition;
use pipeline::rules::geography::locate;
use topics::records::assignments::Routing;
use topics::records::editions::{MunicipalityKind, Team};
use topics::values::point::Point;
use topics::values::time::Time;
use topics::values::vocabulary::{Category, MunicipalityRule};

/// Areas a side, and corners along each of their sides, of the own map.
const AREAS: u32 = 15;
const CORNERS: u32 = 3_800;
const POINTS: usize = 400_000;

fn main() {
    let areas = match std::env::args().nth(1) {
        Some(file) => real::read(&std::fs::read_to_string(file).unwrap()),
        None => real::own_map(AREAS, CORNERS),
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
            unavailable: None,
        })
        .collect();
    let start = on_core();
    let edition = Edition::new(1, reference).unwrap();
    println!("edition made ready in {:.2} s", on_core() - start);

    let mut numbers = real::numbers(1);
    let mut number = |low: f64, high: f64| low + numbers.next().unwrap() * (high - low);
    let points: Vec<Point> = (0..POINTS)
        .map(|_| Point { latitude: number(-35.0, -22.0), longitude: number(16.0, 33.0) })
        .collect();
    let routed: Vec<Routing> = points
        .iter()
        .map(|point| locate(Some(*point), Category::Water, Time::from_millis(0), &edition))
        .collect();
    let with = |rule: MunicipalityRule| -> Vec<Point> {
        points
            .iter()
            .zip(&routed)
            .filter(move |(_, routing)| routing.municipality_rule == rule)
            .map(|(point, _)| *point)
            .collect()
    };
    for (what, points) in [
        ("in an area (municipality, cell, team)", with(MunicipalityRule::Contains)),
        ("nearest within 50 km", with(MunicipalityRule::Nearest)),
        ("none within 50 km", with(MunicipalityRule::None)),
        ("all of them", points.clone()),
    ] {
        measure(what, &points, &edition);
    }
}

fn measure(what: &str, points: &[Point], edition: &Edition) {
    let start = on_core();
    for point in points {
        black_box(locate(Some(black_box(*point)), Category::Water, Time::from_millis(0), edition));
    }
    let seconds = on_core() - start;
    println!("{what}: {} points, {:.0} a second", points.len(), points.len() as f64 / seconds);
}

/// Seconds that this thread has been on a core: others' load does not count.
fn on_core() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    text.split(' ').next().unwrap().parse::<f64>().unwrap() / 1e9
}
