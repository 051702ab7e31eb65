//! The processing of the trust engine: machines, their stages, and the engine that runs them. All code here
//! is synchronous and pure: it does not wait, read the clock, log or do I/O, and the dependencies of the
//! crate do not allow it to.
//!
//! Naming: a noun is a machine (`conversations`, `tickets`, `deliveries`, `protected`), a verb is a stage
//! (`converse`, `announce`, `route`, `stamp`, `track`, `detect`, `escalate`, `deliver`, `refer`).

pub mod engine;
mod languages;
pub mod machines;
pub mod rules;
pub mod stages;
pub mod topology;
pub mod understanding;
