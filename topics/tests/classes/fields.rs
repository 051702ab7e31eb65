//! The fields that a JSON Schema allows, with their classes.

use std::collections::{BTreeMap, BTreeSet};

use schemars::Schema;
use serde_json::{Map, Value};

use crate::probes;

/// Who may read a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Everyone who may read the topic.
    Open,
    /// Everyone who may read the topic; the field names something that belongs to a municipality.
    Tenant,
    /// Everyone who has the key.
    Sealed,
    /// No one, unless it is moved into a sealed field.
    Personal,
}

/// What a field can hold.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// One of these words.
    Words(BTreeSet<String>),
    /// A text that matches this.
    Pattern(String),
    /// A moment in UTC, as RFC 3339.
    Time,
    /// A number without a fraction.
    Integer,
    /// `true` or `false`, without a third value.
    Boolean,
    /// A number with a fraction.
    Fraction,
    /// A map whose keys may be anything.
    FreeKeys,
    /// A text without a pattern, so it may hold personal data.
    FreeText,
    /// Any JSON value, so it may hold personal data.
    Anything,
}

/// A field that holds no others.
#[derive(Debug)]
pub struct Field {
    /// Where it stands: `facts.category`, `changes[].old`; `{}` for what stands under a map's keys.
    pub path: String,
    /// The name of its type in the schema, if it has one.
    pub type_name: Option<String>,
    /// Whose eyes it is for.
    pub class: Class,
    /// What it can hold.
    pub form: Form,
}

impl Field {
    /// What is wrong with it where everybody can read it.
    pub fn fault(&self) -> Option<String> {
        let path = &self.path;
        match (self.class, &self.form) {
            (Class::Sealed, _) => None,
            (Class::Personal, _) => {
                Some(format!("{path} tells who it is about: it belongs in a sealed part"))
            }
            (_, Form::Words(_) | Form::Time | Form::Integer | Form::Boolean) => None,
            (_, Form::Pattern(pattern)) => {
                probes::admitted(pattern).map(|probe| format!("{path} admits `{probe}` ({pattern})"))
            }
            (_, form) => Some(format!("{path} is {form:?}")),
        }
    }
}

/// The fields of `part`, a part of `schema`.
pub fn fields_of(schema: &Schema, part: &Value) -> Vec<Field> {
    let mut walk = Walk { root: schema.as_value(), found: Vec::new() };
    walk.value(part, "", None);
    walk.found
}

struct Walk<'a> {
    root: &'a Value,
    found: Vec<Field>,
}

impl<'a> Walk<'a> {
    fn value(&mut self, schema: &'a Value, path: &str, type_name: Option<&str>) {
        let Some(map) = schema.as_object().filter(|map| !map.keys().all(|key| key == "description")) else {
            return self.find(path, type_name, Class::Open, Form::Anything);
        };
        if let Some(words) = words(map) {
            return self.find(path, type_name, class(map), Form::Words(words));
        }
        if let Some(name) =
            map.get("$ref").map(|target| target.as_str().unwrap().strip_prefix("#/$defs/").unwrap())
        {
            self.value(&self.root["$defs"][name], path, Some(name));
        }
        let combined = ["oneOf", "anyOf", "allOf"].iter().filter_map(|word| map.get(*word)?.as_array());
        for branch in combined.flatten().filter(|branch| branch["type"] != "null") {
            self.value(branch, path, type_name);
        }
        let types =
            map.get("type").map(|types| types.as_array().map_or(vec![types], |types| types.iter().collect()));
        for one in types.into_iter().flatten().filter_map(Value::as_str) {
            match one {
                "object" => self.object(map, path),
                "array" => self.array(map, path),
                "string" => self.find(path, type_name, class(map), text(map)),
                "integer" => self.find(path, type_name, class(map), Form::Integer),
                "boolean" => self.find(path, type_name, class(map), Form::Boolean),
                "null" => {}
                _ => self.find(path, type_name, class(map), Form::Fraction),
            }
        }
    }

    fn object(&mut self, map: &'a Map<String, Value>, path: &str) {
        let dot = if path.is_empty() { "" } else { "." };
        for (name, property) in map.get("properties").and_then(Value::as_object).into_iter().flatten() {
            self.value(property, &format!("{path}{dot}{name}"), None);
        }
        if map.get("additionalProperties").is_some_and(|others| *others != Value::Bool(false)) {
            self.find(path, None, Class::Open, Form::FreeKeys);
        }
        for (pattern, inner) in map.get("patternProperties").and_then(Value::as_object).into_iter().flatten()
        {
            self.find(&format!("{path}{{key}}"), None, Class::Open, Form::Pattern(pattern.clone()));
            self.value(inner, &format!("{path}{{}}"), None);
        }
    }

