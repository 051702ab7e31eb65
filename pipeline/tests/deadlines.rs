//! Prints docs/deadlines.md: every table in it is what the program answers.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

use std::fmt::Write;
use std::time::Duration;

use expect_test::expect_file;
use pipeline::rules::calendar::holidays::by_law;
use pipeline::rules::calendar::{Counting, Stretch, WorkingTime, deadline_after};
use pipeline::rules::holds::default_limit_s;
use topics::records::editions::{Calendar, ClosingDay, DeclaredHoliday};
use topics::records::ticket_actions::Refusal;
use topics::values::calendar::Day;
use topics::values::time::Time;
use topics::values::vocabulary::{HoldReason, Hours};

const HOUR: u64 = 3_600;

/// The year whose holidays are shown.
const YEAR: i16 = 2027;

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

/// An office that is open for 8 hours from Monday to Friday, closed on one day, with one declared holiday.
fn office() -> WorkingTime {
    let hours = Some("08:00-16:00".parse().unwrap());
    let municipality = "EKU".parse().unwrap();
    let calendar = Calendar {
        municipality,
        time_zone: "Africa/Johannesburg".to_owned(),
        critical: Hours::RoundTheClock,
        monday: hours,
        tuesday: hours,
        wednesday: hours,
        thursday: hours,
        friday: hours,
        saturday: None,
        sunday: None,
    };
    let closing = ClosingDay {
        municipality: calendar.municipality.clone(),
        day: day("2026-12-28"),
        name: "Stocktaking".to_owned(),
    };
    let declared = DeclaredHoliday { day: day("2026-11-04"), name: "Local government elections".to_owned() };
    WorkingTime::new(&calendar, &[closing], &[declared]).unwrap()
}

/// A moment as the clock on the wall shows it in South Africa, with the day of the week.
fn wall(at: Time) -> String {
    let at = jiff::Timestamp::from_millisecond(at.millis()).unwrap();
    let local = jiff::tz::Offset::constant(2).to_datetime(at);
    let weekday = format!("{:?}", local.weekday());
    format!("{weekday} {} {:02}:{:02}", local.date(), local.hour(), local.minute())
}

fn at(text: &str) -> Time {
    format!("{text}:00+02:00").parse().unwrap()
}

fn holidays(page: &mut String) {
    let _ = writeln!(page, "| day in {YEAR} | holiday |\n|---|---|");
    let first = day(&format!("{YEAR}-01-01")).number();
    for day in (first..first + 365).map(Day::from_number) {
        if let Some(name) = by_law(day) {
            let weekday = format!("{:?}", day.weekday());
            let _ = writeln!(page, "| {weekday} {day} | {name} |");
        }
    }
}

fn examples(page: &mut String) {
    let office = office();
    let _ = writeln!(page, "| reported | promised | due | days off between |\n|---|---|---|---|");
    for (from, hours) in [
        ("2026-11-06T15:00", 8),
        ("2026-11-07T10:30", 4),
        ("2026-11-03T12:00", 8),
        ("2026-12-24T12:00", 16),
        ("2027-03-24T08:00", 24),
    ] {
        let from = at(from);
        let due = deadline_after(&office, from, Duration::from_secs(hours * HOUR));
        let off = office.closed_days(from, due);
        let off = off.iter().map(|day| format!("{day} {}", office.closed(*day).unwrap_or_default()));
        let off = off.collect::<Vec<_>>().join(", ");
        let _ = writeln!(page, "| {} | {hours} h | {} | {off} |", wall(from), wall(due));
    }
}

fn held_examples(page: &mut String) {
    let office = office();
    let _ = writeln!(page, "| hours that count | reported | promised | held | due |\n|---|---|---|---|---|");
    let from = at("2026-11-09T08:00");
    let held = (at("2026-11-09T12:00"), at("2026-11-11T10:00"));
    let time = Duration::from_secs(24 * HOUR);
    for (name, counting) in
        [("working_hours", Counting::WorkingHours(&office)), ("round_the_clock", Counting::RoundTheClock)]
    {
        let due = counting.deadline_after(&[Stretch::between(held.0, held.1)], from, time);
        let (held, until) = (wall(held.0), wall(held.1));
        let _ = writeln!(page, "| {name} | {} | 24 h | {held} to {until} | {} |", wall(from), wall(due));
    }
}

