//! Automations, as municipalities write them: what starts one, and what it does.

use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::values::calendar::as_text;
use crate::values::ladder::{Recipient, StepTime};
use crate::values::text::{BadText, open_text};
use crate::values::vocabulary::Severity;

open_text!(
    /// A word that an automation puts on tickets, such as `burst-main`.
    Tag,
    "^[a-z][a-z_-]{0,29}$",
    |text| {
        let starts = text.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte == b'_' || byte == b'-';
        starts && text.len() <= 30 && text.bytes().all(fits)
    }
);

/// What starts an automation: `opened`, `changed`, `note`, `held`, or `reopened`, with a number for the n-th
/// time alone (`reopened:2`), or `queued` with the time that it has waited in a queue (`queued:4h`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Trigger {
    /// A ticket was opened.
    Opened,
    /// A ticket was changed, by a person or by another automation.
    Changed,
    /// A note was written.
    Note,
    /// The ticket was held.
    Held,
    /// The ticket was reopened: each time, or the n-th time alone.
    Reopened(Option<u8>),
    /// The ticket has been in a queue for this time.
    Queued(StepTime),
}

impl fmt::Display for Trigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Opened => f.write_str("opened"),
            Self::Changed => f.write_str("changed"),
            Self::Note => f.write_str("note"),
            Self::Held => f.write_str("held"),
            Self::Reopened(None) => f.write_str("reopened"),
            Self::Reopened(Some(times)) => write!(f, "reopened:{times}"),
            Self::Queued(time) => write!(f, "queued:{time}"),
        }
    }
}

const TRIGGER_PATTERN: &str =
    "^(opened|changed|note|held|reopened(:[1-9][0-9]?)?|queued:[1-9][0-9]{0,7}[hms])$";

impl FromStr for Trigger {
    type Err = BadText;
    fn from_str(text: &str) -> Result<Self, BadText> {
        let times = |text: &str| {
            let is_number = !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse::<u8>().ok().filter(|times| is_number && *times < 100)
        };
        let found = match text {
            "opened" => Some(Self::Opened),
            "changed" => Some(Self::Changed),
            "note" => Some(Self::Note),
            "held" => Some(Self::Held),
            "reopened" => Some(Self::Reopened(None)),
            other => match other.split_once(':') {
                Some(("reopened", number)) => times(number).map(|times| Self::Reopened(Some(times))),
                Some(("queued", time)) => time.parse().ok().map(Self::Queued),
                _ => None,
            },
        };
        found.ok_or(BadText("Trigger", TRIGGER_PATTERN))
    }
}

/// What an automation does: `escalate`, `assign:WHOM`, `notify:WHOM`, `severity:WORD` or `tag:WORD`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Escalates the ticket to the manager of its team now.
    Escalate,
    /// Assigns the ticket to a person.
    Assign(Recipient),
    /// Tells the recipient among the staff about the ticket.
    Notify(Recipient),
    /// Gives the ticket this severity, with the deadlines that it has from the report on.
    Severity(Severity),
    /// Puts a word on the ticket.
    Tag(Tag),
}

impl Effect {
    /// The effect without what it is about: it may be a login, which not every reader sees.
    pub const fn name(&self) -> EffectName {
        match self {
            Self::Escalate => EffectName::Escalate,
            Self::Assign(_) => EffectName::Assign,
            Self::Notify(_) => EffectName::Notify,
            Self::Severity(_) => EffectName::Severity,
            Self::Tag(_) => EffectName::Tag,
        }
    }
}

crate::values::vocabulary::words!(
    /// What an automation does.
    EffectName {
        /// Escalate the ticket now.
        Escalate = "escalate",
        /// Assign the ticket to a person.
        Assign = "assign",
        /// Tell a recipient among the staff.
        Notify = "notify",
        /// Give the ticket a severity.
        Severity = "severity",
        /// Put a word on the ticket.
        Tag = "tag",
    }
);

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Escalate => f.write_str("escalate"),
            Self::Assign(whom) => write!(f, "assign:{whom}"),
            Self::Notify(whom) => write!(f, "notify:{whom}"),
            Self::Severity(severity) => write!(f, "severity:{severity}"),
            Self::Tag(tag) => write!(f, "tag:{tag}"),
        }
    }
}

const EFFECT_PATTERN: &str = "^(escalate|(assign|notify):[A-Za-z][A-Za-z0-9_.:-]{0,49}|\
     severity:(low|medium|high|critical)|tag:[a-z][a-z_-]{0,29})$";

impl FromStr for Effect {
    type Err = BadText;
    fn from_str(text: &str) -> Result<Self, BadText> {
        let found = match text.split_once(':') {
            None if text == "escalate" => Some(Self::Escalate),
            Some(("assign", whom)) => whom.parse().ok().filter(Recipient::is_one_person).map(Self::Assign),
            Some(("notify", whom)) => whom.parse().ok().map(Self::Notify),
            Some(("severity", word)) => word.parse().ok().map(Self::Severity),
            Some(("tag", word)) => word.parse().ok().map(Self::Tag),
            _ => None,
        };
        found.ok_or(BadText("Effect", EFFECT_PATTERN))
    }
}

as_text!(Trigger, TRIGGER_PATTERN);
as_text!(Effect, EFFECT_PATTERN);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn triggers_and_effects_are_read_as_they_are_written() {
        for good in ["opened", "changed", "note", "held", "reopened", "reopened:2", "queued:4h"] {
            assert_eq!(good.parse::<Trigger>().unwrap().to_string(), good);
        }
        for bad in
            ["", "closed", "reopened:0", "reopened:100", "reopened:", "reopened:02", "queued", "queued:4"]
        {
            assert!(bad.parse::<Trigger>().is_err(), "{bad}");
        }
        for good in [
            "escalate",
            "assign:lead",
            "assign:login:thandi.m",
            "notify:role:staff",
            "severity:critical",
            "tag:burst-main",
        ] {
            assert_eq!(good.parse::<Effect>().unwrap().to_string(), good);
        }
        for bad in
            ["", "assign", "assign:role:staff", "severity:huge", "tag:", "tag:0821234567", "tag:A b", "close"]
        {
            assert!(bad.parse::<Effect>().is_err(), "{bad}");
        }
    }
}
