//! The JSON Schemas that `trust-engine topics describe` prints hold for what is on the wire.

use std::collections::{BTreeMap, BTreeSet};

use jsonschema::Validator;
use schemars::Schema;
use serde_json::Value;
use topics::catalogue::CATALOGUE;

use crate::example::RING;
use crate::goldens;

/// Checks values against `schema`, formats too.
pub fn validator(schema: &Schema) -> Validator {
    jsonschema::options().should_validate_formats(true).build(schema.as_value()).unwrap()
}

fn validators() -> BTreeMap<&'static str, Validator> {
    CATALOGUE.iter().map(|topic| (topic.spec.name, validator(&(topic.schema)()))).collect()
}

#[test]
fn every_golden_record_holds_to_the_schema_of_its_topic() {
    let validators = validators();
    for (example, golden) in goldens() {
        let checked =
            validators[example.spec.name].validate(&golden.json()).map_err(|error| error.to_string());
        assert_eq!(checked, Ok(()), "{}: {}", example.spec.name, example.name);
    }
}

#[test]
fn a_schema_refuses_words_where_something_sealed_belongs() {
    let validators = validators();
    let mut tried = 0;
    for (example, golden) in goldens() {
        for broken in unsealed(&golden.json()) {
            assert!(
                !validators[example.spec.name].is_valid(&broken),
                "{}: {}: {broken}",
                example.spec.name,
                example.name
            );
            tried += 1;
        }
    }
    assert!(tried > CATALOGUE.len(), "{tried}");
}

/// `value` once for each of its sealed texts, with that one replaced by what it holds.
fn unsealed(value: &Value) -> Vec<Value> {
    match value {
        Value::String(text) => RING
            .open(text)
            .iter()
            .map(|plain| serde_json::from_slice(plain).unwrap())
            .filter(|plain: &Value| !plain.is_null())
            .collect(),
        Value::Array(list) => (0..list.len())
            .flat_map(|place| unsealed(&list[place]).into_iter().map(move |one| (place, one)))
            .map(|(place, one)| {
                let mut list = list.clone();
                list[place] = one;
                Value::Array(list)
            })
            .collect(),
        Value::Object(map) => map
            .iter()
            .flat_map(|(name, inner)| {
                unsealed(inner).into_iter().map(move |one| {
                    let mut map = map.clone();
                    map.insert(name.clone(), one);
                    Value::Object(map)
                })
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// A topic's tagged unions: a tag's name and one of its words.
type Branches = BTreeSet<(String, String)>;

#[test]
fn every_branch_of_every_tagged_union_has_an_example() {
    let mut shown: BTreeMap<&str, Branches> = BTreeMap::new();
    for (example, golden) in goldens() {
        words(&golden.json(), shown.entry(example.spec.name).or_default());
    }
    for topic in CATALOGUE {
        let mut wanted = Branches::new();
        tags((topic.schema)().as_value(), &mut wanted);
        let missing: Vec<_> = wanted.difference(&shown[topic.spec.name]).collect();
        assert!(missing.is_empty(), "{}: no example shows {missing:?}", topic.spec.name);
    }
}

/// Collects the tags that `schema` names: properties of one possible value.
fn tags(schema: &Value, into: &mut Branches) {
    match schema {
        Value::Object(map) => {
            for (name, property) in map.get("properties").and_then(Value::as_object).into_iter().flatten() {
                if let Some(word) = property.get("const").and_then(Value::as_str) {
                    into.insert((name.clone(), word.to_owned()));
                }
            }
            map.values().for_each(|inner| tags(inner, into));
        }
        Value::Array(list) => list.iter().for_each(|inner| tags(inner, into)),
        _ => {}
    }
}

/// Collects the names of `value` that hold a text.
fn words(value: &Value, into: &mut Branches) {
    match value {
        Value::Object(map) => {
            into.extend(
                map.iter().filter_map(|(name, inner)| Some((name.clone(), inner.as_str()?.to_owned()))),
            );
            map.values().for_each(|inner| words(inner, into));
        }
        Value::Array(list) => list.iter().for_each(|inner| words(inner, into)),
        _ => {}
    }
}
