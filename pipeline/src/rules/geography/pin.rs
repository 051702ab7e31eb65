//! Pins: whether a point can be the place of a report in South Africa.

use std::sync::LazyLock;

use geo::{Contains, LineString, Polygon};
use topics::values::point::Point;

/// The verdict on a pin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PinVerdict {
    /// The pin is in South Africa, or so near that a boundary has to decide.
    Plausible(Point),
    /// The pin has no valid degrees: NaN, or beyond the poles or the date line.
    OutOfRange,
    /// The pin is at 0, 0, which a telephone sends if it does not know where it is.
    NullIsland,
    /// Longitude and latitude are swapped; the point has them in the right order.
    Swapped(Point),
    /// The latitude lacks its minus, in this order or swapped; the point has it.
    SignLost(Point),
    /// The pin is in another part of the world.
    Abroad,
}

/// How near to 0, 0 a pin counts as missing, in degrees: rounding may move it, and nothing there is land.
const NULL_ISLAND: f64 = 0.1;

/// The country with 9 to 40 km around it, drawn by hand in tenths of a degree, `(longitude, latitude)`,
/// clockwise from Alexander Bay. It only refuses what is far away; boundaries decide the rest. A test
/// compares it with real boundaries.
#[rustfmt::skip]
const OUTLINE: [(f64, f64); 59] = [
    (16.1, -28.3), (16.6, -27.9), (17.4, -27.9), (17.7, -28.4), (18.2, -28.65), (19.0, -28.7), (19.4, -28.3),
    (19.8, -28.1), (19.8, -24.5), (20.3, -24.5), (20.7, -25.0), (21.0, -25.8), (21.0, -26.6), (21.5, -26.6),
    (21.9, -26.3), (22.3, -25.9), (22.6, -25.3), (23.1, -25.0), (23.6, -25.2), (24.3, -25.5), (25.2, -25.5),
    (25.5, -25.25), (25.7, -24.6), (26.3, -24.4), (26.7, -23.6), (27.1, -23.3), (27.6, -23.0), (28.1, -22.6),
    (28.8, -22.1), (29.3, -22.0), (30.2, -22.1), (31.1, -22.1), (31.5, -22.3), (31.8, -23.5), (32.1, -24.2),
    (32.2, -25.2), (32.1, -26.1), (32.2, -26.6), (33.1, -26.7), (33.0, -27.6), (32.8, -28.5), (31.8, -29.5),
    (30.9, -30.9), (29.9, -31.9), (28.6, -33.1), (27.2, -33.8), (26.0, -34.3), (24.8, -34.4), (22.3, -34.4),
    (20.9, -34.8), (20.0, -35.1), (18.8, -34.8), (18.1, -34.5), (17.9, -33.9), (17.5, -32.9), (17.9, -32.2),
    (17.8, -31.5), (16.9, -30.3), (16.5, -29.3),
];

/// The heart of Lesotho, 12 km and more from its border.
#[rustfmt::skip]
const LESOTHO: [(f64, f64); 11] = [
    (28.4, -28.9), (28.8, -29.0), (29.2, -29.4), (29.0, -29.7), (28.5, -29.9), (28.1, -30.1), (27.9, -30.4),
    (27.6, -30.2), (27.4, -29.8), (27.6, -29.4), (28.0, -29.1),
];

/// The heart of Eswatini, 9 km and more from its border.
const ESWATINI: [(f64, f64); 8] = [
    (31.3, -26.0),
    (31.7, -26.0),
    (31.9, -26.3),
    (31.9, -26.6),
    (31.8, -27.1),
    (31.4, -27.1),
    (31.1, -26.8),
    (31.0, -26.5),
];

static HERE: LazyLock<Polygon<f64>> = LazyLock::new(|| {
    let ring = |corners: &[(f64, f64)]| corners.iter().copied().collect::<LineString<f64>>();
    Polygon::new(ring(&OUTLINE), vec![ring(&LESOTHO), ring(&ESWATINI)])
});

