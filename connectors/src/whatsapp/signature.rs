//! Twilio's signature: HMAC-SHA1 over the address that Twilio called and the fields that it posted, under the
//! account's auth token (`X-Twilio-Signature`, base64).
//!
//! Twilio's own libraries differ in small things; this accepts what any of them signs: the address with and
//! without its port, an apostrophe in the query as it is or escaped, a repeated field by its distinct values.
//! Fields are sorted by bytes. A body that is not a form (JSON) is covered by its hash in the query, which
//! the address carries, so it is signed.

use std::borrow::Cow;
use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::form::Fields;

/// What a signature is checked against.
pub struct Posted<'a> {
    /// The address that Twilio called, as we gave it to Twilio.
    pub url: &'a str,
    /// The fields of the body; none if the body is not a form.
    pub form: Option<&'a Fields>,
    /// The bytes of the body as they were received.
    pub body: &'a [u8],
}

/// Whether `signature` is that of what was posted, under any of the tokens.
pub fn is_signed<'a>(posted: &Posted, tokens: impl IntoIterator<Item = &'a str>, signature: &str) -> bool {
    let Ok(signature) = STANDARD.decode(signature) else { return false };
    let texts = signed_texts(posted);
    tokens.into_iter().any(|token| texts.iter().any(|text| is_mac(text, token, &signature)))
}

fn is_mac(text: &[u8], token: &str, signature: &[u8]) -> bool {
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(token.as_bytes()) else { return false };
    mac.update(text);
    mac.finalize().into_bytes().as_slice().ct_eq(signature).into()
}

/// Every text that one of Twilio's libraries could have signed for this request.
fn signed_texts(posted: &Posted) -> Vec<Vec<u8>> {
    let mut tails = Vec::new();
    if let Some(form) = posted.form {
        tails.push(concatenated(form.iter().map(|(name, value)| (name.as_slice(), value.as_slice()))));
        // A library that works on text replaces bytes that are not UTF-8 by U+FFFD.
        let text: Vec<_> = form
            .iter()
            .map(|(name, value)| (String::from_utf8_lossy(name), String::from_utf8_lossy(value)))
            .collect();
        if text.iter().any(|(name, value)| matches!((name, value), (Cow::Owned(_), _) | (_, Cow::Owned(_)))) {
            tails.push(concatenated(text.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes()))));
        }
    }
    if body_hash_matches(posted) {
        tails.push(Vec::new());
    }
    let urls = url_variants(posted.url);
    tails.iter().flat_map(|tail| urls.iter().map(move |url| [url.as_bytes(), tail].concat())).collect()
}

/// The fields, name and value, sorted, each pair once.
fn concatenated<'a>(form: impl Iterator<Item = (&'a [u8], &'a [u8])>) -> Vec<u8> {
    let mut pairs: Vec<_> = form.collect();
    pairs.sort_unstable();
    pairs.dedup();
    pairs.into_iter().flat_map(|(name, value)| [name, value]).flatten().copied().collect()
}

/// Whether the query names the hash of this very body.
fn body_hash_matches(posted: &Posted) -> bool {
    let query = posted.url.split_once('?').map_or("", |(_, query)| query);
    let Some(named) = query.split('&').find_map(|pair| pair.strip_prefix("bodySHA256=")) else {
        return false;
    };
    let hash = Sha256::digest(posted.body).iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    });
    hash.as_bytes().ct_eq(named.to_ascii_lowercase().as_bytes()).into()
}

