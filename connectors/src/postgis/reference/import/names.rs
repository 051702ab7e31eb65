//! Names for people: what no name is, though it is text.

use super::encoding;

/// The most characters of a name that staff read.
pub(super) const MAX_NAME: usize = 100;

/// What spreadsheets show in place of a value that they cannot compute, wherever it stands in a cell.
const ERRORS: [&str; 15] = [
    "#n/a",
    "#na!",
    "#ref!",
    "#name?",
    "#value!",
    "#div/0!",
    "#num!",
    "#null!",
    "#spill!",
    "#calc!",
    "#field!",
    "#blocked!",
    "#unknown!",
    "#connect!",
    "#getting_data",
];

/// What programs write where there is no value.
const NOTHING: [&str; 11] = [
    "null",
    "nil",
    "none",
    "nan",
    "n/a",
    "undefined",
    "missing",
    "no data",
    "nodata",
    "not available",
    "\\n",
];

/// Refuses a text that is no name: the complaint says what it must be.
pub(super) fn check(text: &str, most: usize) -> Result<(), String> {
    let flaw = if text.chars().count() > most {
        Some(format!("must have at most {most} characters"))
    } else if let Some(invisible) = text.chars().find(|letter| is_invisible(*letter)) {
        Some(format!("must have no invisible characters ({}): type it again", escaped(invisible)))
    } else {
        no_name(text).or_else(|| encoding::garbled(text))
    };
    flaw.map_or(Ok(()), Err)
}

fn no_name(text: &str) -> Option<String> {
    let lower = text.to_lowercase();
    let bare = lower.trim_matches(|c: char| "<>()[]{}\"'".contains(c) || c.is_whitespace());
    let is_error = ERRORS.iter().any(|error| lower.contains(error)) || is_error_number(&lower);
    if is_error || NOTHING.contains(&bare) || text == "NA" {
        return Some("must be a name; this stands for a value that is missing: fill it in".to_owned());
    }
    if !text.chars().any(char::is_alphabetic) {
        return Some("must have a letter".to_owned());
    }
    escape(text).map(|escape| {
        format!("must be plain text and has `{escape}`: export it again, or write the letter that is meant")
    })
}

/// `Err:502`, as LibreOffice shows it.
fn is_error_number(lower: &str) -> bool {
    let number = lower.strip_prefix("err:");
    number.is_some_and(|number| number.len() == 3 && number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// What is written in place of a letter in HTML, in addresses, in programs and in mails.
fn escape(text: &str) -> Option<&str> {
    let mut starts = text.char_indices().filter(|(_, c)| ['&', '%', '\\', '=', '<'].contains(c));
    starts.find_map(|(at, first)| {
        let rest = text.get(at..)?;
        let length = match first {
            '&' => entity(rest)?,
            '<' => tag(rest)?,
            '%' | '=' => 1 + hexadecimal(rest.get(1..)?, 2, first == '=')?,
            _ => match rest.get(1..2)? {
                "u" => 2 + hexadecimal(rest.get(2..)?, 4, false)?,
                "x" => 2 + hexadecimal(rest.get(2..)?, 2, false)?,
                _ => return None,
            },
        };
        rest.get(..length)
    })
}

/// The length of an entity of HTML: `&acirc;`, `&#226;`, `&#xE2;`.
fn entity(text: &str) -> Option<usize> {
    let name = text.get(1..text.find(';')?)?;
    let is_entity = name.len() > 1
        && name.strip_prefix('#').unwrap_or(name).bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_entity.then_some(name.len() + 2)
}

/// The length of a tag of HTML: `<br/>`, `</b>`.
fn tag(text: &str) -> Option<usize> {
    let name = text.get(1..text.find('>')?)?;
    let is_tag = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!');
    is_tag.then_some(name.len() + 2)
}

/// How many digits of a number these are, if a text begins with as many.
fn hexadecimal(text: &str, count: usize, only_capitals: bool) -> Option<usize> {
    let digits = text.get(..count)?;
    let is_digit = |byte: u8| byte.is_ascii_hexdigit() && !(only_capitals && byte.is_ascii_lowercase());
    digits.bytes().all(is_digit).then_some(count)
}

/// Whether a character shows nothing where it stands, or moves what stands around it: format characters
/// (category Cf of Unicode), fillers, selectors of variants and line separators.
pub(super) fn is_invisible(letter: char) -> bool {
    matches!(letter,
        '\u{AD}' | '\u{34F}' | '\u{600}'..='\u{605}' | '\u{61C}' | '\u{6DD}' | '\u{70F}'
        | '\u{890}'..='\u{891}' | '\u{8E2}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{2800}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}'
        | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFC}' | '\u{110BD}' | '\u{110CD}' | '\u{13430}'..='\u{1343F}'
        | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
}

/// A character by its number.
pub(super) fn escaped(letter: char) -> String {
    format!("U+{:04X}", u32::from(letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_people_and_places_are_names() {
        for good in [
            "Khâi-Ma",
            "!Kheis",
            "//Khara Hais",
            "Kai !Garib",
            "eMalahleni",
            "KwaDukuza",
            "Tšhwane",
            "Ga-Šekgobokoane",
            "N´dumo",
            "M’bongeni O'Brien",
            "Dr. J. F. Mbeki (Acting)",
            "R&D; Sales",
            "Smith & Sons",
            "12th Avenue",
            "Null Bay",
            "Nonetown",
            "Nan Mokoena",
            "100% Café",
            "Cafe\u{301}",
            "Ёлка",
            "李伟",
            "KFC™",
            "Day of Goodwill",
        ] {
            assert_eq!(check(good, MAX_NAME), Ok(()), "{good}");
        }
        assert_eq!(check(&"ë".repeat(MAX_NAME), MAX_NAME), Ok(()));
    }

    #[test]
    fn what_stands_for_nothing_or_is_written_for_a_program_is_no_name() {
        for (bad, said) in [
            ("#N/A", "is missing"),
            ("#REF!", "is missing"),
            ("Ward #REF!", "is missing"),
            ("Err:502", "is missing"),
            ("<Null>", "is missing"),
            ("(null)", "is missing"),
            ("null", "is missing"),
            ("NaN", "is missing"),
            ("None", "is missing"),
            ("NA", "is missing"),
            ("\\N", "is missing"),
            ("---", "a letter"),
            ("79900001", "a letter"),
            ("\u{301}", "a letter"),
            ("Kh&acirc;i-Ma", "`&acirc;`"),
            ("Kh&#226;i-Ma", "`&#226;`"),
            ("Kh&#xE2;i-Ma", "`&#xE2;`"),
            ("Smith &amp; Sons", "`&amp;`"),
            ("Khâi<br/>Ma", "`<br/>`"),
            ("Kh%C3%A2i-Ma", "`%C3`"),
            ("Kh\\u00e2i-Ma", "`\\u00e2`"),
            ("Kh\\xe2i-Ma", "`\\xe2`"),
            ("Kh=C3=A2i-Ma", "`=C3`"),
            ("\u{2060}", "U+2060"),
            ("Khai\u{202E}aM", "U+202E"),
            ("Kh\u{200B}ai", "U+200B"),
            ("Kh\u{AD}ai", "U+00AD"),
            ("\u{3164}", "U+3164"),
            ("Kh\u{2028}ai", "U+2028"),
        ] {
            let complaint = check(bad, MAX_NAME).expect_err(bad);
            assert!(complaint.contains(said), "{bad}: {complaint}");
        }
        assert!(check(&"a".repeat(MAX_NAME + 1), MAX_NAME).unwrap_err().contains("at most 100 characters"));
    }
}
