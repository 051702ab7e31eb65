//! Days of the calendar and times of the day, as municipalities write them.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, Weekday};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::values::text::BadText;

/// A day of the calendar, such as `2026-09-24`; which moments it has depends on the time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(Date);

impl Day {
    /// The day with this number, counted from 1970-01-01; the calendar's last day if there is none.
    pub fn from_number(number: i64) -> Self {
        let days = jiff::SignedDuration::from_hours(number.saturating_mul(24));
        Self(Date::constant(1970, 1, 1).saturating_add(days))
    }

    /// The number of days from 1970-01-01 to this day.
    pub fn number(self) -> i64 {
        let since = self.0.duration_since(Date::constant(1970, 1, 1));
        since.as_hours() / 24
    }

    /// The day in the calendar.
    pub const fn date(self) -> Date {
        self.0
    }

    /// The day of the week.
    pub fn weekday(self) -> Weekday {
        self.0.weekday()
    }
}

impl From<Date> for Day {
    fn from(date: Date) -> Self {
        Self(date)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

const DAY_PATTERN: &str = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$";

impl FromStr for Day {
    type Err = BadText;
    fn from_str(text: &str) -> Result<Self, BadText> {
        let bad = BadText("Day", DAY_PATTERN);
        // The library reads more forms than this one.
        if text.len() != 10 {
            return Err(bad);
        }
        text.parse().map(Self).map_err(|_| bad)
    }
}

/// The hours of a day in which people work, such as `08:00-16:30`. The end may be `24:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OpenHours {
    from_minute: u16,
    to_minute: u16,
}

impl OpenHours {
    /// The first minute of the day that counts.
    pub const fn from_minute(self) -> u16 {
        self.from_minute
    }

    /// The minute of the day at which they end; it does not count.
    pub const fn to_minute(self) -> u16 {
        self.to_minute
    }
}

impl fmt::Display for OpenHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from_minute: from, to_minute: to } = self;
        write!(f, "{:02}:{:02}-{:02}:{:02}", from / 60, from % 60, to / 60, to % 60)
    }
}

const HOURS_PATTERN: &str = "^[0-9]{2}:[0-9]{2}-[0-9]{2}:[0-9]{2}$";

impl FromStr for OpenHours {
    type Err = BadText;
    fn from_str(text: &str) -> Result<Self, BadText> {
        let times = text.split_once('-').and_then(|(from, to)| Some((minute(from)?, minute(to)?)));
        match times {
            Some((from_minute, to_minute)) if from_minute < to_minute => Ok(Self { from_minute, to_minute }),
            _ => Err(BadText("OpenHours", HOURS_PATTERN)),
        }
    }
}

/// The minute of the day of a text such as `08:30`, up to `24:00`.
fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let number = |part: &str| {
        let is_number = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse::<u16>().ok().filter(|_| is_number)
    };
    let hour = number(hour)?;
    let minute = number(minute).filter(|minute| *minute < 60)?;
    Some(hour * 60 + minute).filter(|minute| *minute <= 24 * 60)
}

/// Writes and reads a type as its text, with a pattern in its schema.
macro_rules! as_text {
    ($name:ident, $pattern:expr) => {
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "pattern": $pattern, "x-class": "open" })
            }
        }
    };
}

pub(super) use as_text;

as_text!(Day, DAY_PATTERN);
as_text!(OpenHours, HOURS_PATTERN);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_numbered_from_1970() {
        for (text, number) in [("1970-01-01", 0), ("1969-12-31", -1), ("2026-09-24", 20_720)] {
            let day: Day = text.parse().unwrap();
            assert_eq!(
                (day.number(), Day::from_number(number), day.to_string().as_str()),
                (number, day, text)
            );
        }
        for bad in ["2026-9-24", "2026-02-30", "24/09/2026", "2026-09-24T08:00", ""] {
            assert!(bad.parse::<Day>().is_err(), "{bad}");
        }
    }

    #[test]
    fn hours_are_two_times_of_one_day() {
        for good in ["08:00-16:30", "00:00-24:00", "23:59-24:00"] {
            assert_eq!(good.parse::<OpenHours>().unwrap().to_string(), good);
        }
        for bad in
            ["8:00-16:00", "16:00-08:00", "08:00-08:00", "08:60-09:00", "08:00-24:01", "08:00", "+8:00-16:00"]
        {
            assert!(bad.parse::<OpenHours>().is_err(), "{bad}");
        }
    }
}
