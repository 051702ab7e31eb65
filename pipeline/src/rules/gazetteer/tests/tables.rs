//! Each entry of the tables of words, in a sentence that is made of it.

use super::{demo_places, shown};
use crate::rules::gazetteer::Gazetteer;
use crate::rules::gazetteer::detail::PARTS;
use crate::rules::gazetteer::search::{NO_PLACE, PLACE_WORDS, PREFIXES, TITLES};

/// What is found in the text that `sentence` makes of a word.
fn found(word: &[u8], sentence: impl Fn(&str) -> String) -> (String, String) {
    let text = sentence(std::str::from_utf8(word).unwrap());
    let found = shown(&Gazetteer::new(demo_places()).find(&text));
    (text, found)
}

#[test]
fn every_word_before_a_place_makes_an_ordinary_word_a_name() {
    for word in PLACE_WORDS {
        let (text, found) = found(word, |word| format!("no water {word} Springs"));
        assert_eq!(found, "Springs (EKU)", "{text}");
    }
}

#[test]
fn every_title_makes_a_name_a_person() {
    for title in TITLES {
        let (text, found) = found(title, |title| format!("{title} Springs has no water"));
        assert_eq!(found, "-", "{text}");
    }
}

#[test]
fn every_word_of_another_name_keeps_the_name_from_being_a_place() {
    for word in NO_PLACE {
        let (text, found) = found(word, |word| format!("burst pipe in Tembisa {word}"));
        assert_eq!(found, "-", "{text}");
    }
}

#[test]
fn every_word_for_a_part_is_kept_with_the_place() {
    for (word, part) in PARTS {
        let (text, found) = found(word, |word| format!("no water, Tembisa {word} 5"));
        assert_eq!(found, format!("{part} 5, Tembisa (EKU)"), "{text}");
    }
}

#[test]
fn every_prefix_is_taken_from_the_name() {
    for (prefix, letters) in PREFIXES.iter().flat_map(|(_, prefixes)| *prefixes) {
        // A prefix that is not taken whole ends in the `kwa` of the name.
        let (rest, name) =
            if *letters == prefix.len() { ("Tembisa", "Tembisa (EKU)") } else { ("Mashu", "KwaMashu (ETH)") };
        let (text, found) = found(prefix, |prefix| format!("amanzi aphelile {prefix}{rest}"));
        assert_eq!(found, name, "{text}");
    }
}
