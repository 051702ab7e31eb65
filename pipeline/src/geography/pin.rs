//! Pins: whether a point can be where somebody in South Africa says it is.

use topics::point::Point;

/// What a pin can be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PinVerdict {
    /// In South Africa, or so near that a boundary has to decide.
    Plausible(Point),
    /// Not degrees at all: NaN, or beyond the poles or the date line.
    OutOfRange,
    /// 0, 0: what a telephone sends that does not know where it is.
    NullIsland,
    /// Longitude and latitude the wrong way round; this is what they mean the right way round.
    Swapped(Point),
    /// Somewhere else in the world.
    Abroad,
}

/// How near to 0, 0 a pin counts as none, in degrees: rounding moves it, nobody lives there.
const NULL_ISLAND: f64 = 0.1;
/// South Africa from south to north.
const LATITUDES: std::ops::RangeInclusive<f64> = -35.2..=-21.9;
/// South Africa from west to east.
const LONGITUDES: std::ops::RangeInclusive<f64> = 16.2..=33.2;

/// Judges a pin of these degrees.
pub fn judge(latitude: f64, longitude: f64) -> PinVerdict {
    let point = Point { latitude, longitude };
    let turned = Point { latitude: longitude, longitude: latitude };
    if is_here(point) {
        return PinVerdict::Plausible(point);
    }
    if is_here(turned) {
        return PinVerdict::Swapped(turned);
    }
    if !(latitude.abs() <= 90.0 && longitude.abs() <= 180.0) {
        return PinVerdict::OutOfRange;
    }
    if latitude.abs() <= NULL_ISLAND && longitude.abs() <= NULL_ISLAND { PinVerdict::NullIsland } else { PinVerdict::Abroad }
}

fn is_here(point: Point) -> bool {
    LATITUDES.contains(&point.latitude) && LONGITUDES.contains(&point.longitude)
}
