//! How far a chain is behind: asked of the broker now and then, between transactions.

use std::time::{Duration, Instant};

use rdkafka::consumer::Consumer;

use super::chain::Chain;
use super::owned::Owned;
use crate::clock::present;
use crate::kafka::wire;

/// How often it is asked.
const EVERY: Duration = Duration::from_secs(5);
/// How long an answer may take: a broker that is slow has other worries.
const PATIENCE: Duration = Duration::from_millis(200);

/// When it was last asked.
pub(super) struct Lag(Instant);

impl Lag {
    pub(super) fn new() -> Self {
        Self(Instant::now())
    }
}

impl Chain {
    /// Shows how many records each partition is behind, and how old the oldest is that waits here.
    pub(super) fn show_lag(&mut self) {
        if self.lag.0.elapsed() < EVERY {
            return;
        }
        self.lag = Lag::new();
        let mut oldest = Duration::ZERO;
        for (partition, owned) in &self.owned {
            let Owned::Ready(ready) = owned else { continue };
            oldest = ready.stash.front().map_or(oldest, |record| oldest.max(present().since(record.time)));
            let Ok((_, end)) = self.consumer.fetch_watermarks(&self.topic, wire::native(*partition), PATIENCE) else { return };
            let behind = u64::try_from(end - ready.task.row().next_offset).unwrap_or(0);
            self.metrics.lag(self.machine.log.name, *partition, behind);
        }
        self.metrics.vitals().oldest_age(oldest);
    }
}
