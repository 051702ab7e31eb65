//! JSON of which no member is lost: an object that has a name twice is told, where the usual reading keeps
//! the last member in silence.

use std::collections::BTreeSet;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// A value, and the paths of the members that an object in it has twice.
#[derive(Debug, Default)]
pub(super) struct Json {
    pub value: Value,
    /// Names joined by `/`, such as `properties/code`.
    pub twice: BTreeSet<String>,
}

impl Json {
    /// The first member under one of these that is there twice.
    pub fn twice_under(&self, members: &[&str]) -> Option<&str> {
        let is_under = |path: &&String| {
            members.iter().any(|member| {
                path.strip_prefix(member).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            })
        };
        self.twice.iter().find(is_under).map(String::as_str)
    }

    /// The properties of a feature that are there twice.
    pub fn properties_twice(&self) -> BTreeSet<String> {
        self.twice.iter().filter_map(|path| path.strip_prefix("properties/")).map(str::to_owned).collect()
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut twice = BTreeSet::new();
        let reader = Reader { path: &mut Vec::new(), twice: &mut twice };
        let value = reader.deserialize(deserializer)?;
        Ok(Self { value, twice })
    }
}

/// Reads a value that is at a path.
struct Reader<'a> {
    path: &'a mut Vec<String>,
    twice: &'a mut BTreeSet<String>,
}

impl Reader<'_> {
    /// The same for a value within this one.
    fn within(&mut self) -> Reader<'_> {
        Reader { path: self.path, twice: self.twice }
    }
}

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Value, E> {
        Ok(Value::Bool(truth))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(Number::from_f64(number).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element_seed(self.within())? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            self.path.push(name.clone());
            let value = members.next_value_seed(self.within())?;
            if object.insert(name, value).is_some() {
                self.twice.insert(self.path.join("/"));
            }
            self.path.pop();
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_what_it_always_was_and_what_is_twice_is_told() {
        let text = r#"{"a": [1, -2, 2.5, 1e3, true, null, "x\u00e2"], "b": {"c": {}, "c": [{"d": 1, "d": 2}]}, "b": 1, "e": {}}"#;
        let read: Json = serde_json::from_str(text).unwrap();
        assert_eq!(read.value, serde_json::from_str::<Value>(text).unwrap());
        assert_eq!(read.twice.iter().map(String::as_str).collect::<Vec<_>>(), ["b", "b/c", "b/c/d"]);
        assert_eq!(read.twice_under(&["e", "b/c"]), Some("b/c"));
        assert_eq!(read.twice_under(&["a", "b/cc"]), None);
        assert!(serde_json::from_str::<Json>("{\"a\": }").is_err());
    }
}
