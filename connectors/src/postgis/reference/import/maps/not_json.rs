//! JSON as tools write it though the standard forbids it: repaired, so that a property that is not asked for
//! stops no import.

/// The same with `null` for NaN, infinite numbers and numbers that no double can hold, and with U+FFFD for
/// half of a surrogate pair: Python writes them. What is asked for is then missing or unreadable, and refused
/// by name.
pub(super) fn repaired(text: &str) -> String {
    let mut repaired = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' => string(rest),
            '-' | '0'..='9' | 'A'..='Z' | 'a'..='z' => {
                let is_word = |c: char| c.is_ascii_alphanumeric() || ['-', '+', '.'].contains(&c);
                rest.find(|c| !is_word(c)).unwrap_or(rest.len())
            }
            _ => first.len_utf8(),
        };
        let (token, after) = rest.split_at(length);
        if first == '"' {
            whole_pairs(token, &mut repaired);
        } else if length > 1 && is_no_number(token) {
            repaired.push_str("null");
        } else {
            repaired.push_str(token);
        }
        rest = after;
    }
    repaired
}

/// The length of the string that `text` begins with, with its quotes.
fn string(text: &str) -> usize {
    let mut is_escaped = false;
    for (index, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => return index + 1,
            _ => {}
        }
    }
    text.len()
}

fn is_no_number(token: &str) -> bool {
    let word = token.trim_start_matches(['-', '+']);
    let names = ["nan", "inf", "infinity"];
    names.iter().any(|name| word.eq_ignore_ascii_case(name))
        || (word.starts_with(|c: char| c.is_ascii_digit()) && token.parse().is_ok_and(f64::is_infinite))
}

/// Copies a string, halves of surrogate pairs replaced.
fn whole_pairs(token: &str, to: &mut String) {
    let unit = |text: &str| {
        let digits = text.strip_prefix("\\u")?.get(..4)?;
        u32::from_str_radix(digits, 16).ok()
    };
    let mut rest = token;
    while let Some(index) = rest.find('\\') {
        let (before, escape) = rest.split_at(index);
        to.push_str(before);
        let pair = |low: &str| unit(low).is_some_and(|low| (0xDC00..=0xDFFF).contains(&low));
        let (taken, is_half) = match unit(escape) {
            Some(0xD800..=0xDBFF) if escape.get(6..).is_some_and(pair) => (12, false),
            Some(0xD800..=0xDFFF) => (6, true),
            _ => (escape.char_indices().nth(2).map_or(escape.len(), |(end, _)| end), false),
        };
        let (escape, after) = escape.split_at(taken);
        to.push_str(if is_half { "\\ufffd" } else { escape });
        rest = after;
    }
    to.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_python_writes_becomes_json_and_the_rest_stays() {
        for (written, meant) in [
            (r#"{"a": NaN, "b": [-Infinity, 1e999, -1.5e3]}"#, r#"{"a": null, "b": [null, null, -1.5e3]}"#),
            (r#"{"NaN": "NaN \" NaN", "t": true}"#, r#"{"NaN": "NaN \" NaN", "t": true}"#),
            (
                r#""\ud83d\ude00 \ud83d x \ude00 \n \\ud83d ë""#,
                r#""\ud83d\ude00 \ufffd x \ufffd \n \\ud83d ë""#,
            ),
            (r#""open"#, r#""open"#),
        ] {
            assert_eq!(repaired(written), meant);
        }
    }
}
