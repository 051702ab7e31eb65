//! deliver: which messages go out, when, and what becomes of them. Pure rules; the calls are made by a
//! connector.
//!
//! The ledger is the queue. A call is permitted by a row that says `sending`, and made only once that row is
//! committed; what became of it comes back through the log. Who may call next follows from the rows alone:
//! see [`index`].

pub mod circuit;
pub mod due;
pub mod index;
pub mod outcome;
pub mod queue;
pub mod receipt;
pub mod retry;
mod row;
pub mod stop;
mod tell;
pub mod unknown;

pub use row::disarm;

#[cfg(test)]
mod tests;

/// The name of the stage.
pub const STAGE: &str = "deliver";
