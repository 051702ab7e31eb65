//! E-mail to staff: when a person is told of an event, what the mail says, and when it is tried again.

mod text;

use std::time::Duration;

use jiff::civil::Time as TimeOfDay;
use jiff::tz::Offset;
use jiff::{Timestamp, ToSpan};
use topics::values::staff_mail::MailMode;
use topics::values::time::Time;
use topics::values::vocabulary::Severity;

pub use text::{MailText, Notice, list, single};

/// When the digest of a day is sent, in South African time.
pub const DIGEST_AT: TimeOfDay = TimeOfDay::constant(7, 30, 0, 0);

/// A mail counts as unknown this long after its attempt was permitted, and is sent again.
pub const LEASE: Duration = Duration::from_secs(60);

/// An event that is older than this is not told any more.
pub const NEWS_FOR: Duration = Duration::from_secs(24 * 3600);

/// A mail that was not taken in so many attempts has failed: about a day, by the pauses between them.
pub const MOST_ATTEMPTS: u32 = 30;

/// The pause after the first attempt; each next one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_secs(60);

/// The longest pause between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);

/// South African time is two hours ahead of UTC all year since 1944.
const LOCAL: Offset = Offset::constant(2);

/// How one person is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MailRule {
    /// Whether the person is told at once, once a day, or not at all.
    pub mode: MailMode,
    /// When the person is not to be disturbed.
    pub quiet: Option<QuietHours>,
}

/// The hours of each day in which a person is told only of what is critical.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuietHours {
    /// When they begin, in South African time.
    pub from: TimeOfDay,
    /// When they end; earlier than `from` if that is on the next day.
    pub until: TimeOfDay,
}

impl std::str::FromStr for QuietHours {
    type Err = String;

    /// Reads `21:00-06:00`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || "must be two times of day, such as 21:00-06:00".to_owned();
        let (from, until) = text.split_once('-').ok_or_else(wrong)?;
        let hours = from.parse().ok().zip(until.parse().ok()).map(|(from, until)| Self { from, until });
        hours.filter(|hours| hours.from != hours.until).ok_or_else(wrong)
    }
}

impl QuietHours {
    fn contain(self, time: TimeOfDay) -> bool {
        if self.from < self.until {
            self.from <= time && time < self.until
        } else {
            self.from <= time || time < self.until
        }
    }
}

/// When a person is told of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Telling {
    /// The person is told nothing of it.
    Never,
    /// In a mail of its own, as soon as possible.
    AtOnce,
    /// In one mail with everything else that waits for this moment.
    Together(Time),
}

/// When a person with this rule is told of an event of a ticket of this severity that is known at `now`. What
/// is critical is always told at once.
pub fn telling(rule: MailRule, severity: Severity, now: Time) -> Telling {
    if severity == Severity::Critical {
        return Telling::AtOnce;
    }
    let quiet_at = |at: Time| rule.quiet.filter(|quiet| time_of_day(at).is_some_and(|t| quiet.contain(t)));
    match rule.mode {
        MailMode::Off => Telling::Never,
        MailMode::AtOnce => match quiet_at(now) {
            Some(quiet) => Telling::Together(next(quiet.until, now)),
            None => Telling::AtOnce,
        },
        MailMode::Digest => {
            let digest = next(DIGEST_AT, now);
            Telling::Together(quiet_at(digest).map_or(digest, |quiet| next(quiet.until, digest)))
        }
    }
}

/// The time of day in South Africa.
fn time_of_day(at: Time) -> Option<TimeOfDay> {
    Timestamp::from_millisecond(at.millis()).ok().map(|at| LOCAL.to_datetime(at).time())
}

/// The first moment after `now` at which it is `time` in South Africa.
fn next(time: TimeOfDay, now: Time) -> Time {
    let found = || {
        let local = LOCAL.to_datetime(Timestamp::from_millisecond(now.millis()).ok()?);
        let today = local.date().to_datetime(time);
        let at = if today > local { today } else { today.checked_add(1.day()).ok()? };
        Some(Time::from_millis(LOCAL.to_timestamp(at).ok()?.as_millisecond()))
    };
    found().unwrap_or(now)
}

/// When a mail is tried again whose attempt number `attempts`, from 1, ended at `now` without having been
/// taken; `None` if it has failed.
pub fn retry_at(attempts: u32, now: Time) -> Option<Time> {
    if attempts >= MOST_ATTEMPTS {
        return None;
    }
    let doublings = attempts.saturating_sub(1).min(16);
    Some(now + FIRST_PAUSE.saturating_mul(1 << doublings).min(LONGEST_PAUSE))
}

/// The Message-ID, without brackets, of the mail that tells `login` of one event. A mail that is sent twice
/// has the same one, so that mail programs show it once.
pub fn message_id(event: &str, login: &str, domain: &str) -> String {
    format!("{event}.{login}@{domain}")
}

