//! The form that Twilio posts: its fields as bytes, which the signature covers, and as text, which a record
//! holds.

use serde_json::Value;
use topics::records::messages::Form;

/// The fields of a body in their order, decoded, not yet known to be text.
pub type Fields = Vec<(Vec<u8>, Vec<u8>)>;

/// Reads `application/x-www-form-urlencoded`. Wrong escapes are kept as they are, as other readers of forms
/// do.
pub fn parse(body: &[u8]) -> Fields {
    let pairs = body.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty());
    pairs.map(name_and_value).collect()
}

/// The name and the value of `name=value`.
fn name_and_value(pair: &[u8]) -> (Vec<u8>, Vec<u8>) {
    match pair.iter().position(|byte| *byte == b'=').and_then(|at| pair.split_at_checked(at)) {
        Some((name, value)) => (unescape(name), unescape(value.get(1..).unwrap_or_default())),
        None => (unescape(pair), Vec::new()),
    }
}

fn unescape(text: &[u8]) -> Vec<u8> {
    let digit = |byte: Option<&u8>| {
        byte.and_then(|byte| char::from(*byte).to_digit(16)).and_then(|digit| u8::try_from(digit).ok())
    };
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        bytes.push(match (byte, digit(after.first()), digit(after.get(1))) {
            (b'%', Some(high), Some(low)) => {
                rest = after.get(2..).unwrap_or_default();
                high << 4 | low
            }
            (b'+', ..) => b' ',
            _ => *byte,
        });
    }
    bytes
}

/// The fields as text that every reader of the log can hold. A sequence of bytes that is not UTF-8 becomes
/// the replacement character U+FFFD, so that only a character is lost and not the message; the character NUL,
/// which PostgreSQL cannot store, is left out. Signatures are checked before, over the bytes as they came.
pub fn as_text(fields: &Fields) -> Form {
    let text = |bytes: &[u8]| storable(String::from_utf8_lossy(bytes).into_owned());
    fields.iter().map(|(name, value)| (text(name), text(value))).collect()
}

/// A text without the character NUL, the only one of Unicode that PostgreSQL cannot store. It is left out and
/// not replaced: in a text that was wrongly sent as UTF-16 it stands between the letters of every word.
fn storable(mut text: String) -> String {
    text.retain(|character| character != '\0');
    text
}

/// The fields of a JSON object of texts, numbers and truth values, as [`as_text`] has those of a form; `None`
/// if the body is no object. A value of another kind is left out, without the rest of the object.
pub fn of_json(body: &[u8]) -> Option<Form> {
    let text = String::from_utf8_lossy(body);
    let read = serde_json::from_str(&text).or_else(|_| serde_json::from_str(&without_lone_surrogates(&text)));
    let Ok(Value::Object(object)) = read else { return None };
    let fields = object.into_iter();
    let fields = fields.filter_map(|(name, value)| Some((storable(name), storable(value_text(value)?))));
    Some(fields.collect())
}

/// A value of a JSON object as text; `None` if it is neither a text nor a number nor a truth value.
fn value_text(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// JSON in which each escape of half a surrogate pair (`\ud83d` alone is half an emoji) is that of U+FFFD.
fn without_lone_surrogates(json: &str) -> String {
    let mut clean = String::with_capacity(json.len());
    let mut rest = json;
    while let Some((before, after)) = rest.split_once('\\') {
        clean.push_str(before);
        rest = match (escaped_unit(after), after.get(5..).and_then(|next| next.strip_prefix('\\'))) {
            (Some(0xd800..=0xdbff), Some(next)) if matches!(escaped_unit(next), Some(0xdc00..=0xdfff)) => {
                copy_escape(&mut clean, after, "uXXXX\\uXXXX".len())
            }
            (Some(0xd800..=0xdfff), _) => {
                clean.push_str("\\ufffd");
                after.get(5..).unwrap_or_default()
            }
            // Also an escaped backslash, whose second half must not begin an escape of its own.
            _ => copy_escape(&mut clean, after, after.chars().next().map_or(0, char::len_utf8)),
        };
    }
    clean.push_str(rest);
    clean
}

/// The UTF-16 unit of an escape that continues after its backslash with `uXXXX`.
fn escaped_unit(after: &str) -> Option<u32> {
    u32::from_str_radix(after.strip_prefix('u')?.get(..4)?, 16).ok()
}

/// Copies an escape with `length` bytes after its backslash. Returns what follows it.
fn copy_escape<'a>(clean: &mut String, after: &'a str, length: usize) -> &'a str {
    let (escape, rest) = after.split_at_checked(length).unwrap_or((after, ""));
    clean.push('\\');
    clean.push_str(escape);
    rest
}

