//! What a sink shows to operators: its metrics and its health.

use std::cell::RefCell;
use std::time::Duration;

use topics::values::time::Time;

use crate::batch::Batch;
use crate::clock::present;
use crate::health::PartHealth;
use crate::kafka::sink::aside::AsidePartitions;
use crate::metrics::SinkMetrics;

/// The metrics and the health of one sink.
pub(super) struct SinkReport {
    pub(super) name: &'static str,
    pub(super) metrics: SinkMetrics,
    health: PartHealth,
    /// The first partition that is set aside, and why.
    aside: RefCell<Option<String>>,
}

impl SinkReport {
    pub(super) fn new(name: &'static str, metrics: SinkMetrics, health: PartHealth) -> Self {
        Self { name, metrics, health, aside: RefCell::default() }
    }

    pub(super) fn show_stopping(&self) {
        self.health.not_ready("is stopping");
    }

    /// Shows how many partitions are set aside, and that the sink is not ready while one is.
    pub(super) fn show_aside(&self, aside: &AsidePartitions) {
        self.metrics.partitions_set_aside(aside.len());
        self.aside.replace(aside.first());
        self.show_working();
    }

    /// Shows that the sink is ready, unless a partition is set aside.
    pub(super) fn show_working(&self) {
        match self.aside.borrow().clone() {
            None => {
                self.metrics.vitals().up();
                self.health.ready();
            }
            Some(why) => {
                self.metrics.vitals().down();
                self.health.not_ready(why);
            }
        }
    }

    /// Shows that the database does not answer, and logs why.
    pub(super) fn show_waiting(&self, why: &str) {
        tracing::warn!(
            sink = self.name,
            why,
            "the database does not answer: waits, and asks again every half second"
        );
        self.health.not_ready("waits for the database");
        self.metrics.vitals().down();
    }

    /// The time of the oldest record of a round, as far as the metrics may show it.
    pub(super) fn oldest(&self, round: &[Batch]) -> Option<Time> {
        let shown = round.iter().filter(|batch| self.metrics.shows(batch.topic));
        shown.filter_map(|batch| batch.records.first()).map(|record| record.time).min()
    }

    /// Shows that a round was written, if it has a batch that the metrics may show.
    pub(super) fn show_round(&self, round: &[Batch], took: Duration) {
        if round.iter().any(|batch| self.metrics.shows(batch.topic)) {
            self.metrics.round(took);
        }
    }

    /// Shows how old the oldest record is that waits for the database.
    pub(super) fn show_age(&self, oldest: Option<Time>) {
        self.metrics.vitals().oldest_age(oldest.map_or(Duration::ZERO, |time| present().since(time)));
    }
}
