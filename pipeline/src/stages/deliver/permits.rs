//! Permits: how many calls may be in flight, and for how long a permitted call may start.

use std::time::Duration;

use topics::records::deliveries::OutgoingMessage;
use topics::values::lane::Lane;
use topics::values::time::Time;

use crate::engine::effect::calls_per_second;

/// The number of seconds' worth of calls that may be permitted and not settled. It limits how many outcomes a
/// crash leaves unknown, and keeps a caller busy whose responses take up to this long.
const PERMITTED_S: u32 = 2;

/// A permitted call must start within this time: the calls before it take `PERMITTED_S`, and the commit and
/// the way to the caller take at most one more second (a transaction ends after 250 ms).
pub const START_WITHIN: Duration = Duration::from_secs(PERMITTED_S as u64 + 1);

/// The maximum number of calls of one sender that are permitted and not settled: 144 municipal, 16 protected.
pub const fn most_permitted(lane: Lane) -> usize {
    (calls_per_second(lane) * PERMITTED_S) as usize
}

/// When the last attempt of the message was permitted, or `None` before the first.
pub fn permitted_at(row: &OutgoingMessage) -> Option<Time> {
    row.deadline.map(|deadline| deadline - START_WITHIN)
}
