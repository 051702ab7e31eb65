//! Open text: strings whose format is so narrow that they cannot hold a phone number, a person's words or an
//! exact point.

use std::fmt::Display;

use serde::Deserializer;
use serde::de::Visitor;

/// Declares a string newtype that is checked whenever a value is made, with the same format in its JSON
/// Schema.
///
/// `form` is a function of the text; `pattern` is the same check as a regular expression, for readers of the
/// schema. The class after the name becomes `x-class` in the schema: `tenant` identifies something of a
/// municipality, `personal` may only occur in sealed fields, and no class means `open`. A test (`classes`)
/// tries phone numbers, words and points on every pattern.
macro_rules! open_text {
    ($(#[$doc:meta])* $name:ident, $pattern:literal, $form:expr) => {
        $crate::values::text::open_text!($(#[$doc])* $name: open, $pattern, $form);
    };
    ($(#[$doc:meta])* $name:ident: $class:ident, $pattern:literal, $form:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The text as it is written in records.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::values::text::BadText;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let form: fn(&str) -> bool = $form;
                if form(text) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err($crate::values::text::BadText(stringify!($name), $pattern))
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::values::text::read_str(deserializer, str::parse)
            }
        }

        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({
                    "type": "string",
                    "pattern": $pattern,
                    "x-class": stringify!($class)
                })
            }
        }
    };
}
pub(crate) use open_text;

/// Reads a string with `read`, without a copy of its own.
pub(crate) fn read_str<'de, D, T, E>(
    deserializer: D,
    read: impl FnOnce(&str) -> Result<T, E>,
) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    E: Display,
{
    deserializer.deserialize_str(StrVisitor(read))
}

/// Hands the string to a function.
struct StrVisitor<F>(F);

impl<T, E: Display, F: FnOnce(&str) -> Result<T, E>> Visitor<'_> for StrVisitor<F> {
    type Value = T;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<S: serde::de::Error>(self, text: &str) -> Result<T, S> {
        (self.0)(text).map_err(S::custom)
    }
}

/// A text does not have the format of its type. The error does not repeat the text, which may be personal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a {0}: it must match {1}")]
pub struct BadText(pub &'static str, pub &'static str);

/// Accepts a name such as `ETH-WATER-NORTH` or `thandi.m`. It may have at most eight digits, as many as a
/// ward's code: a phone number has at least nine without its leading zero, and so has a point that identifies
/// a house.
fn slug(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|first| first.is_ascii_alphabetic())
        && text.len() <= 40
        && chars.all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'))
        && text.bytes().filter(u8::is_ascii_digit).count() <= 8
}

open_text!(
    /// The code of a municipality, ward, team or policy: starts with a letter, or is up to eight digits (a
    /// ward of the Demarcation Board).
    Code: tenant,
    "^(?!(.*[0-9]){9})([A-Za-z][A-Za-z0-9_.-]{0,39}|[0-9]{1,8})$",
    |text| slug(text) || ((1..=8).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit()))
);

open_text!(
    /// The login name of a member of staff, or the name of a part of the system that acts.
    ActorName: tenant,
    "^(?!(.*[0-9]){9})[A-Za-z][A-Za-z0-9_.-]{0,39}$",
    slug
);

impl ActorName {
    /// The name under which the system itself acts.
    pub fn system() -> Self {
        Self("system".to_owned())
    }
}

open_text!(
    /// A square of 500 m on a grid over the country, named by column and row, such as `x123y-45`.
    Cell: tenant,
    "^x-?[0-9]{1,5}y-?[0-9]{1,5}$",
    is_cell
);

fn is_cell(text: &str) -> bool {
    let is_number = |part: &str| {
        let digits = part.strip_prefix('-').unwrap_or(part);
        (1..=5).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
    };
    let parts = text.strip_prefix('x').and_then(|rest| rest.split_once('y'));
    parts.is_some_and(|(x, y)| is_number(x) && is_number(y))
}
