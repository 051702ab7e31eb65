//! What moves a deadline and what does not: staff undo themselves, a resident says no, a category is
//! corrected back and forth.

use expect_test::expect;
use proptest::prelude::*;
use topics::records::ticket_actions::Actor;
use topics::records::ticket_commands::Action;
use topics::records::tickets::Ticket;
use topics::values::time::Time;
use topics::values::vocabulary::{Category, Level, Outcome, Status};

use super::scene::{DAY, HOUR, Scene, because, close_as, manager, staff, start, to};
use crate::rules::clocks::run_in;
use std::time::Duration;

/// ETH promises a response within 4 hours and a resolution within 24 hours.
const RESOLUTION: u64 = 24 * HOUR;

fn after(seconds: u64) -> Time {
    start() + Duration::from_secs(seconds)
}

fn correct(category: Category) -> Action {
    Action::Correct { category: Some(category), severity: None, language: None, point: None }
}

fn ticket(scene: &Scene) -> Ticket {
    scene.ticket(1).unwrap()
}

#[test]
fn what_staff_resolve_and_take_back_is_due_when_it_was_and_missed_when_that_passes() {
    let mut scene = Scene::opened();
    scene.pass(20 * HOUR);
    scene.ask(&staff("thabo"), to(Status::InProgress));
    scene.ask(&staff("thabo"), to(Status::Resolved));
    scene.pass(HOUR);
    scene.story();
    scene.ask(&staff("thabo"), to(Status::InProgress));
    scene.pass(10 * HOUR);
    scene.ask(&staff("thabo"), to(Status::Resolved));
    expect![[r#"
        21:00:00 v8 r4 applied status by thabo | status resolved > in_progress
        21:00:00   to resident: status (in_progress, v8)
        24:00:00 v9 r4 breached resolution by system
        24:00:00 v10 r5 escalated sla_resolution_breach by system | status in_progress > escalated
                    | tier 1 > 2
        24:00:00   breach of resolution at tier 1, due 24:00:00
        24:00:00   to resident: status (escalated, v10)
        31:00:00 v11 r6 applied status by thabo | status escalated > resolved
                    | resolved_at 20:00:00 > 31:00:00
        31:00:00   to resident: status (resolved, v11)
    "#]]
    .assert_eq(&scene.story());
}

#[test]
fn a_deadline_that_passed_while_the_ticket_was_wrongly_closed_is_missed_at_once() {
    let wrongly = |close: &dyn Fn(&mut Scene), by: Actor| {
        let mut scene = Scene::opened();
        scene.ask(&staff("thabo"), to(Status::InProgress));
        close(&mut scene);
        scene.pass(2 * DAY);
        assert!(ticket(&scene).resolution.breached_at.is_none(), "a closed ticket does not breach");
        scene.story();
        scene.ask(&by, to(Status::InProgress));
        let resolution = ticket(&scene).resolution;
        assert_eq!(resolution.due_at, after(RESOLUTION));
        assert_eq!(resolution.breached_at, Some(scene.driver.now()));
        scene.story()
    };
    let resolved = wrongly(&|scene| scene.ask(&staff("thabo"), to(Status::Resolved)), staff("sipho"));
    expect![[r#"
        48:00:00 v4 r3 applied status by sipho | status resolved > in_progress
        48:00:00 v5 r3 warned resolution by system
        48:00:00 v6 r3 breached resolution by system
        48:00:00 v7 r4 escalated sla_resolution_breach by system | status in_progress > escalated
                    | assigned_to - > water-manager | tier 0 > 1 | escalated_at - > 48:00:00
                    | assigned to water/water-manager by system for sla_breach
        48:00:00   warning of resolution at tier 0, due 24:00:00
        48:00:00   breach of resolution at tier 0, due 24:00:00
        48:00:00   to resident: status (in_progress, v4)
        48:00:00   to resident: status (escalated, v7)
    "#]]
    .assert_eq(&resolved);
    for outcome in [Outcome::Invalid, Outcome::Duplicate, Outcome::Referred] {
        let closed = wrongly(&|scene| scene.ask(&staff("thabo"), close_as(outcome)), manager("nomsa"));
        assert_eq!(closed.matches("breach of resolution at tier 0, due 24:00:00").count(), 1, "{closed}");
    }
}

#[test]
fn a_ticket_that_closed_by_time_and_that_a_manager_reopens_is_due_when_it_was() {
    let mut scene = Scene::opened();
    scene.ask(&staff("thabo"), to(Status::Resolved));
    scene.pass(4 * DAY);
    assert_eq!(ticket(&scene).outcome, Some(Outcome::Unanswered));
    scene.ask(&manager("nomsa"), to(Status::InProgress));
    let resolution = ticket(&scene).resolution;
    assert_eq!((resolution.due_at, resolution.breached_at), (after(RESOLUTION), Some(after(4 * DAY))));
}

#[test]
fn a_response_that_was_due_while_the_ticket_was_closed_is_missed_when_it_is_reopened() {
    let mut scene = Scene::opened();
    scene.ask(&staff("thabo"), close_as(Outcome::Invalid));
    scene.pass(5 * HOUR);
    scene.ask(&manager("nomsa"), to(Status::InProgress));
    let response = ticket(&scene).response;
    assert_eq!(response.due_at, after(4 * HOUR));
    assert_eq!((response.met_at, response.breached_at), (Some(after(5 * HOUR)), Some(after(5 * HOUR))));
}

#[test]
fn a_resident_who_says_no_in_time_gives_a_day_and_the_first_date_still_judges() {
    let mut scene = Scene::opened();
    scene.pass(3 * HOUR);
    scene.ask(&staff("thabo"), to(Status::Resolved));
    scene.pass(17 * HOUR);
    scene.story();
    scene.ask(&Actor::RESIDENT, to(Status::InProgress));
    assert_eq!(ticket(&scene).resolution.first_due_at, Some(after(RESOLUTION)));
    scene.pass(10 * HOUR);
    scene.ask(&staff("thabo"), to(Status::Resolved));
    scene.pass(HOUR);
    scene.ask(&staff("thabo"), to(Status::InProgress));
    assert_eq!(ticket(&scene).resolution.due_at, after(44 * HOUR), "the day that the resident gave stays");
    scene.pass(DAY);
    expect![[r#"
        20:00:00 v3 r2 applied status by resident | status resolved > in_progress
                    | resolution_due_at 24:00:00 > 44:00:00
        20:00:00   to resident: answered (in_progress, v3)
        24:00:00 v4 r2 breached resolution by system
        24:00:00   breach of resolution at tier 0, due 24:00:00
        30:00:00 v5 r3 applied status by thabo | status in_progress > resolved
                    | resolved_at 03:00:00 > 30:00:00
        30:00:00   to resident: status (resolved, v5)
        31:00:00 v6 r4 applied status by thabo | status resolved > in_progress
        31:00:00   to resident: status (in_progress, v6)
        39:12:00 v7 r4 warned resolution by system
        39:12:00   warning of resolution at tier 0, due 44:00:00
        44:00:00 v8 r4 breached resolution by system
        44:00:00 v9 r5 escalated sla_resolution_breach by system | status in_progress > escalated
                    | assigned_to - > water-manager | tier 0 > 1 | escalated_at - > 44:00:00
                    | assigned to water/water-manager by system for sla_breach
        44:00:00   breach of resolution at tier 0, due 44:00:00
        44:00:00   to resident: status (escalated, v9)
    "#]]
    .assert_eq(&scene.story());
}

#[test]
fn a_resident_who_says_no_and_is_served_before_the_first_date_was_kept_a_promise_to() {
    let mut scene = Scene::opened();
    scene.ask(&staff("thabo"), to(Status::Resolved));
    scene.pass(10 * HOUR);
    scene.ask(&Actor::RESIDENT, to(Status::InProgress));
    scene.pass(10 * HOUR);
    scene.ask(&staff("thabo"), to(Status::Resolved));
    scene.pass(2 * DAY);
    scene.ask(&Actor::RESIDENT, close_as(Outcome::Confirmed));
    scene.pass(2 * DAY);
    let story = scene.story();
    assert!(!story.contains("breach"), "{story}");
}

#[test]
fn a_resident_who_takes_back_their_own_word_begins_a_new_promise() {
    for (close, reopens) in [(Outcome::Confirmed, Actor::RESIDENT), (Outcome::Withdrawn, manager("nomsa"))] {
        let mut scene = Scene::opened();
        scene.ask(&staff("thabo"), to(Status::InProgress));
        if close == Outcome::Confirmed {
            scene.ask(&staff("thabo"), to(Status::Resolved));
        }
        scene.ask(&Actor::RESIDENT, close_as(close));
        scene.pass(2 * DAY);
        scene.ask(&reopens, to(Status::InProgress));
        let resolution = ticket(&scene).resolution;
        assert_eq!((resolution.due_at, resolution.first_due_at), (after(3 * DAY), None), "{close}");
        assert!(!scene.story().contains("breach of resolution"));
    }
}

#[test]
fn a_correction_after_a_resident_said_no_keeps_the_day_and_moves_the_first_date() {
    let mut scene = Scene::opened();
    scene.ask(&staff("thabo"), to(Status::Resolved));
    scene.pass(20 * HOUR);
    scene.ask(&Actor::RESIDENT, to(Status::InProgress));
    scene.ask(&staff("thabo"), correct(Category::Roads));
    let resolution = ticket(&scene).resolution;
    assert_eq!((resolution.due_at, resolution.first_due_at), (after(2 * DAY), None));
    scene.ask(&staff("thabo"), correct(Category::Water));
    assert_eq!(ticket(&scene).resolution.due_at, after(44 * HOUR));
}

#[test]
fn a_category_corrected_back_and_forth_after_the_matter_is_resolved_does_not_keep_a_missed_promise() {
    let mut scene = Scene::opened();
    scene.ask(&staff("thabo"), to(Status::InProgress));
    scene.pass(23 * HOUR);
    scene.ask(&staff("thabo"), correct(Category::Roads));
    scene.pass(7 * HOUR);
    scene.ask(&staff("thabo"), to(Status::Resolved));
    scene.story();
    scene.ask(&staff("thabo"), correct(Category::Water));
    expect![[r#"
        30:00:00 v6 r4 applied correct by thabo | category roads > water | assigned_team roads > water
                    | response_due_at 08:00:00 > 04:00:00 | resolution_due_at 48:00:00 > 24:00:00
                    | assigned to water/- by system for geospatial_routing
        30:00:00 v7 r4 breached resolution by system
        30:00:00   breach of resolution at tier 0, due 24:00:00
        30:00:00   to resident: promised, due 24:00:00 (resolved, v6)
    "#]]
    .assert_eq(&scene.story());
}

#[test]
fn a_clock_that_was_met_in_time_is_not_missed_by_a_deadline_that_was_never_promised() {
    let mut scene = Scene::opened();
    scene.pass(2 * HOUR);
    scene.ask(&staff("thabo"), to(Status::InProgress));
    let critical = Action::Correct {
        category: None,
        severity: Some(topics::values::vocabulary::Severity::Critical),
        language: None,
        point: None,
    };
    scene.ask(&staff("thabo"), critical);
    let ticket = ticket(&scene);
    assert_eq!((ticket.response.due_at, ticket.response.breached_at), (after(4 * HOUR), None));
    assert_eq!(ticket.resolution.due_at, after(6 * HOUR));
}

/// What staff can do with a ticket without a resident and without correcting the report.
fn staff_action() -> impl Strategy<Value = (bool, Action)> {
    let action = prop_oneof![
        4 => prop::sample::select(vec![Status::InProgress, Status::Resolved]).prop_map(to),
        1 => Just(because(Status::Open, "wait")),
        1 => Just(to(Status::Escalated)),
        2 => prop::sample::select(vec![Outcome::Invalid, Outcome::Duplicate, Outcome::Referred])
            .prop_map(close_as),
        1 => prop::sample::select(vec!["sipho", "thabo"]).prop_map(|name| Action::Assign {
            team: None,
            assigned_to: Some(name.parse().unwrap()),
            reason: None,
        }),
    ];
    (any::<bool>(), action)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn whatever_staff_do_and_undo_moves_no_deadline_and_hides_no_breach(
        steps in prop::collection::vec((0..8 * HOUR, staff_action()), 1..24)
    ) {
        let mut scene = Scene::opened();
        let first = ticket(&scene);
        let mut missed = false;
        for (seconds, (by_manager, action)) in steps {
            scene.pass(seconds);
            missed |= run_in(ticket(&scene).status) && scene.driver.now() >= first.resolution.due_at;
            scene.ask(&if by_manager { manager("nomsa") } else { staff("thabo") }, action);
            let now = ticket(&scene);
            prop_assert_eq!(now.response.due_at, first.response.due_at);
            prop_assert_eq!(now.resolution.due_at, first.resolution.due_at);
            missed |= run_in(now.status) && scene.driver.now() >= first.resolution.due_at;
            missed |= now.resolution.met_at.is_some_and(|met| met >= first.resolution.due_at);
            prop_assert_eq!(now.resolution.breached_at.is_some(), missed);
        }
        let breaches = scene.breaches().into_iter().filter(|breach| breach.level == Level::Breach);
        let mut clocks: Vec<_> = breaches.map(|breach| breach.clock).collect();
        let number = clocks.len();
        clocks.sort();
        clocks.dedup();
        prop_assert_eq!(clocks.len(), number);
    }
}
