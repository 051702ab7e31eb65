//! Degrees that a text spells.

use topics::values::vocabulary::PlaceSource;

/// The length of a degree of latitude in metres; one of longitude is shorter.
pub const DEGREE_M: f64 = 111_320.0;

/// Degrees as they are spelt: they may lie anywhere, or nowhere on earth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SpeltDegrees {
    /// The latitude in degrees; north is positive.
    pub latitude: f64,
    /// The longitude in degrees; east is positive.
    pub longitude: f64,
    /// What spells them: degrees, a link or a Plus Code.
    pub source: PlaceSource,
    /// How exactly they are spelt, in metres.
    pub precision_m: u32,
}

/// Whole metres, at least one.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and 111,320")]
pub fn metres(metres: f64) -> u32 {
    metres.clamp(1.0, DEGREE_M).ceil() as u32
}
