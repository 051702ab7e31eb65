//! Checks the clocks for a chain: the latest time that its logs may have, and whether it may append ticks.

use std::collections::BTreeMap;
use std::time::Duration;

use pipeline::topology::MachineSpec;
use topics::values::time::Time;

use crate::clock::{HostTime, MAX_AHEAD, host_time};
use crate::kafka::client::broker_clock::{BrokerClocks, agree};
use crate::kafka::runner::assignment::Ticking;

/// The clocks at one moment: this host's, and those of the leaders of the log's partitions.
pub(super) struct Clocks {
    host: HostTime,
    /// By how many milliseconds the leader of each partition is ahead, if that is known.
    brokers: BTreeMap<u32, i64>,
    /// Whether the machine has a store: only then does the time of its log outlast a record.
    has_store: bool,
}

impl Clocks {
    /// Looks at the clocks. `topic` is the name of the log on the broker.
    pub(super) fn look(
        machine: &MachineSpec,
        brokers: &BrokerClocks,
        topic: &str,
        partitions: impl Iterator<Item = u32>,
    ) -> Self {
        let brokers =
            partitions.filter_map(|partition| Some((partition, brokers.difference(topic, partition)?)));
        Self { host: host_time(), brokers: brokers.collect(), has_store: machine.store.is_some() }
    }

    /// The present time by this host's clock.
    pub(super) fn now(&self) -> Time {
        self.host.now
    }

    /// The latest time that a record may have.
    pub(super) fn latest(&self) -> Time {
        if self.has_store { self.host.latest() } else { Time::from_millis(i64::MAX) }
    }

    /// Why a log that is at `time` may not be processed on; `None` if it may.
    pub(super) fn why_ahead(&self, machine: &str, time: Time) -> Option<String> {
        if time <= self.latest() {
            return None;
        }
        Some(format!(
            "the time of the log is {} s ahead of this host's clock, since a clock was wrong; set the clocks \
             right; then stop {machine} and run: trust-engine time --bring-back {machine}",
            time.since(self.host.now).as_secs()
        ))
    }

    /// When ticks may be appended to a partition.
    pub(super) fn ticking(&self, partition: u32) -> Ticking {
        if self.host.stepped.is_some() {
            return Ticking::Never;
        }
        match self.brokers.get(&partition) {
            Some(difference) if !agree(*difference) => Ticking::ToAsk,
            _ => Ticking::Always,
        }
    }

    /// The largest difference that is known: of a broker's clock, or of this host's from what it was.
    pub(super) fn largest_difference(&self) -> Duration {
        let all = self.brokers.values().chain(self.host.stepped.as_ref());
        Duration::from_millis(all.map(|millis| millis.unsigned_abs()).max().unwrap_or(0))
    }

    /// What is wrong with the clocks; `None` if they agree.
    pub(super) fn wrong(&self) -> Option<String> {
        if let Some(stepped) = self.host.stepped {
            let seconds = stepped / 1_000;
            return Some(format!(
                "the clock of this host was stepped by {seconds} s since the process started: no ticks are \
                 appended until it has been right \
                 again for {} s; if it is right now, start the process again",
                MAX_AHEAD.as_secs()
            ));
        }
        let (partition, millis) = self.brokers.iter().find(|(_, millis)| !agree(**millis))?;
        let seconds = millis.unsigned_abs() / 1_000;
        let side = if *millis > 0 { "ahead of" } else { "behind" };
        Some(format!(
            "the broker's clock is {seconds} s {side} this host's (partition {partition}): no ticks are \
             appended until they agree within \
             2 s, apart from one a minute that asks; set the clocks right"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clocks(stepped: Option<i64>, brokers: &[(u32, i64)]) -> Clocks {
        let host = HostTime { now: Time::from_millis(1_772_431_200_000), stepped };
        Clocks { host, brokers: brokers.iter().copied().collect(), has_store: true }
    }

    #[test]
    fn ticks_need_clocks_that_agree() {
        let both = clocks(None, &[(0, 1_999), (1, -2_500)]);
        assert_eq!((both.ticking(0), both.ticking(1)), (Ticking::Always, Ticking::ToAsk));
        assert_eq!(both.ticking(2), Ticking::Always, "what is not known is asked for with a tick");
        assert_eq!(both.largest_difference(), Duration::from_millis(2_500));
        assert!(both.wrong().unwrap().contains("2 s behind this host's (partition 1)"));
        let stepped = clocks(Some(108_000_000), &[(0, 0)]);
        assert_eq!(stepped.ticking(0), Ticking::Never);
        assert!(stepped.wrong().unwrap().contains("stepped by 108000 s"));
        assert_eq!(clocks(None, &[(0, -1)]).wrong(), None);
    }

    #[test]
    fn a_log_may_be_a_minute_ahead_and_that_of_a_stage_without_a_store_as_far_as_it_is() {
        let mut clocks = clocks(None, &[]);
        let at = |seconds| clocks.now() + Duration::from_secs(seconds);
        let far = at(108_000);
        assert_eq!(clocks.why_ahead("tickets", at(60)), None);
        let why = clocks.why_ahead("tickets", at(61)).unwrap();
        assert!(
            why.contains("61 s ahead") && why.ends_with("trust-engine time --bring-back tickets"),
            "{why}"
        );
        clocks.has_store = false;
        assert_eq!(clocks.why_ahead("route", far), None);
    }
}
