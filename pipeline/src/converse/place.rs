//! A pin: a point to go on with, or the reason why it cannot be one.

use topics::point::Point;

/// What a pin turned out to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pin {
    /// A point in South Africa, or near enough for its border.
    At(Point),
    /// Not usable.
    Refused(BadPin),
}

/// Why a pin cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadPin {
    /// (0, 0): the phone had no fix.
    NoFix,
    /// Latitude and longitude are the wrong way round.
    Swapped,
    /// No such place on earth.
    Range,
    /// Not in South Africa.
    Abroad,
}

/// The box around the mainland with the islands of the coast, with half a degree to spare: routing decides the rest.
const SOUTH: f64 = -35.5;
const NORTH: f64 = -21.5;
const WEST: f64 = 16.0;
const EAST: f64 = 33.5;
/// Prince Edward Islands: South African, though nobody lives there but the weather station's people.
const ISLANDS: [f64; 4] = [-47.1, -46.5, 37.4, 38.2];
/// A fix nearer than this to (0, 0), in degrees, is none.
const NO_FIX: f64 = 0.01;

impl Pin {
    /// Reads the two fields of Twilio's form.
    pub fn read(latitude: &str, longitude: &str) -> Self {
        match (latitude.trim().parse::<f64>(), longitude.trim().parse::<f64>()) {
            (Ok(latitude), Ok(longitude)) => Self::of(latitude, longitude),
            _ => Self::Refused(BadPin::Range),
        }
    }

    fn of(latitude: f64, longitude: f64) -> Self {
        if latitude.abs() < NO_FIX && longitude.abs() < NO_FIX {
            Self::Refused(BadPin::NoFix)
        } else if is_home(latitude, longitude) {
            Self::At(Point { latitude, longitude })
        } else if is_home(longitude, latitude) || is_home(-latitude, longitude) && latitude > 0.0 {
            Self::Refused(BadPin::Swapped)
        } else if (-90.0..=90.0).contains(&latitude) && (-180.0..=180.0).contains(&longitude) {
            Self::Refused(BadPin::Abroad)
        } else {
            Self::Refused(BadPin::Range)
        }
    }
}

fn is_home(latitude: f64, longitude: f64) -> bool {
    let [south, north, west, east] = ISLANDS;
    (SOUTH..=NORTH).contains(&latitude) && (WEST..=EAST).contains(&longitude)
        || (south..=north).contains(&latitude) && (west..=east).contains(&longitude)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_refused_for_what_is_wrong_with_it() {
        let read = |latitude: &str, longitude: &str| match Pin::read(latitude, longitude) {
            Pin::At(_) => None,
            Pin::Refused(why) => Some(why),
        };
        assert_eq!(read("-29.8587", "31.0218"), None);
        assert_eq!(read("-34.83", "20.0"), None, "Cape Agulhas");
        assert_eq!(read("-22.13", "29.6"), None, "the Limpopo");
        assert_eq!(read("0.0", "0.0"), Some(BadPin::NoFix));
        assert_eq!(read("31.0218", "-29.8587"), Some(BadPin::Swapped));
        assert_eq!(read("52.52", "13.40"), Some(BadPin::Abroad));
        assert_eq!(read("-17.83", "31.05"), Some(BadPin::Abroad), "Harare");
        for (latitude, longitude) in [("-95", "31"), ("-29.8", "200"), ("NaN", "31"), ("inf", "31"), ("here", "there")] {
            assert_eq!(read(latitude, longitude), Some(BadPin::Range), "{latitude} {longitude}");
        }
    }
}
