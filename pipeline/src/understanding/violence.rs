//! The rules of the screen: lists of words that speak of violence, and the distances between them.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use topics::values::vocabulary::Language;

use super::lexicon::{self, Hit, Lexicon, Term};
use super::normal::Normal;
use crate::languages::{self, LanguageFile};

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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WordRole {
    /// Speaks of violence without other words.
    Certain,
    /// May speak of violence without other words.
    Possible,
    /// Names a person who may be the author.
    Agent,
    /// Names any man, who is the author only if the victim is another person.
    Man,
    /// Stands for a person who may be the author.
    Pronoun,
    /// Names an act of violence.
    Assault,
    /// Names the writer as the victim.
    Myself,
    /// Names a victim who is not the writer.
    Other,
    /// Names an author that is not a matter of the screen.
    Outsider,
    /// Covers words that have another meaning here.
    Neutral,
}

static FILES: LazyLock<Vec<LanguageFile>> = LazyLock::new(languages::screens);

/// All lists of the screen.
static LISTS: LazyLock<Lexicon<WordRole>> = LazyLock::new(|| Lexicon::new(terms(|role| role)));

/// The terms of all lists of the screen.
pub fn terms<L: Copy>(wrap: impl Fn(WordRole) -> L) -> Vec<Term<L>> {
    lexicon::terms(&FILES, |name| list(name).map(&wrap))
}

fn list(name: &str) -> Option<WordRole> {
    Some(match name {
        "certain" => WordRole::Certain,
        "possible" => WordRole::Possible,
        "agent" => WordRole::Agent,
        "man" => WordRole::Man,
        "pronoun" => WordRole::Pronoun,
        "assault" => WordRole::Assault,
        "self" => WordRole::Myself,
        "other" => WordRole::Other,
        "outsider" => WordRole::Outsider,
        "neutral" => WordRole::Neutral,
        _ => return None,
    })
}

/// The maximum distance between an assault and an author before it, in words.
const AUTHOR_BEFORE: usize = 8;
/// The maximum distance between an assault and an author after it, in words.
const AUTHOR_AFTER: usize = 7;
/// The maximum distance between an assault and its victim, in words.
const REACH: usize = 4;

const fn speaks_of_violence(role: WordRole) -> bool {
    matches!(role, WordRole::Certain | WordRole::Possible | WordRole::Assault)
}

/// The language in which a text speaks of violence, or `None` if it uses words of several languages or none.
/// The text may have no word in any other list that tells its language.
pub fn language(readings: &[Normal]) -> Option<Language> {
    let mut languages: BTreeSet<Language> = BTreeSet::new();
    for reading in readings {
        LISTS.hits(reading, |hit| {
            if speaks_of_violence(hit.list) && hit.language != Language::Und {
                languages.insert(hit.language);
            }
        });
    }
    languages.first().copied().filter(|_| languages.len() == 1)
}

/// The band of one reading, with the terms of the lists that were found in it. In a text with an exception a
/// word that speaks of violence by itself is only evidence; an assault with its author and its victim is not.
pub fn band_of(text: &Normal, hits: &[Hit<WordRole>], has_exception: bool) -> Band {
    let neutral: Vec<Hit<WordRole>> =
        hits.iter().copied().filter(|hit| hit.list == WordRole::Neutral).collect();
    let is_neutral = |hit: &Hit<WordRole>| neutral.iter().any(|span| span.covers(hit));
    // `my` in `my man` does not name a victim.
    let is_part_of_a_name = |hit: &Hit<WordRole>| {
        hit.list == WordRole::Myself && hits.iter().any(|name| names_a_person(name) && name.covers(hit))
    };
    let counted: Vec<Hit<WordRole>> =
        hits.iter().copied().filter(|hit| !is_neutral(hit) && !is_part_of_a_name(hit)).collect();
    let has = |role: WordRole| counted.iter().any(|hit| hit.list == role);
    if has(WordRole::Certain) && !has_exception {
        return Band::Certain;
    }
    let single = if has(WordRole::Certain) || has(WordRole::Possible) { Band::Possible } else { Band::None };
    let assaults = counted.iter().filter(|hit| hit.list == WordRole::Assault);
    let combined = assaults.map(|assault| band_of_assault(&counted, *assault, text)).max();
    combined.map_or(single, |combined| combined.max(single))
}

