//! What flows: one record type a file, the catalogue of topics, codecs, ids and sealing.
//!
//! A record that is about a person has an open part, which anybody with the right to its topic may read, and
//! a sealed part, which needs a key. Which field is which is in the types: see [`sealing`] and the test
//! `classes`.

pub mod catalogue;
pub mod codec;
pub mod records;
pub mod values;