/// Judges a pin of these degrees.
pub fn judge(latitude: f64, longitude: f64) -> PinVerdict {
    let point = Point { latitude, longitude };
    let turned = Point { latitude: longitude, longitude: latitude };
    if !is_on_earth(point) {
        // Swapped degrees of this country are in range either way.
        return PinVerdict::OutOfRange;
    }
    if is_here(point) {
        return PinVerdict::Plausible(point);
    }
    if is_here(turned) {
        return PinVerdict::Swapped(turned);
    }
    let meant = [point, turned].map(|point| Point { latitude: -point.latitude, ..point });
    if let Some(meant) = meant.into_iter().find(|point| is_here(*point)) {
        return PinVerdict::SignLost(meant);
    }
    if latitude.abs() <= NULL_ISLAND && longitude.abs() <= NULL_ISLAND {
        PinVerdict::NullIsland
    } else {
        PinVerdict::Abroad
    }
}

/// Whether the point has valid degrees.
pub fn is_on_earth(point: Point) -> bool {
    point.latitude.abs() <= 90.0 && point.longitude.abs() <= 180.0
}

fn is_here(point: Point) -> bool {
    HERE.contains(&geo::Point::new(point.longitude, point.latitude))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(latitude: f64, longitude: f64) -> &'static str {
        match judge(latitude, longitude) {
            PinVerdict::Plausible(_) => "plausible",
            PinVerdict::OutOfRange => "out of range",
            PinVerdict::NullIsland => "null island",
            PinVerdict::Swapped(_) => "swapped",
            PinVerdict::SignLost(_) => "sign lost",
            PinVerdict::Abroad => "abroad",
        }
    }

    #[test]
    fn pins_at_the_ends_of_the_country_are_plausible() {
        let ends = [
            ("Cape Agulhas", -34.83, 20.0),
            ("Alexander Bay", -28.61, 16.48),
            ("Musina", -22.34, 30.04),
            ("Pafuri", -22.45, 31.31),
            ("Kosi Bay", -26.87, 32.86),
            ("Komatipoort", -25.43, 31.95),
            ("Mahikeng", -25.85, 25.64),
            ("Union's End", -24.77, 20.0),
            ("Ficksburg, on the border of Lesotho", -28.87, 27.88),
            ("Oshoek, on the border of Eswatini", -26.21, 30.99),
            ("Robben Island", -33.81, 18.37),
            ("Soweto", -26.25, 27.85),
        ];
        for (name, latitude, longitude) in ends {
            assert_eq!(verdict(latitude, longitude), "plausible", "{name}");
        }
    }

    #[test]
    fn pins_abroad_are_told_from_pins_that_are_none() {
        let cases = [
            ("Maputo", -25.96, 32.58, "abroad"),
            ("Windhoek", -22.56, 17.08, "abroad"),
            ("Bulawayo", -20.15, 28.58, "abroad"),
            ("Thaba-Tseka, Lesotho", -29.52, 28.6, "abroad"),
            ("Manzini, Eswatini", -26.49, 31.37, "abroad"),
            ("London", 51.5, -0.12, "abroad"),
            ("the sea off Durban", -30.5, 33.0, "abroad"),
            ("a sign lost", 26.25, 27.85, "sign lost"),
            ("a sign lost, and swapped", 27.85, 26.25, "sign lost"),
            ("nowhere", 0.0, 0.0, "null island"),
            ("nearly nowhere", -0.0001, 0.09, "null island"),
            ("Soweto the wrong way round", 27.85, -26.25, "swapped"),
            ("over the pole", -91.0, 27.0, "out of range"),
            ("beyond the date line", -26.0, 180.5, "out of range"),
            ("not a number", f64::NAN, 27.0, "out of range"),
            ("infinitely far", -26.0, f64::INFINITY, "out of range"),
            ("metres instead of degrees", -2_900_000.0, 600_000.0, "out of range"),
        ];
        for (name, latitude, longitude, expected) in cases {
            assert_eq!(verdict(latitude, longitude), expected, "{name}");
        }
    }

    #[test]
    fn a_swapped_pin_is_given_back_the_right_way_round() {
        let meant = Point { latitude: -26.25, longitude: 27.85 };
        assert_eq!(judge(27.85, -26.25), PinVerdict::Swapped(meant));
        assert_eq!(judge(26.25, 27.85), PinVerdict::SignLost(meant));
    }
}
