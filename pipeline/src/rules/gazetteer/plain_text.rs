//! A text as the gazetteer reads it: plain letters without the gaps between words, so that `Kwa Mashu`,
//! `kwa-mashu` and `KwaMashu` are the same letters.

use std::ops::Range;

use crate::understanding::normal::plain;

/// The words of a text. Their letters follow each other without gaps.
#[derive(Debug, Default)]
pub struct Words {
    /// The plain letters of all words.
    pub letters: Vec<u8>,
    /// The words in order.
    pub words: Vec<Word>,
    /// Whether the text has letters and all of them are capital letters, so that capitals say nothing.
    pub is_shouted: bool,
}

/// One word of a text.
#[derive(Clone, Debug)]
pub struct Word {
    /// Its letters, in [`Words::letters`].
    pub letters: Range<usize>,
    /// What is between it and the word before.
    pub gap: Gap,
    /// Whether it begins with a capital letter.
    pub is_capital: bool,
    /// How many letters are before a capital letter within the word, such as 1 in `eMlazi`.
    pub inner_capital: Option<usize>,
}

/// What separates a word from the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gap {
    /// Spaces, hyphens or slashes: a name may go on.
    Space,
    /// A comma or a bracket: a name ends, but what follows may belong to it.
    Comma,
    /// The beginning of the text, or the end of a sentence.
    Stop,
}

/// Words that have a short form; both are read as the short form.
const SHORT: &[(&[u8], &[u8])] = &[
    (b"street", b"st"),
    (b"straat", b"st"),
    (b"str", b"st"),
    (b"saint", b"st"),
    (b"sint", b"st"),
    (b"road", b"rd"),
    (b"avenue", b"ave"),
    (b"drive", b"dr"),
    (b"crescent", b"cres"),
    (b"mount", b"mt"),
    (b"extension", b"ext"),
    (b"uitbreiding", b"ext"),
    (b"fort", b"ft"),
];

impl Words {
    /// Splits a text into its words, in the form that names are compared in.
    pub fn of(text: &str) -> Self {
        let mut reader = WordReader::default();
        reader.words.letters.reserve(text.len());
        reader.words.words.reserve(text.len() / 4 + 1);
        for letter in text.chars() {
            reader.take(letter);
        }
        reader.end_word();
        let WordReader { mut words, capitals, others, .. } = reader;
        words.is_shouted = capitals > 1 && others == 0;
        words
    }

    /// The letters of a word.
    pub fn letters_of(&self, word: &Word) -> &[u8] {
        self.letters.get(word.letters.clone()).unwrap_or_default()
    }
}

#[derive(Default)]
struct WordReader {
    words: Words,
    word: Option<OpenWord>,
    gap: Option<Gap>,
    capitals: usize,
    others: usize,
}

/// The word that is being read.
struct OpenWord {
    start: usize,
    is_capital: bool,
    inner_capital: Option<usize>,
    /// Whether the last letter was a small one.
    after_small: bool,
    /// Where its letters after the last apostrophe begin.
    apostrophe: Option<usize>,
}

impl WordReader {
    fn take(&mut self, letter: char) {
        if letter.is_ascii_alphanumeric() {
            self.push(letter.to_ascii_lowercase(), letter);
            return;
        }
        if letter.is_ascii() {
            return self.take_sign(letter);
        }
        for plain in plain(letter) {
            if plain.is_ascii_alphanumeric() {
                self.push(plain, letter);
            } else if plain.is_alphanumeric() {
                // A letter of another alphabet is in no name; it must not make two words one.
                self.push('?', '?');
            } else {
                self.take_sign(plain);
            }
        }
    }

    fn take_sign(&mut self, sign: char) {
        let gap = match sign {
            '\'' => {
                let here = self.words.letters.len();
                self.word.iter_mut().for_each(|word| word.apostrophe = Some(here));
                return;
            }
            // `St. Lucia`, `Ext. 5`: a stop after a short word ends no sentence.
            '.' if self.word.as_ref().is_some_and(|word| self.words.letters.len() - word.start <= 3) => {
                Gap::Space
            }
            '.' | '!' | '?' | ';' | '\n' => Gap::Stop,
            ',' | ':' | '(' | ')' | '"' => Gap::Comma,
            ' ' | '\t' | '-' | '/' | '\r' => Gap::Space,
            _ => Gap::Comma,
        };
        self.end_word();
        self.gap = self.gap.max(Some(gap));
    }

    /// Adds a letter in the form that names are compared in; `written` is the letter of the text.
    fn push(&mut self, letter: char, written: char) {
        let is_capital = written.is_uppercase();
        let start = self.words.letters.len();
        self.words.letters.push(u8::try_from(letter).unwrap_or(b'?'));
        if is_capital {
            self.capitals += 1;
        } else if letter.is_ascii_alphabetic() {
            self.others += 1;
        }
        let is_small = !is_capital && letter.is_ascii_alphabetic();
        match &mut self.word {
            Some(word) => {
                if is_capital && word.after_small && word.inner_capital.is_none() {
                    word.inner_capital = Some(start - word.start);
                }
                word.after_small = is_small;
            }
            None => {
                self.word = Some(OpenWord {
                    start,
                    is_capital,
                    inner_capital: None,
                    after_small: is_small,
                    apostrophe: None,
                });
            }
        }
    }

    fn end_word(&mut self) {
        let Some(word) = self.word.take() else { return };
        // `Umlazi's` is Umlazi; in `S'dumo` the apostrophe is left out.
        if let Some(apostrophe) =
            word.apostrophe.filter(|apostrophe| self.words.letters.get(*apostrophe..) == Some(b"s"))
        {
            self.words.letters.truncate(apostrophe);
        }
        let letters = self.words.letters.get(word.start..).unwrap_or_default();
        if let Some((_, short)) = SHORT.iter().find(|(long, _)| *long == letters) {
            self.words.letters.truncate(word.start);
            self.words.letters.extend_from_slice(short);
        }
        let gap = if self.words.words.is_empty() { Gap::Stop } else { self.gap.unwrap_or(Gap::Space) };
        self.gap = None;
        self.words.words.push(Word {
            letters: word.start..self.words.letters.len(),
            gap,
            is_capital: word.is_capital,
            inner_capital: word.inner_capital,
        });
    }
}
