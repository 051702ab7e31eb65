//! Time on the log: milliseconds since the Unix epoch in UTC, written in the format of RFC 3339.

use std::fmt;
use std::ops::{Add, Sub};
use std::str::FromStr;
use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::temporal::DateTimePrinter;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::values::text::read_str;

/// Writes times with three digits after the second.
const PRINTER: DateTimePrinter = DateTimePrinter::new().precision(Some(3));

/// A moment in UTC, to the millisecond, as precise as the broker's timestamps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(i64);

impl Time {
    /// The moment `millis` milliseconds after 1970-01-01T00:00:00Z.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// The number of milliseconds since 1970-01-01T00:00:00Z.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// The time from `earlier` to this moment; zero if `earlier` is later.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

impl Add<Duration> for Time {
    type Output = Self;
    fn add(self, duration: Duration) -> Self {
        let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        Self(self.0.saturating_add(millis))
    }
}

impl Sub<Duration> for Time {
    type Output = Self;
    fn sub(self, duration: Duration) -> Self {
        let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        Self(self.0.saturating_sub(millis))
    }
}

impl Time {
    /// The moment in the format of RFC 3339, with milliseconds.
    fn text(self) -> String {
        // A time after the end of the calendar is written as the end: an error here would be a panic in the
        // code that writes a record.
        let end = if self.0 < 0 { Timestamp::MIN } else { Timestamp::MAX };
        PRINTER.timestamp_to_string(&Timestamp::from_millisecond(self.0).unwrap_or(end))
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

/// The text is not a time in the format of RFC 3339.
#[derive(Debug, thiserror::Error)]
#[error("not an RFC 3339 time in UTC, such as 2026-03-01T08:00:00.000Z")]
pub struct NotATime;

impl FromStr for Time {
    type Err = NotATime;
    fn from_str(text: &str) -> Result<Self, NotATime> {
        let timestamp: Timestamp = text.parse().map_err(|_| NotATime)?;
        Ok(Self(timestamp.as_millisecond()))
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text())
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read_str(deserializer, str::parse)
    }
}

impl JsonSchema for Time {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Time".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date-time" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_reads_back_what_it_wrote() {
        let time = Time::from_millis(1_772_352_000_007);
        assert_eq!(time.to_string(), "2026-03-01T08:00:00.007Z");
        assert_eq!(time.to_string().parse::<Time>().unwrap(), time);
    }

    #[test]
    fn a_time_past_the_calendar_is_written_as_its_end() {
        let never = Time::from_millis(7) + Duration::from_millis(u64::MAX);
        let written = serde_json::to_string(&never).unwrap();
        assert!(written.starts_with("\"9999-12-3"));
        assert!(serde_json::from_str::<Time>(&written).unwrap() > Time::from_millis(1_772_352_000_007));
        assert!(Time::from_millis(i64::MIN).to_string().parse::<Time>().is_ok());
    }
}
