//! Steps of a ladder, as municipalities write them: when a step is due, and whom it reaches.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::values::calendar::as_text;
use crate::values::text::{ActorName, BadText};
use crate::values::vocabulary::Role;

/// When a step is due, counted from the deadline: `-20%` (of the promised time, before it), `-2h`, `0`,
/// `+24h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StepOffset {
    /// The share of the promised time that is left, in percent: 1 to 99.
    ShareLeft(u8),
    /// So long before the deadline.
    Before(StepTime),
    /// The step fires when the deadline is reached.
    AtDeadline,
    /// So long after the deadline.
    After(StepTime),
}

/// A number of hours, minutes or seconds, at least 1 and at most a year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StepTime {
    amount: u32,
    unit: StepUnit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum StepUnit {
    Hour,
    Minute,
    Second,
}

impl StepUnit {
    const fn seconds(self) -> u64 {
        match self {
            Self::Hour => 3_600,
            Self::Minute => 60,
            Self::Second => 1,
        }
    }

    const fn letter(self) -> char {
        match self {
            Self::Hour => 'h',
            Self::Minute => 'm',
            Self::Second => 's',
        }
    }
}

impl StepTime {
    /// The time that it is.
    pub fn duration(self) -> Duration {
        Duration::from_secs(u64::from(self.amount) * self.unit.seconds())
    }
}

impl StepOffset {
    /// Whether the step is due at the deadline or later.
    pub const fn is_after_deadline(self) -> bool {
        matches!(self, Self::AtDeadline | Self::After(_))
    }
}

impl fmt::Display for StepTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.amount, self.unit.letter())
    }
}

impl fmt::Display for StepOffset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ShareLeft(percent) => write!(f, "-{percent}%"),
            Self::Before(time) => write!(f, "-{time}"),
            Self::AtDeadline => f.write_str("0"),
            Self::After(time) => write!(f, "+{time}"),
        }
    }
}

const OFFSET_PATTERN: &str = "^(0|-[1-9][0-9]?%|[+-][1-9][0-9]{0,7}[hms])$";

/// The longest time before or after a deadline: a year.
const LONGEST: Duration = Duration::from_secs(366 * 24 * 3_600);

impl FromStr for StepOffset {
    type Err = BadText;
    fn from_str(text: &str) -> Result<Self, BadText> {
        offset(text).ok_or(BadText("StepOffset", OFFSET_PATTERN))
    }
}

fn offset(text: &str) -> Option<StepOffset> {
    if text == "0" {
        return Some(StepOffset::AtDeadline);
    }
    if let Some(percent) = text.strip_prefix('-').and_then(|rest| rest.strip_suffix('%')) {
        let percent = number(percent).and_then(|percent| u8::try_from(percent).ok());
        return percent.filter(|percent| *percent < 100).map(StepOffset::ShareLeft);
    }
    if let Some(before) = text.strip_prefix('-') {
        return time(before).map(StepOffset::Before);
    }
    text.strip_prefix('+').and_then(time).map(StepOffset::After)
}

fn time(text: &str) -> Option<StepTime> {
    let units = [StepUnit::Hour, StepUnit::Minute, StepUnit::Second];
    let of_unit = |unit: StepUnit| Some((text.strip_suffix(unit.letter())?, unit));
    let (amount, unit) = units.into_iter().find_map(of_unit)?;
    Some(StepTime { amount: number(amount)?, unit }).filter(|time| time.duration() <= LONGEST)
}

/// A number without a sign or leading zeros, at least 1.
fn number(text: &str) -> Option<u32> {
    let is_plain = !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_plain)
}

/// Whom a step reaches: `lead` or `manager` of the ticket's team, `role:staff` or `role:manager` of it, or
/// one person by `login:NAME`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Recipient {
    /// The lead of the ticket's team.
    Lead,
    /// The manager of the ticket's team.
    Manager,
    /// All members of the ticket's team with this role.
    Role(Role),
    /// The person with this login.
    Login(ActorName),
}

impl Recipient {
    /// Whether it is one person at most, who can be assigned a ticket.
    pub const fn is_one_person(&self) -> bool {
        !matches!(self, Self::Role(_))
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lead => f.write_str("lead"),
            Self::Manager => f.write_str("manager"),
            Self::Role(role) => write!(f, "role:{role}"),
            Self::Login(login) => write!(f, "login:{login}"),
        }
    }
}

crate::values::vocabulary::words!(
    /// Who is reached in place of a recipient that does not exist or is absent.
    StandIn {
        /// The delegate of the person who is absent.
        Delegate = "delegate",
        /// The lead of the ticket's team.
        Lead = "lead",
        /// The manager of the ticket's team, or the managers of its municipality.
        Manager = "manager",
        /// No one: the ticket is flagged.
        Nobody = "nobody",
    }
);

const RECIPIENT_PATTERN: &str = "^(lead|manager|role:(staff|manager)|login:[A-Za-z][A-Za-z0-9_.-]{0,39})$";

impl FromStr for Recipient {
    type Err = BadText;
    fn from_str(text: &str) -> Result<Self, BadText> {
        let bad = || BadText("Recipient", RECIPIENT_PATTERN);
        match text.split_once(':') {
            None if text == "lead" => Ok(Self::Lead),
            None if text == "manager" => Ok(Self::Manager),
            Some(("role", "staff")) => Ok(Self::Role(Role::Staff)),
            Some(("role", "manager")) => Ok(Self::Role(Role::Manager)),
            Some(("login", login)) => login.parse().map(Self::Login).map_err(|_| bad()),
            _ => Err(bad()),
        }
    }
}

const TIME_PATTERN: &str = "^[1-9][0-9]{0,7}[hms]$";

impl FromStr for StepTime {
    type Err = BadText;
    fn from_str(text: &str) -> Result<Self, BadText> {
        time(text).ok_or(BadText("StepTime", TIME_PATTERN))
    }
}

as_text!(StepTime, TIME_PATTERN);
as_text!(StepOffset, OFFSET_PATTERN);
as_text!(Recipient, RECIPIENT_PATTERN);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_is_a_share_or_a_time_before_or_after_the_deadline() {
        for good in ["-20%", "-2h", "0", "+24h", "+72h", "-90m", "+5s", "-99%", "+8784h"] {
            assert_eq!(good.parse::<StepOffset>().unwrap().to_string(), good);
        }
        for bad in
            ["-0%", "-100%", "+20%", "20%", "2h", "+0h", "-02h", "+8785h", "+1d", "-h", "", "+-2h", "0h"]
        {
            assert!(bad.parse::<StepOffset>().is_err(), "{bad}");
        }
        assert!("-2h".parse::<StepOffset>().is_ok_and(|offset| !offset.is_after_deadline()));
        assert!("0".parse::<StepOffset>().is_ok_and(StepOffset::is_after_deadline));
    }

    #[test]
    fn a_recipient_is_a_part_in_the_team_or_a_person() {
        for good in ["lead", "manager", "role:staff", "role:manager", "login:thandi.m"] {
            assert_eq!(good.parse::<Recipient>().unwrap().to_string(), good);
        }
        for bad in ["", "boss", "role:resident", "role:", "login:", "login:a b", "lead:", "manager "] {
            assert!(bad.parse::<Recipient>().is_err(), "{bad}");
        }
    }
}
