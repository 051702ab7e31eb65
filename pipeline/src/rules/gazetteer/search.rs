//! Finds the names in a text.

use std::ops::Range;

use super::names::{Name, NameForm, Names};
use super::ordinary::{Ordinary, is_listed};
use super::plain_text::{Gap, Word, Words};
use super::table::{EMPTY, with};

/// Whether the text answers the question where something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlaceAsked {
    /// It may be about anything.
    No,
    /// The resident was asked for the place.
    Yes,
}

/// A name in a text.
#[derive(Clone, Debug)]
pub struct Mention {
    /// The words that it has in the text.
    pub words: Range<usize>,
    /// How many letters of the text are the name.
    letters: usize,
    /// Whether it counts by itself, or only beside another name.
    certainty: NameCertainty,
    /// The places that it may mean, by their numbers, in order.
    pub places: Vec<u32>,
}

/// Whether the words of a mention are a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NameCertainty {
    /// They are a name, even if no other name is beside them.
    Name,
    /// They are ordinary words with a capital letter: a name if another name follows (`Hope, Stellenbosch`).
    Maybe,
}

/// The most words of a name.
const MOST_WORDS: usize = 6;
/// The most words of a name with a wrong letter.
const MOST_WRONG_WORDS: usize = 3;
/// The fewest letters of a piece of a name that is written in more words than it has.
const SHORTEST_PIECE: usize = 3;
/// The fewest letters of a text that may be a name with a letter missing.
const SHORTEST_WRONG: usize = 6;
/// The fewest letters of a name after a prefix, and without a capital letter that shows where it begins.
const AFTER_PREFIX: usize = 4;
const AFTER_PREFIX_SMALL: usize = 5;

/// A prefix, and how many of its letters are no part of the name after it.
pub(super) type Prefix = (&'static [u8], usize);

/// What isiZulu, isiXhosa and their relatives write before a name, and how many letters of it are no part of
/// the name: `yakwaMashu` is of `kwaMashu`. By their first letters.
pub(super) const PREFIXES: &[(u8, &[Prefix])] = &[
    (b'a', &[(b"ase", 3)]),
    (b'b', &[(b"bakwa", 2), (b"base", 4)]),
    (b'e', &[(b"ema", 3), (b"e", 1)]),
    (b'i', &[(b"i", 1)]),
    (b'k', &[(b"kwase", 5), (b"kwa", 3), (b"kwe", 3), (b"ku", 2)]),
    (b'l', &[(b"lakwa", 2), (b"lase", 4)]),
    (b'n', &[(b"ngakwa", 3), (b"ngase", 5), (b"nakwa", 2), (b"nase", 4)]),
    (b'o', &[(b"o", 1)]),
    (b's', &[(b"sakwa", 2), (b"sase", 4)]),
    (b'w', &[(b"wakwa", 2), (b"wase", 4)]),
    (b'y', &[(b"yakwa", 2), (b"yase", 4)]),
    (b'z', &[(b"zakwa", 2), (b"zase", 4)]),
];

/// Words after which a place is named.
#[rustfmt::skip]
pub(super) const PLACE_WORDS: &[&[u8]] = &[
    b"in", b"at", b"by", b"near", b"from", b"around", b"outside", b"opposite", b"behind", b"along", b"te",
    b"naby", b"van", b"buite", b"langs", b"oorkant", b"agter", b"kwa", b"ku", b"e", b"ngase", b"eduze",
    b"ko", b"mo", b"ha", b"kua", b"ga", b"go", b"eka", b"kha", b"ka", b"area",
];

/// Words after a name that make it a part of another name: a street, or the municipality itself.
#[rustfmt::skip]
pub(super) const NO_PLACE: &[&[u8]] = &[
    b"st", b"rd", b"ave", b"dr", b"cres", b"lane", b"weg", b"laan", b"highway", b"hwy",
    b"boulevard", b"blvd", b"municipality", b"municipal", b"munisipaliteit", b"metro", b"council",
    b"masipala", b"umasipala", b"kamasipala", b"masepala", b"mmasepala",
];

/// Words before the name of a person.
#[rustfmt::skip]
pub(super) const TITLES: &[&[u8]] = &[
    b"mr", b"mrs", b"ms", b"miss", b"mnr", b"mev", b"mej", b"ds", b"prof", b"oom", b"tannie",
    b"tant", b"antie", b"aunty", b"auntie", b"uncle", b"gogo", b"mkhulu", b"baba", b"mama", b"pastor",
    b"rev", b"councillor", b"cllr", b"sister", b"bhuti", b"sisi",
];

/// The names in a text, in their order. Where names overlap, the longest counts; a name with a
/// wrong letter counts where there is no other.
pub fn search(names: &Names, words: &Words, asked: PlaceAsked) -> Vec<Mention> {
    let search = Search { names, words, asked };
    let (sure, possible): (Vec<Mention>, Vec<Mention>) =
        search.exact().into_iter().partition(|mention| mention.certainty == NameCertainty::Name);
    let mut mentions = apart(if sure.is_empty() { search.near() } else { sure });
    mentions.retain(|mention| !is_of_another_name(words, &mention.words));
    let supported = possible.into_iter().filter(|mention| is_beside_name(words, mention, &mentions));
    let supported: Vec<Mention> = supported.collect();
    if supported.is_empty() {
        return mentions;
    }
    mentions.extend(supported);
    apart(mentions)
}

/// Whether one of the names follows: after a comma, or after one word such as `near`.
fn is_beside_name(words: &Words, mention: &Mention, names: &[Mention]) -> bool {
    let end = mention.words.end;
    let gap = |index: usize| words.words.get(index).map_or(Gap::Stop, |word| word.gap);
    let is_next = |name: &Mention| name.words.start == end && gap(end) == Gap::Comma;
    let is_second = |name: &Mention| {
        name.words.start == end + 1
            && gap(end) == Gap::Space
            && gap(end + 1) == Gap::Space
            && words.words.get(end).is_some_and(|word| PLACE_WORDS.contains(&words.letters_of(word)))
    };
    names.iter().any(|name| is_next(name) || is_second(name))
}

/// Whether the words beside a name make it the name of a street, a person or a municipality.
fn is_of_another_name(words: &Words, name: &Range<usize>) -> bool {
    let has_next = words
        .words
        .get(name.end)
        .is_some_and(|next| next.gap == Gap::Space && NO_PLACE.contains(&words.letters_of(next)));
    let gap = words.words.get(name.start).map_or(Gap::Stop, |word| word.gap);
    let before = name.start.checked_sub(1).and_then(|before| words.words.get(before));
    let has_title = before.is_some_and(|word| TITLES.contains(&words.letters_of(word)));
    has_next || (has_title && gap == Gap::Space)
}

/// The prefixes that begin with the first of these letters.
fn prefixes(letters: &[u8]) -> &'static [Prefix] {
    let first = letters.first();
    PREFIXES.iter().find(|(letter, _)| Some(letter) == first).map_or(&[], |(_, prefixes)| prefixes)
}

