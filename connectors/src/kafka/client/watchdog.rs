//! Watches calls of the client that are repeated until they return, such as a commit. While the broker is
//! unavailable such a call waits until it returns, and the part is not ready. A call that hangs although the
//! broker answers is given up by the thread that makes it, which asks [`Watchdog::hangs`].

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};

use crate::health::PartHealth;
use crate::kafka::client::shutdown::Shutdown;
use crate::kafka::{Installation, ReaderContext};
use crate::metrics::Vitals;

/// A call that lasts for longer than this waits for the broker.
const WAITS: Duration = Duration::from_secs(10);
/// A call that has not returned although the broker has answered for this long will not return.
const HUNG: Duration = Duration::from_secs(30);
/// How long the broker may take to answer the watchdog.
const ANSWER: Duration = Duration::from_secs(5);
/// How often to log that a call waits.
const LOG_AGAIN: Duration = Duration::from_secs(30);

/// Watches the calls of one thread.
#[derive(Clone)]
pub(crate) struct Watchdog {
    began: Instant,
    /// Milliseconds after `began` at which the present call started, plus one; zero if there is no call.
    since: Arc<AtomicU64>,
    /// Whether the present call hangs although the broker answers.
    hangs: Arc<AtomicBool>,
    stop: Shutdown,
}

impl Watchdog {
    /// Watches calls of `chain` from now on, on a thread of its own that ends with the last clone.
    pub(crate) fn start(
        installation: &Installation,
        chain: &'static str,
        health: &Arc<PartHealth>,
        vitals: &Vitals,
        stop: &Shutdown,
    ) -> std::io::Result<Self> {
        let (since, hangs) = (Arc::default(), Arc::default());
        let watchdog = Self { began: Instant::now(), since, hangs, stop: stop.clone() };
        let watch = Watch {
            began: watchdog.began,
            since: Arc::downgrade(&watchdog.since),
            hangs: Arc::clone(&watchdog.hangs),
            // The health of a part says that it has stopped as soon as it is dropped.
            health: Arc::downgrade(health),
            vitals: vitals.clone(),
        };
        let wait =
            Wait { installation: installation.clone(), chain, probe: None, answered: None, logged: None };
        let thread = std::thread::Builder::new().name(format!("{chain}-watchdog"));
        thread.spawn(move || watch.run(wait))?;
        Ok(watchdog)
    }

    /// Runs a call that may wait for the broker.
    pub(crate) fn watch<R>(&self, call: impl FnOnce() -> R) -> R {
        let now = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX).saturating_add(1);
        self.hangs.store(false, Ordering::Relaxed);
        self.since.store(now, Ordering::Relaxed);
        let result = call();
        self.since.store(0, Ordering::Relaxed);
        result
    }

    /// Whether the present call has not returned although the broker has answered for half a minute.
    pub(crate) fn hangs(&self) -> bool {
        self.hangs.load(Ordering::Relaxed)
    }

    /// Whether what waits for the broker is to end without an answer: the part is asked to stop, or the call
    /// hangs. A commit goes on while the part stops; what only asks does not.
    pub(crate) fn gives_up(&self) -> bool {
        self.hangs() || self.stop.is_requested()
    }
}

/// What the thread of a watchdog shares with it.
struct Watch {
    began: Instant,
    since: Weak<AtomicU64>,
    hangs: Arc<AtomicBool>,
    health: Weak<PartHealth>,
    vitals: Vitals,
}

impl Watch {
    /// Watches until the last clone of the watchdog is dropped.
    fn run(self, mut wait: Wait) {
        while let Some(since) = self.since.upgrade() {
            let started = since.load(Ordering::Relaxed);
            drop(since);
            let lasted = self.began.elapsed().saturating_sub(Duration::from_millis(started));
            if started > 0 && lasted > WAITS {
                if let Some(health) = self.health.upgrade() {
                    health.not_ready("waits for the broker");
                    self.vitals.down();
                }
                self.hangs.store(wait.go_on(lasted), Ordering::Relaxed);
            } else {
                wait.end();
            }
            std::thread::sleep(Duration::from_millis(500));
        }
    }
}

/// A call that waits, as far as the watchdog knows.
struct Wait {
    installation: Installation,
    chain: &'static str,
    probe: Option<BaseConsumer<ReaderContext>>,
    /// Since when the broker has answered each question.
    answered: Option<Instant>,
    logged: Option<Instant>,
}

impl Wait {
    /// The call has not returned yet. Returns whether it hangs.
    fn go_on(&mut self, lasted: Duration) -> bool {
        let answers = self.broker_answers();
        self.answered = if answers { self.answered.or_else(|| Some(Instant::now())) } else { None };
        let hangs = self.answered.is_some_and(|since| since.elapsed() > HUNG);
        let seconds = lasted.as_secs();
        if self.logged.is_none_or(|last| last.elapsed() >= LOG_AGAIN) {
            self.logged = Some(Instant::now());
            let chain = self.chain;
            if hangs {
                tracing::error!(
                    chain,
                    seconds,
                    "a transaction has not returned although the broker answers: its producer is replaced"
                );
            } else {
                tracing::warn!(chain, seconds, "a transaction waits for the broker");
            }
        }
        hangs
    }

    /// No call waits any more.
    fn end(&mut self) {
        if self.logged.take().is_some() {
            tracing::info!(chain = self.chain, "the broker has answered");
        }
        self.answered = None;
        self.probe = None;
    }

    fn broker_answers(&mut self) -> bool {
        if self.probe.is_none() {
            self.probe = self.installation.reader("read_committed").create_with_context(ReaderContext).ok();
        }
        self.probe.as_ref().is_some_and(|probe| probe.fetch_metadata(None, ANSWER).is_ok())
    }
}
