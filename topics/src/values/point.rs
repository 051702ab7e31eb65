//! An exact point on the earth. It occurs only in sealed fields.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A point in WGS84, in degrees.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Point {
    /// Degrees north, -90 to 90; South Africa lies between -35 and -22.
    pub latitude: f64,
    /// Degrees east, -180 to 180; South Africa lies between 16 and 33.
    pub longitude: f64,
}