fn limits(page: &mut String) {
    let _ = writeln!(page, "| reason | at most |\n|---|---|");
    for reason in HoldReason::ALL {
        let _ = writeln!(page, "| {reason} | {} days |", default_limit_s(*reason) / (24 * HOUR));
    }
}

fn refusals(page: &mut String) {
    let _ = writeln!(page, "| refusal | what it tells the person who asked |\n|---|---|");
    for refusal in [
        Refusal::HeldAlready,
        Refusal::DeadlinePassed,
        Refusal::HoldInThePast,
        Refusal::HoldTooLong,
        Refusal::HeldTooOften,
        Refusal::ForbiddenTransition,
    ] {
        let _ = writeln!(page, "| {refusal} | {} |", refusal.explain());
    }
}

#[test]
fn the_document_shows_the_rules_of_deadlines() {
    let mut page = String::from(
        "# Deadlines\n\n\
         Printed by `UPDATE_EXPECT=1 cargo test -p pipeline --test deadlines` from what the program answers.\n\n\
         A deadline is a promised time after the report. A policy says which hours of it count: every hour\n\
         (`round_the_clock`), or those in which the municipality works (`working_hours`). Critical tickets are\n\
         counted round the clock unless the municipality's calendar says otherwise.\n\n\
         ## Working hours\n\n\
         Time counts while the clock on the wall shows working hours, on a day that is no holiday and no closing\n\
         day. An hour that the clocks skip does not count, and one that they repeat counts twice. The time zones\n\
         are those of the program and not of the host. With an office that is open from Monday to Friday, 08:00\n\
         to 16:00, closed on 2026-12-28, and elections on 2026-11-04:\n\n",
    );
    examples(&mut page);
    page.push_str(
        "\nThe warning comes after its share of the same time. A deadline is met strictly before its moment.\n\n\
         ## Public holidays\n\n\
         By law, without those that are declared for one year (`trust-engine holiday declare`). One that falls on\n\
         a Sunday makes the Monday after it a holiday too; one that falls on a Saturday moves nothing.\n\n",
    );
    holidays(&mut page);
    page.push_str(
        "\n## What a new edition does to open tickets\n\n\
         | change | open tickets |\n|---|---|\n\
         | a holiday is declared or withdrawn, a closing day or the working hours change | the deadlines in working \
         hours are counted again from the report; each that moves is an event `moved` with the days |\n\
         | a policy changes | nothing; with `publish --apply-policies` the new promise, as an event `restamped` |\n\
         | any | a deadline that was missed or met stays as it is; a ticket that stands still is counted again when \
         it is reopened |\n\n\
         ## Holds\n\n\
         Staff hold a ticket while the municipality cannot go on. The time for the resolution stands still and what\n\
         is left of it stays exact; the time for the response runs on. The resident is told why and until when. A\n\
         hold ends by itself, by hand (`change --resume`), when the ticket is resolved or closed, and, if it waits\n\
         for the resident, with the resident's answer.\n\n",
    );
    held_examples(&mut page);
    page.push_str("\nThe table `hold_limits` sets other limits than these:\n\n");
    limits(&mut page);
    page.push('\n');
    refusals(&mut page);
    page.push_str(
        "\nA ticket has two deadlines then: as it was promised (`resolution_due_without_holds_at`) and with its holds.\n\
         `sla_by_day` counts both. `suspicious_closings` shows tickets that were held after 90 % of their time, or\n\
         resolved or closed within five minutes before their deadline, and whether the resident had them reopened.\n",
    );
    expect_file!["../../docs/deadlines.md"].assert_eq(&page);
}
