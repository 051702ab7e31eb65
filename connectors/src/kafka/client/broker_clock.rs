//! The clocks of the brokers, as the timestamps of records that they have appended show them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::message::{BorrowedMessage, Message, Timestamp};
use rdkafka::producer::{DeliveryResult, Producer, ProducerContext};
use topics::catalogue::TopicSpec;
use topics::codec::record::Outgoing;
use topics::values::time::Time;

use crate::clock::{TOLERANCE, present};
use crate::kafka::client::convert;
use crate::kafka::client::log_lines::limits_log_lines;
use crate::kafka::client::polled_producer::PolledProducer;
use crate::kafka::{Installation, LogError, REQUEST_TIMEOUT};

/// By how many milliseconds the broker's clock was ahead of this host's (negative: behind) when it appended a
/// record that this host sent and saw acknowledged at these times; `None` if the answer was too slow to tell.
fn difference(sent: Time, acknowledged: Time, appended: Time) -> Option<i64> {
    if appended > acknowledged {
        Some(appended.millis().saturating_sub(acknowledged.millis()))
    } else if appended < sent {
        Some(appended.millis().saturating_sub(sent.millis()))
    } else {
        (acknowledged.since(sent) <= TOLERANCE).then_some(0)
    }
}

/// Whether two clocks with this difference in milliseconds agree.
pub(crate) fn agree(difference: i64) -> bool {
    Duration::from_millis(difference.unsigned_abs()) <= TOLERANCE
}

/// When the broker appended a record; `None` if the timestamp is the producer's.
fn appended(message: &BorrowedMessage<'_>) -> Option<Time> {
    match message.timestamp() {
        Timestamp::LogAppendTime(millis) => Some(Time::from_millis(millis)),
        Timestamp::CreateTime(_) | Timestamp::NotAvailable => None,
    }
}

/// When this host sent a record, by both of its clocks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SentAt {
    clock: Time,
    steady: Instant,
}

impl SentAt {
    /// Now.
    pub(crate) fn now() -> Self {
        Self { clock: present(), steady: Instant::now() }
    }
}

/// What a broker's clock showed when a record was acknowledged, or shortly before. It goes on with this
/// host's monotonic clock, so no step of the host's clock moves it.
#[derive(Clone, Copy)]
struct Reading {
    appended: Time,
    acknowledged: Instant,
}

impl Reading {
    /// What the broker's clock shows at `moment`: this, or a little more.
    fn at(self, moment: Instant) -> Time {
        self.appended + moment.saturating_duration_since(self.acknowledged)
    }

    /// The reading that follows an `earlier` one of the same clock. An answer that was slow says only that
    /// the clock shows no less than that.
    fn after(self, earlier: Option<Self>, took: Duration) -> Self {
        match earlier {
            Some(earlier) if took > TOLERANCE && earlier.at(self.acknowledged) > self.appended => earlier,
            _ => self,
        }
    }
}

/// The last known clock of each partition's leader, by topic and partition. Clones share it.
#[derive(Clone, Default)]
pub(crate) struct BrokerClocks(Arc<Mutex<Observed>>);

#[derive(Default)]
struct Observed {
    /// By topic and partition, as the broker knows them: milliseconds that the broker's clock is ahead of
    /// this host's.
    partitions: BTreeMap<String, BTreeMap<u32, i64>>,
    /// The same by the last answer of any broker.
    last: Option<i64>,
    /// What the clocks show, by topic and partition.
    readings: BTreeMap<String, BTreeMap<u32, Reading>>,
    /// What the clock of the broker shows that answered last.
    last_reading: Option<Reading>,
}

impl Observed {
    fn read(&mut self, topic: &str, partition: u32, reading: Reading, took: Duration) {
        self.last_reading = Some(reading.after(self.last_reading, took));
        let known = self.readings.entry(topic.to_owned()).or_default();
        let reading = reading.after(known.get(&partition).copied(), took);
        known.insert(partition, reading);
    }

    fn now(&self, topic: &str, partition: u32) -> Option<Time> {
        let known = self.readings.get(topic).and_then(|known| known.get(&partition).copied());
        Some(known.or(self.last_reading)?.at(Instant::now()))
    }
}

impl BrokerClocks {
    /// Notes the timestamp of a record that was sent at `sent` and is acknowledged now.
    pub(crate) fn observe(&self, message: &BorrowedMessage<'_>, sent: SentAt) {
        let Some(appended) = appended(message) else { return };
        let acknowledged = Instant::now();
        let partition = convert::partition(message);
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let took = acknowledged.saturating_duration_since(sent.steady);
        all.read(message.topic(), partition, Reading { appended, acknowledged }, took);
        let Some(millis) = difference(sent.clock, present(), appended) else { return };
        all.partitions.entry(message.topic().to_owned()).or_default().insert(partition, millis);
        all.last = Some(millis);
    }

