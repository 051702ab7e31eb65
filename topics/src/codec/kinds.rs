//! The kinds of a topic's records, as the header `ce_type` names them.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The kinds of a topic's records as `ce_type` names them: the tags of an enum, or a single word.
pub trait Kinds: Serialize + DeserializeOwned {
    /// All kinds of the topic's records, in order.
    const KINDS: &'static [&'static str];
    /// The kind of this record.
    fn kind(&self) -> &'static str;

    /// Reads a record from its JSON.
    ///
    /// # Errors
    /// The JSON is not that of a record of this topic.
    fn read(json: &[u8]) -> serde_json::Result<Self> {
        serde_json::from_slice(json)
    }
}

/// The kind of a record whose JSON begins with its kind, as all that are written here do. serde reads such a
/// record twice, once to find its kind; who knows the kind reads the variant at once.
pub(crate) fn first_kind(json: &[u8]) -> Option<&[u8]> {
    let rest = json.strip_prefix(br#"{"kind":""#)?;
    rest.split(|byte| *byte == b'"').next()
}

/// Declares the kinds of a topic's record.
macro_rules! kinds {
    ($record:ty, $only:literal) => {
        impl $crate::codec::kinds::Kinds for $record {
            const KINDS: &'static [&'static str] = &[$only];
            fn kind(&self) -> &'static str {
                $only
            }
        }
    };
    ($record:ident { $($variant:ident = $kind:literal),+ $(,)? }) => {
        impl $crate::codec::kinds::Kinds for $record {
            const KINDS: &'static [&'static str] = &[$($kind),+];
            fn kind(&self) -> &'static str {
                match self { $(Self::$variant(..) => $kind),+ }
            }
            fn read(json: &[u8]) -> serde_json::Result<Self> {
                match $crate::codec::kinds::first_kind(json).map(str::from_utf8) {
                    $(Some(Ok($kind)) => serde_json::from_slice(json).map(Self::$variant),)+
                    _ => serde_json::from_slice(json),
                }
            }
        }
    };
}
pub(crate) use kinds;