/// The address as it is, without its port and with the default one; each also with an escaped apostrophe in
/// its query.
fn url_variants(url: &str) -> Vec<String> {
    let mut variants = vec![url.to_owned()];
    if let Some((scheme, rest)) = url.split_once("://") {
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let host_at = authority.rfind('@').map_or(0, |at| at + 1);
        let port_at = authority.rfind(':').filter(|at| *at >= host_at && !authority.ends_with(']'));
        let bare = port_at.and_then(|at| authority.get(..at)).unwrap_or(authority);
        variants.push(format!("{scheme}://{bare}{path}"));
        if port_at.is_none() {
            let port = if scheme == "https" { 443 } else { 80 };
            variants.push(format!("{scheme}://{bare}:{port}{path}"));
        }
    }
    for index in 0..variants.len() {
        if let Some((path, query)) =
            variants.get(index).and_then(|url| url.split_once('?')).filter(|(_, query)| query.contains('\''))
        {
            let escaped = format!("{path}?{}", query.replace('\'', "%27"));
            variants.push(escaped);
        }
    }
    variants.dedup();
    variants
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn signed(url: &str, form: &[(&str, &str)], signature: &str) -> bool {
        let form: Fields =
            form.iter().map(|(name, value)| (name.as_bytes().to_vec(), value.as_bytes().to_vec())).collect();
        is_signed(&Posted { url, form: Some(&form), body: b"" }, ["other-token", "s3cret"], signature)
    }

    /// Signatures computed with OpenSSL: `printf %s "$text" | openssl dgst -sha1 -hmac s3cret -binary |
    /// base64`.
    #[test]
    fn signatures_that_openssl_computed_are_accepted() {
        let form = [("To", "whatsapp:+27000000001"), ("Body", "Amanzi"), ("AccountSid", "AC1")];
        let url = "https://hooks.example.org/twilio/messages";
        assert!(signed(url, &form, "uo6YfVGH7LvCN4MB4N9ZHUhdnDg="));
        assert!(signed(
            "https://hooks.example.org:443/twilio/messages",
            &form,
            "uo6YfVGH7LvCN4MB4N9ZHUhdnDg="
        ));
        assert!(!signed("https://other.example.org/twilio/messages", &form, "uo6YfVGH7LvCN4MB4N9ZHUhdnDg="));
        assert!(!signed("http://hooks.example.org/twilio/messages", &form, "uo6YfVGH7LvCN4MB4N9ZHUhdnDg="));
        assert!(!signed(url, &form[..2], "uo6YfVGH7LvCN4MB4N9ZHUhdnDg="));
        assert!(signed(url, &form, "UFbh7QhrLoRzj6Whz6JPn6oWueg="));
        // Sorted by bytes, capitals first; a repeated field counts once for each value.
        let repeated = [("b", "1"), ("B", "x"), ("b", "2"), ("b", "1")];
        assert!(signed(url, &repeated, "9JSp47267dfNDjTw6JfUm/klR28="));
        assert!(!signed(url, &repeated, ""));
        assert!(!signed(url, &repeated, "not base64!"));
    }

    #[test]
    fn a_body_that_is_no_form_is_signed_by_its_hash_alone() {
        let url = "https://hooks.example.org/twilio/messages\
                   ?bodySHA256=015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862";
        let signature = "aVF0HSzMjaxCYVPY8CF/n4wgEBE=";
        let is = |url: &str, body: &[u8]| is_signed(&Posted { url, form: None, body }, ["s3cret"], signature);
        assert!(is(url, b"{\"a\":1}"));
        assert!(!is(url, b"{\"a\":2}"));
        // Without a hash the body is not covered, even if the signature of the address is right.
        let bare = "https://hooks.example.org/twilio/messages";
        assert!(!is_signed(
            &Posted { url: bare, form: None, body: b"{\"a\":1}" },
            ["s3cret"],
            "ydv3vTuWSwP3cFE4/3ZZW5WgA9Q="
        ));
        assert!(is_signed(
            &Posted { url: bare, form: Some(&Vec::new()), body: b"" },
            ["s3cret"],
            "ydv3vTuWSwP3cFE4/3ZZW5WgA9Q="
        ));
    }

    /// Cases that Twilio's five libraries test themselves with. They are outside of the repository, and the
    /// test is skipped if they are missing.
    #[test]
    fn all_cases_of_twilios_own_libraries_pass() {
        let beside = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
        let found = beside
            .map(|folder| folder.join("shared/data/twilio_signature_vectors.json"))
            .find(|path| path.exists());
        let Some(path) = found else {
            eprintln!("SKIPPED: no shared/data/twilio_signature_vectors.json beside the repository");
            return;
        };
        let text = std::fs::read_to_string(path).unwrap();
        let cases: Vec<Value> = serde_json::from_str(&text).unwrap();
        assert_eq!(cases.len(), 35);
        for case in &cases {
            let field = |name: &str| case[name].as_str().unwrap_or_default();
            let values = |value: &Value| match value {
                Value::Array(values) => {
                    values.iter().map(|value| value.as_str().unwrap().to_owned()).collect()
                }
                // Java's null has a name and nothing after it, as an empty value has.
                other => vec![other.as_str().unwrap_or_default().to_owned()],
            };
            let form: Fields = case["params"]
                .as_object()
                .unwrap()
                .iter()
                .flat_map(|(name, value)| {
                    values(value).into_iter().map(|value| (name.clone().into_bytes(), value.into_bytes()))
                })
                .collect();
            let body = case["body"].as_str();
            let posted = Posted {
                url: field("url"),
                form: body.is_none().then_some(&form),
                body: body.unwrap_or_default().as_bytes(),
            };
            let is = is_signed(&posted, [field("auth_token")], field("signature"));
            assert_eq!(is, case["valid"].as_bool().unwrap(), "{}", field("name"));
        }
    }
}
