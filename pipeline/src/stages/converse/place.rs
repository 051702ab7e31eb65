//! The place that a turn gives: a location pin, or degrees, a link or a code in its text.

use topics::records::conversations::PlaceQuestion;
use topics::records::reports::PlaceBasis;
use topics::values::point::Point;
use topics::values::vocabulary::PlaceSource;

use crate::rules::geography::{PinVerdict, judge};
use crate::understanding::places::{ShortCode, Spelling, SpeltDegrees, SpeltPlace};

/// How exactly a pin is taken to be known, in metres. WhatsApp does not say: a phone in a street knows its
/// position to 5 to 30 m, and people place a pin by hand no better than that.
const PIN_PRECISION_M: u32 = 30;

/// A place that a turn gives.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum GivenPlace {
    /// A point, which may not be a place in South Africa.
    Point(PinVerdict, PlaceBasis),
    /// A Plus Code without its first digits, which needs a town nearby.
    ShortCode(ShortCode),
    /// A link to a map that has no degrees in it.
    Link,
}

impl GivenPlace {
    /// The place of a location pin, if it can be one.
    pub fn of_pin(latitude: f64, longitude: f64) -> Self {
        let basis = PlaceBasis { source: PlaceSource::Pin, precision_m: Some(PIN_PRECISION_M) };
        Self::Point(judge(latitude, longitude), basis)
    }

    /// A place that the text spells.
    pub fn of_text(spelt: &SpeltPlace) -> Self {
        match spelt.spelling {
            Spelling::Degrees(degrees) => Self::of_degrees(degrees),
            Spelling::ShortCode(code) => Self::ShortCode(code),
            Spelling::Link => Self::Link,
        }
    }

    /// A place that is spelt by its degrees.
    pub fn of_degrees(degrees: SpeltDegrees) -> Self {
        let basis = PlaceBasis { source: degrees.source, precision_m: Some(degrees.precision_m) };
        Self::Point(judge(degrees.latitude, degrees.longitude), basis)
    }

    /// The point, if it can be the place of a report.
    pub const fn point(self) -> Option<(Point, PlaceBasis)> {
        match self {
            Self::Point(PinVerdict::Plausible(point), basis) => Some((point, basis)),
            Self::Point(..) | Self::ShortCode(_) | Self::Link => None,
        }
    }

    /// The point that is meant, if the degrees are swapped or lack their minus.
    pub const fn meant(self) -> Option<(Point, PlaceBasis)> {
        match self {
            Self::Point(PinVerdict::Swapped(point) | PinVerdict::SignLost(point), basis) => {
                Some((point, basis))
            }
            Self::Point(..) | Self::ShortCode(_) | Self::Link => None,
        }
    }

    /// Whether it is a location pin.
    pub fn is_pin(self) -> bool {
        matches!(self, Self::Point(_, basis) if basis.source == PlaceSource::Pin)
    }

    /// How the place is asked for if this cannot be the place of a report.
    pub const fn refusal(self) -> Option<PlaceQuestion> {
        match self {
            Self::Point(PinVerdict::Plausible(_), _) => None,
            Self::Point(PinVerdict::NullIsland, _) => Some(PlaceQuestion::NoFix),
            Self::Point(PinVerdict::Swapped(_) | PinVerdict::SignLost(_), _) => Some(PlaceQuestion::Swapped),
            Self::Point(PinVerdict::Abroad, _) => Some(PlaceQuestion::Abroad),
            Self::Point(PinVerdict::OutOfRange, _) => Some(PlaceQuestion::OutOfRange),
            Self::ShortCode(_) => Some(PlaceQuestion::Code),
            Self::Link => Some(PlaceQuestion::Link),
        }
    }
}
