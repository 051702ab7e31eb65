//! Geography: which municipality, ward and team is responsible for a point. The stages `route`, `track` and
//! `refer` use it; `converse` uses it to check whether a pin is plausible. The result depends only on the
//! edition, so the same point in the same edition always has the same result.

mod border;
mod cell;
mod layer;
mod locate;
mod metres;
pub(crate) mod period;
mod pin;
pub(crate) mod places;
pub mod shape;
mod teams;
#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) mod toy;

pub use cell::cell_of;
pub use locate::{locate, locate_place};
pub use pin::{PinVerdict, is_on_earth, judge};

use topics::values::point::Point;

/// The distance between two points in metres.
pub fn metres_between(a: Point, b: Point) -> f64 {
    let point = |point: Point| geo::Point::new(point.longitude, point.latitude);
    metres::geodesic(point(a), point(b))
}
