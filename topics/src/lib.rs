//! The records of all topics, one file for each record type, with the catalogue of topics, codecs, ids and
//! sealing.
//!
//! A record that is about a person has open fields, which all readers of its topic may read, and sealed
//! fields, which need a key. The types say which field is which: see [`codec::sealing`] and the test
//! `classes`.

pub mod catalogue;
pub mod codec;
pub mod records;
pub mod values;
