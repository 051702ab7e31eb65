//! Ends the process when a commit does not return: a thread that hangs in the client cannot be stopped, and
//! another process can take over.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Longer than any commit that will still succeed.
const TOO_LONG: Duration = Duration::from_secs(30);
/// The exit status of the process.
const EXIT: i32 = 70;

/// Watches the calls of one thread.
#[derive(Clone)]
pub(crate) struct Watchdog {
    began: Instant,
    /// Milliseconds after `began` at which the present call started, plus one; zero for none.
    since: Arc<AtomicU64>,
}

impl Watchdog {
    /// Watches calls of `chain` from now on, on a thread of its own that ends with the last clone.
    pub(crate) fn start(chain: &'static str) -> std::io::Result<Self> {
        let dog = Self { began: Instant::now(), since: Arc::default() };
        let (began, since) = (dog.began, Arc::downgrade(&dog.since));
        std::thread::Builder::new().name(format!("{chain}-watchdog")).spawn(move || {
            while let Some(since) = since.upgrade() {
                let started = since.load(Ordering::Relaxed);
                let lasted = began.elapsed().saturating_sub(Duration::from_millis(started));
                if started > 0 && lasted > TOO_LONG {
                    tracing::error!(
                        chain,
                        seconds = lasted.as_secs(),
                        "a transaction has not returned: the process ends, another takes over"
                    );
                    std::process::exit(EXIT);
                }
                drop(since);
                std::thread::sleep(Duration::from_millis(500));
            }
        })?;
        Ok(dog)
    }

    /// Runs a call that must return in time.
    pub(crate) fn watch<R>(&self, call: impl FnOnce() -> R) -> R {
        let now = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX).saturating_add(1);
        self.since.store(now, Ordering::Relaxed);
        let result = call();
        self.since.store(0, Ordering::Relaxed);
        result
    }
}