    /// Milliseconds that the clock of the broker that answered last is ahead of this host's; `None` before
    /// the first answer.
    pub(crate) fn last_difference(&self) -> Option<i64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).last
    }

    /// The present by the clock of a partition's leader or, if that is not known, of the broker that answered
    /// last; `None` before the first answer. `topic` is what the broker calls it.
    pub(crate) fn now(&self, topic: &str, partition: u32) -> Option<Time> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).now(topic, partition)
    }

    /// The last known difference for a partition of the topic that the broker knows as `topic`.
    pub(crate) fn difference(&self, topic: &str, partition: u32) -> Option<i64> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.partitions.get(topic)?.get(&partition).copied()
    }
}

struct Probe(BrokerClocks);

limits_log_lines!(Probe);

impl ProducerContext for Probe {
    type DeliveryOpaque = Box<SentAt>;
    fn delivery(&self, result: &DeliveryResult<'_>, sent: Self::DeliveryOpaque) {
        if let Ok(message) = result {
            self.0.observe(message, *sent);
        }
    }
}

/// Asks the leaders of all partitions of a store for their time: with records of a transaction that is
/// aborted, so that no reader sees them. A store is compacted, which removes them; in a log they would take
/// offsets that retention deletes unread.
///
/// # Errors
/// The broker does not answer.
pub(crate) fn ask(
    installation: &Installation,
    store: &'static TopicSpec,
    transactional_id: &str,
) -> Result<BTreeMap<u32, i64>, LogError> {
    let clocks = BrokerClocks::default();
    let mut config = installation.producer();
    config.set("transactional.id", transactional_id).set("transaction.timeout.ms", "6000");
    let producer = PolledProducer::new(&config, Probe(clocks.clone()))?;
    let doing = || LogError::client("asking the broker for its time");
    producer.init_transactions(REQUEST_TIMEOUT).map_err(doing())?;
    // The first transaction makes the connections, which takes longer than an answer may.
    for _ in 0..2 {
        producer.begin_transaction().map_err(doing())?;
        for partition in 0..installation.partitions {
            let topic = installation.topic(store.name);
            let probe = Outgoing {
                topic: store.name,
                partition,
                key: "time".to_owned(),
                headers: Vec::new(),
                value: None,
            };
            let record = convert::outgoing(&probe, &topic, Box::new(SentAt::now()));
            producer.send(record).map_err(|(error, _)| doing()(error))?;
        }
        producer.flush(REQUEST_TIMEOUT).map_err(doing())?;
        producer.abort_transaction(REQUEST_TIMEOUT).map_err(doing())?;
    }
    let topic = installation.topic(store.name);
    let known = (0..installation.partitions)
        .filter_map(|partition| Some((partition, clocks.difference(&topic, partition)?)));
    Ok(known.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_of_the_broker_is_judged_by_the_time_between_sending_and_the_answer() {
        let at = Time::from_millis;
        assert_eq!(difference(at(1_000), at(1_010), at(1_005)), Some(0));
        assert_eq!(difference(at(1_000), at(1_010), at(4_010)), Some(3_000));
        assert_eq!(difference(at(9_000), at(9_010), at(4_000)), Some(-5_000));
        assert_eq!(difference(at(1_000), at(61_000), at(30_000)), None, "the answer was too slow");
        assert_eq!(difference(at(1_000), at(61_000), at(161_000)), Some(100_000), "but this is certain");
        assert!(agree(2_000) && agree(-2_000) && !agree(2_001) && !agree(-2_001) && !agree(i64::MIN));
    }

    #[test]
    fn the_clock_of_a_broker_goes_on_by_itself_and_a_slow_answer_never_sets_it_back() {
        let at = Time::from_millis;
        let began = Instant::now();
        let reading = |appended: i64, seconds: u64| Reading {
            appended: at(appended),
            acknowledged: began + Duration::from_secs(seconds),
        };
        let mut observed = Observed::default();
        assert!(observed.now("messages", 3).is_none());
        observed.read("messages", 3, reading(10_000, 0), Duration::ZERO);
        assert!(observed.now("messages", 3).unwrap() >= at(10_000));
        assert!(observed.now("tickets", 5).is_some(), "by the broker that answered last");
        let moment = began + Duration::from_secs(7);
        assert_eq!(reading(10_000, 0).at(moment), at(17_000));
        let slow = Duration::from_secs(9);
        assert_eq!(reading(11_000, 6).after(Some(reading(10_000, 0)), slow).at(moment), at(17_000));
        assert_eq!(reading(40_000, 6).after(Some(reading(10_000, 0)), slow).at(moment), at(41_000));
        assert_eq!(reading(2_000, 6).after(Some(reading(10_000, 0)), TOLERANCE).at(moment), at(3_000));
    }
}
