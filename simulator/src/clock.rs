//! The wall clock, and waiting for something to become true.

use std::fmt::Display;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Result, bail};

/// Milliseconds since the Unix epoch.
pub fn now_ms() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// The result of one check of a condition.
#[derive(Debug)]
pub enum Progress<T> {
    /// The condition holds; the value that was waited for.
    Yes(T),
    /// The condition does not hold yet. The text describes the present state, for the error of a time-out.
    NotYet(String),
}

impl<T> Progress<T> {
    /// The condition does not hold yet; `state` describes the present state.
    pub fn not_yet(state: impl Display) -> Self {
        Self::NotYet(state.to_string())
    }
}

impl Progress<()> {
    /// Whether `is_so`; `state` says how things are if it is not.
    pub fn when(is_so: bool, state: impl FnOnce() -> String) -> Self {
        if is_so { Self::Yes(()) } else { Self::NotYet(state()) }
    }
}

/// Between two looks: short enough not to be felt, long enough not to keep a core busy.
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);

/// Looks again and again until `look` has seen what it waits for.
///
/// # Errors
/// It was not seen within `patience`: says what was waited for and what was seen last. Or a look itself
/// failed.
pub async fn wait_until<T>(
    what: &str,
    patience: Duration,
    mut look: impl AsyncFnMut() -> Result<Progress<T>>,
) -> Result<T> {
    let started = Instant::now();
    loop {
        match look().await? {
            Progress::Yes(value) => return Ok(value),
            Progress::NotYet(state) if started.elapsed() >= patience => {
                bail!(
                    "timed out after {:.1} s of waiting until {what}; last seen: {state}",
                    started.elapsed().as_secs_f64()
                )
            }
            Progress::NotYet(_) => tokio::time::sleep(BETWEEN_LOOKS).await,
        }
    }
}
