//! Random texts from a seed: words of the lists, as residents may write and garble them, and texts that hold
//! no words at all.

use chance::Chance;

/// The files whose terms the texts are made of.
const LISTS: [&str; 8] = [
    include_str!("../../lexicon/en.txt"),
    include_str!("../../lexicon/zu.txt"),
    include_str!("../../lexicon/af.txt"),
    include_str!("../../lexicon/xh.txt"),
    include_str!("../../lexicon/st.txt"),
    include_str!("../../lexicon/screen/en.txt"),
    include_str!("../../lexicon/screen/zu.txt"),
    include_str!("../../lexicon/screen/af.txt"),
];

/// What separates two words, mostly a space.
const BETWEEN: [&str; 12] =
    [" ", " ", " ", " ", "", "\n", ", ", "\u{200B}", "\u{202E}", "\0", "\u{0301} ", " \u{1F62D} "];

/// What is no word: places, numbers, links, signs.
const ODD: [&str; 14] = [
    "",
    " ",
    "???",
    "\u{1F44D}",
    "-29.8587, 31.0218",
    "29\u{00B0}51'31\"S 31\u{00B0}01'18\"E",
    "https://maps.google.com/?q=-29.8587,31.0218",
    "5G9W42PF+7X Durban",
    "9HVRT495H",
    "9HVR T495 H",
    "1234567890123456789012345678901234567890",
    "STOP",
    "2",
    "\u{FEFF}\u{0000}\u{FFFD}\u{10FFFF}",
];

/// A source of random numbers and texts.
pub struct Texts {
    chance: Chance,
    terms: Vec<&'static str>,
}

impl Texts {
    /// The texts of a seed.
    pub fn new(seed: u64) -> Self {
        let lines = LISTS.iter().flat_map(|list| list.lines()).filter(|line| !line.starts_with(['#', '[']));
        let terms = lines.flat_map(|line| line.split(',')).map(str::trim).filter(|term| !term.is_empty());
        Self { chance: Chance::new(seed), terms: terms.collect() }
    }

    /// A random number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        self.chance.index(end)
    }

    /// One of these, chosen at random; nothing if there are none.
    pub fn one_of<T: Copy>(&mut self, of: &[T]) -> Option<T> {
        let place = self.below(of.len());
        of.get(place).copied()
    }

    /// A text, mostly as short as those of residents are.
    pub fn text(&mut self) -> String {
        let terms = match self.below(1_000) {
            0 => self.below(1_000),
            1..20 => self.below(60),
            _ => self.below(7),
        };
        self.terms(terms)
    }

    /// A text of this number of terms.
    pub fn terms(&mut self, count: usize) -> String {
        let mut text = String::new();
        for _ in 0..count {
            let word = match self.below(12) {
                0 => self.one_of(&ODD).unwrap_or_default().to_owned(),
                1 => self.characters(),
                2 | 3 => self.garbled(),
                _ => self.term().to_owned(),
            };
            text.push_str(&word);
            text.push_str(self.one_of(&BETWEEN).unwrap_or_default());
        }
        text
    }

    fn term(&mut self) -> &'static str {
        let place = self.below(self.terms.len());
        self.terms.get(place).copied().unwrap_or_default()
    }

    /// A term with a character that is missing, doubled or another one.
    fn garbled(&mut self) -> String {
        let term = self.term();
        let place = self.below(term.chars().count());
        let other = self.character();
        let change = self.below(3);
        let changed = term.chars().enumerate().flat_map(|(at, character)| match (at == place, change) {
            (false, _) => [Some(character), None],
            (true, 0) => [None, None],
            (true, 1) => [Some(character), Some(character)],
            (true, _) => [Some(other), None],
        });
        changed.flatten().collect()
    }

    fn characters(&mut self) -> String {
        (0..self.below(20)).map(|_| self.character()).collect()
    }

    /// Any character of Unicode, half of them of the first thousand.
    fn character(&mut self) -> char {
        let end = if self.below(2) == 0 { 1_000 } else { 0x11_0000 };
        u32::try_from(self.below(end)).ok().and_then(char::from_u32).unwrap_or('\u{FFFD}')
    }
}
