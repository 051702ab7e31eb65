//! The topology: all machines in one table. It runs the program, prints it and tests it.

use topics::catalogue::{Lane, TopicSpec};

use crate::step::Surroundings;
use crate::task::Task;

/// A row of the topology.
pub struct MachineSpec {
    /// Its name: of its chain, its consumer group and its transactional ids.
    pub name: &'static str,
    /// Whose eyes it is for.
    pub lane: Lane,
    /// The log that it hears.
    pub log: &'static TopicSpec,
    /// Its store.
    pub store: &'static TopicSpec,
    /// Its stages, in order.
    pub stages: &'static [&'static str],
    /// What it writes besides its store and dead letters.
    pub writes: &'static [&'static TopicSpec],
    /// Where its dead letters go.
    pub dead_letters: &'static TopicSpec,
    /// Makes the task of a partition.
    pub make: fn(Surroundings) -> Box<dyn Task>,
}
