//! Normal form: the spelling that the lists use. Letters are lower case and without accents, lookalikes and
//! fullwidth letters become plain ones, invisible characters are removed, and words are separated by single
//! spaces.

/// A text in normal form: ` word word `, with a space at each end, so that a pattern can match whole words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Normal {
    /// The words in normal form.
    pub text: String,
    /// The number of the clause that each word is in.
    pub clauses: Vec<u16>,
}

impl Normal {
    /// The words in order.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.text.split(' ').filter(|word| !word.is_empty())
    }

    /// Whether the text has no words.
    pub const fn is_empty(&self) -> bool {
        self.clauses.is_empty()
    }
}

/// The readings of a text, the plain one first. A text has several if letters are repeated (`nooo`, `killl`)
/// or disguised (`r@ped`, `k*ll`, `b e a t`).
pub fn readings(text: &str) -> Vec<Normal> {
    let mut all: Vec<char> = Vec::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_ascii() && letter != '`' {
            all.push(letter.to_ascii_lowercase());
        } else {
            all.extend(plain(letter));
        }
    }
    let letters = squeezed(&all, 1);
    let mut readings = vec![words_of(&letters, None)];
    if letters.len() < all.len() {
        add(&mut readings, words_of(&squeezed(&all, 2), None));
    }
    if !may_be_disguised(&letters) {
        return readings;
    }
    let hides = letters.windows(3).any(
        |three| matches!(three, [a, mask, b] if a.is_alphabetic() && is_mask(*mask) && b.is_alphabetic()),
    );
    let vowels = if hides { &['a', 'e', 'i', 'o', 'u'][..] } else { &['a'] };
    for vowel in vowels {
        add(&mut readings, words_of(&letters, Some(*vowel)));
    }
    readings
}

fn add(readings: &mut Vec<Normal>, reading: Normal) {
    if !readings.contains(&reading) {
        readings.push(reading);
    }
}

/// Whether the letters have a character that stands for another one, or a word of one letter inside the text,
/// of which three in a row may spell a word.
fn may_be_disguised(letters: &[char]) -> bool {
    let stands_for_another = |three: &[char]| match three {
        [before, letter, after] => is_disguise(*letter, before.is_alphabetic(), after.is_alphabetic()),
        _ => false,
    };
    let first = matches!(letters, [letter, after, ..] if is_disguise(*letter, false, after.is_alphabetic()));
    let last = matches!(letters, [.., before, letter] if is_disguise(*letter, before.is_alphabetic(), false));
    first || last || letters.windows(3).any(stands_for_another) || spells(letters)
}

/// Whether three words of one letter are in a row.
fn spells(letters: &[char]) -> bool {
    let mut alone = 0;
    for word in
        letters.split(|letter| !letter.is_alphanumeric() && *letter != '\'').filter(|word| !word.is_empty())
    {
        alone = if word.len() == 1 { alone + 1 } else { 0 };
        if alone == 3 {
            return true;
        }
    }
    false
}

/// Whether a character may stand for a letter, by whether letters are before and after it. Marks that end a
/// sentence only stand for one inside a word.
const fn is_disguise(letter: char, before: bool, after: bool) -> bool {
    if is_mask(letter) || matches!(letter, '!' | '|') {
        before && after
    } else {
        (before || after) && unmask(letter) != letter
    }
}

/// The letters, with runs of three or more of one letter shortened to `keep`.
fn squeezed(letters: &[char], keep: usize) -> Vec<char> {
    let mut out: Vec<char> = Vec::with_capacity(letters.len());
    for run in letters.chunk_by(|a, b| a == b) {
        let long = run.len() >= 3 && run.first().is_some_and(|letter| letter.is_alphabetic());
        out.extend(run.iter().take(if long { keep } else { run.len() }));
    }
    out
}

/// The words that the letters make. If `vowel` is given, a character that stands for a letter is read as that
/// letter, and a mask as the vowel.
fn words_of(letters: &[char], vowel: Option<char>) -> Normal {
    let mut normal = Normal { text: " ".to_owned(), clauses: Vec::new() };
    let mut word = String::new();
    let mut clause = 0u16;
    for (index, letter) in letters.iter().enumerate() {
        let is_letter =
            |at: Option<usize>| at.and_then(|at| letters.get(at)).is_some_and(|other| other.is_alphabetic());
        let before = is_letter(index.checked_sub(1));
        let after = is_letter(index.checked_add(1));
        let letter = match vowel {
            Some(vowel) if before && after && is_mask(*letter) => vowel,
            Some(_) if is_disguise(*letter, before, after) => unmask(*letter),
            _ => *letter,
        };
        match letter {
            '\'' => {}
            letter if letter.is_alphanumeric() => word.push(letter),
            letter => {
                push(&mut normal, &mut word, clause);
                if matches!(letter, '.' | '!' | '?' | ';') {
                    clause = clause.saturating_add(1);
                } else if is_picture(letter) {
                    word.push(letter);
                    push(&mut normal, &mut word, clause);
                }
            }
        }
    }
    push(&mut normal, &mut word, clause);
    if vowel.is_some() { joined(&normal) } else { normal }
}

