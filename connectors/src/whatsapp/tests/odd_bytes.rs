//! Forms with arbitrary bytes: every valid field is kept, and no text of the record holds characters that a
//! table cannot store.

use proptest::prelude::*;
use topics::catalogue::Messages;
use topics::records::messages::{Form, Message};

use super::test_server::{CITIZEN, Fields, NEW_TOKEN, TestServer, message, sign_body};

/// Every field that Twilio puts into an inbound message, and one that it may add.
const FIELDS: &[&str] = &[
    "Body",
    "ProfileName",
    "WaId",
    "ExternalUserId",
    "ButtonText",
    "ButtonPayload",
    "Latitude",
    "Longitude",
    "Address",
    "Label",
    "OriginalRepliedMessageSid",
    "Forwarded",
    "NumMedia",
    "MediaUrl0",
    "MediaContentType0",
    "MediaUrl1",
    "MediaContentType1",
    "AddedLater",
];

/// `%` escapes of every byte, so that a body can hold any.
fn escaped(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("%{byte:02x}")).collect()
}

fn body_of(fields: &[(String, Vec<u8>)]) -> Vec<u8> {
    let pair = |(name, value): &(String, Vec<u8>)| format!("{name}={}", escaped(value));
    fields.iter().map(pair).collect::<Vec<_>>().join("&").into_bytes()
}

/// Posts these fields, signed, after the valid fields that make them a message. Returns the form of the
/// record.
async fn recorded(odd: &[(String, Vec<u8>)]) -> Form {
    let identity =
        |(name, _): &(String, String)| ["MessageSid", "From", "To", "AccountSid"].contains(&name.as_str());
    let sound: Fields = message().into_iter().filter(identity).collect();
    let sound: Vec<_> = sound.into_iter().map(|(name, value)| (name, value.into_bytes())).collect();
    let body = body_of(&[sound.as_slice(), odd].concat());
    let server = TestServer::new().await;
    let signature = sign_body(&server.public("/twilio/messages"), &body, NEW_TOKEN);
    let kind = "application/x-www-form-urlencoded";
    assert_eq!(server.send("/twilio/messages", kind, body, Some(&signature)).await.0, 200);
    let Message::FromResident(read) = server.only::<Messages>().2 else { panic!("another kind of record") };
    read.form.0
}

fn values() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        any::<Vec<u8>>(),
        any::<String>().prop_map(String::into_bytes),
        "[a-z\\x00-\\x1f]{0,12}".prop_map(String::into_bytes),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_is_posted_becomes_a_record_without_nul_that_keeps_every_sound_field(
        values in proptest::collection::vec(values(), FIELDS.len())
    ) {
        let odd: Vec<(String, Vec<u8>)> =
            FIELDS.iter().map(|name| (*name).to_owned()).zip(values).collect();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let form = runtime.block_on(recorded(&odd));
        prop_assert!(form.contains(&("From".to_owned(), CITIZEN.to_owned())));
        for (name, value) in &form {
            prop_assert!(!name.contains('\0') && !value.contains('\0'), "{name:?} {value:?}");
        }
        for (name, bytes) in odd {
            let kept = form.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str());
            if let Ok(sound) = String::from_utf8(bytes) {
                let stored = sound.replace('\0', "");
                prop_assert_eq!(kept, Some(stored.as_str()), "{}", name);
            } else {
                prop_assert!(kept.is_some_and(|kept| kept.contains('\u{fffd}')), "{}", name);
            }
        }
    }
}

#[tokio::test]
async fn half_an_emoji_in_the_name_of_a_profile_costs_nothing_else() {
    let odd = [
        ("Body", b"There is a huge pothole here".to_vec()),
        ("ProfileName", b"Thandi \xf0\x9f\x98".to_vec()),
        ("Latitude", b"-26.333".to_vec()),
        ("Longitude", b"28.152".to_vec()),
    ];
    let form = recorded(&odd.map(|(name, value)| (name.to_owned(), value))).await;
    for (name, value) in [("Body", "There is a huge pothole here"), ("ProfileName", "Thandi \u{fffd}")] {
        assert!(form.contains(&(name.to_owned(), value.to_owned())), "{name} is not among the fields");
    }
}
