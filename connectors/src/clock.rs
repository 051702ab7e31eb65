//! This host's clock. Stages never see it; connectors ask it here. It is compared with the time since the
//! host was started, so that a step of the clock is noticed even if the broker runs on the same host.

use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use topics::values::time::Time;

/// Two clocks that differ by more than this do not agree.
pub const TOLERANCE: Duration = Duration::from_secs(2);
/// The time of a log may be ahead of this host's clock by this much.
pub const MAX_AHEAD: Duration = Duration::from_secs(60);
/// A clock that was stepped is trusted again after it has run evenly for this long.
const CALM: Duration = Duration::from_secs(60);

/// The present, by this host's clock.
pub fn present() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Time::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// The present as far as this host's clock can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostTime {
    /// The clock, or, while it is in doubt, what it would show without the step if that is earlier.
    pub now: Time,
    /// By how many milliseconds the clock was stepped forward (negative: back) if it is in doubt because of
    /// that; 0 if it is right again, but not for long.
    pub stepped: Option<i64>,
}

impl HostTime {
    /// The latest time that the log may have.
    pub fn latest(&self) -> Time {
        self.now + MAX_AHEAD
    }
}

/// This host's clock, compared with the time since the host was started.
pub fn host_time() -> HostTime {
    static COMPARISON: LazyLock<Mutex<Comparison>> =
        LazyLock::new(|| Mutex::new(Comparison::new(present(), since_boot())));
    let mut comparison = COMPARISON.lock().unwrap_or_else(PoisonError::into_inner);
    comparison.look(present(), since_boot())
}

/// The time since the host was started, in which it may have been suspended. Without `/proc` it is the time
/// since the first call, and a suspension looks like a step of the clock.
fn since_boot() -> Duration {
    static FIRST: LazyLock<Instant> = LazyLock::new(Instant::now);
    let uptime = std::fs::read_to_string("/proc/uptime").ok();
    let seconds = uptime.as_deref().and_then(|text| text.split(' ').next()?.parse::<f64>().ok());
    seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()).unwrap_or_else(|| FIRST.elapsed())
}

/// What the clock is compared with: the reading of both clocks at a moment at which it was trusted.
struct Comparison {
    clock: Time,
    steady: Duration,
    doubt: Option<Doubt>,
}

/// The clock was stepped.
#[derive(Clone, Copy)]
struct Doubt {
    /// The time since boot at which the present difference was first seen.
    since: Duration,
    /// The difference in milliseconds.
    millis: i64,
}

impl Comparison {
    fn new(clock: Time, steady: Duration) -> Self {
        Self { clock, steady, doubt: None }
    }

    /// Judges a reading of both clocks. A step of up to [`MAX_AHEAD`] is accepted when the clock has run
    /// evenly since for [`CALM`]; after a larger one the clock has to return, or the process to be started
    /// again.
    fn look(&mut self, clock: Time, steady: Duration) -> HostTime {
        let expected = self.clock + steady.saturating_sub(self.steady);
        let millis = clock.millis().saturating_sub(expected.millis());
        let last = self.doubt.map_or(0, |doubt| doubt.millis);
        if millis.abs_diff(last) > to_millis(TOLERANCE) {
            self.doubt = Some(Doubt { since: steady, millis });
        }
        let even_since = self.doubt.map_or(self.steady, |doubt| doubt.since);
        if steady.saturating_sub(even_since) >= CALM && millis.unsigned_abs() <= to_millis(MAX_AHEAD) {
            *self = Self::new(clock, steady);
        }
        match self.doubt {
            None => HostTime { now: clock, stepped: None },
            Some(doubt) => HostTime { now: clock.min(expected), stepped: Some(doubt.millis) },
        }
    }
}

fn to_millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    /// A host whose clock showed `START` 1,000 s after it was started.
    struct Host(Comparison);

    const START: i64 = 1_772_352_000_000;

    impl Host {
        fn new() -> Self {
            Self(Comparison::new(Time::from_millis(START), Duration::from_secs(1_000)))
        }

        /// A reading `after` seconds after the first one, of a clock that is wrong by `off` milliseconds.
        fn look(&mut self, after: u64, off: i64) -> HostTime {
            let right = Time::from_millis(START) + Duration::from_secs(after);
            self.0.look(Time::from_millis(right.millis() + off), Duration::from_secs(1_000 + after))
        }
    }

    fn after(seconds: u64) -> Time {
        Time::from_millis(START) + Duration::from_secs(seconds)
    }

    #[test]
    fn a_large_step_is_doubted_until_the_clock_has_been_right_again_for_a_minute() {
        let mut host = Host::new();
        assert_eq!(host.look(1, 0), HostTime { now: after(1), stepped: None });
        assert_eq!(host.look(2, 30 * HOUR), HostTime { now: after(2), stepped: Some(30 * HOUR) });
        assert_eq!(host.look(900, 30 * HOUR).stepped, Some(30 * HOUR), "it does not pass by itself");
        assert_eq!(host.look(901, 5).stepped, Some(5), "it is right again");
        assert_eq!(host.look(960, 0).stepped, Some(5), "for less than a minute");
        assert_eq!(host.look(961, 0), HostTime { now: after(961), stepped: None });
    }

    #[test]
    fn a_step_back_is_doubted_and_the_clock_counts_as_the_earlier_of_both() {
        let mut host = Host::new();
        let judged = host.look(2, -HOUR);
        assert_eq!(judged.stepped, Some(-HOUR));
        assert_eq!(judged.now.millis(), after(2).millis() - HOUR);
        assert_eq!(judged.latest(), judged.now + MAX_AHEAD);
    }

    #[test]
    fn a_small_step_is_accepted_after_a_minute_and_a_slow_drift_at_once() {
        let mut host = Host::new();
        assert_eq!(host.look(10, 5_000).stepped, Some(5_000));
        assert_eq!(host.look(69, 5_000).stepped, Some(5_000));
        assert_eq!(host.look(70, 5_000).stepped, None);
        assert_eq!(host.look(71, 5_000).stepped, None);
        let mut host = Host::new();
        for minute in 1..100 {
            assert_eq!(host.look(minute * 60, 500 * i64::try_from(minute).unwrap()).stepped, None);
        }
    }

    #[test]
    fn a_clock_that_runs_twice_as_fast_is_doubted() {
        let mut host = Host::new();
        let stepped = (1..50).map(|second| host.look(second, 1_000 * i64::try_from(second).unwrap()).stepped);
        assert!(stepped.last().unwrap().is_some());
    }
}
