//! Calendars: which time counts for a deadline. It counts while the clock on a wall of the municipality shows
//! working hours on a day that is no holiday and no closing day; for other deadlines every moment counts.

pub mod holidays;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::iter;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use topics::records::editions::{Calendar, ClosingDay, DeclaredHoliday};
use topics::values::calendar::{Day, OpenHours};
use topics::values::text::Code;
use topics::values::time::Time;
use topics::values::vocabulary::Hours;

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

/// The working time of a municipality.
#[derive(Clone, Debug)]
pub struct WorkingTime {
    zone: TimeZone,
    /// From Monday to Sunday.
    week: [Option<OpenHours>; 7],
    /// The closing days of the municipality and the declared holidays, by their number, with their names.
    closed: BTreeMap<i64, String>,
    /// Which hours count for critical tickets, where their policy says working hours.
    pub critical: Hours,
}

/// A stretch of time, up to but not including its end, in milliseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    from: i64,
    to: i64,
}

impl Stretch {
    /// The time between two moments; empty if the second is not later.
    pub const fn between(from: Time, to: Time) -> Self {
        Self { from: from.millis(), to: to.millis() }
    }

    const fn millis(self) -> i64 {
        self.to.saturating_sub(self.from)
    }
}

/// The time zone of this name in the database that is compiled in. The system's database is not asked, since
/// a replay on another host must give the same deadlines.
pub fn time_zone(name: &str) -> Option<TimeZone> {
    TimeZoneDatabase::bundled().get(name).ok()
}

/// The last moment that a calendar has.
fn end_of_time() -> Time {
    Time::from_millis(Timestamp::MAX.as_millisecond())
}

/// The moment at which `working` time has passed on this calendar since `start`.
pub fn deadline_after(calendar: &WorkingTime, start: Time, working: Duration) -> Time {
    Counting::WorkingHours(calendar).deadline_after(&[], start, working)
}

/// The working time on this calendar from `from` to `to`; zero if that is not later.
pub fn working_time_between(calendar: &WorkingTime, from: Time, to: Time) -> Duration {
    Counting::WorkingHours(calendar).time_between(&[], from, to)
}

/// Which time counts for a deadline.
#[derive(Clone, Copy, Debug)]
pub enum Counting<'a> {
    /// Every hour of every day.
    RoundTheClock,
    /// The working time of a municipality.
    WorkingHours(&'a WorkingTime),
}

impl Counting<'_> {
    /// The moment at which so much time has passed since `start`, apart from the `holds`, in which none does.
    /// The holds are in order and do not overlap.
    pub fn deadline_after(self, holds: &[Stretch], start: Time, time: Duration) -> Time {
        let mut left = i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
        if left == 0 {
            return start;
        }
        if matches!(self, Self::RoundTheClock) && holds.is_empty() {
            return start + time;
        }
        for stretch in self.counted(holds, start) {
            if stretch.millis() >= left {
                return Time::from_millis(stretch.from + left);
            }
            left -= stretch.millis();
        }
        end_of_time()
    }

    /// The time that counts from `from` to `to`, apart from the `holds`.
    pub fn time_between(self, holds: &[Stretch], from: Time, to: Time) -> Duration {
        let counted = self.counted(holds, from).take_while(|stretch| stretch.from < to.millis());
        let millis: i64 = counted.map(|stretch| stretch.to.min(to.millis()) - stretch.from).sum();
        Duration::from_millis(u64::try_from(millis).unwrap_or(0))
    }

    /// The stretches that count from `start` on, in order, without what is held.
    fn counted(self, holds: &[Stretch], start: Time) -> impl Iterator<Item = Stretch> {
        let always = Stretch { from: start.millis(), to: end_of_time().millis() };
        let (all, working) = match self {
            Self::RoundTheClock => (Some(always), None),
            Self::WorkingHours(calendar) => (None, Some(calendar.stretches(start))),
        };
        let open = all.into_iter().chain(working.into_iter().flatten());
        open.flat_map(|stretch| without(stretch, holds))
    }
}

/// What is left of a stretch without the holds.
fn without(stretch: Stretch, holds: &[Stretch]) -> impl Iterator<Item = Stretch> {
    let ends = holds.iter().map(|hold| hold.from).chain(iter::once(stretch.to));
    let begins = iter::once(stretch.from).chain(holds.iter().map(|hold| hold.to));
    let gaps = begins
        .zip(ends)
        .map(move |(from, to)| Stretch { from: from.max(stretch.from), to: to.min(stretch.to) });
    gaps.filter(|gap| gap.from < gap.to)
}

impl WorkingTime {
    /// The working time of a calendar, with its municipality's closing days and all declared holidays;
    /// missing if its time zone is not known.
    pub fn new(calendar: &Calendar, closing: &[ClosingDay], holidays: &[DeclaredHoliday]) -> Option<Self> {
        let declared = holidays.iter().map(|holiday| (holiday.day.number(), holiday.name.clone()));
        let own = closing.iter().filter(|day| day.municipality == calendar.municipality);
        let own = own.map(|day| (day.day.number(), day.name.clone()));
        Some(Self {
            zone: time_zone(&calendar.time_zone)?,
            week: calendar.week(),
            closed: own.chain(declared).collect(),
            critical: calendar.critical,
        })
    }

