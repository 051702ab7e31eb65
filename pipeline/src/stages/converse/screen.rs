//! The screen: decides, before any other processing, whether a message may go to the municipality.
//!
//! A report of gender-based violence goes to the police alone, so a message leaves the screen as one of four
//! things, each of its own type: a [`Disclosure`], a [`Doubt`], an [`Unread`], or [`Cleared`]. Their fields
//! are private to this file: only what was cleared can become a municipal report, and only what was disclosed
//! or doubted a protected one.
//!
//! ```compile_fail,E0451
//! // What was not screened cannot be cleared.
//! let cleared = pipeline::stages::converse::screen::Cleared { account: topics::records::reports::Account::default() };
//! ```
//!
//! Deliberately plain: lists and a few rules of nearness, on the side of asking. What a person meant is for a
//! person.

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
    /// There are no words to judge by, or none that are known.
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
    /// What was said and sent.
    pub fn into_account(self) -> Account {
        self.account
    }
}

impl Doubt {
    /// What was said and sent.
    pub fn into_account(self) -> Account {
        self.account
    }
}

impl Unread {
    /// What was said and sent.
    pub fn into_account(self) -> Account {
        self.account
    }

    /// A picture for a matter whose words were cleared: the report that waits for it, or a ticket just spoken
    /// of.
    pub fn as_picture(self) -> Result<Cleared, Self> {
        if self.why == Unreadable::NoWords { Ok(Cleared { account: self.account }) } else { Err(self) }
    }
}

impl Cleared {
    /// What was said and sent.
    pub const fn account(&self) -> &Account {
        &self.account
    }

    /// What was said and sent.
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

/// The lists of the screen's files.
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

/// How far before an assault its author may stand, in words.
const AUTHOR_BEFORE: usize = 8;
/// How far after it.
const AUTHOR_AFTER: usize = 7;
/// How far an assault reaches for its victim, in words.
const REACH: usize = 4;

/// Screens a turn. `known` says whether the language or a word of what was said is known.
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

/// The band of a text: the gravest of its readings.
pub fn band(text: &str) -> Band {
    readings(text).iter().map(band_of).max().unwrap_or(Band::None)
}

/// The language in which a text speaks of violence, where it does so in one: its few words may be in no other
/// list.
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
    let covered =
        |hit: &Hit<ScreenList>| neutral.iter().any(|span| span.first <= hit.first && hit.last <= span.last);
    // `my` in `my man` does not name a victim.
    let named = |hit: &Hit<ScreenList>| {
        hit.list == ScreenList::Myself
            && hits.iter().any(|name| {
                matches!(name.list, ScreenList::Agent | ScreenList::Other)
                    && name.first <= hit.first
                    && hit.last <= name.last
            })
    };
    let left: Vec<Hit<ScreenList>> = hits
        .iter()
        .copied()
        .filter(|hit| hit.list != ScreenList::Neutral && !covered(hit) && !named(hit))
        .collect();
    if left.iter().any(|hit| hit.list == ScreenList::Certain) {
        return Band::Certain;
    }
    let alone =
        if left.iter().any(|hit| hit.list == ScreenList::Possible) { Band::Possible } else { Band::None };
    let together = left
        .iter()
        .filter(|hit| hit.list == ScreenList::Assault)
        .map(|assault| around(&left, *assault, text))
        .max();
    together.map_or(alone, |together| together.max(alone))
}

/// What stands around an assault, in its own clause: who does it, and to whom. One word may be either (`my
/// son`), but not both at once.
fn around(hits: &[Hit<ScreenList>], assault: Hit<ScreenList>, text: &Normal) -> Band {
    let beside = Beside { hits, assault, text };
    // In Afrikaans the victim may stand before it (`het my geslaan`).
    let before = if assault.language == Language::Af { REACH } else { 0 };
    let victims = beside.near(&[ScreenList::Myself, ScreenList::Other], before, REACH);
    let mut authors = beside.near(&[ScreenList::Agent], AUTHOR_BEFORE, AUTHOR_AFTER);
    authors.extend(beside.near(&[ScreenList::Pronoun], AUTHOR_BEFORE, 1));
    let men = beside.near(&[ScreenList::Man], AUTHOR_BEFORE, 0);
    let apart = |a: &Hit<ScreenList>, b: &Hit<ScreenList>| a.last < b.first || b.last < a.first;
    let with_victim = |author: &Hit<ScreenList>| victims.iter().any(|victim| apart(author, victim));
    let close =
        authors.iter().filter(|author| with_victim(author)).filter_map(|author| beside.before(author)).min();
    let is_close = authors.iter().any(with_victim)
        || men
            .iter()
            .any(|man| victims.iter().any(|victim| victim.list == ScreenList::Other && apart(man, victim)));
    let starts = authors.iter().any(|author| {
        author.list == ScreenList::Agent && beside.before(author).is_some_and(|away| away <= 3)
    });
    match (beside.is_by_an_outsider(close), is_close) {
        (true, true) => Band::Possible,
        (true, false) => Band::None,
        (false, true) => Band::Certain,
        (false, false) if !victims.is_empty() || starts => Band::Possible,
        (false, false) => Band::None,
    }
}

/// An assault and what stands beside it.
struct Beside<'a> {
    hits: &'a [Hit<ScreenList>],
    assault: Hit<ScreenList>,
    text: &'a Normal,
}

impl Beside<'_> {
    /// The terms of these lists in the same clause, at most so many words before it or after it, or within
    /// its own words (`bit me`).
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

    /// How many words before the assault it ends.
    fn before(&self, hit: &Hit<ScreenList>) -> Option<usize> {
        self.assault.first.checked_sub(hit.last).filter(|away| *away > 0)
    }

    /// How many words after the assault it begins.
    fn after(&self, hit: &Hit<ScreenList>) -> Option<usize> {
        hit.first.checked_sub(self.assault.last).filter(|away| *away > 0)
    }

    /// Whether its author is an outsider: the nearest before it, or the one that it is done by. A place or a
    /// thing after it (`in the car`, `with a stone`) is no author.
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
    use super::super::lexicon::names;
    use super::*;

    #[test]
    fn no_star_stands_within_a_term() {
        for (_, file) in FILES {
            for term in super::super::lexicon::terms(file) {
                assert!(!term.contains('*'), "{term}");
            }
        }
    }

    #[test]
    fn every_list_of_the_files_is_known() {
        for (_, file) in FILES {
            assert_eq!(
                names(file).into_iter().filter(|name| list(name).is_none()).collect::<Vec<_>>(),
                Vec::<&str>::new()
            );
        }
        assert!(LISTS.len() > 2_000, "{}", LISTS.len());
    }
}
