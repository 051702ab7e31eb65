//! What is written for readers outside: the AsyncAPI document and the page of the taps. They hold for what is
//! on the wire.

use std::collections::BTreeSet;

use expect_test::expect_file;
use jsonschema::Validator;
use serde_json::{Value, json};
use topics::catalogue::CATALOGUE;
use topics::catalogue::asyncapi::asyncapi;
use topics::catalogue::schemas::schemas;

use crate::goldens;

#[test]
fn the_documents_show_the_taps() {
    let text = serde_json::to_string_pretty(&asyncapi("", 12)).unwrap();
    expect_file!["../../../docs/asyncapi.json"].assert_eq(&(text + "\n"));
}

/// The schemas of a message's headers and payload, with what they refer to.
fn validators(document: &Value, name: &str) -> [Validator; 2] {
    let message = &document["components"]["messages"][name];
    assert!(message.is_object(), "no message {name}");
    ["headers", "payload"].map(|part| {
        let schema = json!({ "allOf": [message[part]], "components": document["components"] });
        jsonschema::draft7::options().should_validate_formats(true).build(&schema).unwrap()
    })
}

#[test]
fn every_golden_record_of_a_tap_holds_to_its_message() {
    let document = asyncapi("", 12);
    let mut shown = BTreeSet::new();
    for (example, golden) in goldens().into_iter().filter(|(example, _)| example.spec.is_tap()) {
        let name = format!("{}.{}", example.spec.name, example.kind);
        let [headers, payload] = validators(&document, &name);
        let checked = headers.validate(&json!(golden.headers)).map_err(|error| error.to_string());
        assert_eq!(checked, Ok(()), "{name}: {}", example.name);
        let checked = payload.validate(&golden.json()).map_err(|error| error.to_string());
        assert_eq!(checked, Ok(()), "{name}: {}", example.name);
        assert!(!payload.is_valid(&json!({})), "{name} takes anything");
        shown.insert(name);
    }
    let told: BTreeSet<String> =
        document["components"]["messages"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(shown, told);
}

#[test]
fn every_reference_in_the_document_leads_somewhere_and_nothing_is_left_over() {
    let document = asyncapi("a.", 3);
    let mut named = BTreeSet::new();
    references(&document, &mut named);
    for target in &named {
        assert!(document.pointer(target.trim_start_matches('#')).is_some(), "{target}");
    }
    for name in document["components"]["schemas"].as_object().unwrap().keys() {
        assert!(named.contains(&format!("#/components/schemas/{name}")), "nothing refers to {name}");
    }
    assert_eq!(document["channels"]["tickets"]["address"], "a.tickets");
    assert_eq!(document["channels"]["tickets"]["bindings"]["kafka"]["partitions"], 3);
    assert!(document["channels"].as_object().unwrap().keys().all(|name| !name.starts_with("protected")));
}

/// docs/taps.md. Its records are of a real run: `tests/tests/taps.rs` writes them.
const TAPS: &str = include_str!("../../../docs/taps.md");

#[test]
fn the_records_on_the_page_of_the_taps_hold_to_their_schemas() {
    let schemas = schemas();
    let mut shown = 0;
    for block in TAPS.split("```json ").skip(1) {
        let (kind, rest) = block.split_once('\n').unwrap();
        let record: Value = serde_json::from_str(rest.split_once("```").unwrap().0).unwrap();
        let checked = jsonschema::validate(&schemas[kind], &record).map_err(|error| error.to_string());
        assert_eq!(checked, Ok(()), "{kind}");
        shown += 1;
    }
    assert!(shown > 8, "{shown}");
}

#[test]
fn the_page_of_the_taps_says_of_every_topic_who_may_read_it() {
    for spec in CATALOGUE.iter().map(|topic| topic.spec) {
        let row = format!("\n| {} | {} |\n", spec.name, spec.readers());
        assert!(TAPS.contains(&row), "{row}");
    }
}

fn references(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            into.extend(map.get("$ref").and_then(Value::as_str).map(str::to_owned));
            map.values().for_each(|inner| references(inner, into));
        }
        Value::Array(list) => list.iter().for_each(|inner| references(inner, into)),
        _ => {}
    }
}

#[test]
fn every_kind_has_a_schema_of_its_own_that_takes_its_golden_records_and_no_other_kinds() {
    let schemas = schemas();
    let kinds = CATALOGUE
        .iter()
        .flat_map(|topic| topic.kinds.iter().map(|kind| format!("{}.{kind}", topic.spec.name)));
    assert_eq!(schemas.keys().cloned().collect::<BTreeSet<_>>(), kinds.collect::<BTreeSet<_>>());
    for (example, golden) in goldens() {
        let value = golden.json();
        for kind in CATALOGUE.iter().find(|topic| topic.spec == example.spec).unwrap().kinds {
            let schema = &schemas[&format!("{}.{kind}", example.spec.name)];
            let validator = jsonschema::options().should_validate_formats(true).build(schema).unwrap();
            assert_eq!(
                validator.is_valid(&value),
                *kind == example.kind,
                "{}: {} as {kind}",
                example.spec.name,
                example.name
            );
        }
    }
}
