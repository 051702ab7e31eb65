//! Text in bytes: UTF-8, or what it looks like and what to do.

/// The text of a file, without the mark that spreadsheets put before it.
pub(super) fn utf8(bytes: &[u8]) -> Result<&str, String> {
    if bytes.starts_with(b"PK\x03\x04") {
        return Err(
            "it is a spreadsheet (.xlsx) or a .zip, not text: save the spreadsheet as CSV UTF-8, or \
            unpack the .zip"
                .to_owned(),
        );
    }
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err("it is UTF-16, which spreadsheets call Unicode text: save it in UTF-8".to_owned());
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

/// What is wrong with a name that was read in an encoding that is not its own; `None` if nothing shows.
pub(super) fn garbled(text: &str) -> Option<String> {
    let letters: Vec<char> = text.chars().collect();
    if letters.iter().any(|c| c.is_control() || *c == char::REPLACEMENT_CHARACTER) {
        return Some("must be one line of readable characters: save the file in UTF-8".to_owned());
    }
    let is_foreign = |c: &char| c.is_alphabetic() && ('\u{370}'..'\u{1E00}').contains(c);
    let is_joint = |one: &char, other: &char| one.is_ascii_alphabetic() && is_foreign(other);
    let mixed = |two: &[char]| matches!(two, [a, b] if is_joint(a, b) || is_joint(b, a));
    letters
        .windows(2)
        .any(mixed)
        .then(|| "mixes two alphabets in a word: export it again, with the right encoding".to_owned())
}

/// What a person should look at in a name that can be read: it may have been garbled before it came into the
/// file.
pub(super) fn suspicious(text: &str) -> Option<String> {
    let letters: Vec<char> = text.chars().collect();
    let lost = |three: &[char]| matches!(three, [a, '?', b] if a.is_alphabetic() && b.is_alphabetic());
    if letters.windows(3).any(lost) {
        return Some("has a `?` within a word, where a letter may have been lost".to_owned());
    }
    let meant = read_twice(text)?;
    Some(format!("looks like UTF-8 that was read as another encoding, and may be `{meant}`"))
}

/// The text, if its bytes in Windows-1252 or ISO-8859-1 are UTF-8: then they were read in the wrong one.
fn read_twice(text: &str) -> Option<String> {
    if text.is_ascii() {
        return None;
    }
    let (bytes, _, has_others) = encoding_rs::WINDOWS_1252.encode(text);
    if has_others {
        return None;
    }
    std::str::from_utf8(&bytes).ok().map(str::to_owned)
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
        assert!(utf8(b"\xff\xfea\0").unwrap_err().contains("UTF-16"));
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
        assert!(suspicious("KhÃ¢i-Ma").unwrap().contains("may be `Khâi-Ma`"));
        assert!(suspicious("Kh?i-Ma").is_some());
        for bad in ["Kh\u{FFFD}i", "Kh\u{83}i", "Khвi-Ma", "a\nb"] {
            assert!(garbled(bad).is_some(), "{bad}");
        }
    }
}
