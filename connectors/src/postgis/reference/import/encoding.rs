//! Text in bytes: UTF-8, or what it looks like and what to do.

/// The text of a file, without the mark that spreadsheets put before it.
pub(super) fn utf8(bytes: &[u8]) -> Result<&str, String> {
    let utf_16 = "it is UTF-16, which spreadsheets call Unicode text: save it in UTF-8";
    if bytes.starts_with(b"PK\x03\x04") {
        return Err(
            "it is a spreadsheet (.xlsx) or a .zip, not text: save the spreadsheet as CSV UTF-8, or \
            unpack the .zip"
                .to_owned(),
        );
    }
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(utf_16.to_owned());
    }
    // Without its mark, UTF-16 of our letters is UTF-8 with NUL between them.
    let (even, odd): (Vec<_>, Vec<_>) = bytes.iter().take(1_000).enumerate().partition(|(at, _)| at % 2 == 0);
    let nuls = |half: &[(usize, &u8)]| half.iter().filter(|(_, byte)| **byte == 0).count();
    let half = even.len().min(odd.len()) / 2;
    if half > 0 && (nuls(&even) > half) != (nuls(&odd) > half) {
        return Err(utf_16.to_owned());
    }
    if bytes.contains(&0) {
        return Err("it has NUL in it, so it is not text in UTF-8: save it in UTF-8".to_owned());
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| not_utf8(bytes, error.valid_up_to()))
}

/// Says where bytes stop to be UTF-8: from byte `valid` on.
fn not_utf8(bytes: &[u8], valid: usize) -> String {
    let (before, after) = bytes.split_at(valid);
    let before = std::str::from_utf8(before).unwrap_or_default();
    let column = last_line(before).chars().count() + 1;
    format!(
        "its line {} is not UTF-8 from character {column} on (byte {:02X}); it looks like Windows-1252, \
         which spreadsheets call ANSI: save it in UTF-8 (`CSV UTF-8`), or try: \
         iconv -f WINDOWS-1252 -t UTF-8 OLD > NEW",
        line_breaks(before) + 1,
        after.first().copied().unwrap_or_default(),
    )
}

/// How many lines end in a text, as editors count: LF, CR LF or CR.
pub(super) fn line_breaks(text: &str) -> usize {
    let bytes = text.as_bytes();
    let next = bytes.iter().skip(1).map(Some).chain([None]);
    bytes
        .iter()
        .zip(next)
        .filter(|(byte, next)| **byte == b'\n' || (**byte == b'\r' && *next != Some(&b'\n')))
        .count()
}

fn last_line(text: &str) -> &str {
    text.rsplit(['\n', '\r']).next().unwrap_or_default()
}

/// Signs that a letter becomes when it is read in another encoding, and that no name has after a letter: what
/// the encodings of DOS and of the Macintosh have for letters, and the lines and sums in which UTF-8 shows
/// there.
const GARBLED: &str = "‚ƒ„†‡ˆ‰˜¡¢£¤¥¦¨¬¯¸¿√∫≈≠≤≥∂∑∏◊";

/// The same, if a letter follows too: by themselves they are signs of names.
const GARBLED_WITHIN: &str = "‹›«»…“”•—™©®§¶°±²³¹¼½¾×÷µªº?";

/// What is wrong with a name that was read in an encoding that is not its own; `None` if nothing shows.
pub(super) fn garbled(text: &str) -> Option<String> {
    let letters: Vec<char> = text.chars().collect();
    if letters.iter().any(|c| c.is_control() || *c == char::REPLACEMENT_CHARACTER) {
        return Some("must be one line of readable characters: save the file in UTF-8".to_owned());
    }
    if let Some(meant) = read_twice(text) {
        return Some(format!(
            "must be text, and looks like UTF-8 that was read as another encoding, perhaps of `{meant}`: \
             export it again, with the right encoding"
        ));
    }
    if let Some(sign) = lost_letter(&letters) {
        return Some(format!(
            "must be text, and has `{sign}` in place of a letter: export it again, with the right encoding"
        ));
    }
    let is_foreign = |c: &char| c.is_alphabetic() && ('\u{370}'..'\u{1E00}').contains(c);
    let is_joint = |one: &char, other: &char| one.is_ascii_alphabetic() && is_foreign(other);
    let mixed = |two: &[char]| matches!(two, [a, b] if is_joint(a, b) || is_joint(b, a));
    letters
        .windows(2)
        .any(mixed)
        .then(|| "mixes two alphabets in a word: export it again, with the right encoding".to_owned())
}

