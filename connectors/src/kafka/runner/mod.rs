//! The runner: one chain on one thread. It polls, lets the tasks step, and commits what they wrote with their
//! stores and offsets in one transaction. It polls only between transactions, so a rebalance never meets an
//! open one.

mod assignment;
mod backlog;
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
mod settings;

use std::sync::Arc;

use pipeline::topology::MachineSpec;

use crate::health::PartHealth;
use crate::kafka::LogError;
use crate::kafka::client::shutdown::Shutdown;
use crate::metrics::ChainMetrics;
use chain::Chain;
pub use settings::{ChainServices, NoServices, RunnerSettings};

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
