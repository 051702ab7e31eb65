//! How codes and times are written for people.

use topics::values::time::Time;

/// South Africa has one time, two hours before UTC, and no summer time.
pub const SAST: jiff::tz::Offset = jiff::tz::Offset::constant(2);

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// A deadline that is closer than this is shown as near.
const NEAR: i64 = 4 * HOUR;

/// `in_progress` as `In progress`.
pub fn words(code: &str) -> String {
    let mut text = code.replace('_', " ");
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    text
}

/// A moment as `27 Nov 14:05`, in South African time.
pub fn moment(at: Time) -> String {
    let Ok(timestamp) = jiff::Timestamp::from_millisecond(at.millis()) else { return at.to_string() };
    timestamp.to_zoned(jiff::tz::TimeZone::fixed(SAST)).strftime("%-d %b %H:%M").to_string()
}

/// How near the next deadline of a ticket is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Urgency {
    /// The deadline has passed.
    Overdue,
    /// The deadline is less than four hours away.
    Near,
    /// The deadline is further away.
    Calm,
    /// No deadline runs: the ticket waits for its resident, or is closed.
    Waiting,
}

impl Urgency {
    /// The urgency of a ticket with this next deadline.
    pub fn of(due: Option<Time>, now: Time) -> Self {
        match due.map(|due| seconds(due, now)) {
            None => Self::Waiting,
            Some(left) if left <= 0 => Self::Overdue,
            Some(left) if left < NEAR => Self::Near,
            Some(_) => Self::Calm,
        }
    }

    /// The name of its style.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Overdue => "overdue",
            Self::Near => "near",
            Self::Calm => "calm",
            Self::Waiting => "waiting",
        }
    }

    /// The shape beside the words: colour alone would not be seen by all.
    pub const fn shape(self) -> &'static str {
        match self {
            Self::Overdue => "▲",
            Self::Near => "◆",
            Self::Calm => "●",
            Self::Waiting => "○",
        }
    }
}

/// The time left as `2 h left` or `3 d overdue`. `assets/live.js` writes the same words while a page is open.
pub fn time_left(due: Option<Time>, now: Time) -> String {
    let Some(due) = due else { return "no deadline".to_owned() };
    let left = seconds(due, now);
    let size = left.abs();
    let amount = match size {
        0..MINUTE => format!("{size} s"),
        MINUTE..HOUR => format!("{} min", size / MINUTE),
        HOUR..DAY => format!("{} h", size / HOUR),
        _ => format!("{} d", size / DAY),
    };
    if left <= 0 { format!("{amount} overdue") } else { format!("{amount} left") }
}

fn seconds(due: Time, now: Time) -> i64 {
    due.millis().saturating_sub(now.millis()).div_euclid(1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Time {
        Time::from_millis(seconds * 1000)
    }

    #[test]
    fn the_time_left_is_in_words_and_has_a_shape() {
        let shown = |due: Option<i64>| {
            let due = due.map(at);
            format!("{} {}", Urgency::of(due, at(0)).shape(), time_left(due, at(0)))
        };
        let cases = [None, Some(-3 * DAY), Some(0), Some(59), Some(90), Some(2 * HOUR), Some(49 * HOUR)];
        assert_eq!(
            cases.map(shown),
            [
                "○ no deadline",
                "▲ 3 d overdue",
                "▲ 0 s overdue",
                "◆ 59 s left",
                "◆ 1 min left",
                "◆ 2 h left",
                "● 2 d left"
            ]
        );
    }

    #[test]
    fn moments_are_those_of_south_africa_and_codes_are_words() {
        assert_eq!(moment("2026-03-01T22:05:00.000Z".parse().unwrap()), "2 Mar 00:05");
        assert_eq!((words("in_progress").as_str(), words("").as_str()), ("In progress", ""));
    }
}
