//! What happens: pure stages and the task that chains them. Nothing here can wait, fail or tell the time: see the crate's
//! dependencies.

mod dead_letter;
pub mod driver;
pub mod edition;
pub mod effect;
pub mod machine;
pub mod step;
pub mod store;
pub mod task;
mod task_row;
pub mod topology;
