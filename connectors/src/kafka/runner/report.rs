//! What a chain shows to operators: its metrics and its health, and what its log lines may say.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::time::{Duration, Instant};

use pipeline::topology::MachineSpec;
use topics::values::lane::Lane;

use crate::health::PartHealth;
use crate::kafka::runner::partitions::Partitions;
use crate::metrics::ChainMetrics;

/// How often it is shown what the partitions wait for.
const WAITS_EVERY: Duration = Duration::from_secs(1);

/// The metrics and the health of one chain.
pub(super) struct ChainReport {
    machine: &'static MachineSpec,
    metrics: ChainMetrics,
    health: Arc<PartHealth>,
    /// What is wrong with the clocks.
    clocks: RefCell<Option<String>>,
    /// When it was last shown what the partitions wait for.
    waits_shown: Cell<Instant>,
}

impl ChainReport {
    pub(super) fn new(machine: &'static MachineSpec, metrics: ChainMetrics, health: Arc<PartHealth>) -> Self {
        let waits_shown = Cell::new(Instant::now());
        Self { machine, metrics, health, clocks: RefCell::default(), waits_shown }
    }

    /// The machine that the chain runs.
    pub(super) fn machine(&self) -> &'static MachineSpec {
        self.machine
    }

    /// The metrics of the chain.
    pub(super) fn metrics(&self) -> &ChainMetrics {
        &self.metrics
    }

    /// A count as a log line may show it: log lines must not reveal how much the police lane holds.
    pub(super) fn countable<T>(&self, count: T) -> Option<T> {
        (self.machine.lane != Lane::Protected).then_some(count)
    }

    /// Removes the lag of a partition that is not assigned to this process any more.
    pub(super) fn forget_lag(&self, partition: u32) {
        self.metrics.forget_lag(self.machine.log.name, partition);
    }

    /// Whether what the partitions wait for is to be shown now; if so, it is due again a second later.
    pub(super) fn waits_are_due(&self) -> bool {
        let due = self.waits_shown.get().elapsed() >= WAITS_EVERY;
        if due {
            self.waits_shown.set(Instant::now());
        }
        due
    }

    /// Shows whether the chain works on all of its partitions with clocks that agree, or the reason why it
    /// does not.
    pub(super) fn show_health(&self, waits: Option<String>) {
        let waits = waits.or_else(|| self.clocks.borrow().clone());
        match waits {
            Some(why) => {
                self.metrics.vitals().down();
                self.health.not_ready(why);
            }
            None => {
                self.metrics.vitals().up();
                self.health.ready();
            }
        }
    }

    /// Sets a partition aside, so that the others are processed, and says why.
    pub(super) fn set_aside(&self, partitions: &mut Partitions, partition: u32, why: String) {
        tracing::error!(chain = self.machine.name, partition, why, "a partition is set aside");
        partitions.set_aside(partition, why);
        self.show_aside(partitions);
    }

    /// Shows how many partitions are set aside, and that the chain does not work on all of its partitions.
    pub(super) fn show_aside(&self, partitions: &Partitions) {
        self.metrics.partitions_set_aside(partitions.count_aside());
        self.show_health(partitions.waits());
    }

    /// Notes what is wrong with the clocks, for [`ChainReport::show_health`], and logs it. Returns whether it
    /// is news.
    pub(super) fn note_clocks(&self, wrong: Option<String>) -> bool {
        let mut known = self.clocks.borrow_mut();
        let is_news = known.is_some() != wrong.is_some();
        match &wrong {
            Some(why) if is_news => {
                tracing::error!(chain = self.machine.name, why, "the clocks do not agree")
            }
            None if is_news => tracing::info!(chain = self.machine.name, "the clocks agree again"),
            _ => {}
        }
        *known = wrong;
        is_news
    }

    /// Shows that the chain is about to end.
    pub(super) fn show_stopping(&self) {
        self.health.not_ready("is stopping");
    }
}
