//! The runner: one chain on one thread. It polls, lets the tasks step, and commits what they wrote with their
//! stores and offsets in one transaction. It polls only between transactions, so a rebalance never meets an
//! open one.

mod assignment;
mod batch;
mod chain;
mod clock_check;
mod commit;
pub(crate) mod contradiction;
mod control_records;
pub(crate) mod log_range;
mod log_reader;
mod partitions;
mod report;
pub(crate) mod restore;
mod restore_thread;

use std::path::PathBuf;
use std::sync::Arc;

use pipeline::engine::effect::Effect;
use pipeline::topology::MachineSpec;
use topics::catalogue::cut::Cut;
use topics::codec::sealing::KeyRing;
use topics::values::ids::Pepper;

use crate::health::PartHealth;
use crate::kafka::client::appender::Appender;
use crate::kafka::client::shutdown::Shutdown;
use crate::kafka::editions::EditionCache;
use crate::kafka::{Installation, LogError};
use crate::metrics::ChainMetrics;
use chain::Chain;

/// Receives the effects of committed steps.
pub trait ChainServices: Send + Sync {
    /// Partitions were assigned or revoked: effects that wait are not started, and for a while no others are.
    fn reassigned(&self);
    /// Takes an effect of a committed step.
    fn carry_out(&self, effect: Effect);
}

/// The services of chains whose steps have no effects.
pub struct NoServices;

impl ChainServices for NoServices {
    fn reassigned(&self) {}
    fn carry_out(&self, _: Effect) {}
}

/// The settings of a chain.
#[derive(Clone)]
pub struct RunnerSettings {
    /// The broker and the names on it.
    pub installation: Installation,
    /// The name of this host: part of the ids that stay the same after a restart.
    pub host: String,
    /// The folder with the lock files of the instance slots.
    pub state: PathBuf,
    /// The keys that seal and open records.
    pub ring: Arc<KeyRing>,
    /// The secret that the installation derives pseudonyms with.
    pub pepper: Pepper,
    /// Appends ticks and announcements of editions to the logs.
    pub appender: Appender,
    /// The editions that this process has read.
    pub editions: EditionCache,
    /// The cut of the topic set when the process started.
    pub cut: Cut,
}

/// Runs `machine` on this thread until `stop` is requested or it cannot go on.
///
/// # Errors
/// Why it cannot go on. Nothing of an open transaction was committed; it can be run again.
pub fn run(
    machine: &'static MachineSpec,
    settings: RunnerSettings,
    services: Arc<dyn ChainServices>,
    metrics: ChainMetrics,
    health: PartHealth,
    stop: Shutdown,
) -> Result<(), LogError> {
    Chain::new(machine, settings, services, metrics, Arc::new(health), stop)?.run()
}
