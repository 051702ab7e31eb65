//! The matrix of field classes: for each field of each record whose eyes it is for, read from the schemas. No
//! field outside of a sealed part can hold a phone number, a person's words or an exact point.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests may fail as loudly as tests"
)]

mod fields;
mod probes;

use expect_test::expect_file;
use schemars::{JsonSchema, Schema, schema_for};
use topics::catalogue::{CATALOGUE, Described, Editions, Topic};
use topics::codec::task_row::TaskRow;

use fields::{Class, Field, fields_of, forms, rows};

/// `editions` alone may hold free text and points: it is reference data that people publish, boundaries and
/// teams and emergency numbers. It describes places, not people, and no stage writes to it.
fn exempt(topic: &Described) -> bool {
    topic.spec.name == Editions::SPEC.name
}

/// The fields of each kind of `topic`.
fn kinds_of(topic: &Described) -> Vec<(&'static str, Vec<Field>)> {
    let schema = (topic.schema)();
    let branches = schema.get("oneOf").and_then(|branches| branches.as_array());
    match (topic.kinds, branches) {
        ([only], _) => vec![(only, fields_of(&schema, schema.as_value()))],
        (kinds, Some(branches)) => {
            assert_eq!(kinds.len(), branches.len(), "{}", topic.spec.name);
            let branch =
                |kind: &str| branches.iter().find(|branch| branch["properties"]["kind"]["const"] == kind);
            let branch =
                |kind| branch(kind).unwrap_or_else(|| panic!("{} has no schema of {kind}", topic.spec.name));
            kinds.iter().map(|kind| (*kind, fields_of(&schema, branch(kind)))).collect()
        }
        (_, None) => panic!("the schema of {} tells no kinds apart", topic.spec.name),
    }
}

fn task_row() -> Vec<Field> {
    let schema = schema_for!(TaskRow);
    fields_of(&schema, schema.as_value())
}

#[test]
fn no_open_field_can_hold_a_phone_number_words_or_an_exact_point() {
    let mut wrong: Vec<String> = task_row().iter().filter_map(|field| field.fault()).collect();
    for topic in CATALOGUE.iter().filter(|topic| !exempt(topic)) {
        for (kind, fields) in kinds_of(topic) {
            let faults = fields.iter().filter_map(Field::fault);
            wrong.extend(faults.map(|fault| format!("{}.{kind}: {fault}", topic.spec.name)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_record_about_a_person_has_a_sealed_part() {
    let about_people = [
        "messages",
        "conversations",
        "unscreened",
        "reports",
        "assignments",
        "notifications",
        "deliveries",
        "dead-letters",
    ];
    for topic in CATALOGUE.iter().filter(|topic| about_people.contains(&topic.spec.name)) {
        let sealed = kinds_of(topic)
            .iter()
            .flat_map(|(_, fields)| fields)
            .filter(|field| field.class == Class::Sealed)
            .count();
        assert!(sealed > 0, "{}", topic.spec.name);
    }
}

/// What a field must not be, in a type of its own.
#[derive(JsonSchema)]
#[allow(dead_code, reason = "only its schema is looked at")]
struct Careless {
    free_text: String,
    perhaps_text: Option<String>,
    degrees: f64,
    free_keys: std::collections::BTreeMap<String, u8>,
    texts: Vec<String>,
    anything: serde_json::Value,
    citizen: topics::values::ids::CitizenId,
    point: topics::values::point::Point,
    #[schemars(regex(pattern = r"^[+0-9 -]*$"))]
    digits: String,
    #[schemars(regex(pattern = r"burst"))]
    not_anchored: String,
    fine: topics::values::time::Time,
}

#[test]
fn a_careless_type_is_caught_field_by_field() {
    let schema: Schema = schema_for!(Careless);
    let fields = fields_of(&schema, schema.as_value());
    let mut caught: Vec<&str> =
        fields.iter().filter(|field| field.fault().is_some()).map(|field| field.path.as_str()).collect();
    caught.sort_unstable();
    let expected = [
        "anything",
        "citizen",
        "degrees",
        "digits",
        "free_keys",
        "free_text",
        "not_anchored",
        "perhaps_text",
        "point.latitude",
        "point.longitude",
        "texts[]",
    ];
    assert_eq!(caught, expected);
}

#[test]
fn the_documents_show_the_matrix() {
    expect_file!["../../../docs/field-classes.md"].assert_eq(&page());
}

/// The page of the documents.
fn page() -> String {
    let mut text = String::from(
        "# Who may see which field\n\n\
         Written by the tests of `topics/tests/classes` from the schemas of the records; edit the types,\n\
         then run `UPDATE_EXPECT=1 cargo test -p topics --test classes`.\n\n\
         - **open**: everyone who may read the topic. Closed words, numbers, times, ids and hashes.\n\
         - **tenant**: the same, and it names something of a municipality: itself, a ward, a square of\n\
         \u{20} 500 m, a team, a member of staff by login.\n\
         - **sealed**: encrypted wherever it leaves the process; opens with the key that the topic names.\n\
         - **reference**: published by people; about places, not about residents: `editions` alone.\n\n\
         A test checks that no open or tenant field is free text, a fraction or a map with free keys,\n\
         and that no form admits a phone number, words or an exact point.\n",
    );
    for topic in CATALOGUE {
        let spec = topic.spec;
        text.push_str(&format!("\n## {}\n\nKey: {}. ", spec.name, spec.key));
        text.push_str(&format!(
            "Lane: {}. Sealed with: {}.\n\n",
            format!("{:?}", spec.lane).to_lowercase(),
            spec.seal.name()
        ));
        text.push_str("| kind | field | class | form |\n|---|---|---|---|\n");
        for (kind, fields) in kinds_of(topic) {
            text.push_str(&rows(kind, &fields, exempt(topic)));
        }
    }
    text.push_str(
        "\n## The task's row\n\nIn every store, beside its records. Key: `~<partition>`.\n\n| \
        kind | field | class | form |\n|---|---|---|---|\n",
    );
    text.push_str(&rows("task", &task_row(), false));
    let all: Vec<Field> = CATALOGUE.iter().flat_map(kinds_of).flat_map(|(_, fields)| fields).collect();
    text + "\n## Forms\n\n| type | words, or what a text must match |\n|---|---|\n" + &forms(&all)
}
