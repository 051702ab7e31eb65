//! What the search field of the queue finds: tracking numbers by their beginning, the words of residents, and
//! for roles that may, the last digits of the resident's number.

use sqlx::{Postgres, QueryBuilder};

use super::databases::View;
use super::roles::{Content, Numbers};

/// How many words of a search count.
const WORDS: usize = 10;
/// The end of a number is stored with this many digits.
const END: usize = 4;
/// An end of a number with fewer digits would find too many residents.
const LEAST: usize = 3;

/// Adds what the search field asks for. An empty field asks for nothing.
pub fn condition(query: &mut QueryBuilder<Postgres>, typed: &str, view: &View) {
    if typed.trim().is_empty() {
        return;
    }
    let number = number(typed);
    if number.is_empty() {
        query.push(" and (false");
    } else {
        query.push(" and (starts_with(tracking_number, ").push_bind(number).push(")");
    }
    if let Some(words) = words(typed).filter(|_| view.content == Content::Whole) {
        query.push(" or id in (select ticket from ticket_words where search @@ to_tsquery('simple', ");
        query.push_bind(words).push("))");
    }
    if let Some(end) = number_end(typed).filter(|_| view.numbers == Numbers::Found) {
        query.push(" or id in (select ticket from ticket_words where right(number_end, length(");
        query.push_bind(end.clone()).push(")) = ").push_bind(end).push(")");
    }
    query.push(")");
}

/// What a search looks at, for the audit; nothing where it only looks at tracking numbers.
pub fn looked_at(typed: &str, view: &View) -> Option<&'static str> {
    let by_number = view.numbers == Numbers::Found && number_end(typed).is_some();
    let by_words = view.content == Content::Whole && words(typed).is_some();
    match (by_number, by_words) {
        (true, _) => Some("number"),
        (false, true) => Some("words"),
        (false, false) => None,
    }
}

/// A tracking number, or the beginning of one, as it is stored: staff type it in small letters and with
/// dashes.
fn number(typed: &str) -> String {
    let kept = typed.chars().filter(char::is_ascii_alphanumeric);
    kept.map(|letter| letter.to_ascii_uppercase()).collect()
}

/// The beginnings of words that a text must contain, as a query of PostgreSQL's text search.
fn words(typed: &str) -> Option<String> {
    let words = typed.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    let words: Vec<String> = words.take(WORDS).map(|word| format!("'{word}':*")).collect();
    (!words.is_empty()).then(|| words.join(" & "))
}

/// The last digits of a number: of a whole number those that are stored.
fn number_end(typed: &str) -> Option<String> {
    let is_number = typed.chars().all(|letter| letter.is_ascii_digit() || " +-()".contains(letter));
    let digits: Vec<char> = typed.chars().filter(char::is_ascii_digit).collect();
    let end = digits.len().saturating_sub(END);
    (is_number && digits.len() >= LEAST).then(|| digits.into_iter().skip(end).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_found_however_it_is_typed() {
        assert_eq!(number(" kq7-3f "), "KQ73F");
        assert_eq!(number("%_'"), "");
    }

    #[test]
    fn words_are_beginnings_and_cannot_leave_their_quotes() {
        assert_eq!(words("burst pi").as_deref(), Some("'burst':* & 'pi':*"));
        assert_eq!(words("it's | !(a)").as_deref(), Some("'it':* & 's':* & 'a':*"));
        assert_eq!(words(" \u{202e}'\\ "), None);
    }

    #[test]
    fn a_number_ends_in_its_last_four_digits_and_two_are_too_few() {
        let cases = ["+27 82 000-0741", "741", "41", "KQ7", "0741"];
        assert_eq!(
            cases.map(number_end),
            [Some("0741".to_owned()), Some("741".to_owned()), None, None, Some("0741".to_owned())]
        );
    }
}
