//! The system clock, and waiting until a condition holds.

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
pub enum Checked<T> {
    /// The condition holds; the value that was waited for.
    Yes(T),
    /// The condition does not hold yet. The text describes the present state, for the error of a time-out.
    NotYet(String),
}

impl<T> Checked<T> {
    /// The condition does not hold yet; `state` describes the present state.
    pub fn not_yet(state: impl Display) -> Self {
        Self::NotYet(state.to_string())
    }
}

impl Checked<()> {
    /// The progress of a condition that holds if `is_so`; `state` describes the present state if it does not.
    pub fn when(is_so: bool, state: impl FnOnce() -> String) -> Self {
        if is_so { Self::Yes(()) } else { Self::NotYet(state()) }
    }
}

/// The pause between two checks: short enough not to delay a test, long enough not to keep a core busy.
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);

/// Calls `look` repeatedly until its condition holds.
///
/// # Errors
/// The condition did not hold within `patience`: the error names it and the last state. Or `look` itself
/// failed.
pub async fn wait_until<T>(
    what: &str,
    patience: Duration,
    mut look: impl AsyncFnMut() -> Result<Checked<T>>,
) -> Result<T> {
    let started = Instant::now();
    loop {
        match look().await? {
            Checked::Yes(value) => return Ok(value),
            Checked::NotYet(state) if started.elapsed() >= patience => {
                bail!(
                    "timed out after {:.1} s of waiting until {what}; last seen: {state}",
                    started.elapsed().as_secs_f64()
                )
            }
            Checked::NotYet(_) => tokio::time::sleep(BETWEEN_LOOKS).await,
        }
    }
}
