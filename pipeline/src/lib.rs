//! What happens: pure stages and the task that chains them. Nothing here can wait, fail or tell the time: see
//! the crate's dependencies.

pub mod engine;
pub mod machines;
pub mod rules;
pub mod stages;
pub mod topology;
