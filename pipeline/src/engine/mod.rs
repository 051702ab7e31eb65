//! The engine that runs stages: tasks and their stores, steps, dead letters, and the in-memory driver. It
//! contains nothing specific to tickets or residents.

pub(crate) mod dead_letter;
pub mod driver;
pub mod effect;
pub mod machine;
pub mod stage;
pub mod step;
pub mod store;
pub mod task;
pub mod task_row;
