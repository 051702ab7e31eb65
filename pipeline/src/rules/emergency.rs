//! The emergency numbers that a resident gets when life is in danger.

use topics::values::vocabulary::Language;

use super::edition::Edition;
use super::texts;

/// The services whose numbers are sent, by their names in the edition.
pub const SERVICES: [&str; 2] = ["police", "fire_ambulance"];

/// The text with the emergency numbers, or `None` if the edition has none.
pub fn text(language: Language, edition: &Edition) -> Option<String> {
    let numbers = texts::numbers(language, edition.emergency(), &SERVICES);
    (!numbers.is_empty()).then(|| texts::say(language, "emergency", &[("numbers", &numbers)]))
}
