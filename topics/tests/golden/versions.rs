//! Versions: what an older program wrote is still read, what a newer one wrote is told from nonsense.

use serde_json::{Map, Value, json};
use topics::codec::record::{DecodeError, Incoming, SCHEMA_VERSION, SCHEMA_VERSION_TEXT};
use topics::codec::sealing::{Sealed, in_scope};
use topics::records::dead_letters::DeadClass;
use topics::values::ids::EventId;
use topics::values::lane::Lane;

use crate::example::{Example, RING};
use crate::goldens;

#[test]
fn the_version_in_headers_is_the_one_that_is_read() {
    assert_eq!(SCHEMA_VERSION_TEXT, SCHEMA_VERSION.to_string());
}

/// `value` after `change` of each of its objects, sealed ones too.
fn rewrite(value: Value, seal: Lane, id: &EventId, change: fn(&mut Map<String, Value>)) -> Value {
    match value {
        Value::Object(map) => {
            let mut map: Map<String, Value> =
                map.into_iter().map(|(name, value)| (name, rewrite(value, seal, id, change))).collect();
            change(&mut map);
            Value::Object(map)
        }
        Value::Array(list) => list.into_iter().map(|value| rewrite(value, seal, id, change)).collect(),
        Value::String(text) => match RING.open(&text) {
            Ok(plain) => {
                let inner = rewrite(serde_json::from_slice(&plain).unwrap(), seal, id, change);
                in_scope(&RING, seal, id, || serde_json::to_value(Sealed(inner)).unwrap()).0
            }
            Err(_) => Value::String(text),
        },
        other => other,
    }
}

/// The example of each golden file, with its record after `change`.
fn rewritten(change: fn(&mut Map<String, Value>)) -> impl Iterator<Item = (Example, Incoming)> {
    goldens().into_iter().map(move |(example, golden)| {
        let mut incoming = golden.incoming(example.spec);
        let id = incoming.envelope().unwrap().id;
        let value = rewrite(golden.json(), example.spec.seal, &id, change);
        incoming.value = Some(serde_json::to_vec(&value).unwrap());
        (example, incoming)
    })
}

fn assert_still_means_the_same(example: &Example, incoming: &Incoming) {
    let reading = (example.read)(incoming)
        .unwrap_or_else(|error| panic!("{}: {}: {error}", example.spec.name, example.name));
    assert!(reading.means_the_same, "{}: {}", example.spec.name, example.name);
}

#[test]
fn a_field_that_this_program_does_not_know_is_passed_over() {
    // A map by ids is no record: every name in it means something.
    let add = |map: &mut Map<String, Value>| {
        if map.keys().any(|name| name.len() < 32) {
            map.insert("a_field_of_tomorrow".to_owned(), json!({ "with": ["more", 1] }));
        }
    };
    for (example, incoming) in rewritten(add) {
        assert_still_means_the_same(&example, &incoming);
    }
}

#[test]
fn a_field_that_an_older_program_did_not_know_is_none() {
    for (example, incoming) in rewritten(|map| map.retain(|_, value| !value.is_null())) {
        assert_still_means_the_same(&example, &incoming);
    }
}

#[test]
fn a_record_without_version_type_time_and_trace_is_read_by_its_value() {
    for (example, golden) in goldens() {
        let mut incoming = golden.incoming(example.spec);
        incoming.headers.retain(|(name, _)| matches!(name.as_ref(), "ce_id" | "ce_source"));
        assert_still_means_the_same(&example, &incoming);
    }
}

#[test]
fn a_newer_schema_version_and_an_unknown_kind_are_told_from_nonsense() {
    let unknown = Some(DecodeError::Record { class: DeadClass::UnknownKind, json_position: None });
    for (example, golden) in goldens() {
        let spec = example.spec;
        let of_tomorrow = format!("{}.of_tomorrow", spec.name);
        for (header, text) in [("schema-version", "2"), ("schema-version", "one"), ("ce_type", &of_tomorrow)]
        {
            let mut incoming = golden.incoming(spec);
            incoming.headers.iter_mut().find(|(name, _)| name == header).unwrap().1 = text.to_owned();
            assert_eq!(
                (example.read)(&incoming).err(),
                unknown,
                "{}: {}: {header} {text}",
                spec.name,
                example.name
            );
        }
        let mut incoming = golden.incoming(spec);
        incoming.value = Some(b"{\"kind\":".to_vec());
        assert!(matches!(
            (example.read)(&incoming),
            Err(DecodeError::Record { class: DeadClass::Undecodable, json_position: Some((1, 8)) })
        ));
    }
}
