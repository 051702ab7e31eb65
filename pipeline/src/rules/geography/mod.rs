//! Geography: who is responsible where. The verbs `route`, `track` and `refer` ask it; `converse` asks
//! whether a pin can be right. It answers from an edition alone, so that the same point in the same edition
//! always has the same answer.

mod border;
mod cell;
mod desks;
mod layer;
mod locate;
mod metres;
mod pin;
pub(crate) mod places;
pub mod shape;
#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) mod toy;

pub use cell::cell_of;
pub use locate::{locate, locate_place};
pub use pin::{PinVerdict, judge};
