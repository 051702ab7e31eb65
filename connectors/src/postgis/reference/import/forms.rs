//! What a column may contain, and the complaint about anything else.

use pipeline::rules::automations::MOST;
use pipeline::rules::calendar::time_zone;
use pipeline::rules::ladders::check::MOST_STEPS;
use topics::records::editions::{MunicipalityKind, PlaceKind};
use topics::values::automation::{Effect, Trigger};
use topics::values::calendar::{Day, OpenHours};
use topics::values::ladder::{Recipient, StepOffset, StepTime};
use topics::values::text::{ActorName, Code};
use topics::values::vocabulary::{Category, Clock, Hours, Language, PlaceSource, Severity, StepAction};

use super::maps::area;
use super::names::{self, MAX_NAME};

/// The form of a column's values.
#[derive(Clone, Copy, Debug)]
pub(super) struct CellForm {
    /// The value as PostgreSQL reads it, or what it must be.
    pub read: fn(&str) -> Result<String, String>,
    /// Its type in SQL.
    pub sql: &'static str,
}

impl CellForm {
    /// Whether it is an area.
    pub fn is_area(self) -> bool {
        self.sql == AREA.sql
    }
}

/// Hours that a promise may have at most: a century, so that its seconds are a number that every part can
/// hold.
const MAX_HOURS: f64 = 876_600.0;

/// How many characters a number of hours has at most; PostgreSQL stores no number of any length.
const MAX_DIGITS: usize = 40;

pub(super) const CODE: CellForm = CellForm { read: code, sql: "text" };
pub(super) const LOGIN: CellForm = CellForm { read: login, sql: "text" };
pub(super) const NAME: CellForm = CellForm { read: name, sql: "text" };
pub(super) const TRUTH: CellForm = CellForm { read: truth, sql: "boolean" };
pub(super) const HOURS: CellForm = CellForm { read: hours, sql: "numeric" };
pub(super) const PERCENT: CellForm = CellForm { read: percent, sql: "integer" };
pub(super) const AREA: CellForm = CellForm { read: wkt, sql: "geometry" };
pub(super) const PLACE_CODE: CellForm = CellForm { read: place_code, sql: "text" };
pub(super) const PLACE: CellForm = CellForm { read: place, sql: "text" };
pub(super) const METRES: CellForm = CellForm { read: metres, sql: "integer" };
/// A point is read from the columns of its degrees by the module for places.
pub(super) const POINT: CellForm =
    CellForm { read: |text| Ok(text.to_owned()), sql: "geometry(Point, 4326)" };
pub(super) const VARIANTS: CellForm = CellForm { read: variants, sql: "text[]" };
pub(super) const PLACE_KIND: CellForm = CellForm {
    read: |text| word(text, &PlaceKind::ALL.iter().map(|kind| kind.as_str()).collect::<Vec<_>>()),
    sql: "text",
};
pub(super) const KIND: CellForm = CellForm {
    read: |text| word(text, &MunicipalityKind::ALL.iter().map(|kind| kind.as_str()).collect::<Vec<_>>()),
    sql: "text",
};
pub(super) const CATEGORY: CellForm = CellForm {
    read: |text| word(text, &Category::ALL.iter().map(|word| word.as_str()).collect::<Vec<_>>()),
    sql: "text",
};
pub(super) const SEVERITY: CellForm = CellForm {
    read: |text| word(text, &Severity::ALL.iter().map(|word| word.as_str()).collect::<Vec<_>>()),
    sql: "text",
};
pub(super) const COUNTED_HOURS: CellForm = CellForm {
    read: |text| word(text, &Hours::ALL.iter().map(|word| word.as_str()).collect::<Vec<_>>()),
    sql: "text",
};
pub(super) const OPEN_HOURS: CellForm = CellForm { read: open_hours, sql: "text" };
pub(super) const TIME_ZONE: CellForm = CellForm { read: zone, sql: "text" };
pub(super) const STEP: CellForm = CellForm { read: step, sql: "integer" };
pub(super) const STEP_OFFSET: CellForm = CellForm { read: step_offset, sql: "text" };
pub(super) const STEP_ACTION: CellForm = CellForm {
    read: |text| word(text, &StepAction::ALL.iter().map(|word| word.as_str()).collect::<Vec<_>>()),
    sql: "text",
};
pub(super) const CLOCK: CellForm = CellForm {
    read: |text| word(text, &Clock::ALL.iter().map(|word| word.as_str()).collect::<Vec<_>>()),
    sql: "text",
};
pub(super) const POSITION: CellForm = CellForm { read: position, sql: "integer" };
pub(super) const TRIGGER: CellForm = CellForm { read: trigger, sql: "text" };
pub(super) const AGE: CellForm = CellForm { read: age, sql: "text" };
pub(super) const EFFECT: CellForm = CellForm { read: effect, sql: "text" };
pub(super) const LANGUAGE: CellForm = CellForm {
    read: |text| word(text, &Language::ALL.iter().map(|word| word.as_str()).collect::<Vec<_>>()),
    sql: "text",
};
pub(super) const PLACE_SOURCE: CellForm = CellForm {
    read: |text| word(text, &PlaceSource::ALL.iter().map(|word| word.as_str()).collect::<Vec<_>>()),
    sql: "text",
};
pub(super) const RECIPIENT: CellForm = CellForm { read: recipient, sql: "text" };
pub(super) const DAY: CellForm = CellForm { read: day, sql: "date" };
pub(super) const ROLE: CellForm = CellForm { read: |text| word(text, &["staff", "manager"]), sql: "text" };