fn names_a_person(hit: &Hit<WordRole>) -> bool {
    matches!(hit.list, WordRole::Agent | WordRole::Other)
}

/// The band that an assault has because of the words near it in its clause: its author and its victim. A word
/// such as `my son` may be either, but not both at once.
fn band_of_assault(hits: &[Hit<WordRole>], assault: Hit<WordRole>, text: &Normal) -> Band {
    let neighbours = NearWords { hits, assault, text };
    // In Afrikaans the victim may be named before the assault (`het my geslaan`).
    let before = if assault.language == Language::Af { REACH } else { 0 };
    let victims = neighbours.near(&[WordRole::Myself, WordRole::Other], before, REACH);
    let mut authors = neighbours.near(&[WordRole::Agent], AUTHOR_BEFORE, AUTHOR_AFTER);
    authors.extend(neighbours.near(&[WordRole::Pronoun], AUTHOR_BEFORE, 1));
    let men = neighbours.near(&[WordRole::Man], AUTHOR_BEFORE, 0);
    let apart = |a: &Hit<WordRole>, b: &Hit<WordRole>| a.last < b.first || b.last < a.first;
    let with_victim = |author: &Hit<WordRole>| victims.iter().any(|victim| apart(author, victim));
    let close = authors
        .iter()
        .filter(|author| with_victim(author))
        .filter_map(|author| neighbours.before(author))
        .min();
    let is_close = authors.iter().any(with_victim)
        || men
            .iter()
            .any(|man| victims.iter().any(|victim| victim.list == WordRole::Other && apart(man, victim)));
    let is_near_author = authors.iter().any(|author| {
        author.list == WordRole::Agent && neighbours.before(author).is_some_and(|away| away <= 3)
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
struct NearWords<'a> {
    hits: &'a [Hit<WordRole>],
    assault: Hit<WordRole>,
    text: &'a Normal,
}

impl NearWords<'_> {
    /// The terms of these lists in the same clause that are within the words of the assault (`bit me`), at
    /// most `before` words before it, or at most `after` words after it.
    fn near(&self, lists: &[WordRole], before: usize, after: usize) -> Vec<Hit<WordRole>> {
        let clause = self.text.clauses.get(self.assault.first);
        let here = |hit: &&Hit<WordRole>| {
            lists.contains(&hit.list)
                && self.text.clauses.get(hit.first) == clause
                && self.is_near(hit, before, after)
        };
        self.hits.iter().filter(here).copied().collect()
    }

    fn is_near(&self, hit: &Hit<WordRole>, before: usize, after: usize) -> bool {
        let within = self.assault.first <= hit.first && hit.last <= self.assault.last;
        within
            || self.before(hit).is_some_and(|away| away <= before)
            || self.after(hit).is_some_and(|away| away <= after)
    }

    /// The distance in words from the end of the term to the assault, if the term is before it.
    fn before(&self, hit: &Hit<WordRole>) -> Option<usize> {
        self.assault.first.checked_sub(hit.last).filter(|away| *away > 0)
    }

    /// The distance in words from the assault to the beginning of the term, if the term is after it.
    fn after(&self, hit: &Hit<WordRole>) -> Option<usize> {
        hit.first.checked_sub(self.assault.last).filter(|away| *away > 0)
    }

    /// Whether the author is an outsider: the nearest possible author before the assault is one, or one
    /// follows `by` after it. A place or an object after the assault (`in the car`, `with a stone`) is not an
    /// author. `close` is the distance of the nearest author who is not an outsider.
    fn is_by_an_outsider(&self, close: Option<usize>) -> bool {
        let outsiders = self.near(&[WordRole::Outsider], AUTHOR_BEFORE, REACH);
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
        assert!(LISTS.count() > 2_000, "{}", LISTS.count());
    }
}
