//! The kinds of a topic's records, as the header `ce_type` names them.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The kinds of a topic's records as `ce_type` names them: the tags of an enum, or a single word.
pub trait Kinds: Serialize + DeserializeOwned {
    /// All kinds of the topic's records, in order.
    const KINDS: &'static [&'static str];
    /// The kind of this record.
    fn kind(&self) -> &'static str;
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
        }
    };
}
pub(crate) use kinds;
