//! Places that are spelt in a text: degrees, links of map services, and Plus Codes. Names of places are the
//! gazetteer's matter.
//!
//! What merely resembles degrees is not taken for them: prices, dates, times, meter readings and numbers of
//! stands stay words. A short link carries no degrees, and nothing here can follow it.

mod degrees;
mod links;
mod plus_codes;
mod short_code;
mod spelt;
mod spelt_degrees;
#[cfg(test)]
mod tests;

pub use short_code::ShortCode;
pub use spelt::{Spelling, SpeltPlace};
pub use spelt_degrees::SpeltDegrees;

/// The place that a text spells; of several the first, a link before degrees and those before a Plus Code.
pub fn find(text: &str) -> Option<SpeltPlace> {
    let link = links::find(text);
    if let Some(link) = link.as_ref().filter(|link| link.spelling != Spelling::Link) {
        return Some(link.clone());
    }
    degrees::find(text).or_else(|| plus_codes::find(text)).or(link)
}
