//! Deadlines on calendars, held against counting minute by minute.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use topics::records::editions::{Calendar, ClosingDay, DeclaredHoliday};
use topics::values::calendar::{Day, OpenHours};
use topics::values::time::Time;
use topics::values::vocabulary::Hours;

use super::holidays::by_law;
use super::{Counting, MINUTE_MS, Stretch, WorkingTime, deadline_after, time_zone, working_time_between};

/// How many random calendars, starts and durations are compared.
const CASES: u32 = 100_000;

/// The zones of the random calendars, of which most change their clocks; Lord Howe by half an hour, Dublin
/// with a winter time, Casablanca around Ramadan, Apia without one day in 2011.
const ZONES: [&str; 12] = [
    "Africa/Johannesburg",
    "Africa/Johannesburg",
    "Africa/Windhoek",
    "Africa/Casablanca",
    "Africa/Cairo",
    "America/New_York",
    "America/Sao_Paulo",
    "Australia/Lord_Howe",
    "Europe/Berlin",
    "Europe/Dublin",
    "Pacific/Apia",
    "Asia/Kathmandu",
];

/// Random numbers from a seed (the generator of Sebastiano Vigna, splitmix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: i64) -> i64 {
        (self.next() % limit as u64) as i64
    }

    fn one_in(&mut self, many: i64) -> bool {
        self.below(many) == 0
    }
}

fn hours(from: i64, to: i64) -> OpenHours {
    format!("{:02}:{:02}-{:02}:{:02}", from / 60, from % 60, to / 60, to % 60).parse().unwrap()
}

/// A random working week: often like an office's, sometimes at any hours of the day, also at night.
fn week(random: &mut Random) -> [Option<OpenHours>; 7] {
    let is_office = random.one_in(2);
    std::array::from_fn(|weekday| {
        let is_closed = if weekday < 5 { random.one_in(8) } else { !random.one_in(4) };
        let (from, to) = match is_office {
            true => (420 + random.below(120), 900 + random.below(180)),
            false => {
                let from = random.below(1_439);
                (from, from + 1 + random.below(1_440 - from))
            }
        };
        (!is_closed || weekday == 2).then(|| hours(from, to))
    })
}

fn calendar(zone: &str, week: [Option<OpenHours>; 7]) -> Calendar {
    let [monday, tuesday, wednesday, thursday, friday, saturday, sunday] = week;
    Calendar {
        municipality: "west".parse().unwrap(),
        time_zone: zone.to_owned(),
        critical: Hours::RoundTheClock,
        monday,
        tuesday,
        wednesday,
        thursday,
        friday,
        saturday,
        sunday,
    }
}

/// The oracle: looks at the clock on the wall in every minute. It knows nothing of stretches and transitions.
struct Wall {
    zone: TimeZone,
    week: [Option<OpenHours>; 7],
    closed: Vec<Day>,
}

impl Wall {
    fn is_working_time(&self, minute: i64) -> bool {
        let wall = self.zone.to_datetime(Timestamp::from_second(minute * 60).unwrap());
        let day = Day::from(wall.date());
        let Some(hours) = self.week[wall.weekday().to_monday_zero_offset() as usize] else { return false };
        let of_day = u16::from(wall.hour() as u8) * 60 + u16::from(wall.minute() as u8);
        (hours.from_minute()..hours.to_minute()).contains(&of_day)
            && by_law(day).is_none()
            && !self.closed.contains(&day)
    }
}

/// One random case: a calendar, and a duration from a start that is often near a change of the clocks.
#[test]
fn deadlines_on_random_calendars_are_those_that_counting_minute_by_minute_gives() {
    let mut random = Random(20_260_924);
    let zones: Vec<TimeZone> = ZONES.iter().map(|name| time_zone(name).unwrap()).collect();
    for case in 0..CASES {
        let which = random.below(ZONES.len() as i64) as usize;
        let week = week(&mut random);
        let zone = &zones[which];
        // 2010 to 2040.
        let mut start = 21_036_960 + random.below(15_778_080);
        let near = zone.following(Timestamp::from_second(start * 60).unwrap()).next();
        if let Some(change) = near.filter(|_| random.one_in(2)) {
            start = change.timestamp().as_second() / 60 - random.below(2_000);
        }
        let first = Day::from(zone.to_datetime(Timestamp::from_second(start * 60).unwrap()).date());
        let closed: Vec<Day> = (0..random.below(4))
            .map(|_| Day::from_number(first.number() + random.below(10)))
            .filter(|day| day.weekday() != jiff::civil::Weekday::Wednesday)
            .collect();
        let (declared, own) = closed.split_at(closed.len() / 2);
        let declared: Vec<DeclaredHoliday> =
            declared.iter().map(|day| DeclaredHoliday { day: *day, name: "Election".to_owned() }).collect();
        let own: Vec<ClosingDay> = own
            .iter()
            .map(|day| ClosingDay {
                municipality: "west".parse().unwrap(),
                day: *day,
                name: "Stocktaking".to_owned(),
            })
            .collect();
        let working = WorkingTime::new(&calendar(ZONES[which], week), &own, &declared).unwrap();
        let wall = Wall { zone: zone.clone(), week, closed };

        let longest = if random.one_in(40) { 1_200 } else { 200 };
        let minutes = 1 + random.below(longest);
        let mut minute = start;
        let mut left = minutes;
        while left > 0 {
            left -= i64::from(wall.is_working_time(minute));
            minute += 1;
        }
        let start = Time::from_millis(start * MINUTE_MS);
        let duration = Duration::from_secs(minutes as u64 * 60);
        let deadline = deadline_after(&working, start, duration);
        let said = format!("case {case}: {minutes} minutes from {start} in {} {week:?}", ZONES[which]);
        assert_eq!(deadline, Time::from_millis(minute * MINUTE_MS), "{said}");
        assert_eq!(working_time_between(&working, start, deadline), duration, "{said}");
    }
}

