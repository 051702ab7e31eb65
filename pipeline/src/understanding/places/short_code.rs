//! The grid of Plus Codes: the cell of a full code, and the cell of a short one that is nearest to its town.

use topics::values::point::Point;
use topics::values::vocabulary::PlaceSource;

use super::spelt_degrees::{DEGREE_M, SpeltDegrees, metres};

/// The digits in the order of their values.
const DIGITS: &[u8; 20] = b"23456789CFGHJMPQRVWX";
/// The digits that come in pairs, a latitude and a longitude each; each further one is a cell of 5 x 4.
const PAIRED: usize = 10;
/// The most digits that make a difference.
pub(super) const LONGEST: usize = 15;
/// Cells are counted in units of the smallest one: 1/25,000,000 degrees of latitude (8,000 * 5^5) and
/// 1/8,192,000 degrees of longitude (8,000 * 4^5), so that all arithmetic is exact.
const LATITUDE_UNITS: i64 = 25_000_000;
const LONGITUDE_UNITS: i64 = 8_192_000;

/// A Plus Code without its first digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShortCode {
    /// The values of the digits that are left, and how many there are.
    pub(super) digits: [u8; LONGEST],
    pub(super) length: usize,
    /// The digits that are missing: 2 or 4.
    pub(super) missing: usize,
}

/// The value of a digit.
pub(super) fn value(letter: char) -> Option<u8> {
    let letter = u8::try_from(letter.to_ascii_uppercase()).ok()?;
    DIGITS.iter().position(|digit| *digit == letter).and_then(|place| u8::try_from(place).ok())
}

/// The middle of the cell of a full code, and its size.
pub(super) fn cell(digits: &[u8; LONGEST], length: usize) -> Option<SpeltDegrees> {
    let mut south = -90 * LATITUDE_UNITS;
    let mut west = -180 * LONGITUDE_UNITS;
    let mut height = 400 * LATITUDE_UNITS;
    let mut width = 400 * LONGITUDE_UNITS;
    for (place, digit) in digits.iter().take(length).enumerate() {
        let digit = i64::from(*digit);
        if place < PAIRED && place % 2 == 0 {
            height /= 20;
            south += digit * height;
        } else if place < PAIRED {
            width /= 20;
            west += digit * width;
        } else {
            height /= 5;
            width /= 4;
            south += digit / 4 * height;
            west += digit % 4 * width;
        }
    }
    // The first digits can name cells beyond the pole or the date line.
    if south >= 90 * LATITUDE_UNITS || west >= 180 * LONGITUDE_UNITS {
        return None;
    }
    let degrees = |low: i64, size: i64, units: i64| (low as f64 + size as f64 / 2.0) / units as f64;
    let latitude_m = height as f64 / LATITUDE_UNITS as f64 * DEGREE_M;
    let longitude_m = width as f64 / LONGITUDE_UNITS as f64 * DEGREE_M;
    Some(SpeltDegrees {
        latitude: degrees(south, height, LATITUDE_UNITS),
        longitude: degrees(west, width, LONGITUDE_UNITS),
        source: PlaceSource::PlusCode,
        precision_m: metres(latitude_m.max(longitude_m)),
    })
}

impl ShortCode {
    /// The place of the code nearest to a point in its town.
    pub fn near(&self, town: Point) -> Option<SpeltDegrees> {
        // The first digits of the town, then those of the code.
        let mut digits = [0; LONGEST];
        let mut latitude = town.latitude + 90.0;
        let mut longitude = town.longitude + 180.0;
        let mut size = 20.0;
        for pair in digits.chunks_exact_mut(2).take(self.missing / 2) {
            for (digit, degrees) in pair.iter_mut().zip([&mut latitude, &mut longitude]) {
                let value = (*degrees / size).floor();
                *degrees -= value * size;
                *digit = digit_of(value)?;
            }
            size /= 20.0;
        }
        let length = (self.missing + self.length).min(LONGEST);
        for (digit, given) in digits.iter_mut().skip(self.missing).zip(&self.digits) {
            *digit = *given;
        }
        let found = cell(&digits, length)?;
        // The town may lie near the edge of its cell, and the place in the next one.
        let step = size * 20.0;
        Some(SpeltDegrees {
            latitude: nearest(found.latitude, step, town.latitude),
            longitude: nearest(found.longitude, step, town.longitude),
            ..found
        })
    }
}

/// The degrees in the cell of the town or in one of its two neighbours, `step` degrees away: the nearest
/// ones.
fn nearest(found: f64, step: f64, town: f64) -> f64 {
    let candidates = [found - step, found, found + step];
    let by_distance = |a: &f64, b: &f64| (a - town).abs().total_cmp(&(b - town).abs());
    candidates.into_iter().min_by(by_distance).unwrap_or(found)
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be below 20")]
fn digit_of(value: f64) -> Option<u8> {
    (0.0..20.0).contains(&value).then_some(value as u8)
}
