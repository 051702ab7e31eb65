//! The screen: decides, before any other processing, whether a message may go to the municipality.
//!
//! A report of gender-based violence goes to the police alone, so the screen gives each message one of four
//! types: [`Disclosure`], [`Doubt`], [`Unread`] or [`Cleared`]. Their fields are private to this file, so
//! that only a cleared message can become a municipal report, and only a disclosure or a doubt a protected
//! one.
//!
//! ```compile_fail,E0451
//! // A message that was not screened cannot be cleared.
//! let account = topics::records::reports::Account::default();
//! let cleared = pipeline::stages::converse::screen::Cleared { account };
//! ```
//!
//! The screen is deliberately simple: it has lists of words and a few rules about the distance between them.
//! In doubt it asks the resident, because only a person can judge what was meant.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use topics::records::reports::Account;
use topics::records::unscreened::Unreadable;
use topics::values::point::Point;
use topics::values::vocabulary::Language;

use crate::rules::geography::PinVerdict;

use super::form::Turn;
use super::lexicon::{Hit, Lexicon};
use super::normal::{Normal, readings};

/// The result of screening a message.
#[derive(Debug)]
pub enum Screened {
    /// The message speaks of violence.
    Certain(Disclosure),
    /// It may speak of violence: the resident is asked.
    Possible(Doubt),
    /// There are no words to judge by, or no words that the lists know.
    Unread(Unread),
    /// The message does not speak of violence.
    Municipal(Cleared),
}

/// A message that speaks of violence.
#[derive(Debug)]
pub struct Disclosure {
    account: Account,
}

/// A message that may speak of violence.
#[derive(Debug)]
pub struct Doubt {
    account: Account,
}

/// A message that could not be judged.
#[derive(Debug)]
pub struct Unread {
    /// The reason why it could not be judged.
    pub why: Unreadable,
    account: Account,
}

/// A message that the screen let through.
#[derive(Debug)]
pub struct Cleared {
    account: Account,
}

impl Disclosure {
    /// The words, media and place of the message.
    pub fn into_account(self) -> Account {
        self.account
    }
}

impl Doubt {
    /// The words, media and place of the message.
    pub fn into_account(self) -> Account {
        self.account
    }
}

impl Unread {
    /// The words, media and place of the message.
    pub fn into_account(self) -> Account {
        self.account
    }

    /// Clears a picture without words. Call it only if the picture belongs to a report or ticket whose words
    /// were cleared. A message with words is returned unchanged.
    pub fn as_picture(self) -> Result<Cleared, Self> {
        if self.why == Unreadable::NoWords { Ok(Cleared { account: self.account }) } else { Err(self) }
    }
}

impl Cleared {
    /// The words, media and place of the message.
    pub const fn account(&self) -> &Account {
        &self.account
    }

    /// The words, media and place of the message.
    pub fn into_account(self) -> Account {
        self.account
    }
}

/// The band of a text: how certain the screen is that it speaks of violence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Band {
    /// It is not about violence.
    None,
    /// It may be about violence.
    Possible,
    /// It is about violence.
    Certain,
}

/// The lists in the screen's files, by the role of their words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ScreenList {
    Certain,
    Possible,
    Agent,
    Man,
    Pronoun,
    Assault,
    Myself,
    Other,
    Outsider,
    Neutral,
}

const FILES: [(Language, &str); 4] = [
    (Language::En, include_str!("../../../lexicon/screen/en.txt")),
    (Language::Af, include_str!("../../../lexicon/screen/af.txt")),
    (Language::Zu, include_str!("../../../lexicon/screen/zu.txt")),
    (Language::Und, include_str!("../../../lexicon/screen/others.txt")),
];

static LISTS: LazyLock<Lexicon<ScreenList>> = LazyLock::new(|| Lexicon::new(&FILES, list));

fn list(name: &str) -> Option<ScreenList> {
    Some(match name {
        "certain" => ScreenList::Certain,
        "possible" => ScreenList::Possible,
        "agent" => ScreenList::Agent,
        "man" => ScreenList::Man,
        "pronoun" => ScreenList::Pronoun,
        "assault" => ScreenList::Assault,
        "self" => ScreenList::Myself,
        "other" => ScreenList::Other,
        "outsider" => ScreenList::Outsider,
        "neutral" => ScreenList::Neutral,
        _ => return None,
    })
}