fn push(normal: &mut Normal, word: &mut String, clause: u16) {
    if !word.is_empty() {
        normal.text.push_str(word);
        normal.text.push(' ');
        normal.clauses.push(clause);
        word.clear();
    }
}

/// Joins three or more single letters in a row to one word, such as `b e a t`.
fn joined(normal: &Normal) -> Normal {
    let words: Vec<(&str, u16)> = normal.words().zip(normal.clauses.iter().copied()).collect();
    let mut out = Normal { text: " ".to_owned(), clauses: Vec::new() };
    for run in words.chunk_by(|a, b| a.0.chars().count() == 1 && b.0.chars().count() == 1) {
        let spelt = run.len() >= 3;
        for (index, (word, clause)) in run.iter().enumerate() {
            out.text.push_str(word);
            if !spelt || index + 1 == run.len() {
                out.text.push(' ');
                out.clauses.push(*clause);
            }
        }
    }
    out
}

/// Whether people write this character in place of a vowel.
const fn is_mask(letter: char) -> bool {
    matches!(letter, '*' | '#' | '_')
}

/// The letter that this character stands for next to letters; any other character is returned unchanged.
const fn unmask(letter: char) -> char {
    match letter {
        '0' => 'o',
        '1' | '!' | '|' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    }
}

/// Whether the character is an emoji or similar, which is a word of its own.
fn is_picture(letter: char) -> bool {
    matches!(u32::from(letter), 0x2600..=0x27BF | 0x2B00..=0x2BFF | 0x1F000..=0x1FAFF)
}

/// The plain lower-case letters of one character; empty for an invisible one.
pub(crate) fn plain(letter: char) -> impl Iterator<Item = char> {
    let letter = lookalike(letter);
    (!is_invisible(letter)).then_some(letter).into_iter().flat_map(char::to_lowercase).map(unaccented)
}

/// Whether the character is invisible: joiners, separators, marks of direction, combining marks, variation
/// selectors, skin tones and fillers.
#[rustfmt::skip]
fn is_invisible(letter: char) -> bool {
    matches!(u32::from(letter),
        0xAD | 0x300..=0x36F | 0x61C | 0x115F..=0x1160 | 0x17B4..=0x17B5 | 0x180B..=0x180F | 0x1AB0..=0x1AFF
        | 0x1DC0..=0x1DFF | 0x200B..=0x200F | 0x202A..=0x202E | 0x2060..=0x206F | 0x20D0..=0x20FF | 0x3164
        | 0xFE00..=0xFE0F | 0xFE20..=0xFE2F | 0xFEFF | 0xFFA0 | 0x1F3FB..=0x1F3FF | 0xE0000..=0xE01EF)
}

/// The Latin letter that a letter of another alphabet or style looks like.
fn lookalike(letter: char) -> char {
    let code = u32::from(letter);
    let ascii = match code {
        0xFF01..=0xFF5E => code - 0xFEE0,
        0x1D400..=0x1D6A3 => {
            let offset = (code - 0x1D400) % 52;
            if offset < 26 { offset + 0x41 } else { offset - 26 + 0x61 }
        }
        0x1D7CE..=0x1D7FF => (code - 0x1D7CE) % 10 + 0x30,
        0x24D0..=0x24E9 => code - 0x24D0 + 0x61,
        0x24B6..=0x24CF => code - 0x24B6 + 0x61,
        _ => code,
    };
    match char::from_u32(ascii).unwrap_or(letter) {
        '\u{2018}' | '\u{2019}' | '\u{201B}' | '\u{2032}' | '`' | '\u{B4}' | '\u{2BC}' => '\'',
        '\u{A0}' | '\u{2007}' | '\u{202F}' => ' ',
        '\u{2026}' => '.',
        'а' | 'А' | 'α' | 'Α' => 'a',
        'В' | 'Β' => 'b',
        'с' | 'С' => 'c',
        'е' | 'Е' | 'ё' | 'ε' | 'Ε' => 'e',
        'Н' | 'һ' | 'Η' => 'h',
        'і' | 'І' | 'ι' | 'Ι' => 'i',
        'ј' | 'Ј' => 'j',
        'к' | 'К' | 'κ' | 'Κ' => 'k',
        'м' | 'М' | 'Μ' => 'm',
        'Ν' => 'n',
        'о' | 'О' | 'ο' | 'Ο' => 'o',
        'р' | 'Р' | 'ρ' | 'Ρ' => 'p',
        'ѕ' | 'Ѕ' => 's',
        'т' | 'Т' | 'τ' | 'Τ' => 't',
        'υ' => 'u',
        'ν' => 'v',
        'х' | 'Х' | 'χ' | 'Χ' => 'x',
        'у' | 'У' | 'Υ' => 'y',
        other => other,
    }
}

