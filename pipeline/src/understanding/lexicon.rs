//! Lists of weighted stems as one automaton. The lists are data: see the files beside `texts`, in `lexicon/`.
//!
//! A list is `[name]` or `[name weight]` and terms separated by commas or lines; `#` begins a comment. A term
//! is one or more words in normal form: `leak*` stands for every word that begins with `leak`, `*vuza*` for
//! every word that contains `vuza`, `{u|ba}shaya` for each of the alternatives; `burst pipe:3` has a weight
//! of its own.

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use topics::values::vocabulary::Language;

use super::normal::Normal;

/// A term of a list that was found in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit<L> {
    /// The list that the term belongs to.
    pub list: L,
    /// The language of the file that contains the term.
    pub language: Language,
    /// The weight of the term.
    pub weight: u32,
    /// The first word of the text that it covers, from 0.
    pub first: usize,
    /// The last word of the text that it covers, from 0.
    pub last: usize,
}

impl<L> Hit<L> {
    /// Whether this term covers all words of the other one.
    pub const fn covers(&self, other: &Self) -> bool {
        self.first <= other.first && other.last <= self.last
    }

    /// The same term of this list.
    pub fn of<M>(&self, list: M) -> Hit<M> {
        Hit { list, language: self.language, weight: self.weight, first: self.first, last: self.last }
    }
}

/// A term of a list, as it is searched for.
pub struct Term<L> {
    pattern: String,
    list: L,
    language: Language,
    weight: u32,
    words: usize,
}

/// The terms of the lists of `files`; `name` maps the name of a list to the list. A list with an unknown name
/// is left out: a test checks that no file has one.
pub fn terms<L: Copy>(files: &[(Language, &str)], name: impl Fn(&str) -> Option<L>) -> Vec<Term<L>> {
    let mut terms = Vec::new();
    for (language, text) in files {
        for list in lists(text) {
            let Some(known) = name(list.name) else { continue };
            for (pattern, weight) in list.terms() {
                let words = pattern.split_whitespace().count();
                terms.push(Term { pattern, list: known, language: *language, weight, words });
            }
        }
    }
    terms
}

/// Lists compiled for searching a text.
pub struct Lexicon<L> {
    automaton: AhoCorasick,
    terms: Vec<Term<L>>,
}

impl<L: Copy> Lexicon<L> {
    /// Compiles terms into one automaton that finds all of them.
    pub fn new(terms: Vec<Term<L>>) -> Self {
        // A panic here makes every message a dead letter; no message passes without the screen.
        let built = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .build(terms.iter().map(|term| &term.pattern));
        let Ok(automaton) = built else { unreachable!("the built-in lists cannot be compiled") };
        Self { automaton, terms }
    }

    /// Calls `each` with all terms that occur in `text`, in the order of their ends.
    pub fn hits(&self, text: &Normal, mut each: impl FnMut(Hit<L>)) {
        let bytes = text.text.as_bytes();
        let mut counted = 0;
        let mut words = 0;
        for found in self.automaton.find_overlapping_iter(bytes) {
            let Some(term) = self.terms.get(found.pattern().as_usize()) else { continue };
            // The space at the end of a term begins no word of it.
            let end = found.end() - usize::from(term.pattern.ends_with(' '));
            words += bytes.get(counted..end).unwrap_or_default().iter().filter(|byte| **byte == b' ').count();
            counted = counted.max(end);
            let last = words.saturating_sub(1);
            let first = (last + 1).saturating_sub(term.words);
            each(Hit { list: term.list, language: term.language, weight: term.weight, first, last });
        }
    }

    /// The number of terms of all lists.
    #[cfg(test)]
    pub fn count(&self) -> usize {
        self.terms.len()
    }
}

/// One list of a file.
struct TermList<'a> {
    name: &'a str,
    weight: u32,
    body: Vec<&'a str>,
}

fn lists(text: &str) -> Vec<TermList<'_>> {
    let mut lists: Vec<TermList<'_>> = Vec::new();
    for line in text.lines() {
        let line = line.split('#').next().unwrap_or_default().trim();
        if let Some(head) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            let (name, weight) = head.split_once(' ').unwrap_or((head, "1"));
            lists.push(TermList { name, weight: weight.trim().parse().unwrap_or(1), body: Vec::new() });
        } else if let Some(list) = lists.last_mut() {
            list.body.extend(line.split(',').map(str::trim).filter(|term| !term.is_empty()));
        }
    }
    lists
}

impl TermList<'_> {
    fn terms(&self) -> impl Iterator<Item = (String, u32)> {
        self.body.iter().flat_map(|term| {
            let (term, weight) = self.weighted(term);
            expand(term).into_iter().map(move |plain| (anchored(&plain), weight))
        })
    }

    /// A term without its weight, and the weight: its own (`burst pipe:5`), or that of the list.
    fn weighted<'t>(&self, term: &'t str) -> (&'t str, u32) {
        let Some((term, weight)) = term.rsplit_once(':') else { return (term, self.weight) };
        (term, weight.parse().unwrap_or(self.weight))
    }
}

/// Expands all groups of a term: `{a|b}c` becomes `ac` and `bc`.
fn expand(term: &str) -> Vec<String> {
    let Some((before, (group, after))) =
        term.split_once('{').and_then(|(before, rest)| Some((before, rest.split_once('}')?)))
    else {
        return vec![term.to_owned()];
    };
    let rests = expand(after);
    group
        .split('|')
        .flat_map(|choice| rests.iter().map(move |rest| format!("{before}{choice}{rest}")))
        .collect()
}

/// The pattern of a term in a normal form: with a space where a word must begin or end.
fn anchored(term: &str) -> String {
    let words = term.split_whitespace().collect::<Vec<_>>().join(" ");
    let start = if words.starts_with('*') { "" } else { " " };
    let end = if words.ends_with('*') { "" } else { " " };
    format!("{start}{}{end}", words.trim_matches('*'))
}

/// Fails if a file has a list whose name is unknown, or a term with a star or a brace that stands for
/// nothing.
#[cfg(test)]
pub fn check_files<L>(files: &[(Language, &str)], name: impl Fn(&str) -> Option<L>) {
    for (language, text) in files {
        for list in lists(text) {
            assert!(name(list.name).is_some(), "{language}: unknown list [{}]", list.name);
            for (term, _) in list.terms() {
                assert!(!term.contains(['*', '{', '}']), "{language}, [{}]: {term}", list.name);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::normal::readings;
    use super::*;

    #[test]
    fn terms_are_found_as_words_stems_and_alternatives() {
        let lists = "# comment\n[one 2]\nleak*, burst pipe:5 # more\n[two]\n*vuz*, {u|ba}ya{ngi|m}shaya";
        let lexicon = Lexicon::new(terms(&[(Language::En, lists)], |name| match name {
            "one" => Some(1),
            "two" => Some(2),
            _ => None,
        }));
        assert_eq!(lexicon.count(), 7);
        let found = |text: &str| -> Vec<(u8, u32, usize, usize)> {
            let text = readings(text).remove(0);
            let mut found = Vec::new();
            lexicon.hits(&text, |hit| found.push((hit.list, hit.weight, hit.first, hit.last)));
            found
        };
        assert_eq!(found("the burst pipe is leaking"), [(1, 5, 1, 2), (1, 2, 4, 4)]);
        assert_eq!(found("bleak"), []);
        assert_eq!(found("liyavuza bayamshaya"), [(2, 1, 0, 0), (2, 1, 1, 1)]);
    }
}
