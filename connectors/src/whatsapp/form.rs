//! Twilio's form: fields as bytes, since a signature covers bytes, and as text, since a record holds text.

use serde_json::Value;
use topics::records::messages::Form;

/// The fields of a body in their order, decoded, not yet known to be text.
pub type Fields = Vec<(Vec<u8>, Vec<u8>)>;

/// Reads `application/x-www-form-urlencoded`. Like every reader of forms it takes what is wrongly escaped as
/// it stands.
pub fn parse(body: &[u8]) -> Fields {
    let pairs = body.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            match pair.iter().position(|byte| *byte == b'=').and_then(|at| pair.split_at_checked(at)) {
                Some((name, value)) => (unescape(name), unescape(value.get(1..).unwrap_or_default())),
                None => (unescape(pair), Vec::new()),
            }
        })
        .collect()
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

/// The fields as text; none if any is not UTF-8.
pub fn as_text(fields: &Fields) -> Option<Form> {
    let text = |bytes: &[u8]| std::str::from_utf8(bytes).ok().map(str::to_owned);
    fields.iter().map(|(name, value)| Some((text(name)?, text(value)?))).collect()
}

/// The fields of a JSON object of texts, numbers and truth values; none if the body is anything else.
pub fn of_json(body: &[u8]) -> Option<Form> {
    let Value::Object(object) = serde_json::from_slice(body).ok()? else { return None };
    let fields = object.into_iter().map(|(name, value)| match value {
        Value::String(text) => Some((name, text)),
        Value::Number(number) => Some((name, number.to_string())),
        Value::Bool(truth) => Some((name, truth.to_string())),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    });
    fields.collect()
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
        assert_eq!(as_text(&fields).unwrap(), expected);
        assert_eq!(field(&expected, "From"), Some("whatsapp:+27000000002"));
        assert_eq!(field(&expected, "Empty"), None);
    }

    #[test]
    fn bytes_that_are_no_text_are_kept_as_bytes() {
        let fields = parse(b"Body=%FF%FE");
        assert_eq!(fields, [(b"Body".to_vec(), vec![0xff, 0xfe])]);
        assert_eq!(as_text(&fields), None);
    }

    #[test]
    fn a_flat_json_object_reads_like_a_form_and_a_deep_one_does_not() {
        assert_eq!(of_json(br#"{"Body":"x","NumMedia":0}"#).unwrap().len(), 2);
        assert_eq!(of_json(br#"{"Body":["x"]}"#), None);
        assert_eq!(of_json(b"[]"), None);
        assert_eq!(of_json(b"Body=x"), None);
    }
}