/// The first sign within a word that stands where a letter was.
fn lost_letter(letters: &[char]) -> Option<char> {
    let is_box = |sign: char| ('\u{2500}'..='\u{259F}').contains(&sign);
    let is_letter = |letter: &char| letter.is_alphabetic() && !GARBLED.contains(*letter);
    let after = letters.windows(2).filter(|two| matches!(two, [a, _] if is_letter(a)));
    let after = after.filter_map(|two| two.get(1).copied()).find(|sign| GARBLED.contains(*sign));
    let within =
        letters.windows(3).filter(|three| matches!(three, [a, _, b] if is_letter(a) && is_letter(b)));
    let within = within.filter_map(|three| three.get(1).copied()).find(|sign| GARBLED_WITHIN.contains(*sign));
    after.or(within).or_else(|| letters.iter().copied().find(|sign| is_box(*sign)))
}

/// What a person should look at in a name that can be read: it may have been garbled before it came into the
/// file.
pub(super) fn suspicious(text: &str) -> Option<String> {
    let letters: Vec<char> = text.chars().collect();
    let is_odd =
        |two: &[char]| matches!(two, [a, b] if a.is_lowercase() && b.is_uppercase() && !b.is_ascii());
    letters.windows(2).any(is_odd).then(|| {
        "has a capital with an accent within a word, and may have been read in another encoding".to_owned()
    })
}

/// The text that is meant, if bytes of UTF-8 were read as Windows-1252 or ISO-8859-1, anywhere in it.
fn read_twice(text: &str) -> Option<String> {
    let mut meant = String::new();
    let mut is_garbled = false;
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = rest.find(|c: char| c.is_ascii() != first.is_ascii()).unwrap_or(rest.len());
        let (run, after) = rest.split_at(length);
        let (bytes, _, has_others) = encoding_rs::WINDOWS_1252.encode(run);
        match std::str::from_utf8(&bytes) {
            Ok(read) if !first.is_ascii() && !has_others => {
                is_garbled = true;
                meant.push_str(read);
            }
            _ => meant.push_str(run),
        }
        rest = after;
    }
    is_garbled.then_some(meant)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_as_an_editor_shows_them() {
        for (text, breaks) in
            [("", 0), ("a", 0), ("a\nb", 1), ("a\r\nb\r\n", 2), ("a\rb\rc", 2), ("\r\r\n\n\n", 4)]
        {
            assert_eq!(line_breaks(text), breaks, "{text:?}");
        }
    }

    #[test]
    fn a_file_that_is_not_utf_8_says_what_it_is() {
        assert_eq!(utf8(b"\xef\xbb\xbfa"), Ok("a"));
        for utf_16 in [&b"\xff\xfea\0"[..], b"c\0o\0d\0e\0", b"\0c\0o\0d\0e", b"K\0h\0\xe2\0i\0"] {
            assert!(utf8(utf_16).unwrap_err().contains("UTF-16"), "{utf_16:?}");
        }
        assert!(utf8(b"code\0,name").unwrap_err().contains("NUL"));
        assert!(utf8(b"PK\x03\x04...").unwrap_err().contains(".xlsx"));
        let complaint = utf8(b"a\r\nKh\xe2i").unwrap_err();
        assert!(
            complaint.starts_with("its line 2 is not UTF-8 from character 3 on (byte E2)"),
            "{complaint}"
        );
    }

    #[test]
    fn a_garbled_name_is_told_from_a_foreign_one() {
        for good in [
            "Khâi-Ma",
            "Mbombela ë",
            "!Kheis",
            "Émile Nxùmalo",
            "Łukasz",
            "Ποντος",
            "What? No",
            "李伟",
            "S’dumo",
        ] {
            assert_eq!((garbled(good), suspicious(good)), (None, None), "{good}");
        }
        assert!(garbled("KhÃ¢i-Ma").unwrap().contains("perhaps of `Khâi-Ma`"));
        assert!(garbled("KhÃ¢i-Ma, Tšhwane").unwrap().contains("perhaps of `Khâi-Ma, Tšhwane`"));
        // UTF-8, DOS and Macintosh, each read as another.
        for bad in [
            "Kh\u{FFFD}i",
            "Kh\u{83}i",
            "Khвi-Ma",
            "a\nb",
            "Kh?i-Ma",
            "Kh‰i-Ma",
            "Khƒi-Ma",
            "Kh├ói-Ma",
            "Kh√¢i-Ma",
            "Pel‚",
            "Kh¿i",
            "Mar¡a",
            "C“te",
            "Khâ€™i",
        ] {
            assert!(garbled(bad).is_some(), "{bad}");
        }
        for odd in ["KhÔi-Ma", "KhŠi-Ma"] {
            assert!(garbled(odd).is_none() && suspicious(odd).is_some(), "{odd}");
        }
    }
}
