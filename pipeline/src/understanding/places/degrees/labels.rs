//! The words and letters around a number that say what it counts.

const LATITUDE: [&str; 5] = ["lat", "latitude", "breedtegraad", "breedte", "lati"];
const LONGITUDE: [&str; 7] = ["lon", "long", "lng", "longitude", "lengtegraad", "lengte", "longi"];
#[rustfmt::skip]
const ANNOUNCED: [&str; 13] = [
    "gps", "coordinates", "coordinate", "coords", "coord", "cordinates", "ordinates", "koordinate",
    "koördinate", "location", "loc", "position", "ligging",
];
/// A direction in which degrees are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Axis {
    Latitude,
    Longitude,
}

/// What a word before a number says of it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Label {
    Of(Axis),
    Announces,
}

pub fn label(word: &str) -> Option<Label> {
    let word = word.to_lowercase();
    let is_one_of = |words: &[&str]| words.contains(&word.as_str());
    if is_one_of(&LATITUDE) {
        Some(Label::Of(Axis::Latitude))
    } else if is_one_of(&LONGITUDE) {
        Some(Label::Of(Axis::Longitude))
    } else if is_one_of(&ANNOUNCED) {
        Some(Label::Announces)
    } else {
        None
    }
}

/// The label that ends before this byte, and where it starts.
pub fn label_before(text: &str, at: usize) -> Option<(usize, Label)> {
    let is_mark = |letter: char| {
        letter.is_whitespace() || matches!(letter, ':' | '=' | '"' | '\'' | '(' | '[' | '{' | ',' | '.')
    };
    let before = text.get(..at)?.trim_end_matches(is_mark);
    let before = before.strip_suffix(" is").unwrap_or(before).trim_end_matches(is_mark);
    let word = before.rsplit(|letter: char| !letter.is_alphabetic()).next()?;
    Some((before.len() - word.len(), label(word)?))
}

/// The axis of a letter for a direction, and whether its degrees are negative. `O` is east, as in Afrikaans.
pub const fn axis_of(letter: char) -> Option<(Axis, bool)> {
    match letter.to_ascii_uppercase() {
        'N' => Some((Axis::Latitude, false)),
        'S' => Some((Axis::Latitude, true)),
        'E' | 'O' => Some((Axis::Longitude, false)),
        'W' => Some((Axis::Longitude, true)),
        _ => None,
    }
}
