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

/// The positions of the words that make the first number in a text or resemble one; empty if there is none.
pub fn places(text: &Normal) -> Range<usize> {
    let words: Vec<String> = text.words().map(str::to_ascii_uppercase).collect();
    let mistyped = || words.iter().position(|word| TrackingNumber::resembles(word)).map(|at| at..at + 1);
    first(&words).map(|(places, _)| places).or_else(mistyped).unwrap_or_default()
}

/// The first number in these words and the position of its words. Numbers of one word come first.
fn first(words: &[String]) -> Option<(Range<usize>, TrackingNumber)> {
    (1..=3).find_map(|length| {
        words.windows(length).enumerate().find_map(|(at, words)| {
            let joined = words.concat();
            let number = TrackingNumber::read(&joined).ok().filter(|_| TrackingNumber::resembles(&joined))?;
            Some((at..at + length, number))
        })
    })
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
    fn a_mistyped_number_differs_from_none() {
        let number = TrackingNumber::issue(&Pepper::new(&[7; 32]).unwrap(), 41, 3, 12).as_str().to_owned();
        let last = number.chars().last().unwrap();
        let wrong = format!("{}{}", &number[..8], if last == '2' { '3' } else { '2' });
        assert_eq!(find(&wrong), Some(FoundNumber::Mistyped));
    }
}