/// The letter without its accent: Latin-1, Latin Extended-A and Latin Extended Additional, in their order.
#[rustfmt::skip]
const fn unaccented(letter: char) -> char {
    match letter {
        'à'..='å' | 'ā'..='ą' | 'ǎ' | 'ḁ' | 'ẚ' | 'ạ'..='ặ' => 'a',
        'ḃ'..='ḇ' => 'b',
        'ç' | 'ć'..='č' | 'ḉ' => 'c',
        'ď'..='đ' | 'ḋ'..='ḓ' => 'd',
        'è'..='ë' | 'ē'..='ě' | 'ḕ'..='ḝ' | 'ẹ'..='ệ' => 'e',
        'ḟ' => 'f',
        'ĝ'..='ģ' | 'ḡ' => 'g',
        'ĥ'..='ħ' | 'ḣ'..='ḫ' | 'ẖ' => 'h',
        'ì'..='ï' | 'ĩ'..='ı' | 'ḭ'..='ḯ' | 'ỉ'..='ị' => 'i',
        'ĵ' => 'j',
        'ķ' | 'ḱ'..='ḵ' => 'k',
        'ĺ'..='ł' | 'ḷ'..='ḽ' => 'l',
        'ḿ'..='ṃ' => 'm',
        'ñ' | 'ń'..='ŋ' | 'ṅ'..='ṋ' => 'n',
        'ò'..='ö' | 'ø' | 'ō'..='ő' | 'ṍ'..='ṓ' | 'ọ'..='ợ' => 'o',
        'ṕ'..='ṗ' => 'p',
        'ŕ'..='ř' | 'ṙ'..='ṟ' => 'r',
        'ś'..='š' | 'ṡ'..='ṩ' => 's',
        'ţ'..='ŧ' | 'ṫ'..='ṱ' | 'ẗ' => 't',
        'ù'..='ü' | 'ũ'..='ų' | 'ṳ'..='ṻ' | 'ụ'..='ự' => 'u',
        'ṽ'..='ṿ' => 'v',
        'ŵ' | 'ẁ'..='ẉ' | 'ẘ' => 'w',
        'ẋ'..='ẍ' => 'x',
        'ý' | 'ÿ' | 'ŷ' | 'ẏ' | 'ẙ' | 'ỳ'..='ỹ' => 'y',
        'ź'..='ž' | 'ẑ'..='ẕ' => 'z',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(text: &str) -> String {
        readings(text).remove(0).text
    }

    #[test]
    fn what_people_type_comes_out_plain() {
        assert_eq!(first("ｎｏ ｗａｔｅｒ"), " no water ");
        assert_eq!(
            first("w\u{200D}a\u{200D}t\u{200D}e\u{200D}r l\u{200D}eak at the crêche"),
            " water leak at the creche "
        );
        assert_eq!(first("\u{200F}No\n\nWATERRRR!!!"), " no water ");
        assert_eq!(first("Ṱhonifho ya maḓi, don’t"), " thonifho ya madi dont ");
        assert_eq!(first("b\u{AD}e\u{34F}a\u{61C}t\u{20E3}s\u{E0041} \u{3164}rạped ƙ"), " beats raped ƙ ");
        assert_eq!(first("<b>No power</b>"), " b no power b ");
        assert_eq!(first("💧💧 kwa-Mashu"), " 💧 💧 kwa mashu ");
        assert_eq!(first(" \n\t "), " ");
    }

    #[test]
    fn hidden_words_have_a_reading_that_shows_them() {
        let shows = |text: &str, word: &str| readings(text).iter().any(|reading| reading.text.contains(word));
        assert!(shows("he r@ped me", " raped "));
        assert!(shows("he b3ats me", " beats "));
        assert!(shows("he will killlll me", " kill "));
        assert!(shows("he b e a t s me", " beats "));
        assert!(shows("he will k*ll me", " kill ") && shows("he r_ped me", " raped "));
        assert!(shows("a *burst* pipe", " burst "));
        assert_eq!(readings("no water at house 44").len(), 1);
    }

    #[test]
    fn a_clause_ends_where_a_sentence_does() {
        let reading = readings("he drank. the robot hit me").remove(0);
        assert_eq!(reading.clauses, [0, 0, 1, 1, 1, 1]);
    }
}
