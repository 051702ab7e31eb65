//! Tracking numbers in a text, as people write them.

use std::ops::Range;

use topics::values::tracking::TrackingNumber;

use super::normal::Normal;

/// A tracking number that was found in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FoundNumber {
    /// The number is well-formed.
    Number(TrackingNumber),
    /// The text resembles a number, but its check character is wrong.
    Mistyped,
}

/// The first number in `text`: one word, or two or three words that make one together (`7K2 M4P 9QX`).
pub fn find(text: &str) -> Option<FoundNumber> {
    let words: Vec<String> = text
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_uppercase)
        .collect();
    let mistyped = || words.iter().any(|word| TrackingNumber::resembles(word));
    first(&words)
        .map(|(_, number)| FoundNumber::Number(number))
        .or_else(|| mistyped().then_some(FoundNumber::Mistyped))
}

/// Whether a text nearly contains a number: one character is wrong, missing, too many or swapped with the
/// next one. The number is one word, or two or three words together, with letters and digits.
pub fn nearly(text: &str, number: &TrackingNumber) -> bool {
    let words: Vec<String> = text
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty() && word.len() <= number.as_str().len() + 1)
        .map(str::to_ascii_uppercase)
        .collect();
    (1..=3).any(|length| words.windows(length).any(|words| is_nearly(&words.concat(), number.as_str())))
}

fn is_nearly(written: &str, number: &str) -> bool {
    let written: Vec<u8> = written.bytes().collect();
    let number: Vec<u8> = number.bytes().collect();
    let has_both = written.iter().any(u8::is_ascii_digit) && written.iter().any(u8::is_ascii_alphabetic);
    let same = written.iter().zip(&number).take_while(|(a, b)| a == b).count();
    let rest = |text: &[u8], from: usize| text.get(from..).unwrap_or_default().to_vec();
    let after = rest(&written, same);
    let of_number = rest(&number, same);
    let is_replaced = rest(&after, 1) == rest(&of_number, 1) && after.len() == of_number.len();
    let is_missing = after == rest(&of_number, 1);
    let is_too_much = rest(&after, 1) == of_number;
    let is_swapped = matches!((after.as_slice(), of_number.as_slice()),
        ([a, b, after @ ..], [c, d, of_number @ ..]) if a == d && b == c && after == of_number);
    has_both && (is_replaced || is_missing || is_too_much || is_swapped)
}

/// The positions of the words that make the first number in a text or resemble one; empty if there is none.
pub fn places(text: &Normal) -> Range<usize> {
    // A number has a digit; most texts have none.
    if !text.text.bytes().any(|byte| byte.is_ascii_digit()) {
        return 0..0;
    }
    let words: Vec<String> = text.words().map(str::to_ascii_uppercase).collect();
    let mistyped = || words.iter().position(|word| TrackingNumber::resembles(word)).map(|at| at..at + 1);
    first(&words).map(|(places, _)| places).or_else(mistyped).unwrap_or_default()
}

/// The characters of a number.
const LENGTH: usize = 9;

/// The first number in these words and the position of its words. Numbers of one word come first.
fn first(words: &[String]) -> Option<(Range<usize>, TrackingNumber)> {
    (1..=3).find_map(|length| {
        let mut windows = words.windows(length).enumerate();
        windows.find_map(|(at, words)| Some((at..at + length, spelt(words)?)))
    })
}

/// The number that these words spell together.
fn spelt(words: &[String]) -> Option<TrackingNumber> {
    if words.iter().map(String::len).sum::<usize>() != LENGTH {
        return None;
    }
    let joined = words.concat();
    TrackingNumber::read(&joined).ok().filter(|_| TrackingNumber::resembles(&joined))
}

#[cfg(test)]
mod tests {
    use super::*;
    use topics::values::ids::Pepper;

    #[test]
    fn a_number_is_found_in_every_spelling() {
        let number = TrackingNumber::issue(&Pepper::new(&[7; 32]).unwrap(), 41, 3, 12);
        let text = number.as_str().to_lowercase();
        let (a, b) = text.split_at(4);
        for written in
            [format!("what about {text}?"), format!("#{text}"), format!("{a}-{b} asb"), format!("{a} {b}")]
        {
            assert_eq!(find(&written), Some(FoundNumber::Number(number.clone())), "{written}");
        }
        assert_eq!(find("no water since 4, house 44, call 0821234567"), None);
    }

    #[test]
    fn a_number_is_nearly_found_with_one_mistake() {
        let number = TrackingNumber::issue(&Pepper::new(&[7; 32]).unwrap(), 41, 3, 12);
        let text = number.as_str();
        let swapped =
            format!("{}{}{}", &text[..3], &text[3..5].chars().rev().collect::<String>(), &text[5..]);
        for written in [
            format!("{}B{}", &text[..2], &text[3..]),
            format!("{}{}", &text[..4], &text[5..]),
            format!("{text}4"),
            swapped.clone(),
        ] {
            assert!(nearly(&format!("what about {written}?"), &number), "{written}");
        }
        let other = TrackingNumber::issue(&Pepper::new(&[7; 32]).unwrap(), 42, 3, 12);
        for written in [other.as_str(), &swapped[..7], "no water since 4, house 44, call 0821234567", ""] {
            assert!(!nearly(written, &number), "{written}");
        }
    }

    #[test]
    fn a_mistyped_number_differs_from_none() {
        let number = TrackingNumber::issue(&Pepper::new(&[7; 32]).unwrap(), 41, 3, 12).as_str().to_owned();
        let last = number.chars().last().unwrap();
        let wrong = format!("{}{}", &number[..8], if last == '2' { '3' } else { '2' });
        assert_eq!(find(&wrong), Some(FoundNumber::Mistyped));
    }
}