fn code(text: &str) -> Result<String, String> {
    let must = "must be a letter and up to 39 letters, digits, '_', '.' or '-', at most 8 of them digits, \
        or up to 8 digits";
    text.parse::<Code>().map(|code| code.as_str().to_owned()).map_err(|_| must.to_owned())
}

fn name(text: &str) -> Result<String, String> {
    names::check(text, MAX_NAME).map(|()| text.to_owned())
}

/// The most characters of a name that residents read.
const MAX_PLACE: usize = 60;

pub(super) fn place(text: &str) -> Result<String, String> {
    names::check(text, MAX_PLACE).map(|()| text.to_owned())
}

/// What ends a code that is made of a name; the municipality follows.
pub(super) const MADE: char = '@';

/// Whether a code is made of a name and still lacks its municipality.
pub(super) fn is_made(code: &str) -> bool {
    code.ends_with(MADE)
}

/// Other names, separated by `|` or `;`, as PostgreSQL reads a list.
fn variants(text: &str) -> Result<String, String> {
    // As a reference table writes them.
    let text = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')).unwrap_or(text);
    let mut names = Vec::new();
    for name in text.split(['|', ';']).map(str::trim).filter(|name| !name.is_empty()) {
        let name = place(name)?;
        names.push(format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\"")));
    }
    Ok(format!("{{{}}}", names.join(",")))
}

/// The names in a list as [`variants`] writes it.
pub(super) fn of_variants(list: &str) -> Vec<String> {
    let list = list.trim_start_matches('{').trim_end_matches('}');
    let names = list.split("\",\"").map(|name| name.trim_matches('"'));
    names
        .filter(|name| !name.is_empty())
        .map(|name| name.replace("\\\"", "\"").replace("\\\\", "\\"))
        .collect()
}

/// A code that a file gives. One that is made of the name has an `@`, so that the two are never the same.
fn place_code(text: &str) -> Result<String, String> {
    let fits =
        text.len() <= 60 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte));
    if fits || is_made(text) {
        Ok(text.to_owned())
    } else {
        Err("must be at most 60 letters, digits, '_', '.' or '-'".to_owned())
    }
}

/// The widest place: a large city.
const MAX_RADIUS_M: u32 = 50_000;

fn metres(text: &str) -> Result<String, String> {
    let metres = text.parse::<u32>().ok().filter(|metres| (1..=MAX_RADIUS_M).contains(metres));
    metres
        .map(|metres| metres.to_string())
        .ok_or_else(|| format!("must be a whole number of metres from 1 to {MAX_RADIUS_M}"))
}

fn open_hours(text: &str) -> Result<String, String> {
    let hours = text.parse::<OpenHours>().map(|hours| hours.to_string());
    hours.map_err(|_| "must be the hours of one day such as 08:00-16:30, until 24:00 at most".to_owned())
}

fn zone(text: &str) -> Result<String, String> {
    match time_zone(text) {
        Some(_) => Ok(text.to_owned()),
        None => Err("must be a time zone of the IANA database such as Africa/Johannesburg".to_owned()),
    }
}

fn day(text: &str) -> Result<String, String> {
    let day = text.parse::<Day>().map(|day| day.to_string());
    day.map_err(|_| "must be a day such as 2026-12-27".to_owned())
}

fn step(text: &str) -> Result<String, String> {
    let number = text.parse::<u8>().ok().filter(|step| (1..=MOST_STEPS).contains(step));
    let number = number.map(|step| step.to_string());
    number.ok_or_else(|| format!("must be a whole number from 1 to {MOST_STEPS}"))
}

/// An offset; spaces in it, such as `-20 %`, do not count.
fn step_offset(text: &str) -> Result<String, String> {
    let offset = text.replace(' ', "").parse::<StepOffset>().map(|offset| offset.to_string());
    offset.map_err(|_| "must be a time from the deadline such as -20%, -2h, 0, +30m or +24h".to_owned())
}

fn position(text: &str) -> Result<String, String> {
    let number = text.parse::<u8>().ok().filter(|position| (1..=MOST).contains(position));
    let number = number.map(|position| position.to_string());
    number.ok_or_else(|| format!("must be a whole number from 1 to {MOST}"))
}

