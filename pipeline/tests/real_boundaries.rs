//! The map on real boundaries, against `geo`'s plain algorithms.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test may fail loudly"
)]

#[allow(dead_code, reason = "others use the rest")]
mod real;

use geo::{Contains, Coord, LineString, MultiPolygon, Polygon, Validation};
use pipeline::rules::edition::Edition;
use pipeline::rules::geography::{PinVerdict, judge, locate};
use topics::records::editions::MunicipalityKind::{District, Local};
use topics::values::point::Point;
use topics::values::time::Time;
use topics::values::vocabulary::{Category, MunicipalityRule};

fn plain(area: &topics::records::editions::MultiPolygon) -> MultiPolygon<f64> {
    let ring = |corners: &Vec<[f64; 2]>| {
        corners.iter().map(|[x, y]| Coord { x: *x, y: *y }).collect::<LineString<f64>>()
    };
    area.iter().map(|rings| Polygon::new(ring(&rings[0]), rings[1..].iter().map(ring).collect())).collect()
}

/// The lowest code of the areas that contain the point.
fn containing(areas: &[(String, MultiPolygon<f64>)], point: Point) -> Option<&str> {
    let point = geo::Point::new(point.longitude, point.latitude);
    areas.iter().filter(|(_, area)| area.contains(&point)).map(|(code, _)| code.as_str()).min()
}

#[test]
fn containment_agrees_with_the_plain_algorithm_on_real_boundaries() {
    let (Some(mut locals), Some(mut districts)) =
        (real::features(real::LOCALS), real::features(real::DISTRICTS))
    else {
        return;
    };
    // Some outlines cross themselves; what they contain there is undefined. The import refuses such outlines.
    for areas in [&mut locals, &mut districts] {
        areas.retain(|(_, area)| plain(area).is_valid());
    }
    assert_eq!((locals.len(), districts.len()), (230, 44), "of 251 and 52");
    let corners: Vec<[f64; 2]> =
        locals.iter().flat_map(|(_, area)| area.iter().flatten().flatten().copied()).collect();
    let prepare = |areas: &[(String, _)]| {
        areas.iter().map(|(code, area)| (code.clone(), plain(area))).collect::<Vec<_>>()
    };
    let plain = [prepare(&locals), prepare(&districts)];
    let edition = Edition::new(1, real::reference(&[(Local, locals), (District, districts)])).unwrap();

    let mut numbers = real::numbers(20_090_101);
    let mut compared = [0; 4];
    for n in 0..40_000 {
        let mut number = |low: f64, high: f64| low + numbers.next().unwrap() * (high - low);
        let mut point = Point { latitude: number(-35.0, -22.0), longitude: number(16.0, 33.0) };
        // Half of them at the height of a corner, where careless algorithms count a crossing twice; some on
        // it.
        let corner = corners[(number(0.0, 1.0) * corners.len() as f64) as usize % corners.len()];
        if n % 2 == 0 {
            point.latitude = corner[1];
        }
        if n % 10 == 0 {
            point.longitude = corner[0];
        }
        let routing = locate(Some(point), Category::Water, Time::from_millis(0), &edition);
        let found = routing.municipality.as_ref().map(|code| code.as_str());
        match routing.municipality_rule {
            MunicipalityRule::Contains => {
                assert_eq!(
                    found,
                    containing(&plain[0], point).or_else(|| containing(&plain[1], point)),
                    "{point:?}"
                )
            }
            // On the border of a local, which may lie within a district.
            MunicipalityRule::Border => assert_eq!(containing(&plain[0], point), None, "{point:?}"),
            MunicipalityRule::Nearest | MunicipalityRule::None => {
                assert_eq!(
                    containing(&plain[0], point).or_else(|| containing(&plain[1], point)),
                    None,
                    "{point:?}"
                );
            }
        }
        compared[routing.municipality_rule as usize] += 1;
    }
    eprintln!("contains, border, nearest, none: {compared:?}");
    assert!(compared.iter().all(|count| *count > 1_000), "{compared:?}");
}

#[test]
fn no_corner_of_a_real_boundary_counts_as_abroad() {
    let Some(locals) = real::features(real::LOCALS) else { return };
    for [longitude, latitude] in locals.iter().flat_map(|(_, area)| area.iter().flatten().flatten()) {
        assert!(matches!(judge(*latitude, *longitude), PinVerdict::Plausible(_)), "{latitude} {longitude}");
    }
}
