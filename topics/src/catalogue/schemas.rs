//! The JSON Schemas (2020-12) of records: one for each kind, under the name that `ce_type` has for it.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::catalogue::{CATALOGUE, Described};

/// The schemas of the values of all kinds of all topics.
pub fn schemas() -> Map<String, Value> {
    CATALOGUE.iter().flat_map(schemas_of).collect()
}

fn schemas_of(topic: &Described) -> Vec<(String, Value)> {
    let mut whole = (topic.schema)().to_value();
    let definitions =
        whole.get_mut("$defs").and_then(Value::as_object_mut).map(std::mem::take).unwrap_or_default();
    let meta = whole.get("$schema").cloned();
    by_kind(topic.kinds, &whole)
        .into_iter()
        .map(|(kind, schema)| {
            let name = format!("{}.{kind}", topic.spec.name);
            let document = document(&name, schema, meta.as_ref(), &definitions);
            (name, document)
        })
        .collect()
}

/// The schema of one kind as a document of its own: with its dialect, its title and the definitions that it
/// uses.
fn document(name: &str, mut schema: Value, meta: Option<&Value>, definitions: &Map<String, Value>) -> Value {
    let used = used(&schema, definitions);
    if let Some(map) = schema.as_object_mut() {
        map.extend(meta.map(|meta| ("$schema".to_owned(), meta.clone())));
        map.insert("title".to_owned(), Value::from(name));
        map.remove("$defs");
        if !used.is_empty() {
            map.insert("$defs".to_owned(), Value::Object(used));
        }
    }
    schema
}

/// The schema of each of `kinds`: for a single kind the whole schema of its topic, otherwise the branches of
/// the union.
pub(crate) fn by_kind<'a>(kinds: &[&'a str], whole: &Value) -> Vec<(&'a str, Value)> {
    let branches = whole.get("oneOf").and_then(Value::as_array);
    let branch = |kind: &str| {
        let of_kind =
            |branch: &&Value| branch.pointer("/properties/kind/const").and_then(Value::as_str) == Some(kind);
        branches.and_then(|branches| branches.iter().find(of_kind)).cloned()
    };
    match kinds {
        [only] => vec![(only, whole.clone())],
        kinds => kinds.iter().filter_map(|kind| Some((*kind, branch(kind)?))).collect(),
    }
}

/// The definitions that `schema` refers to, directly or through others.
fn used(schema: &Value, definitions: &Map<String, Value>) -> Map<String, Value> {
    let mut found = Map::new();
    let mut names = BTreeSet::new();
    names_in(schema, &mut names);
    while let Some(name) = names.pop_first() {
        let Some(definition) = definitions.get(&name).filter(|_| !found.contains_key(&name)) else {
            continue;
        };
        names_in(definition, &mut names);
        found.insert(name, definition.clone());
    }
    found
}

fn names_in(schema: &Value, into: &mut BTreeSet<String>) {
    match schema {
        Value::Object(map) => {
            let target =
                map.get("$ref").and_then(Value::as_str).and_then(|target| target.strip_prefix("#/$defs/"));
            into.extend(target.map(str::to_owned));
            map.values().for_each(|inner| names_in(inner, into));
        }
        Value::Array(list) => list.iter().for_each(|inner| names_in(inner, into)),
        _ => {}
    }
}
