//! Searches for words everywhere: in records with all sealed fields opened, and in every table and view.

use anyhow::{Context, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use topics::codec::record::Incoming;
use topics::codec::sealing::KeyRing;

use simulator::harness::postgres::Databases;

/// All that a reader with all keys can read in a record: key, headers and value, with sealed texts opened and
/// base64 decoded at any depth.
pub fn opened(record: &Incoming, ring: &KeyRing) -> String {
    let mut text = String::from_utf8_lossy(record.key.as_deref().unwrap_or_default()).into_owned();
    for (name, value) in &record.headers {
        text.push_str(&format!("\n{name}: {value}"));
    }
    let value = record.value.as_deref().unwrap_or_default();
    text.push('\n');
    text.push_str(&String::from_utf8_lossy(value));
    unfold(value, ring, &mut text);
    text
}

/// Appends what `bytes` contain: the strings of JSON, and their content if they are sealed or base64.
fn unfold(bytes: &[u8], ring: &KeyRing, text: &mut String) {
    let Ok(value) = serde_json::from_slice::<Value>(bytes) else { return };
    unfold_value(&value, ring, text);
}

fn unfold_value(value: &Value, ring: &KeyRing, text: &mut String) {
    match value {
        Value::String(string) => {
            let sealed = ring.open(string).ok();
            let inner = sealed.or_else(|| STANDARD.decode(string).ok().filter(|bytes| bytes.len() > 16));
            text.push('\n');
            text.push_str(string);
            if let Some(inner) = inner {
                text.push('\n');
                text.push_str(&String::from_utf8_lossy(&inner));
                unfold(&inner, ring, text);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| unfold_value(item, ring, text)),
        Value::Object(fields) => fields.values().for_each(|field| unfold_value(field, ring, text)),
        _ => {}
    }
}

/// A table or view that a superuser sees, and whether one of its rows holds one of the words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Searched {
    /// The table or view, as `schema.name`.
    pub relation: String,
    /// Whether one of its rows holds one of the words.
    pub found: bool,
}

/// Looks for any of `words` in every column of every table and view, statistics of statements included,
/// as a superuser.
///
/// # Errors
/// The server refuses to show one.
pub async fn search(databases: &Databases, words: &[&str]) -> Result<Vec<Searched>> {
    let relations = "select quote_ident(table_schema) || '.' || quote_ident(table_name) as relation
                       from information_schema.tables
                      where table_schema not in ('pg_catalog', 'information_schema')
                        and table_name not in ('spatial_ref_sys')";
    let mut searched = Vec::new();
    for row in databases.rows("postgres", relations).await? {
        let relation = row
            .get("relation")
            .and_then(serde_json::Value::as_str)
            .context("a relation without a name")?
            .to_owned();
        let conditions: Vec<String> =
            words.iter().map(|word| format!("position('{word}' in whole::text) > 0")).collect();
        let mut query =
            format!("select count(*) as hits from {relation} whole where ({})", conditions.join(" or "));
        if relation.contains("pg_stat_statements") {
            // The traces of this search itself are left out.
            query.push_str(" and position('whole::text' in whole::text) = 0");
        }
        let found = databases.number("postgres", &query).await.with_context(|| relation.clone())? > 0;
        searched.push(Searched { relation, found });
    }
    Ok(searched)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use topics::catalogue::{MunicipalDeadLetters, Topic};
    use topics::codec::sealing::{Sealed, in_scope};
    use topics::values::ids::EventId;

    #[test]
    fn words_are_found_however_deep_they_are_sealed() {
        let ring: Arc<KeyRing> =
            Arc::new(format!("municipal-1:{}", STANDARD.encode([1; 32])).parse().unwrap());
        let seal = |plain: &str| {
            let sealed = in_scope(&ring, MunicipalDeadLetters::SPEC.seal, &EventId::of(&[b"x"]), || {
                serde_json::to_string(&Sealed(plain.to_owned()))
            });
            sealed.0.unwrap()
        };
        let inner = STANDARD.encode(format!("{{\"words\":[{}]}}", seal("the needle")));
        let value = format!("{{\"record\":{}}}", seal(&inner));
        let record = Incoming { value: Some(value.clone().into_bytes()), ..Incoming::default() };
        assert!(!value.contains("needle"));
        assert!(opened(&record, &ring).contains("the needle"));
    }
}