fn trigger(text: &str) -> Result<String, String> {
    let trigger = text.parse::<Trigger>().map(|trigger| trigger.to_string());
    trigger.map_err(|_| {
        "must be opened, changed, note, held, reopened, the n-th time as reopened:2, or the time in a queue as \
         queued:4h"
            .to_owned()
    })
}

fn age(text: &str) -> Result<String, String> {
    let age = text.parse::<StepTime>().map(|age| age.to_string());
    age.map_err(|_| "must be a time such as 48h, 30m or 90s".to_owned())
}

fn effect(text: &str) -> Result<String, String> {
    let must = "must be escalate, assign:WHOM, notify:WHOM, severity:WORD or tag:WORD, where WHOM is lead, manager \
                or login:NAME (to notify, also role:staff or role:manager), and a tag has small letters, `-` and `_`";
    text.parse::<Effect>().map(|effect| effect.to_string()).map_err(|_| must.to_owned())
}

fn recipient(text: &str) -> Result<String, String> {
    let recipient = text.parse::<Recipient>().map(|recipient| recipient.to_string());
    recipient.map_err(|_| "must be lead, manager, role:staff, role:manager or login:NAME".to_owned())
}

fn login(text: &str) -> Result<String, String> {
    let must = "must be a letter and up to 39 letters, digits, '_', '.' or '-', at most 8 of them digits";
    text.parse::<ActorName>().map(|name| name.as_str().to_owned()).map_err(|_| must.to_owned())
}

fn word(text: &str, words: &[&str]) -> Result<String, String> {
    let lower = text.to_ascii_lowercase();
    if words.contains(&lower.as_str()) {
        Ok(lower)
    } else {
        Err(format!("must be one of: {}", words.join(", ")))
    }
}

fn truth(text: &str) -> Result<String, String> {
    word(text, &["true", "false"])
}

fn hours(text: &str) -> Result<String, String> {
    let plain = text.len() <= MAX_DIGITS && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    // Less than half a second would be none.
    let fits = |hours: &f64| (hours * 3600.0).round() >= 1.0 && *hours <= MAX_HOURS;
    match text.parse::<f64>().ok().filter(|_| plain).filter(fits) {
        Some(_) => Ok(text.to_owned()),
        None => Err(format!("must be a number of hours such as 24 or 0.5, above 0 and at most {MAX_HOURS}")),
    }
}

fn percent(text: &str) -> Result<String, String> {
    let number = text.parse::<u8>().ok().filter(|percent| (1..=99).contains(percent));
    number.map(|percent| percent.to_string()).ok_or_else(|| "must be a whole number from 1 to 99".to_owned())
}

fn wkt(text: &str) -> Result<String, String> {
    let area = area::of_wkt(text)?;
    match area::flaws(&area) {
        flaws if flaws.is_empty() => Ok(area::to_wkt(&area)),
        flaws => Err(flaws.join("; ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_plain_numbers_that_last_at_least_a_second() {
        for good in ["24", "0.5", "0.0016666667", ".5", "876600"] {
            assert_eq!(hours(good).as_deref(), Ok(good));
        }
        let long = [format!("24.{}", "0".repeat(20_000)), format!("{}24", "0".repeat(20_000))];
        let bad = ["0", "-1", "1e3", "inf", "NaN", "0.0001", "876601", "24h", "1,5", "."];
        for bad in bad.into_iter().chain(long.iter().map(String::as_str)) {
            assert!(hours(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn working_hours_days_and_time_zones_are_read_or_told_what_they_must_be() {
        assert_eq!(open_hours("08:00-16:30").as_deref(), Ok("08:00-16:30"));
        for bad in ["8-16", "16:00-08:00", "08:00 - 16:00", "closed"] {
            assert!(open_hours(bad).unwrap_err().contains("such as 08:00-16:30"), "{bad}");
        }
        assert!(day("2026-12-27").is_ok() && day("27/12/2026").is_err() && day("2026-02-30").is_err());
        assert!(zone("Africa/Johannesburg").is_ok() && zone("SAST").is_err());
    }

    #[test]
    fn steps_of_ladders_are_read_or_told_what_they_must_be() {
        assert_eq!(step_offset("-20 %").as_deref(), Ok("-20%"));
        assert!(step_offset("1 day").unwrap_err().contains("such as -20%, -2h, 0"));
        assert!(step("8").is_ok() && step("9").is_err() && step("0").is_err());
        assert!(recipient("login:thandi.m").is_ok() && recipient("thandi.m").is_err());
    }

    #[test]
    fn words_are_read_in_any_case_and_the_right_ones_are_listed() {
        assert_eq!(truth("TRUE").as_deref(), Ok("true"));
        assert_eq!((SEVERITY.read)("hgih").unwrap_err(), "must be one of: low, medium, high, critical");
        assert!(name("Emfuleni\u{FFFD}").is_err() && name("a\nb").is_err() && name("Mbombela ë").is_ok());
        assert!(percent("100").is_err());
    }
}