    /// The holiday or closing day because of which the municipality does not work on what is usually a
    /// working day.
    pub fn closed(&self, day: Day) -> Option<&str> {
        self.usual_hours(day)?;
        holidays::by_law(day).or_else(|| self.closed.get(&day.number()).map(String::as_str))
    }

    /// The working hours of a week, for people, such as `Mon-Fri 08:00-16:00 (Africa/Johannesburg)`.
    pub fn describe(&self) -> String {
        const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
        let mut runs: Vec<(&str, &str, OpenHours)> = Vec::new();
        let mut before = None;
        for (day, hours) in DAYS.into_iter().zip(self.week) {
            match (hours, runs.last_mut()) {
                (Some(hours), Some(run)) if before == Some(hours) => run.1 = day,
                (Some(hours), _) => runs.push((day, day, hours)),
                (None, _) => {}
            }
            before = hours;
        }
        let runs = runs.into_iter().map(|(first, last, hours)| match first == last {
            true => format!("{first} {hours}"),
            false => format!("{first}-{last} {hours}"),
        });
        let zone = self.zone.iana_name().unwrap_or("UTC");
        format!("{} ({zone})", runs.collect::<Vec<_>>().join(", "))
    }

    /// The days between two moments on which people usually work and do not, in order.
    pub fn closed_days(&self, from: Time, to: Time) -> Vec<Day> {
        let (Some(first), Some(last)) = (self.day_of(from), self.day_of(to)) else { return Vec::new() };
        let days = (first.number()..=last.number()).map(Day::from_number);
        days.filter(|day| self.closed(*day).is_some()).collect()
    }

    /// The day on which a moment falls in the time zone.
    fn day_of(&self, at: Time) -> Option<Day> {
        let at = Timestamp::from_millisecond(at.millis()).ok()?;
        Some(Day::from(self.zone.to_datetime(at).date()))
    }

    fn usual_hours(&self, day: Day) -> Option<OpenHours> {
        let weekday = usize::try_from(day.weekday().to_monday_zero_offset()).ok()?;
        self.week.get(weekday).copied().flatten()
    }

    fn hours(&self, day: Day) -> Option<OpenHours> {
        self.usual_hours(day).filter(|_| self.closed(day).is_none())
    }

    /// The stretches of working time from `start` on, in order.
    ///
    /// The clocks of a zone are changed at its transitions. Between two of them the time on the wall is the
    /// time in UTC and a fixed offset, so a day's hours are counted in each part of the day: an hour that the
    /// clocks skip does not count, one that they repeat counts twice.
    fn stretches(&self, start: Time) -> impl Iterator<Item = Stretch> {
        let mut at = start.millis();
        let mut period = Period { offset_ms: 0, to: at };
        iter::from_fn(move || self.next_stretch(&mut at, &mut period))
    }

    /// The next stretch of working time from `at` on, which then is where it ends. `period` is the one that
    /// was looked at last.
    fn next_stretch(&self, at: &mut i64, period: &mut Period) -> Option<Stretch> {
        while *at < end_of_time().millis() {
            if *at >= period.to {
                *period = self.period(*at)?;
            }
            let number = (*at + period.offset_ms).div_euclid(DAY_MS);
            let midnight = number * DAY_MS - period.offset_ms;
            let part = Stretch { from: *at, to: (midnight + DAY_MS).min(period.to) };
            *at = part.to;
            let Some(hours) = self.hours(Day::from_number(number)) else { continue };
            let from = part.from.max(midnight + i64::from(hours.from_minute()) * MINUTE_MS);
            let to = part.to.min(midnight + i64::from(hours.to_minute()) * MINUTE_MS);
            if from < to {
                return Some(Stretch { from, to });
            }
        }
        None
    }

    /// The time around `at` in which the clocks of the zone are not changed.
    fn period(&self, at: i64) -> Option<Period> {
        let moment = Timestamp::from_millisecond(at).ok()?;
        let next = self.zone.following(moment).next();
        Some(Period {
            offset_ms: i64::from(self.zone.to_offset(moment).seconds()) * 1_000,
            to: next.map_or(end_of_time().millis(), |next| next.timestamp().as_millisecond()),
        })
    }
}

/// A time in which the clocks of a zone are not changed.
#[derive(Clone, Copy)]
struct Period {
    /// What the time on the wall is ahead of UTC.
    offset_ms: i64,
    to: i64,
}

/// The working times of the municipalities of an edition.
#[derive(Debug, Default)]
pub struct Calendars(BTreeMap<Code, WorkingTime>);

impl Calendars {
    /// The calendars with the days on which they are closed; one whose time zone is not known is left out.
    pub(crate) fn new(calendars: &[Calendar], closing: &[ClosingDay], holidays: &[DeclaredHoliday]) -> Self {
        let with_code = |calendar: &Calendar| {
            Some((calendar.municipality.clone(), WorkingTime::new(calendar, closing, holidays)?))
        };
        Self(calendars.iter().filter_map(with_code).collect())
    }

    /// The working time of a municipality.
    pub fn get(&self, municipality: &Code) -> Option<&WorkingTime> {
        self.0.get(municipality)
    }
}
