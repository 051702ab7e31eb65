//! The public holidays of South Africa: the twelve of the Public Holidays Act 36 of 1994, which began with
//! 1995, and the Monday after one that falls on a Sunday. Those that the President declares for one year are
//! data of an edition.

use jiff::civil::{Date, Weekday};
use topics::values::calendar::Day;

/// The first year in which the Act holds. Other days were holidays before.
pub const FIRST_YEAR: i16 = 1995;

/// The holidays on a fixed day: month, day, name.
const FIXED: [(i8, i8, &str); 10] = [
    (1, 1, "New Year's Day"),
    (3, 21, "Human Rights Day"),
    (4, 27, "Freedom Day"),
    (5, 1, "Workers' Day"),
    (6, 16, "Youth Day"),
    (8, 9, "National Women's Day"),
    (9, 24, "Heritage Day"),
    (12, 16, "Day of Reconciliation"),
    (12, 25, "Christmas Day"),
    (12, 26, "Day of Goodwill"),
];

/// The holidays that depend on Easter: days after Easter Sunday, name.
const MOVABLE: [(i64, &str); 2] = [(-2, "Good Friday"), (1, "Family Day")];

/// The name of the public holiday on this day, if it is one by law.
pub fn by_law(day: Day) -> Option<&'static str> {
    let date = day.date();
    if date.year() < FIRST_YEAR {
        return None;
    }
    let after_easter = || {
        let days = day.number() - easter_sunday(date.year()).number();
        MOVABLE.iter().find(|(after, _)| *after == days).map(|(_, name)| *name)
    };
    let of_sunday = || {
        let sunday = Day::from_number(day.number() - 1).date();
        fixed(sunday).filter(|_| date.weekday() == Weekday::Monday && sunday.year() >= FIRST_YEAR)
    };
    fixed(date).or_else(after_easter).or_else(of_sunday)
}

fn fixed(date: Date) -> Option<&'static str> {
    let found = FIXED.iter().find(|(month, day, _)| (*month, *day) == (date.month(), date.day()));
    found.map(|(_, _, name)| *name)
}

/// Easter Sunday of a year in the Gregorian calendar, by the formula of Meeus, Jones and Butcher (Jean Meeus,
/// Astronomical Algorithms, chapter 8).
fn easter_sunday(year: i16) -> Day {
    let year = i64::from(year);
    let golden = year % 19;
    let century = year / 100;
    let of_century = year % 100;
    let correction = (century - (century + 8) / 25 + 1) / 3;
    let epact = (19 * golden + century - century / 4 - correction + 15) % 30;
    let weekday = (32 + 2 * (century % 4) + 2 * (of_century / 4) - epact - of_century % 4) % 7;
    let late = (golden + 11 * epact + 22 * weekday) / 451;
    let days_after_march_began = epact + weekday - 7 * late + 21;
    let march = Date::new(i16::try_from(year).unwrap_or(FIRST_YEAR), 3, 1).unwrap_or(Date::MIN);
    Day::from_number(Day::from(march).number() + days_after_march_began)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// The holidays of the list that were declared for one year alone, which no rule gives.
    const DECLARED: [&str; 18] = [
        "1999-06-02",
        "1999-12-31",
        "2000-01-02",
        "2000-01-03",
        "2004-04-14",
        "2006-03-01",
        "2008-05-02",
        "2009-04-22",
        "2011-05-18",
        "2011-12-27",
        "2014-05-07",
        "2016-08-03",
        "2016-12-27",
        "2019-05-08",
        "2021-11-01",
        "2022-12-27",
        "2023-12-15",
        "2024-05-29",
    ];

    /// The list of the Python package `holidays`, which is not kept in this repository.
    fn list() -> Option<BTreeMap<String, String>> {
        let mut beside = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
        let file = beside.find_map(|folder| {
            let path = folder.join("shared/data/python-holidays_ZA_COMMON.json");
            path.exists().then_some(path)
        });
        let Some(file) = file else {
            eprintln!("SKIPPED: no shared/data/python-holidays_ZA_COMMON.json beside the repository");
            return None;
        };
        Some(serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap())
    }

    #[test]
    fn the_holidays_of_every_year_since_the_act_are_those_that_others_list() {
        let Some(list) = list() else { return };
        let last: i16 = list.keys().next_back().unwrap()[..4].parse().unwrap();
        assert!(last >= 2050, "{last}");
        let mut day = Day::from(Date::constant(FIRST_YEAR, 1, 1));
        let mut found = 0;
        while day.date().year() <= last {
            let text = day.to_string();
            let listed = list.get(&text).map(|names| names.replace(" (observed)", ""));
            match by_law(day) {
                Some(name) => {
                    let names = listed.unwrap_or_else(|| panic!("{text} is {name} and not listed"));
                    assert!(names.split("; ").any(|listed| listed == name), "{text}: {name}, listed {names}");
                    found += 1;
                }
                None => assert_eq!(listed.is_some(), DECLARED.contains(&text.as_str()), "{text} {listed:?}"),
            }
            day = Day::from_number(day.number() + 1);
        }
        assert!(found > 650, "{found}");
    }

    #[test]
    fn a_sunday_moves_to_monday_and_a_saturday_does_not() {
        let name = |text: &str| by_law(text.parse().unwrap());
        // Heritage Day 2023 was a Sunday, 2022 a Saturday.
        assert_eq!((name("2023-09-24"), name("2023-09-25")), (Some("Heritage Day"), Some("Heritage Day")));
        assert_eq!((name("2022-09-24"), name("2022-09-26")), (Some("Heritage Day"), None));
        // Christmas 2022 was a Sunday; the Monday was a holiday already, and no other day became one by law.
        assert_eq!((name("2022-12-26"), name("2022-12-27")), (Some("Day of Goodwill"), None));
        assert_eq!((name("2026-04-03"), name("2026-04-06")), (Some("Good Friday"), Some("Family Day")));
        assert_eq!(name("1994-12-26"), None, "before the Act");
    }
}