/// The longest of overlapping mentions.
fn apart(mut mentions: Vec<Mention>) -> Vec<Mention> {
    mentions.sort_by_key(|mention| (usize::MAX - mention.letters, mention.words.start));
    let mut kept: Vec<Mention> = Vec::new();
    for mention in mentions {
        let is_free = kept
            .iter()
            .all(|kept| kept.words.end <= mention.words.start || mention.words.end <= kept.words.start);
        if is_free {
            kept.push(mention);
        }
    }
    kept.sort_by_key(|mention| mention.words.start);
    kept
}

struct Search<'a> {
    names: &'a Names,
    words: &'a Words,
    asked: PlaceAsked,
}

/// Where a name may begin: at a word, or after a prefix in it.
#[derive(Clone, Copy)]
struct Start<'a> {
    /// The index of the word in the text.
    index: usize,
    word: &'a Word,
    /// The first letter of the name.
    letter: usize,
}

impl Start<'_> {
    fn has_prefix(&self) -> bool {
        self.letter > self.word.letters.start
    }

    /// Whether a capital letter shows where the name begins.
    fn is_capital(&self) -> bool {
        if self.has_prefix() {
            self.word.inner_capital == Some(self.letter - self.word.letters.start)
        } else {
            self.word.is_capital
        }
    }
}

impl<'a> Search<'a> {
    fn exact(&self) -> Vec<Mention> {
        let mut mentions = Vec::new();
        for (index, word) in self.words.words.iter().enumerate() {
            self.each_start(index, word, |start| mentions.extend(self.longest(start)));
        }
        mentions
    }

