//! A toy map for tests: squares on a grid of tenths of a degree, its origin at 28 E, 26 S (between Pretoria
//! and the Vaal).

use topics::records::editions::{
    MultiPolygon, Municipality, MunicipalityKind, Policy, Reference, Team, Ward,
};
use topics::values::point::Point;
use topics::values::vocabulary::{Category, Hours};

/// The point `east` and `south` tenths of a degree from the origin.
pub fn at(east: f64, south: f64) -> Point {
    Point { longitude: degrees(28.0, east), latitude: degrees(-26.0, -south) }
}

/// So that the same corner is the same number wherever it is written.
fn degrees(origin: f64, tenths: f64) -> f64 {
    ((origin * 10.0 + tenths) * 1e4).round() / 1e5
}

/// A rectangle from one corner to the other, in tenths of a degree east and south of the origin.
pub fn rectangle((west, north): (f64, f64), (east, south): (f64, f64)) -> MultiPolygon {
    let corners = [(west, south), (east, south), (east, north), (west, north), (west, south)];
    vec![vec![
        corners.iter().map(|(x, y)| at(*x, *y)).map(|point| [point.longitude, point.latitude]).collect(),
    ]]
}

/// A municipality that works with this system, named after its code.
pub fn municipality(code: &str, kind: MunicipalityKind, boundary: MultiPolygon) -> Municipality {
    Municipality {
        code: code.parse().unwrap(),
        name: code.to_owned(),
        kind,
        onboarded: true,
        boundary,
        valid_from: None,
        valid_to: None,
    }
}

/// A ward of a municipality with its boundary.
pub fn ward(code: &str, municipality: &str, boundary: MultiPolygon) -> Ward {
    Ward {
        code: code.parse().unwrap(),
        municipality: municipality.parse().unwrap(),
        boundary,
        valid_from: None,
        valid_to: None,
    }
}

/// An active team with a manager and a lead named after it.
pub fn team(
    code: &str,
    municipality: &str,
    category: Option<Category>,
    service_area: Option<MultiPolygon>,
) -> Team {
    Team {
        code: code.parse().unwrap(),
        municipality: Some(municipality.parse().unwrap()),
        category,
        service_area,
        is_saps: false,
        manager: Some(format!("{code}-manager").parse().unwrap()),
        lead: Some(format!("{code}-lead").parse().unwrap()),
        is_active: true,
        unavailable: None,
    }
}

/// A police team with its precinct.
pub fn station(code: &str, precinct: Option<MultiPolygon>) -> Team {
    Team { municipality: None, is_saps: true, manager: None, ..team(code, "none", None, precinct) }
}

/// An active policy for a municipality, with times in seconds.
pub fn policy(municipality: &str, response_s: u64, resolution_s: u64) -> Policy {
    Policy {
        municipality: municipality.parse().unwrap(),
        category: None,
        severity: None,
        response_s,
        resolution_s,
        warning_pct: 80,
        is_active: true,
        hours: Hours::RoundTheClock,
    }
}

/// Two locals side by side, `east` and `west`, in a district that reaches further east; `south`, not on
/// board, lies two squares below.
///
/// ```text
///        0       2       4       6
///    0   +-------+-------+-------+
///        | west  | east  |district
///    2   +-------+-------+-------+
///
///    4   +-------+
///        | south |
///    6   +-------+
/// ```
pub fn reference() -> Reference {
    Reference {
        municipalities: vec![
            municipality("west", MunicipalityKind::Local, rectangle((0.0, 0.0), (2.0, 2.0))),
            Municipality {
                onboarded: false,
                ..municipality("south", MunicipalityKind::Local, rectangle((0.0, 4.0), (2.0, 6.0)))
            },
            municipality("east", MunicipalityKind::Metro, rectangle((2.0, 0.0), (4.0, 2.0))),
            municipality("district", MunicipalityKind::District, rectangle((0.0, 0.0), (6.0, 2.0))),
        ],
        wards: vec![
            ward("west-2", "west", rectangle((1.0, 0.0), (2.0, 2.0))),
            ward("west-1", "west", rectangle((0.0, 0.0), (1.0, 2.0))),
            ward("east-1", "east", rectangle((2.0, 0.0), (4.0, 2.0))),
        ],
        ..Reference::default()
    }
}