/// The maximum distance between an assault and an author before it, in words.
const AUTHOR_BEFORE: usize = 8;
/// The maximum distance between an assault and an author after it, in words.
const AUTHOR_AFTER: usize = 7;
/// The maximum distance between an assault and its victim, in words.
const REACH: usize = 4;

/// Screens a turn. `known` says whether the lists know the language or any word of the turn.
pub fn screen(turn: &Turn, known: bool) -> Screened {
    let said = turn.said();
    let account = account_of(turn);
    let unread = |why, account| Screened::Unread(Unread { why, account });
    match band(&said) {
        Band::Certain => Screened::Certain(Disclosure { account }),
        Band::Possible => Screened::Possible(Doubt { account }),
        Band::None if turn.has_voice() => unread(Unreadable::Voice, account),
        Band::None if turn.pin.is_some() => Screened::Municipal(Cleared { account }),
        Band::None if said.trim().is_empty() && !turn.media.is_empty() => {
            unread(Unreadable::NoWords, account)
        }
        Band::None if !known && !said.trim().is_empty() => unread(Unreadable::UnknownLanguage, account),
        Band::None => Screened::Municipal(Cleared { account }),
    }
}

fn account_of(turn: &Turn) -> Account {
    let point: Option<Point> =
        turn.pin.and_then(|pin| if let PinVerdict::Plausible(point) = pin { Some(point) } else { None });
    Account {
        words: turn.words.clone().into_iter().collect(),
        media: turn.media.clone(),
        point,
        place_name: turn.label.clone(),
    }
}

/// The band of a text: the highest band of its readings.
pub fn band(text: &str) -> Band {
    readings(text).iter().map(band_of).max().unwrap_or(Band::None)
}

/// The language in which a text speaks of violence, or `None` if it uses words of several languages or none.
/// The text may have no word in any other list that tells its language.
pub fn language(text: &str) -> Option<Language> {
    let readings = readings(text);
    let hits = readings.iter().flat_map(|reading| LISTS.hits(reading));
    let speaks = hits.filter(|hit| {
        matches!(hit.list, ScreenList::Certain | ScreenList::Possible | ScreenList::Assault)
            && hit.language != Language::Und
    });
    let languages: BTreeSet<Language> = speaks.map(|hit| hit.language).collect();
    languages.first().copied().filter(|_| languages.len() == 1)
}

fn band_of(text: &Normal) -> Band {
    let hits = LISTS.hits(text);
    let neutral: Vec<Hit<ScreenList>> =
        hits.iter().copied().filter(|hit| hit.list == ScreenList::Neutral).collect();
    let is_neutral = |hit: &Hit<ScreenList>| neutral.iter().any(|span| span.covers(hit));
    // `my` in `my man` does not name a victim.
    let is_part_of_a_name = |hit: &Hit<ScreenList>| {
        hit.list == ScreenList::Myself && hits.iter().any(|name| names_a_person(name) && name.covers(hit))
    };
    let counted: Vec<Hit<ScreenList>> =
        hits.iter().copied().filter(|hit| !is_neutral(hit) && !is_part_of_a_name(hit)).collect();
    if counted.iter().any(|hit| hit.list == ScreenList::Certain) {
        return Band::Certain;
    }
    let single =
        if counted.iter().any(|hit| hit.list == ScreenList::Possible) { Band::Possible } else { Band::None };
    let assaults = counted.iter().filter(|hit| hit.list == ScreenList::Assault);
    let combined = assaults.map(|assault| band_of_assault(&counted, *assault, text)).max();
    combined.map_or(single, |combined| combined.max(single))
}

fn names_a_person(hit: &Hit<ScreenList>) -> bool {
    matches!(hit.list, ScreenList::Agent | ScreenList::Other)
}

