//! The days on which an area is in force: municipalities merge, and wards are drawn again.

use topics::values::calendar::Day;
use topics::values::time::Time;

/// How far the clocks of South Africa are ahead of UTC, all year.
const AHEAD_OF_UTC_MS: i64 = 2 * 3_600_000;
const DAY_MS: i64 = 24 * 3_600_000;

/// The days on which an area is in force; the last one is not among them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Period {
    pub from: Option<Day>,
    pub to: Option<Day>,
}

impl Period {
    /// Whether the area is in force on `day`.
    pub fn holds(self, day: Day) -> bool {
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day < to)
    }
}

/// The day in South Africa.
pub fn day_of(at: Time) -> Day {
    Day::from_number(at.millis().saturating_add(AHEAD_OF_UTC_MS).div_euclid(DAY_MS))
}

/// When this day begins in South Africa.
pub fn start_of(day: Day) -> Time {
    Time::from_millis(day.number() * DAY_MS - AHEAD_OF_UTC_MS)
}
