//! What happens: pure stages and the task that chains them. Nothing here can wait, fail or tell the time: see the crate's
//! dependencies.

pub mod announce;
pub mod clocks;
pub mod conversations;
pub mod converse;
mod dead_letter;
pub mod deliver;
pub mod deliveries;
pub mod detect;
pub mod dispatch;
pub mod driver;
pub mod edition;
pub mod effect;
pub mod escalate;
pub mod explain;
pub mod geography;
pub mod life;
pub mod machine;
pub mod policy;
pub mod protected;
pub mod refer;
pub mod route;
pub mod stage;
pub mod stamp;
pub mod step;
pub mod store;
pub mod task;
mod task_row;
pub mod texts;
pub mod tickets;
pub mod topology;
pub mod track;
