//! Deadlines in working hours, and what a new edition does to those that run.

use expect_test::expect;
use topics::records::editions::{Calendar, DeclaredHoliday, Policy, Reference};
use topics::values::vocabulary::{Category, Clock, Hours, Severity, Status};

use super::scene::{DAY, DURBAN, HOUR, Scene, opening_at, reference, staff, start, to};
use crate::rules::edition::Edition;
use crate::rules::explain::explain;

/// ETH works from 8 to 16 o'clock on weekdays, and promises working hours. The scene begins on a Monday at 8.
pub fn in_working_hours() -> Reference {
    let reference = reference();
    let working = |policy: Policy| Policy { hours: Hours::WorkingHours, ..policy };
    Reference {
        calendars: vec![Calendar::on_weekdays("ETH".parse().unwrap(), "08:00-16:00".parse().unwrap())],
        policies: reference.policies.into_iter().map(working).collect(),
        ..reference
    }
}

pub fn declared(day: &str) -> Reference {
    let holiday = DeclaredHoliday { day: day.parse().unwrap(), name: "Election Day".to_owned() };
    Reference { holidays: vec![holiday], ..in_working_hours() }
}

/// A scene with a ticket about water, due on Wednesday at 16 o'clock. The transcript begins after it is
/// opened.
fn opened() -> Scene {
    let mut scene = Scene::with(in_working_hours());
    let edition = Edition::new(1, in_working_hours()).unwrap();
    scene.open(opening_at(1, start(), &edition, Category::Water, Some(DURBAN)));
    scene.story();
    scene
}

#[test]
fn nights_do_not_count_where_working_hours_are_promised_and_critical_tickets_have_none() {
    let edition = Edition::new(1, in_working_hours()).unwrap();
    let eth = "ETH".parse().unwrap();
    let hours = |category, severity| {
        let made = edition.deadlines(Some(&eth), category, severity, start(), &[]);
        (
            made.response.due_at.since(start()).as_secs() / HOUR,
            made.resolution.due_at.since(start()).as_secs() / HOUR,
        )
    };
    assert_eq!(hours(Category::Water, Severity::Medium), (4, 2 * 24 + 8));
    assert_eq!(
        hours(Category::Water, Severity::Critical),
        (1, 6),
        "round the clock, whatever the policy says"
    );
    let mut all = in_working_hours();
    all.calendars[0].critical = Hours::WorkingHours;
    all.policies[1].resolution_s = 12 * HOUR;
    let edition = Edition::new(1, all).unwrap();
    let made = edition.deadlines(Some(&eth), Category::Water, Severity::Critical, start(), &[]);
    assert_eq!(made.resolution.due_at.since(start()).as_secs() / HOUR, 24 + 4);
}