/// The band that an assault has because of the words near it in its clause: its author and its victim. A word
/// such as `my son` may be either, but not both at once.
fn band_of_assault(hits: &[Hit<ScreenList>], assault: Hit<ScreenList>, text: &Normal) -> Band {
    let neighbours = Neighbours { hits, assault, text };
    // In Afrikaans the victim may be named before the assault (`het my geslaan`).
    let before = if assault.language == Language::Af { REACH } else { 0 };
    let victims = neighbours.near(&[ScreenList::Myself, ScreenList::Other], before, REACH);
    let mut authors = neighbours.near(&[ScreenList::Agent], AUTHOR_BEFORE, AUTHOR_AFTER);
    authors.extend(neighbours.near(&[ScreenList::Pronoun], AUTHOR_BEFORE, 1));
    let men = neighbours.near(&[ScreenList::Man], AUTHOR_BEFORE, 0);
    let apart = |a: &Hit<ScreenList>, b: &Hit<ScreenList>| a.last < b.first || b.last < a.first;
    let with_victim = |author: &Hit<ScreenList>| victims.iter().any(|victim| apart(author, victim));
    let close = authors
        .iter()
        .filter(|author| with_victim(author))
        .filter_map(|author| neighbours.before(author))
        .min();
    let is_close = authors.iter().any(with_victim)
        || men
            .iter()
            .any(|man| victims.iter().any(|victim| victim.list == ScreenList::Other && apart(man, victim)));
    let is_near_author = authors.iter().any(|author| {
        author.list == ScreenList::Agent && neighbours.before(author).is_some_and(|away| away <= 3)
    });
    match (neighbours.is_by_an_outsider(close), is_close) {
        (true, true) => Band::Possible,
        (true, false) => Band::None,
        (false, true) => Band::Certain,
        (false, false) if !victims.is_empty() || is_near_author => Band::Possible,
        (false, false) => Band::None,
    }
}

/// An assault and the terms near it.
struct Neighbours<'a> {
    hits: &'a [Hit<ScreenList>],
    assault: Hit<ScreenList>,
    text: &'a Normal,
}

impl Neighbours<'_> {
    /// The terms of these lists in the same clause that are within the words of the assault (`bit me`), at
    /// most `before` words before it, or at most `after` words after it.
    fn near(&self, lists: &[ScreenList], before: usize, after: usize) -> Vec<Hit<ScreenList>> {
        let clause = self.text.clauses.get(self.assault.first);
        let is_near = |hit: &Hit<ScreenList>| {
            let within = self.assault.first <= hit.first && hit.last <= self.assault.last;
            within
                || self.before(hit).is_some_and(|away| away <= before)
                || self.after(hit).is_some_and(|away| away <= after)
        };
        let here = |hit: &&Hit<ScreenList>| {
            lists.contains(&hit.list) && self.text.clauses.get(hit.first) == clause && is_near(hit)
        };
        self.hits.iter().filter(here).copied().collect()
    }

    /// The distance in words from the end of the term to the assault, if the term is before it.
    fn before(&self, hit: &Hit<ScreenList>) -> Option<usize> {
        self.assault.first.checked_sub(hit.last).filter(|away| *away > 0)
    }

    /// The distance in words from the assault to the beginning of the term, if the term is after it.
    fn after(&self, hit: &Hit<ScreenList>) -> Option<usize> {
        hit.first.checked_sub(self.assault.last).filter(|away| *away > 0)
    }

    /// Whether the author is an outsider: the nearest possible author before the assault is one, or one
    /// follows `by` after it. A place or an object after the assault (`in the car`, `with a stone`) is not an
    /// author. `close` is the distance of the nearest author who is not an outsider.
    fn is_by_an_outsider(&self, close: Option<usize>) -> bool {
        let outsiders = self.near(&[ScreenList::Outsider], AUTHOR_BEFORE, REACH);
        let first = outsiders
            .iter()
            .filter_map(|hit| self.before(hit))
            .any(|away| close.is_none_or(|close| away < close));
        let by =
            self.text.words().skip(self.assault.last + 1).take(2).any(|word| matches!(word, "by" | "deur"));
        first || by && outsiders.iter().any(|hit| self.after(hit).is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::super::lexicon::check_files;
    use super::*;

    #[test]
    fn every_list_and_every_term_of_the_files_can_be_read() {
        check_files(&FILES, list);
    }

    #[test]
    fn the_lists_are_not_empty() {
        assert!(LISTS.len() > 2_000, "{}", LISTS.len());
    }

    #[test]
    fn every_file_of_the_screen_is_compiled_in_under_its_language() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/lexicon/screen");
        let mut on_disk: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
            .collect();
        on_disk.sort();
        let mut compiled: Vec<&str> = FILES.iter().map(|(language, _)| file_name(*language)).collect();
        compiled.sort_unstable();
        assert_eq!(compiled, on_disk, "a file of lexicon/screen has no line in FILES of screen.rs");
        for (language, text) in FILES {
            let path = format!("{folder}/{}.txt", file_name(language));
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text, "{path} is listed as another language");
        }
    }

    const fn file_name(language: Language) -> &'static str {
        match language {
            Language::Und => "others",
            language => language.as_str(),
        }
    }
}