    /// Calls `each` with every start in a word at which a name may begin.
    fn each_start(&self, index: usize, word: &'a Word, mut each: impl FnMut(Start<'a>)) {
        let mut take = |letter: usize| {
            if self.names.may_begin(self.words.letters.get(letter..).unwrap_or_default()) {
                each(Start { index, word, letter });
            }
        };
        take(word.letters.start);
        let letters = self.words.letters_of(word);
        for (prefix, length) in prefixes(letters) {
            if letters.len() >= length + AFTER_PREFIX && letters.starts_with(prefix) {
                take(word.letters.start + length);
            }
        }
    }

    /// The longest name that begins there.
    fn longest(&self, start: Start<'_>) -> Option<Mention> {
        let mut found = None;
        let mut hash = EMPTY;
        let mut read = start.letter;
        for (end, word) in (start.index..).zip(self.words.words.iter().skip(start.index)).take(MOST_WORDS) {
            let is_cut = end > start.index && word.gap != Gap::Space;
            if is_cut || word.letters.end - start.letter > self.names.longest {
                break;
            }
            let more = self.words.letters.get(read..word.letters.end).unwrap_or_default();
            hash = more.iter().fold(hash, |hash, letter| with(hash, *letter));
            read = word.letters.end;
            let letters = self.words.letters.get(start.letter..read).unwrap_or_default();
            let words = start.index..end + 1;
            let meant = |certainty: NameCertainty| {
                let is_meant = |name: &&Name| self.is_meant(name, start, &words, certainty);
                mention(self.names.exact(hash, letters).filter(is_meant), &words, letters.len(), certainty)
            };
            let sure = meant(NameCertainty::Name);
            found = match (sure, found) {
                (Some(sure), _) => Some(sure),
                (None, None) => meant(NameCertainty::Maybe),
                (None, found) => found,
            };
        }
        found
    }

    fn is_meant(
        &self,
        name: &Name,
        start: Start<'_>,
        words: &Range<usize>,
        certainty: NameCertainty,
    ) -> bool {
        self.is_split_well(name, words) && self.meaning(name, start, words.end) == Some(certainty)
    }

    /// Whether a name that the text writes in more words than it has is cut into pieces that people make of
    /// it: `kwa mashu` and `ga rankuwa`, but not `re bone`.
    fn is_split_well(&self, name: &Name, words: &Range<usize>) -> bool {
        let pieces = self.words.words.get(words.clone()).unwrap_or_default();
        let is_piece = |letters: &[u8]| letters.len() >= SHORTEST_PIECE || matches!(letters, b"ga" | b"ha");
        pieces.len() <= name.words || pieces.iter().all(|piece| is_piece(self.words.letters_of(piece)))
    }

    /// Whether the letters mean the name; `None` if they are other words.
    fn meaning(&self, name: &Name, start: Start<'_>, end: usize) -> Option<NameCertainty> {
        let is_capital = start.is_capital() && !self.words.is_shouted;
        let is_asked = self.asked == PlaceAsked::Yes;
        let is_after_place_word = || self.is_after_place_word(start.index);
        let is_name = if start.has_prefix() {
            let is_clear = name.letters.len() >= AFTER_PREFIX_SMALL
                && name.ordinary == Ordinary::No
                && !is_listed(self.words.letters_of(start.word));
            is_clear || (is_capital && name.letters.len() >= AFTER_PREFIX)
        } else if name.form == NameForm::Stem {
            is_capital && (is_asked || is_after_place_word())
        } else {
            let is_all = is_asked && start.index == 0 && end == self.words.words.len();
            match name.ordinary {
                Ordinary::No => true,
                Ordinary::Word if is_after_place_word() => is_capital || is_asked,
                Ordinary::Word | Ordinary::Matter => is_all || (is_capital && is_asked),
            }
        };
        let is_possible = is_capital && name.form == NameForm::Whole && name.ordinary == Ordinary::Word;
        match (is_name, is_possible) {
            (true, _) => Some(NameCertainty::Name),
            (false, true) => Some(NameCertainty::Maybe),
            (false, false) => None,
        }
    }

    fn is_after_place_word(&self, index: usize) -> bool {
        let Some(before) = index.checked_sub(1).and_then(|before| self.words.words.get(before)) else {
            return false;
        };
        let is_next = self.words.words.get(index).is_some_and(|word| word.gap == Gap::Space);
        is_next && PLACE_WORDS.contains(&self.words.letters_of(before))
    }

    /// Names with one wrong letter, where something else shows that a place is meant.
    fn near(&self) -> Vec<Mention> {
        let mut mentions = Vec::new();
        for (index, word) in self.words.words.iter().enumerate() {
            let whole = Start { index, word, letter: word.letters.start };
            if self.asked == PlaceAsked::Yes || self.is_after_place_word(index) {
                mentions.extend(self.longest_near(whole));
            }
            let inner = word.inner_capital.filter(|_| !self.words.is_shouted).unwrap_or(0);
            let letters = self.words.letters_of(word);
            let is_prefix = |(prefix, length): &Prefix| *length == inner && letters.starts_with(prefix);
            if inner > 0 && prefixes(letters).iter().any(is_prefix) {
                mentions.extend(self.longest_near(Start { letter: word.letters.start + inner, ..whole }));
            }
        }
        mentions
    }

    fn longest_near(&self, start: Start<'_>) -> Option<Mention> {
        let mut found = None;
        for (end, word) in
            (start.index..).zip(self.words.words.iter().skip(start.index)).take(MOST_WRONG_WORDS)
        {
            let is_cut = end > start.index && word.gap != Gap::Space;
            let letters = self.words.letters.get(start.letter..word.letters.end).unwrap_or_default();
            if is_cut || letters.len() > self.names.longest + 1 {
                break;
            }
            if letters.len() < SHORTEST_WRONG || is_listed(letters) {
                continue;
            }
            let near = self.names.near(letters);
            let is_likely =
                |name: &&Name| name.ordinary == Ordinary::No && name.words == end + 1 - start.index;
            let near = near.into_iter().filter(is_likely);
            found = mention(near, &(start.index..end + 1), letters.len(), NameCertainty::Name).or(found);
        }
        found
    }
}

/// A mention of the places of all these names; `None` without a name.
fn mention<'a>(
    names: impl Iterator<Item = &'a Name>,
    words: &Range<usize>,
    letters: usize,
    certainty: NameCertainty,
) -> Option<Mention> {
    let mut places: Vec<u32> = names.flat_map(|name| &name.places).copied().collect();
    places.sort_unstable();
    places.dedup();
    (!places.is_empty()).then(|| Mention { words: words.clone(), letters, certainty, places })
}
