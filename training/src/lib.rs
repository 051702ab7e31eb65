//! Trains the models of `pipeline/understanding` and measures what the pipeline understands. The program
//! never depends on this crate: it has the weights only.

pub mod evaluate;
pub mod figures;
pub mod gold;
pub mod language;
pub mod meaning;
pub mod messages;
pub mod record;
pub mod table;
pub mod tune;
