//! The runner: one chain on one thread. It polls, lets the tasks step, and commits what they wrote with their
//! stores and offsets in one transaction. It polls only between transactions, so a rebalance never meets an
//! open one.

mod assignment;
mod batch;
mod chain;
mod commit;
mod log_reader;
mod partitions;
mod report;
pub(crate) mod restore;
mod restore_thread;

use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

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

/// What a committed step asks of the world goes here.
pub trait ChainServices: Send + Sync {
    /// Partitions came or went: what waits is not begun, and for a while nothing else is.
    fn reassigned(&self);
    /// A committed step asks for something.
    fn ask(&self, effect: Effect);
}

/// For chains that ask for nothing.
pub struct Nobody;

impl ChainServices for Nobody {
    fn reassigned(&self) {}
    fn ask(&self, _: Effect) {}
}

/// A chain whose name in the group was taken begins anew, unless it has done so this often of late: then it
/// is not the broker that mistook it for another after an outage, but a process that has its name.
const MOST_BEGINNINGS: usize = 3;
/// Of late.
const LATE: Duration = Duration::from_secs(300);

/// What a chain runs with.
#[derive(Clone)]
pub struct RunnerSettings {
    /// The broker and the names on it.
    pub installation: Installation,
    /// Which host this is: part of the ids that are kept over a restart.
    pub host: String,
    /// Where the places of copies are locked.
    pub state: PathBuf,
    /// The keys that seal.
    pub ring: Arc<KeyRing>,
    /// The installation's secret.
    pub pepper: Pepper,
    /// Appends ticks and editions.
    pub appender: Appender,
    /// The editions as they come.
    pub shelf: EditionCache,
    /// How the topic set was cut when the process began.
    pub cut: Cut,
}

/// Runs `machine` on a thread of its own until `stop` is asked for or something is wrong that no program can
/// judge.
///
/// # Errors
/// The thread cannot be made.
pub fn start(
    machine: &'static MachineSpec,
    settings: RunnerSettings,
    outside: Arc<dyn ChainServices>,
    metrics: ChainMetrics,
    health: PartHealth,
    stop: Shutdown,
) -> std::io::Result<JoinHandle<Result<(), LogError>>> {
    let (health, mut beginnings) = (Arc::new(health), Vec::<Instant>::new());
    std::thread::Builder::new().name(machine.name.to_owned()).spawn(move || {
        loop {
            let chain = Chain::new(
                machine,
                settings.clone(),
                outside.clone(),
                metrics.clone(),
                health.clone(),
                stop.clone(),
            )?;
            let ended = chain.run();
            beginnings.retain(|begun| begun.elapsed() < LATE);
            if !matches!(ended, Err(LogError::Fenced)) || beginnings.len() >= MOST_BEGINNINGS {
                return ended;
            }
            tracing::warn!(chain = machine.name, "begins anew, as after a restart of its process");
            beginnings.push(Instant::now());
        }
    })
}
