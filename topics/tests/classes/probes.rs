//! What no open field may admit, in the spellings in which it turns up.

use std::fmt::Debug;
use std::str::FromStr;

use schemars::{JsonSchema, schema_for};
use serde_json::{Value, json};
use topics::records::dead_letters::StageName;
use topics::values::ids::{CitizenId, EventId, MessageSid, NotificationId, TicketId};
use topics::values::text::{ActorName, Cell, Code};
use topics::values::tracking::TrackingNumber;

/// Phone numbers, words and points.
pub const PROBES: &[&str] = &[
    "+27821234567",
    "27821234567",
    "0821234567",
    "821234567",
    "0027821234567",
    "whatsapp:+27821234567",
    "whatsapp-27821234567",
    "tel:+27-82-123-4567",
    "tel.0821234567",
    "p0821234567",
    "a8b2c1d2e3f4g5h6i7",
    "+27 82 123 4567",
    "082 123 4567",
    "082-123-4567",
    "27-82-123-4567",
    "(082) 123-4567",
    "082.123.4567",
    "+27 (0)82 123 4567",
    "there is a burst pipe",
    "Amanzi ayaphuma epayipini emgwaqweni wethu",
    "Die pyp het gebars!",
    "he beats me",
    "Berea, Durban",
    "12 Florida Road",
    "M\u{fc}ller",
    "line\nbreak",
    "-29.8587,31.0218",
    "-29.8587 31.0218",
    "-29.8587",
    "31.0218",
    "[31.0218,-29.8587]",
    "POINT(31.0218 -29.8587)",
    "S29.8587E31.0218",
    "29\u{b0}51'31\"S",
];

/// The first probe that `pattern` admits.
pub fn admitted(pattern: &str) -> Option<&'static str> {
    let validator = jsonschema::validator_for(&json!({ "type": "string", "pattern": pattern })).unwrap();
    PROBES.iter().copied().find(|probe| validator.is_valid(&Value::from(*probe)))
}

/// Texts around the edges of the forms.
const EDGES: &[&str] = &[
    "",
    "a",
    "A-1_b.c",
    "-a",
    "1a",
    "1",
    "12345678",
    "123456789",
    "W12345678",
    "W123456789",
    "ETH-WATER-NORTH",
    "thandi.m",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "x1y1",
    "x-12345y-54321",
    "x123456y1",
    "xy",
    "x1y",
    "dead-letters",
    "Dead",
    "in_progress",
    "0123456789abcdef0123456789abcdef",
    "0123456789ABCDEF0123456789ABCDEF",
    "SM0123456789abcdef0123456789abcdef",
    "MM0123456789abcdef0123456789abcdef",
    "XX0123456789abcdef0123456789abcdef",
    "01234567-89ab-cdef-0123-456789abcdef",
    "01234567-89ab-cdef-0123456789abcdef",
    "0123456789abcdef0123456789abcdef\n",
    "a\n",
    "\na",
];

/// The type `T` takes a text just when its schema does; `stricter`, it may refuse more.
fn agrees<T: FromStr<Err: Debug> + JsonSchema>(stricter: bool) {
    let validator = jsonschema::validator_for(schema_for!(T).as_value()).unwrap();
    for text in PROBES.iter().chain(EDGES) {
        let taken = text.parse::<T>().is_ok();
        let valid = validator.is_valid(&Value::from(*text));
        assert!(
            taken == valid || (stricter && !taken),
            "{} {text:?}: taken {taken}, valid {valid}",
            T::schema_name()
        );
    }
}

#[test]
fn a_text_is_taken_just_when_its_pattern_says_so() {
    agrees::<Code>(false);
    agrees::<ActorName>(false);
    agrees::<Cell>(false);
    agrees::<StageName>(false);
    agrees::<EventId>(false);
    agrees::<MessageSid>(false);
    agrees::<TicketId>(false);
    agrees::<NotificationId>(false);
    agrees::<CitizenId>(false);
    // Its last character checks the others, which no pattern can say.
    agrees::<TrackingNumber>(true);
}
