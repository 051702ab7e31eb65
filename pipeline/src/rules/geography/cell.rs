//! Cells: squares of 500 m that show roughly where a ticket is, without identifying a house.
//!
//! The grid uses an equal-area projection, so that every cell covers the same area and counts per cell can be
//! compared. PostGIS draws it with `+proj=aea +lat_1=-24 +lat_2=-32 +lat_0=0 +lon_0=24 +datum=WGS84`: cell
//! `x12y-6543` is the square from (12 * 500, -6543 * 500) to (13 * 500, -6542 * 500) metres.

use std::sync::LazyLock;

use topics::values::point::Point;
use topics::values::text::Cell;

use super::metres::{ECCENTRICITY_2, RADIUS_M};

/// The side of a cell, in metres.
const SIDE_M: f64 = 500.0;
/// The meridian in the middle of the grid, in degrees.
const MERIDIAN: f64 = 24.0;
/// The two parallels on which lengths are true, in degrees.
const PARALLELS: (f64, f64) = (-24.0, -32.0);

/// The constants of the projection (Snyder, Map Projections: A Working Manual, p. 101).
struct Albers {
    n: f64,
    c: f64,
    /// The radius of the parallel of origin, the equator, in units of the earth's radius.
    rho: f64,
}

static ALBERS: LazyLock<Albers> = LazyLock::new(Albers::of_the_country);

impl Albers {
    fn of_the_country() -> Self {
        let first = PARALLELS.0.to_radians().sin();
        let second = PARALLELS.1.to_radians().sin();
        let m1 = parallel_squared(first);
        let m2 = parallel_squared(second);
        let n = (m1 - m2) / (q(second) - q(first));
        let c = m1 + n * q(first);
        Self { n, c, rho: c.sqrt() / n }
    }
}

/// The cell that contains the point; missing if the point is not on the earth.
pub fn cell_of(point: Point) -> Option<Cell> {
    let albers = &*ALBERS;
    let under = albers.c - albers.n * q(point.latitude.to_radians().sin());
    let rho = under.max(0.0).sqrt() / albers.n;
    let theta = albers.n * (point.longitude - MERIDIAN).to_radians();
    let column = whole(RADIUS_M * rho * theta.sin() / SIDE_M)?;
    let row = whole(RADIUS_M * (albers.rho - rho * theta.cos()) / SIDE_M)?;
    format!("x{column}y{row}").parse().ok()
}

/// The whole number below, of at most five digits.
#[allow(clippy::cast_possible_truncation, reason = "the range is checked")]
fn whole(number: f64) -> Option<i32> {
    (number.abs() < 99_999.0).then_some(number.floor() as i32)
}

/// The square of a parallel's radius, in units of the earth's, by the sine of its latitude.
fn parallel_squared(sine: f64) -> f64 {
    (1.0 - sine * sine) / (1.0 - ECCENTRICITY_2 * sine * sine)
}

/// What grows with the area between the equator and a latitude, by its sine.
fn q(sine: f64) -> f64 {
    let e = ECCENTRICITY_2.sqrt();
    (1.0 - ECCENTRICITY_2) * (sine / (1.0 - ECCENTRICITY_2 * sine * sine) + (e * sine).atanh() / e)
}