#[test]
fn a_declared_holiday_moves_the_open_deadlines_that_it_touches() {
    let mut scene = opened();
    scene.ask(&staff("thabo"), to(Status::InProgress));
    scene.story();
    scene.pass(HOUR);
    scene.publish(declared("2026-03-04"));
    // The same edition moves nothing twice, and nor does one that changes nothing about it.
    scene.publish(declared("2026-03-04"));
    // It is withdrawn, and then a day that is after the deadline is declared.
    scene.publish(declared("2026-03-10"));
    scene.pass(3 * DAY);
    expect![[r#"
        01:00:00 v3 r1 moved resolution, closed 2026-03-04, opened by system
                    | resolution_due_at 56:00:00 > 80:00:00
        01:00:00 v4 r1 moved resolution, closed, opened 2026-03-04 by system
                    | resolution_due_at 80:00:00 > 56:00:00
        01:00:00   to resident: promised, due 80:00:00 (in_progress, v3)
        01:00:00   to resident: promised, due 56:00:00 (in_progress, v4)
        51:12:00 v5 r1 warned resolution by system
        51:12:00   warning of resolution at tier 0, due 56:00:00
        56:00:00 v6 r1 breached resolution by system
        56:00:00 v7 r2 escalated sla_resolution_breach by system | status in_progress > escalated
                    | assigned_to - > water-manager | tier 0 > 1 | escalated_at - > 56:00:00
                    | assigned to water/water-manager by system for sla_breach
        56:00:00   breach of resolution at tier 0, due 56:00:00
        56:00:00   to resident: status (escalated, v7)
    "#]]
    .assert_eq(&scene.story());
}

#[test]
fn a_ticket_in_working_hours_is_explained_with_the_days_that_do_not_count() {
    let mut scene = opened();
    scene.publish(declared("2026-03-04"));
    let explained = explain(
        &scene.ticket(1).unwrap(),
        &Edition::new(1, in_working_hours()).unwrap(),
        &Edition::new(2, declared("2026-03-04")).unwrap(),
    );
    expect![[r#"
        Ticket 2TKQXGC67 (9b6965d3205ce2ca6ac75bc2ddfdc4a2): water, medium, open, reported at 2026-03-02T06:00:00.000Z.
        Place: a pin of the resident; ward none.
        Municipality: ETH (ETH), since its boundary contains the place; edition 1.
        Team: water, since it works in the whole municipality on this.
        Promise: the policy of this municipality, in edition 1.
        Response: due at 2026-03-02T10:00:00.000Z, 4 h of working time after 2026-03-02T06:00:00.000Z; open, the team is warned at 2026-03-02T09:12:00.000Z.
        Resolution: due at 2026-03-05T14:00:00.000Z, 24 h of working time after 2026-03-02T06:00:00.000Z; open, the team is warned at 2026-03-05T09:12:00.000Z.
        Tier: 0, not escalated.
        Calendar of ETH: Mon-Fri 08:00-16:00 (Africa/Johannesburg); days off until the deadlines: 2026-03-04 (Election Day)."#]].assert_eq(&explained);
}

#[test]
fn a_breach_that_was_stays_and_so_does_a_clock_that_was_met() {
    let mut scene = opened();
    scene.pass(3 * HOUR);
    scene.ask(&staff("thabo"), to(Status::InProgress));
    scene.pass(3 * DAY);
    let before = scene.ticket(1).unwrap();
    assert!(before.resolution.breached_at.is_some() && before.response.met_at.is_some());
    scene.story();
    // All of the week becomes a holiday, after the deadline has passed.
    let mut week = in_working_hours();
    week.calendars[0].monday = None;
    week.calendars[0].tuesday = None;
    scene.publish(week);
    assert_eq!(scene.story(), "");
    let after = scene.ticket(1).unwrap();
    assert_eq!((after.response, after.resolution), (before.response, before.resolution));
}

#[test]
fn other_working_hours_count_from_the_report_and_say_so() {
    let mut scene = opened();
    let mut longer = in_working_hours();
    longer.calendars[0].tuesday = Some("06:00-18:00".parse().unwrap());
    scene.publish(longer);
    expect![[r#"
        00:00:00 v2 r0 moved resolution, closed, opened by system | resolution_due_at 56:00:00 > 52:00:00
        00:00:00   to resident: promised, due 52:00:00 (open, v2)
    "#]]
    .assert_eq(&scene.story());
}

#[test]
fn a_changed_policy_counts_for_new_tickets_and_for_open_ones_only_if_that_is_asked_for() {
    let changed = |apply_from| {
        let mut changed = in_working_hours();
        changed.policies[0].resolution_s = 32 * HOUR;
        changed.rules.policies_apply_from = apply_from;
        changed
    };
    let mut scene = opened();
    scene.publish(changed(0));
    assert_eq!(scene.story(), "", "the open ticket keeps its promise");
    scene.publish(changed(3));
    // It was applied once; the next edition has another policy and does not ask for it.
    let mut next = changed(3);
    next.policies[0].resolution_s = 8 * HOUR;
    scene.publish(next);
    expect![[r#"
        00:00:00 v2 r0 restamped by system | resolution_due_at 56:00:00 > 80:00:00
        00:00:00   to resident: promised, due 80:00:00 (open, v2)
    "#]]
    .assert_eq(&scene.story());
    assert_eq!(scene.ticket(1).unwrap().policy_edition, 3);
}

#[test]
fn a_deadline_round_the_clock_is_not_touched_by_calendars() {
    let mut scene = Scene::opened();
    scene.publish(declared("2026-03-03"));
    assert_eq!(scene.story(), "");
    let clock = *scene.ticket(1).unwrap().clock(Clock::Resolution);
    assert_eq!((clock.working, clock.due_at.since(start()).as_secs()), (None, 24 * HOUR));
}

#[test]
fn a_ticket_that_stood_still_while_a_holiday_was_declared_is_counted_again_when_it_is_reopened() {
    let mut scene = opened();
    scene.ask(&staff("thabo"), to(Status::Resolved));
    scene.publish(declared("2026-03-04"));
    scene.story();
    scene.ask(&staff("thabo"), to(Status::InProgress));
    expect![[r#"
        00:00:00 v3 r2 applied status by thabo | status resolved > in_progress
                    | resolution_due_at 56:00:00 > 80:00:00
        00:00:00   to resident: status (in_progress, v3)
    "#]]
    .assert_eq(&scene.story());
}
