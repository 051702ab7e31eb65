//! Tracking numbers, which residents read aloud: eight characters without vowels or look-alikes, and a check
//! character.

use std::str::FromStr;

use crate::values::ids::Pepper;
use crate::values::text::{BadText, open_text};

/// Digits and capitals of which no two look alike (no 0 1 8, no B I L O S Z) and which spell no words (no
/// vowels). There are 23, a prime number, so that one weighted sum detects every wrong character and every
/// swapped pair.
const ALPHABET: &[u8; 23] = b"2345679CDFGHJKMNPQRTVWX";
const DRAWN: u32 = 8;
/// Half of the permuted number; 2 x 18 bits stay below 23^8.
const HALF_BITS: u32 = 18;
const HALF_MASK: u64 = (1 << HALF_BITS) - 1;

open_text!(
    /// A ticket's number for people: 9 characters, of which the last one is a check character.
    TrackingNumber,
    "^[2345679CDFGHJKMNPQRTVWX]{9}$",
    |text| text.len() == 9
        && text.bytes().all(|b| ALPHABET.contains(&b))
        && check_of(text) == text.chars().last()
);

impl TrackingNumber {
    /// The `serial`-th number of `partition` of `partitions`: a keyed permutation, so that it is not possible
    /// to count or guess numbers.
    ///
    /// Unique while `serial * partitions + partition` stays below 2^36 (69 thousand million tickets).
    pub fn issue(pepper: &Pepper, serial: u64, partition: u32, partitions: u32) -> Self {
        let number = serial.wrapping_mul(u64::from(partitions)).wrapping_add(u64::from(partition));
        let mut left = (number >> HALF_BITS) & HALF_MASK;
        let mut right = number & HALF_MASK;
        for round in 0u64..4 {
            let digest = pepper.prf(b"tracking", &(round << 32 | right).to_be_bytes());
            let mixed = digest.iter().take(8).fold(0u64, |sum, byte| sum << 8 | u64::from(*byte));
            (left, right) = (right, left ^ (mixed & HALF_MASK));
        }
        let mut rest = left << HALF_BITS | right;
        let mut text = String::with_capacity(9);
        for _ in 0..DRAWN {
            text.push(letter(rest % 23));
            rest /= 23;
        }
        text.extend(check_of(&text));
        Self(text)
    }

    /// Reads a number as people type it: in small letters, with spaces and dashes, with Z for 2 and S for 5.
    ///
    /// # Errors
    /// The text does not have nine characters of the alphabet, or its check character is wrong.
    pub fn read(text: &str) -> Result<Self, BadText> {
        let plain =
            text.chars().filter(|c| !matches!(c, ' ' | '-' | '#')).map(|c| match c.to_ascii_uppercase() {
                'Z' => '2',
                'S' => '5',
                other => other,
            });
        Self::from_str(&plain.collect::<String>())
    }

    /// Whether `text` looks like a tracking number, mistyped or not: nine characters with both letters and
    /// digits.
    pub fn resembles(text: &str) -> bool {
        text.len() == 9
            && text
                .bytes()
                .all(|b| ALPHABET.contains(&b.to_ascii_uppercase()) || matches!(b, b'z' | b'Z' | b's' | b'S'))
            && text.bytes().any(|b| b.is_ascii_digit())
            && text.bytes().any(|b| b.is_ascii_alphabetic())
    }
}

fn letter(value: u64) -> char {
    usize::try_from(value).ok().and_then(|index| ALPHABET.get(index)).map_or('2', |byte| char::from(*byte))
}

/// The check character of the first eight: their sum, each weighted by its position, modulo 23.
fn check_of(text: &str) -> Option<char> {
    let sum = text.bytes().take(DRAWN as usize).zip(1u64..).try_fold(0u64, |sum, (byte, weight)| {
        let value = ALPHABET.iter().position(|known| *known == byte)?;
        Some(sum + weight * value as u64)
    })?;
    Some(letter(sum % 23))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn pepper() -> Pepper {
        Pepper::new(&[7; 32]).unwrap()
    }

    #[test]
    fn numbers_of_all_partitions_differ() {
        let issue = |serial, partition| TrackingNumber::issue(&pepper(), serial, partition, 12);
        let numbers: BTreeSet<_> =
            (0..500).flat_map(|serial| (0..12).map(move |partition| issue(serial, partition))).collect();
        assert_eq!(numbers.len(), 500 * 12);
        assert_eq!(
            TrackingNumber::read(&numbers.first().unwrap().as_str().to_lowercase()).unwrap(),
            *numbers.first().unwrap()
        );
    }

    #[test]
    fn a_wrong_character_or_a_swapped_pair_is_caught() {
        let number = TrackingNumber::issue(&pepper(), 41, 3, 12);
        let bytes = number.as_str().as_bytes();
        for index in 0..9 {
            for other in ALPHABET.iter().filter(|other| **other != bytes[index]) {
                let mut wrong = bytes.to_vec();
                wrong[index] = *other;
                assert!(TrackingNumber::read(std::str::from_utf8(&wrong).unwrap()).is_err());
            }
        }
        for index in 0..7 {
            let mut swapped = bytes.to_vec();
            swapped.swap(index, index + 1);
            assert!(
                swapped == bytes || TrackingNumber::read(std::str::from_utf8(&swapped).unwrap()).is_err()
            );
        }
    }
}