/// 8 hours from Monday to Friday in South Africa, with these declared holidays.
fn office(declared: &[&str]) -> WorkingTime {
    let day = Some(hours(480, 960));
    let week = [day, day, day, day, day, None, None];
    let holiday = |day: &&str| DeclaredHoliday { day: day.parse().unwrap(), name: "Election Day".to_owned() };
    let declared: Vec<DeclaredHoliday> = declared.iter().map(holiday).collect();
    WorkingTime::new(&calendar("Africa/Johannesburg", week), &[], &declared).unwrap()
}

fn at(text: &str) -> Time {
    text.parse().unwrap()
}

const HOUR: Duration = Duration::from_secs(3_600);

#[test]
fn eight_working_hours_from_friday_afternoon_are_over_on_monday_afternoon() {
    let friday = at("2026-11-06T15:00:00+02:00");
    let monday = at("2026-11-09T15:00:00+02:00");
    assert_eq!(deadline_after(&office(&[]), friday, 8 * HOUR), monday);
    // The whole of Friday: over when the day is, not when the next one begins.
    assert_eq!(deadline_after(&office(&[]), friday, HOUR), at("2026-11-06T16:00:00+02:00"));
    // A report at night counts from the next morning, to the millisecond.
    let night = at("2026-11-06T22:11:33.123+02:00");
    let later = Duration::from_millis(1);
    assert_eq!(deadline_after(&office(&[]), night, later), at("2026-11-09T08:00:00.001+02:00"));
    assert_eq!(deadline_after(&office(&[]), night, Duration::ZERO), night);
}

#[test]
fn a_holiday_by_law_or_declared_does_not_count() {
    // Thursday 2026-09-24 is Heritage Day.
    let wednesday = at("2026-09-23T15:00:00+02:00");
    assert_eq!(deadline_after(&office(&[]), wednesday, 8 * HOUR), at("2026-09-25T15:00:00+02:00"));
    let declared = office(&["2026-09-25"]);
    assert_eq!(deadline_after(&declared, wednesday, 8 * HOUR), at("2026-09-28T15:00:00+02:00"));
    let days = declared.closed_days(wednesday, at("2026-09-28T15:00:00+02:00"));
    let named: Vec<_> = days.iter().map(|day| declared.closed(*day).unwrap()).collect();
    assert_eq!(named, ["Heritage Day", "Election Day"]);
}

#[test]
fn the_clock_stands_still_while_a_ticket_is_held() {
    let calendar = office(&[]);
    let start = at("2026-11-06T15:00:00+02:00");
    // From Monday 10:00 to Wednesday 11:00, of which 17 hours are working time.
    let held = [Stretch::between(at("2026-11-09T10:00:00+02:00"), at("2026-11-11T11:00:00+02:00"))];
    let counting = Counting::WorkingHours(&calendar);
    let due = counting.deadline_after(&held, start, 8 * HOUR);
    assert_eq!(due, at("2026-11-11T16:00:00+02:00"));
    assert_eq!(counting.time_between(&held, start, due), 8 * HOUR);
    assert_eq!(counting.time_between(&held, start, at("2026-11-11T11:00:00+02:00")), 3 * HOUR);
    let due = Counting::RoundTheClock.deadline_after(&held, start, 72 * HOUR);
    assert_eq!(due, start + 72 * HOUR + 49 * HOUR);
}

#[test]
fn a_time_that_never_ends_ends_with_the_calendar() {
    let forever = Duration::from_secs(u64::MAX);
    assert!(
        Counting::RoundTheClock.deadline_after(&[], at("2026-11-06T15:00:00Z"), forever)
            > at("9999-01-01T00:00:00Z")
    );
    let beyond = Time::from_millis(i64::MAX);
    assert!(deadline_after(&office(&[]), beyond, HOUR) > at("9999-01-01T00:00:00Z"));
    assert_eq!(working_time_between(&office(&[]), beyond, beyond), Duration::ZERO);
}
