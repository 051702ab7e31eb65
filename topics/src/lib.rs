//! What flows: one record type a file, the catalogue of topics, codecs, ids and sealing.
//!
//! A record that is about a person has an open part, which anybody with the right to its topic may read, and a sealed
//! part, which needs a key. Which field is which is in the types: see [`sealing`] and the test `classes`.

pub mod assignments;
pub mod asyncapi;
pub mod breaches;
pub mod catalogue;
pub mod control;
pub mod conversations;
pub mod cut;
pub mod dead_letters;
pub mod deliveries;
pub mod editions;
pub mod ids;
pub mod messages;
pub mod notifications;
pub mod partition;
pub mod point;
pub mod protected;
pub mod record;
pub mod reports;
pub mod schemas;
pub mod sealing;
pub mod task_row;
pub mod text;
pub mod ticket_commands;
pub mod ticket_events;
pub mod tickets;
pub mod time;
pub mod tracking;
pub mod unscreened;
pub mod words;
