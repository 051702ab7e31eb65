//! deliver: decides which messages are sent, when, and how their outcomes are recorded. The rules are pure; a
//! connector makes the calls.
//!
//! The store is the queue. A row with status `sending` permits a call, and the call is made only once that
//! row is committed. The outcome comes back through the log. Which message may be sent next follows from the
//! rows alone: see [`index`].

mod alone;
mod blame;
pub mod circuit;
pub mod due;
pub mod error_codes;
pub mod index;
pub mod life;
pub mod outcome;
pub mod permits;
pub mod queue;
pub mod receipt;
pub mod refusal;
pub mod retry;
mod row;
pub mod stop;
mod tell;
pub mod unknown;

pub use row::disarm;

#[cfg(test)]
mod tests;

/// The name of the stage in counts and dead letters.
pub const STAGE: &str = "deliver";
