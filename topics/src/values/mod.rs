//! The values that records are made of: ids, times, texts, points and the closed vocabularies.

pub mod automation;
pub mod calendar;
pub mod ids;
pub mod ladder;
pub mod lane;
pub mod point;
pub mod staff_mail;
pub mod text;
pub mod time;
pub mod tracking;
pub mod vocabulary;
