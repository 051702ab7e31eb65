//! Properties of the codec: any text of a resident is read back unchanged,
//! and none of it is visible in the record.

use proptest::prelude::*;
use topics::catalogue::{MunicipalDeadLetters, Reports};
use topics::codec::record::{Address, DecodeError, Envelope, Incoming, Outgoing, encode};
use topics::codec::sealing::Sealed;
use topics::records::dead_letters::DeadClass;
use topics::records::reports::{Account, MunicipalReport, Report};
use topics::values::ids::EventId;
use topics::values::point::Point;
use topics::values::time::Time;

use crate::example::RING;
use crate::values::{account, facts, ticket};

prop_compose! {
    fn accounts()(
        words in prop::collection::vec(any::<String>(), 0..4),
        place_name in any::<Option<String>>(),
        place in prop::option::of((-90.0..=90.0, -180.0..=180.0)),
    ) -> Account {
        let point = place.map(|(latitude, longitude)| Point { latitude, longitude });
        Account { words, place_name, point, media: account().media, ..Account::default() }
    }
}

/// From the year 0 to 9999.
fn times() -> impl Strategy<Value = Time> {
    (-62_167_219_200_000..253_402_214_400_000i64).prop_map(Time::from_millis)
}

fn report(at: Time, edition: u32, account: Account) -> Report {
    Report::Report(Box::new(MunicipalReport {
        ticket: ticket(1),
        at,
        edition,
        facts: facts(),
        account: Sealed(account),
    }))
}

fn incoming(record: &Outgoing) -> Incoming {
    record.clone().appended(1, Time::default())
}

/// The record as it goes to the broker.
fn write_report(envelope: &Envelope, record: &Report) -> Outgoing {
    encode::<Reports>(&RING, "converse", envelope, Address::ByKey(12), ticket(1).to_string(), record).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_record_comes_back_as_it_was_and_a_replay_writes_the_same_bytes(
        account in accounts(),
        at in times(),
        edition: u32,
        seed: [u8; 8],
    ) {
        let envelope = Envelope::root(EventId::of(&[&seed]), at);
        let record = report(at, edition, account);
        let write = || write_report(&envelope, &record);
        prop_assert_eq!(write(), write());
        prop_assert_eq!(incoming(&write()).decode::<Reports>(&RING), Ok((envelope, record)));
    }

    #[test]
    fn no_words_show_on_the_wire(words in "[A-Z][a-z]{8,20} [a-z]{8,20} [0-9]{9,11}") {
        let account = Account {
            words: vec![words.clone()],
            place_name: Some(words.clone()),
            ..Account::default()
        };
        let envelope = Envelope::root(EventId::of(&[b"shown"]), Time::default());
        let record = report(Time::default(), 0, account);
        let written = write_report(&envelope, &record);
        let shown = format!("{:?} {}", written.headers, String::from_utf8(written.value.unwrap()).unwrap());
        prop_assert!(words.split(' ').all(|word| !shown.contains(word)));
    }

    #[test]
    fn a_sealed_field_that_was_changed_is_damaged_and_no_bytes_panic(
        place in 0usize..300,
        byte: u8,
        noise: Vec<u8>,
    ) {
        let envelope = Envelope::root(EventId::of(&[b"changed"]), Time::default());
        let record = report(Time::default(), 0, account());
        let mut written = write_report(&envelope, &record);
        let value = written.value.as_mut().unwrap();
        let start = value.windows(12).position(|window| window == b"municipal-1.").unwrap() + 12;
        // The first 6 characters name the key: a change there is a wrong key, not a damaged record.
        let place = start + 6 + place;
        let other = if value[place] == b'A' { b'B' } else { b'A' };
        value[place] = other;
        let damaged = Err(DecodeError::Record { class: DeadClass::Damaged, json_position: None });
        prop_assert_eq!(incoming(&written).decode::<Reports>(&RING).map(|_| ()), damaged);
        written.value.as_mut().unwrap()[place] = byte;
        let _ = incoming(&written).decode::<Reports>(&RING);
        written.value = Some(noise);
        prop_assert!(incoming(&written).decode::<MunicipalDeadLetters>(&RING).is_err());
    }
}
