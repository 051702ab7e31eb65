//! The gazetteer of an edition: places by their names. A name is never taken as the place of a report by
//! itself: the resident is asked whether it is the right one.

use topics::values::point::Point;
use topics::values::text::Code;

/// A place that a text names.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedPlace {
    /// The name of the place as residents read it, without that of its municipality.
    pub name: String,
    /// The code of the municipality that the place is in.
    pub municipality: Code,
    /// The middle of the place.
    pub point: Point,
    /// The distance from the middle within which the place lies, in metres.
    pub radius_m: u32,
}

/// The named places of an edition.
#[derive(Debug, Default)]
pub struct Gazetteer {}

impl Gazetteer {
    /// The places that the text can name: none, the only one, or all that share the name. The reference data
    /// has no names yet, so there is none.
    pub const fn find(&self, _text: &str) -> Vec<NamedPlace> {
        Vec::new()
    }
}