    fn array(&mut self, map: &'a Map<String, Value>, path: &str) {
        let inner = format!("{path}[]");
        let places = map.get("prefixItems").and_then(Value::as_array);
        places.into_iter().flatten().for_each(|place| self.value(place, &inner, None));
        match map.get("items") {
            Some(items) => self.value(items, &inner, None),
            None if places.is_none() => self.find(&inner, None, Class::Open, Form::Anything),
            None => {}
        }
    }

    fn find(&mut self, path: &str, type_name: Option<&str>, class: Class, form: Form) {
        self.found.push(Field {
            path: path.to_owned(),
            type_name: type_name.map(str::to_owned),
            class,
            form,
        });
    }
}

fn class(map: &Map<String, Value>) -> Class {
    match map.get("x-class").and_then(Value::as_str) {
        None | Some("open") => Class::Open,
        Some("tenant") => Class::Tenant,
        Some("sealed") => Class::Sealed,
        Some("personal") => Class::Personal,
        Some(other) => panic!("no such class: {other}"),
    }
}

fn text(map: &Map<String, Value>) -> Form {
    match (map.get("pattern").and_then(Value::as_str), map.get("format").and_then(Value::as_str)) {
        (Some(pattern), _) => Form::Pattern(pattern.to_owned()),
        (None, Some("date-time")) => Form::Time,
        (None, _) => Form::FreeText,
    }
}

/// The closed list of words that `map` is, if it is one.
fn words(map: &Map<String, Value>) -> Option<BTreeSet<String>> {
    let texts = |list: &Vec<Value>| {
        list.iter().filter(|word| !word.is_null()).map(|word| word.as_str().map(str::to_owned)).collect()
    };
    if let Some(word) = map.get("const") {
        return word.as_str().map(|word| BTreeSet::from([word.to_owned()]));
    }
    if let Some(list) = map.get("enum").and_then(Value::as_array) {
        return texts(list);
    }
    let branches: Option<Vec<_>> =
        map.get("oneOf")?.as_array()?.iter().map(|branch| words(branch.as_object()?)).collect();
    branches.map(|branches| branches.into_iter().flatten().collect())
}

/// The rows of the matrix for a kind of record. `reference`: the topic is exempt.
pub fn rows(kind: &str, fields: &[Field], reference: bool) -> String {
    let mut forms: BTreeMap<(&str, Class), BTreeSet<String>> = BTreeMap::new();
    let mut tags: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for field in fields {
        match (&field.form, &field.type_name) {
            (Form::Words(words), None) => {
                forms.entry((&field.path, field.class)).or_default();
                tags.entry(&field.path).or_default().extend(words.iter().map(String::as_str));
            }
            _ => {
                forms.entry((&field.path, field.class)).or_default().insert(shown(field));
            }
        }
    }
    let row = |((path, class), mut forms): ((&str, Class), BTreeSet<String>)| {
        if let Some(words) = tags.get(path).filter(|_| class == Class::Open) {
            forms.insert(words.iter().copied().collect::<Vec<_>>().join(", "));
        }
        let class = if reference { "reference".to_owned() } else { format!("{class:?}").to_lowercase() };
        format!("| {kind} | {path} | {class} | {} |\n", forms.into_iter().collect::<Vec<_>>().join("; "))
    };
    forms.into_iter().map(row).collect()
}

/// A field's form in the matrix: the name of its type, where it has one.
fn shown(field: &Field) -> String {
    match &field.type_name {
        _ if field.class == Class::Sealed => "ciphertext".to_owned(),
        Some(name) => format!("[{name}](#forms)"),
        None => spelt(&field.form),
    }
}

fn spelt(form: &Form) -> String {
    match form {
        Form::Words(words) => words.iter().map(String::as_str).collect::<Vec<_>>().join(", "),
        Form::Pattern(pattern) => format!("`{}`", pattern.replace('|', "\\|")),
        Form::Time => "time".to_owned(),
        Form::Integer => "integer".to_owned(),
        Form::Boolean => "boolean".to_owned(),
        Form::Fraction => "number".to_owned(),
        Form::FreeKeys => "map".to_owned(),
        Form::FreeText => "text".to_owned(),
        Form::Anything => "JSON".to_owned(),
    }
}

/// The forms of the types that `fields` name, each once.
pub fn forms(fields: &[Field]) -> String {
    let named = fields.iter().filter(|field| field.class != Class::Sealed);
    let forms: BTreeSet<_> =
        named.filter_map(|field| Some((field.type_name.as_ref()?, spelt(&field.form)))).collect();
    forms.into_iter().map(|(name, form)| format!("| {name} | {form} |\n")).collect()
}
