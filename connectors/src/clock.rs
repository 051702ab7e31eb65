//! This host's clock. Stages never see it; connectors ask it here.

use std::time::{SystemTime, UNIX_EPOCH};

use topics::values::time::Time;

/// The present, by this host's clock.
pub fn present() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Time::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