/// The Message-ID, without brackets, of the mail with everything that `login` is told at this moment.
pub fn digest_id(at: Time, login: &str, domain: &str) -> String {
    let local = Timestamp::from_millisecond(at.millis()).map(|at| LOCAL.to_datetime(at)).ok();
    let moment = local.map_or_else(String::new, |at| at.strftime("%Y%m%dT%H%M").to_string());
    format!("digest-{moment}.{login}@{domain}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Time {
        text.parse().unwrap()
    }

    fn rule(mode: MailMode, quiet: Option<(i8, i8)>) -> MailRule {
        let hour = |hour| TimeOfDay::constant(hour, 0, 0, 0);
        MailRule {
            mode,
            quiet: quiet.map(|(from, until)| QuietHours { from: hour(from), until: hour(until) }),
        }
    }

    #[test]
    fn what_is_critical_is_told_at_once_whatever_the_rule() {
        let night = at("2026-03-01T22:30:00.000Z");
        for mode in MailMode::ALL {
            let told = telling(rule(*mode, Some((21, 6))), Severity::Critical, night);
            assert_eq!(told, Telling::AtOnce, "{mode:?}");
        }
        assert_eq!(telling(rule(MailMode::Off, None), Severity::High, night), Telling::Never);
    }

    #[test]
    fn quiet_hours_end_on_the_same_or_the_next_day() {
        // South African time is two hours later.
        for (quiet, now, told) in [
            ((21, 6), "2026-03-01T18:59:59.999Z", None),
            ((21, 6), "2026-03-01T19:00:00.000Z", Some("2026-03-02T04:00:00.000Z")),
            ((21, 6), "2026-03-01T23:00:00.000Z", Some("2026-03-02T04:00:00.000Z")),
            ((21, 6), "2026-03-02T03:59:00.000Z", Some("2026-03-02T04:00:00.000Z")),
            ((21, 6), "2026-03-02T04:00:00.000Z", None),
            ((12, 14), "2026-03-01T10:30:00.000Z", Some("2026-03-01T12:00:00.000Z")),
            ((12, 14), "2026-03-01T12:00:00.000Z", None),
            ((12, 14), "2026-03-01T09:59:00.000Z", None),
        ] {
            let expected = told.map_or(Telling::AtOnce, |until| Telling::Together(at(until)));
            let rule = rule(MailMode::AtOnce, Some(quiet));
            assert_eq!(telling(rule, Severity::Low, at(now)), expected, "{quiet:?} {now}");
        }
    }

    #[test]
    fn quiet_hours_are_two_times_of_day() {
        let hours: QuietHours = "21:00-06:30".parse().unwrap();
        assert_eq!(
            hours,
            QuietHours { from: TimeOfDay::constant(21, 0, 0, 0), until: TimeOfDay::constant(6, 30, 0, 0) }
        );
        for wrong in ["21:00", "21-6", "21:00-25:00", "06:00-06:00", ""] {
            assert!(wrong.parse::<QuietHours>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_digest_comes_at_half_past_seven_or_when_the_quiet_hours_end() {
        for (quiet, now, told) in [
            (None, "2026-03-01T05:29:59.000Z", "2026-03-01T05:30:00.000Z"),
            (None, "2026-03-01T05:30:00.000Z", "2026-03-02T05:30:00.000Z"),
            (None, "2026-12-31T23:00:00.000Z", "2027-01-01T05:30:00.000Z"),
            (Some((20, 9)), "2026-03-01T05:00:00.000Z", "2026-03-01T07:00:00.000Z"),
            (Some((20, 7)), "2026-03-01T05:00:00.000Z", "2026-03-01T05:30:00.000Z"),
        ] {
            let rule = rule(MailMode::Digest, quiet);
            assert_eq!(telling(rule, Severity::High, at(now)), Telling::Together(at(told)), "{now}");
        }
    }

    #[test]
    fn pauses_grow_to_an_hour_and_the_last_attempt_is_a_day_after_the_first() {
        let mut now = at("2026-03-01T00:00:00.000Z");
        let first = now;
        let mut pauses = Vec::new();
        for attempt in 1.. {
            let Some(next) = retry_at(attempt, now) else { break };
            pauses.push(next.since(now).as_secs() / 60);
            now = next;
        }
        assert_eq!(pauses.iter().take(8).copied().collect::<Vec<_>>(), [1, 2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(now.since(first).as_secs() / 3600, 24);
    }

    #[test]
    fn a_mail_has_one_id_however_often_it_is_sent() {
        assert_eq!(message_id("0a1b", "thandi.m", "example.org"), "0a1b.thandi.m@example.org");
        let digest = digest_id(at("2026-03-02T05:30:00.000Z"), "thandi.m", "example.org");
        assert_eq!(digest, "digest-20260302T0730.thandi.m@example.org");
    }
}
