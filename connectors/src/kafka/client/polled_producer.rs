//! A producer whose reports are served on a thread of its own.

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::producer::{BaseProducer, ProducerContext};

use crate::kafka::LogError;

/// How long the thread waits for a report, which is also the longest delay until it ends. `rdkafka` takes the
/// whole milliseconds of what is left of this and spends the rest with reading the clock, so a little more
/// than whole milliseconds is left: with `ThreadedProducer`, which waits for 100 ms, each producer used one
/// percent of a core that way.
const WAIT: Duration = Duration::from_micros(100_050);

/// A producer whose reports are served on a thread of its own until it is dropped.
pub(crate) struct PolledProducer<C: ProducerContext + 'static> {
    producer: Arc<BaseProducer<C>>,
    is_dropped: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl<C: ProducerContext + 'static> PolledProducer<C> {
    /// Makes a producer; `context` gets its reports.
    pub(crate) fn new(config: &ClientConfig, context: C) -> Result<Self, LogError> {
        let producer: BaseProducer<C> =
            config.create_with_context(context).map_err(LogError::client("making a producer"))?;
        let producer = Arc::new(producer);
        let is_dropped = Arc::new(AtomicBool::new(false));
        let polled = producer.clone();
        let must_end = is_dropped.clone();
        let thread = std::thread::Builder::new().name("reports".to_owned()).spawn(move || {
            while !must_end.load(Ordering::Relaxed) {
                polled.poll(WAIT);
            }
        });
        let thread = thread.map_err(|error| LogError::Alarm(format!("a thread cannot be made: {error}")))?;
        Ok(Self { producer, is_dropped, thread: Some(thread) })
    }
}

impl<C: ProducerContext + 'static> Deref for PolledProducer<C> {
    type Target = BaseProducer<C>;
    fn deref(&self) -> &Self::Target {
        &self.producer
    }
}

impl<C: ProducerContext + 'static> Drop for PolledProducer<C> {
    fn drop(&mut self) {
        self.is_dropped.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // Its panic was reported when it happened.
            let _ = thread.join();
        }
    }
}
