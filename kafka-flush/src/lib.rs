//! One call of librdkafka that the crate `rdkafka` does not offer: send what a producer has collected, and
//! wait until the broker has acknowledged it.
//!
//! While `rd_kafka_flush` runs, the client ignores `linger.ms`. The `flush` of `rdkafka` calls it with a
//! time-out of zero, so the client's thread may never see that a flush is asked for, and what was collected
//! waits for `linger.ms`. A producer that knows when its batch is complete needs the whole call: with it a
//! long `linger.ms` makes one request of a batch and delays nothing.

use std::time::Duration;

use rdkafka::bindings::rd_kafka_flush;
use rdkafka::producer::{Partitioner, Producer, ProducerContext};

/// Sends all records that `producer` has collected without regard to `linger.ms`, and waits until each is
/// acknowledged or has failed, but at most for `limit` (at most 24 days). Returns whether that happened in
/// time. Delivery reports must be polled on another thread, as `rdkafka`'s `ThreadedProducer` does.
pub fn flush<C, Part>(producer: &impl Producer<C, Part>, limit: Duration) -> bool
where
    C: ProducerContext<Part>,
    Part: Partitioner,
{
    let millis = i32::try_from(limit.as_millis()).unwrap_or(i32::MAX);
    // SAFETY: the pointer is that of a client which lives as long as `producer` is borrowed, and librdkafka
    // allows calls from any thread.
    #[allow(unsafe_code, reason = "the one call of this crate")]
    let code = unsafe { rd_kafka_flush(producer.client().native_ptr(), millis) };
    code as i32 == 0
}
