//! Lists of weighted stems as one automaton. The lists are data: see the files beside `texts`, in `lexicon/`.
//!
//! A list is `[name]` or `[name weight]` and terms separated by commas or lines; `#` begins a comment. A term
//! is one or more words in normal form: `leak*` stands for every word that begins so, `*vuza*` for every word
//! that holds it, `{u|ba}shaya` for each of the alternatives, `burst pipe:3` for a weight of its own.

use aho_corasick::{AhoCorasick, MatchKind};
use topics::values::vocabulary::Language;

use super::normal::Normal;

/// Terms of one list that stand in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit<L> {
    /// The list that the term belongs to.
    pub list: L,
    /// The language of the file that it stands in.
    pub language: Language,
    /// The weight of the term.
    pub weight: u32,
    /// The first word of the text that it covers, from 0.
    pub first: usize,
    /// The last word of the text that it covers, from 0.
    pub last: usize,
}

struct Term<L> {
    list: L,
    language: Language,
    weight: u32,
}

/// Lists compiled for searching a text.
pub struct Lexicon<L> {
    automaton: AhoCorasick,
    terms: Vec<Term<L>>,
}

impl<L: Copy> Lexicon<L> {
    /// The lists of `files`; `name` knows what a list is called. A list of no known name is left out: a test
    /// checks that no file has one.
    pub fn new(files: &[(Language, &str)], name: impl Fn(&str) -> Option<L>) -> Self {
        let (mut patterns, mut terms) = (Vec::new(), Vec::new());
        for (language, text) in files {
            for list in lists(text) {
                let Some(known) = name(list.name) else { continue };
                for (pattern, weight) in list.terms() {
                    patterns.push(pattern);
                    terms.push(Term { list: known, language: *language, weight });
                }
            }
        }
        // A panic here is a dead letter for each message, never a message that went past the screen.
        let Ok(automaton) = AhoCorasick::builder().match_kind(MatchKind::Standard).build(&patterns) else {
            unreachable!("the built-in lists make no automaton")
        };
        Self { automaton, terms }
    }

    /// All that stands in `text`.
    pub fn hits(&self, text: &Normal) -> Vec<Hit<L>> {
        let starts: Vec<usize> = text.text.match_indices(' ').map(|(at, _)| at).collect();
        let word_at = |byte: usize| starts.partition_point(|start| *start < byte).saturating_sub(1);
        let found = self.automaton.find_overlapping_iter(&text.text).filter_map(|found| {
            let term = self.terms.get(found.pattern().as_usize())?;
            let (first, last) = (word_at(found.start() + 1), word_at(found.end().saturating_sub(1)));
            Some(Hit { list: term.list, language: term.language, weight: term.weight, first, last })
        });
        found.collect()
    }

    /// How many terms there are.
    #[cfg(test)]
    pub fn len(&self) -> usize {
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
            let (term, weight) = term
                .rsplit_once(':')
                .map_or((*term, self.weight), |(term, weight)| (term, weight.parse().unwrap_or(self.weight)));
            expand(term).into_iter().map(move |plain| (anchored(&plain), weight))
        })
    }
}

/// `{a|b}c` as `ac` and `bc`, for all groups.
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

/// A term as it stands in a normal form: with a space where a word begins or ends.
fn anchored(term: &str) -> String {
    let words = term.split_whitespace().collect::<Vec<_>>().join(" ");
    let (open_start, open_end) = (words.starts_with('*'), words.ends_with('*'));
    let core = words.trim_matches('*');
    format!("{}{core}{}", if open_start { "" } else { " " }, if open_end { "" } else { " " })
}

/// The names of the lists of a file, for tests that look for misspelt ones.
#[cfg(test)]
pub fn names(text: &str) -> Vec<&str> {
    lists(text).into_iter().map(|list| list.name).collect()
}

/// The terms of a file as they are looked for, for tests that look for misspelt ones.
#[cfg(test)]
pub fn terms(text: &str) -> Vec<String> {
    lists(text).iter().flat_map(TermList::terms).map(|(term, _)| term).collect()
}

#[cfg(test)]
mod tests {
    use super::super::normal::readings;
    use super::*;

    #[test]
    fn terms_are_found_as_words_stems_and_alternatives() {
        let lists = "# comment\n[one 2]\nleak*, burst pipe:5 # more\n[two]\n*vuz*, {u|ba}ya{ngi|m}shaya";
        let lexicon = Lexicon::new(&[(Language::En, lists)], |name| match name {
            "one" => Some(1),
            "two" => Some(2),
            _ => None,
        });
        assert_eq!(lexicon.len(), 7);
        let found = |text: &str| -> Vec<(u8, u32, usize, usize)> {
            let text = readings(text).remove(0);
            lexicon.hits(&text).into_iter().map(|hit| (hit.list, hit.weight, hit.first, hit.last)).collect()
        };
        assert_eq!(found("the burst pipe is leaking"), [(1, 5, 1, 2), (1, 2, 4, 4)]);
        assert_eq!(found("bleak"), []);
        assert_eq!(found("liyavuza bayamshaya"), [(2, 1, 0, 0), (2, 1, 1, 1)]);
    }
}
