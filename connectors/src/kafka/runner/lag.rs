//! How far a chain is behind, for those who watch.

use std::time::Duration;

use crate::clock::present;
use crate::kafka::client::lag::behind;
use crate::kafka::runner::assignment::Owned;
use crate::kafka::runner::chain::Chain;

impl Chain {
    /// Shows how many records a partition is behind, one at a time, and how old the oldest record is that
    /// waits here.
    pub(super) fn show_lag(&mut self) {
        let Some(turn) = self.turns.due(self.owned.len()) else { return };
        let oldest = self
            .ready()
            .filter_map(|ready| ready.stash.front())
            .map(|record| present().since(record.time))
            .max();
        self.metrics.vitals().oldest_age(oldest.unwrap_or(Duration::ZERO));
        let Some((partition, Owned::Ready(ready))) = self.owned.iter().nth(turn) else { return };
        if let Some(records) = behind(&self.consumer, &self.topic, *partition, ready.task.row().next_offset) {
            self.metrics.lag(self.machine.log.name, *partition, records);
        }
    }
}
