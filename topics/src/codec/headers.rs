//! The names of headers.

use std::borrow::Cow;

/// The name of a header. Those of our own records are not copied.
pub type HeaderName = Cow<'static, str>;

/// The name of a header that was read.
pub fn header_name(name: &str) -> HeaderName {
    let known = NAMES.iter().find(|known| **known == name);
    known.map_or_else(|| name.to_owned().into(), |known| Cow::Borrowed(*known))
}

/// The headers that every record has, in their order.
const NAMES: [&str; 8] = [
    "ce_specversion",
    "ce_id",
    "ce_type",
    "ce_source",
    "ce_time",
    "content-type",
    "schema-version",
    "traceparent",
];