/// The first field of this name that is not empty.
pub fn field<'a>(form: &'a Form, name: &str) -> Option<&'a str> {
    form.iter().find(|(known, value)| known == name && !value.is_empty()).map(|(_, value)| value.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_as_it_was_meant_and_nothing_is_lost() {
        let fields = parse(
            b"Body=Amanzi+ayaphuma%2C%20%F0%9F%9A%B0&From=whatsapp%3A%2B27000000002\
              &&Empty=&Bare&x=1=2&bad=%zz%4",
        );
        let expected = [
            ("Body", "Amanzi ayaphuma, \u{1f6b0}"),
            ("From", "whatsapp:+27000000002"),
            ("Empty", ""),
            ("Bare", ""),
            ("x", "1=2"),
            ("bad", "%zz%4"),
        ];
        let expected: Form =
            expected.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        assert_eq!(as_text(&fields), expected);
        assert_eq!(field(&expected, "From"), Some("whatsapp:+27000000002"));
        assert_eq!(field(&expected, "Empty"), None);
    }

    fn form(fields: &[(&str, &str)]) -> Form {
        fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn bytes_that_are_no_text_cost_a_character_and_stay_bytes_for_the_signature() {
        let fields = parse(b"Body=Kh%E2i+Ma&ProfileName=Thandi+%F0%9F%98&Latitude=-26.3");
        assert_eq!(fields[0], (b"Body".to_vec(), b"Kh\xe2i Ma".to_vec()));
        let expected =
            form(&[("Body", "Kh\u{fffd}i Ma"), ("ProfileName", "Thandi \u{fffd}"), ("Latitude", "-26.3")]);
        assert_eq!(as_text(&fields), expected);
    }

    #[test]
    fn nul_is_left_out_of_names_and_values() {
        assert_eq!(as_text(&parse(b"Bo%00dy=h%00e%00l%00p%00")), form(&[("Body", "help")]));
        assert_eq!(of_json(br#"{"Bo\u0000dy":"he\u0000lp"}"#), Some(form(&[("Body", "help")])));
    }

    #[test]
    fn a_json_object_reads_like_a_form_and_an_odd_field_costs_only_itself() {
        assert_eq!(of_json(br#"{"Body":"x","NumMedia":0}"#), Some(form(&[("Body", "x"), ("NumMedia", "0")])));
        assert_eq!(of_json(br#"{"Body":["x"],"From":"y","To":null}"#), Some(form(&[("From", "y")])));
        assert_eq!(of_json(b"{\"Body\":\"x\xff\"}"), Some(form(&[("Body", "x\u{fffd}")])));
        assert_eq!(of_json(b"[]"), None);
        assert_eq!(of_json(b"Body=x"), None);
    }

    #[test]
    fn half_an_emoji_in_json_costs_a_character() {
        let read = |json: &str| of_json(json.as_bytes()).map(|form| form[0].1.clone());
        assert_eq!(read(r#"{"Body":"a\ud83db"}"#).unwrap(), "a\u{fffd}b");
        assert_eq!(read(r#"{"Body":"a\ude00\ud83d"}"#).unwrap(), "a\u{fffd}\u{fffd}");
        assert_eq!(read(r#"{"Body":"\ud83d\ude00 \ud83d"}"#).unwrap(), "\u{1f600} \u{fffd}");
        assert_eq!(read(r#"{"Body":"\\ud83d \ud83d\n"}"#).unwrap(), "\\ud83d \u{fffd}\n");
        assert_eq!(read(r#"{"Body":"\ud83"}"#), None, "this is no JSON");
    }
}
