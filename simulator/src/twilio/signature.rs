//! The signature that Twilio puts on what it posts: written here independently, so that the program's own
//! check is tested against another implementation.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

/// The value of `X-Twilio-Signature` for a form posted to `url`: base64 of HMAC-SHA1, under the account's
/// auth token, over the URL followed by each key and value, ordered by the keys' bytes. A repeated key counts
/// with its distinct values, sorted.
pub fn sign(auth_token: &str, url: &str, form: &[(String, String)]) -> String {
    let mut pairs: Vec<(&str, &str)> =
        form.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    pairs.sort_unstable();
    pairs.dedup();
    // HMAC accepts keys of any length, so there is no error to return.
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(auth_token.as_bytes()) else { return String::new() };
    mac.update(url.as_bytes());
    for (key, value) in pairs {
        mac.update(key.as_bytes());
        mac.update(value.as_bytes());
    }
    STANDARD.encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(form: &[(&str, &str)]) -> Vec<(String, String)> {
        form.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    /// The example of Twilio's documentation ("Validating requests").
    #[test]
    fn twilios_own_example_comes_out() {
        let form = pairs(&[
            ("Digits", "1234"),
            ("To", "+18005551212"),
            ("From", "+14158675309"),
            ("Caller", "+14158675309"),
            ("CallSid", "CA1234567890ABCDE"),
        ]);
        assert_eq!(
            sign("12345", "https://mycompany.com/myapp.php?foo=1&bar=2", &form),
            "RSOYDt4T1cUTdK1PDd93/VVr8B8="
        );
    }

    #[test]
    fn a_repeated_pair_counts_once() {
        let once = pairs(&[("A", "1"), ("A", "2")]);
        let twice = pairs(&[("A", "2"), ("A", "1"), ("A", "2")]);
        assert_eq!(sign("token", "https://a.example/", &once), sign("token", "https://a.example/", &twice));
    }
}
