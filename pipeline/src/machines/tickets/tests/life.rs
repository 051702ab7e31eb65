//! Whole lives of a ticket, on virtual time.

use super::scene::*;
use expect_test::expect;
use topics::records::editions::{Reference, Rules};
use topics::records::ticket_actions::Actor;
use topics::records::ticket_commands::Action;
use topics::values::vocabulary::{Category, Outcome, Status};

use crate::rules::edition::Edition;

#[test]
fn a_ticket_that_is_worked_on_in_time_is_met_and_confirmed() {
    let mut scene = Scene::new();
    scene.open(opening(1, start()));
    scene.pass(HOUR);
    scene.ask(&staff("thabo"), to(Status::InProgress));
    scene.pass(HOUR);
    scene.ask(&staff("thabo"), to(Status::Resolved));
    scene.pass(HOUR);
    scene.ask(&Actor::RESIDENT, to(Status::Closed));
    expect![[r#"
        00:00:00 v1 r0 opened by resident | status - > open | category - > water | severity - > medium
                    | language - > zu | municipality - > ETH | assigned_team - > water | tier - > 0
                    | response_due_at - > 04:00:00 | resolution_due_at - > 24:00:00
                    | assigned to water/- by system for geospatial_routing
        00:00:00   to resident: opened, medium, no queue, due 24:00:00 (open, v1)
        01:00:00 v2 r1 applied status by thabo | status open > in_progress
                    | first_responded_at - > 01:00:00
        01:00:00   to resident: status (in_progress, v2)
        02:00:00 v3 r2 applied status by thabo | status in_progress > resolved | resolved_at - > 02:00:00
        02:00:00   to resident: status (resolved, v3)
        03:00:00 v4 r3 applied status by resident | status resolved > closed | outcome - > confirmed
                    | closed_at - > 03:00:00
        03:00:00   to resident: answered (closed, v4)
    "#]]
    .assert_eq(&scene.story());
}

#[test]
fn a_ticket_that_no_person_touches_is_warned_of_breached_and_escalated_twice() {
    let mut scene = Scene::new();
    scene.open(opening(1, start()));
    scene.pass(7 * DAY);
    expect![[r#"
        00:00:00 v1 r0 opened by resident | status - > open | category - > water | severity - > medium
                    | language - > zu | municipality - > ETH | assigned_team - > water | tier - > 0
                    | response_due_at - > 04:00:00 | resolution_due_at - > 24:00:00
                    | assigned to water/- by system for geospatial_routing
        00:00:00   to resident: opened, medium, no queue, due 24:00:00 (open, v1)
        03:12:00 v2 r0 warned response by system
        03:12:00   warning of response at tier 0, due 04:00:00
        04:00:00 v3 r0 breached response by system
        04:00:00 v4 r1 escalated sla_response_breach by system | status open > escalated
                    | assigned_to - > water-manager | tier 0 > 1 | escalated_at - > 04:00:00
                    | assigned to water/water-manager by system for sla_breach
        04:00:00   breach of response at tier 0, due 04:00:00
        04:00:00   to resident: status (escalated, v4)
        19:12:00 v5 r1 warned resolution by system
        19:12:00   warning of resolution at tier 1, due 24:00:00
        24:00:00 v6 r1 breached resolution by system
        24:00:00 v7 r2 escalated sla_resolution_breach by system | tier 1 > 2
        24:00:00   breach of resolution at tier 1, due 24:00:00
    "#]]
    .assert_eq(&scene.story());
}

#[test]
fn a_ticket_without_a_manager_is_escalated_to_no_person_and_flagged() {
    let mut scene = Scene::new();
    let edition = Edition::new(1, reference()).unwrap();
    scene.open(opening_at(1, start(), &edition, Category::Waste, Some(DURBAN)));
    scene.story();
    scene.pass(5 * HOUR);
    expect![[r#"
        03:12:00 v2 r0 warned response by system
        03:12:00   warning of response at tier 0, due 04:00:00
        04:00:00 v3 r0 breached response by system
        04:00:00 v4 r1 escalated sla_response_breach by system | status open > escalated | tier 0 > 1
                    | escalated_at - > 04:00:00
        04:00:00   breach of response at tier 0, due 04:00:00
        04:00:00   to resident: status (escalated, v4)
    "#]]
    .assert_eq(&scene.story());
    let ticket = scene.ticket(1).unwrap();
    assert!(ticket.manager_missing);
    assert_eq!(ticket.routing.team.unwrap().as_str(), "orphans");
}

#[test]
fn a_ticket_without_a_municipality_has_the_systems_deadlines_and_is_escalated_too() {
    let mut scene = Scene::new();
    let edition = Edition::new(1, reference()).unwrap();
    scene.open(opening_at(1, start(), &edition, Category::Water, None));
    scene.pass(2 * DAY);
    expect![[r#"
        00:00:00 v1 r0 opened by resident | status - > open | category - > water | severity - > medium
                    | language - > zu | queue - > unlocated | tier - > 0 | response_due_at - > 24:00:00
                    | resolution_due_at - > 168:00:00 | assigned to -/- by system for geospatial_routing
        00:00:00   to resident: opened, medium, unlocated queue, due 168:00:00 (open, v1)
        19:12:00 v2 r0 warned response by system
        19:12:00   warning of response at tier 0, due 24:00:00
        24:00:00 v3 r0 breached response by system
        24:00:00 v4 r1 escalated sla_response_breach by system | status open > escalated | tier 0 > 1
                    | escalated_at - > 24:00:00
        24:00:00   breach of response at tier 0, due 24:00:00
        24:00:00   to resident: status (escalated, v4)
    "#]]
    .assert_eq(&scene.story());
    assert!(scene.ticket(1).unwrap().manager_missing);
}

#[test]
fn a_ticket_of_a_municipality_that_is_not_on_board_is_watched_and_its_resident_promised_nothing() {
    let mut scene = Scene::new();
    let edition = Edition::new(1, reference()).unwrap();
    scene.open(opening_at(1, start(), &edition, Category::Water, Some(JOHANNESBURG)));
    scene.pass(2 * DAY);
    expect![[r#"
        00:00:00 v1 r0 opened by resident | status - > open | category - > water | severity - > medium
                    | language - > zu | municipality - > JHB | queue - > referred | tier - > 0
                    | response_due_at - > 24:00:00 | resolution_due_at - > 168:00:00
                    | assigned to -/- by system for geospatial_routing
        00:00:00   to resident: opened, medium, referred queue, due 168:00:00 (open, v1)
        19:12:00 v2 r0 warned response by system
        19:12:00   warning of response at tier 0, due 24:00:00
        24:00:00 v3 r0 breached response by system
        24:00:00 v4 r1 escalated sla_response_breach by system | status open > escalated | tier 0 > 1
                    | escalated_at - > 24:00:00
        24:00:00   breach of response at tier 0, due 24:00:00
    "#]]
    .assert_eq(&scene.story());
}

#[test]
fn a_manager_escalates_by_hand_and_a_breach_then_goes_to_the_next_tier() {
    let mut scene = Scene::opened();
    scene.ask(&manager("nomsa"), because(Status::Escalated, "the hospital is without water"));
    scene.pass(4 * HOUR);
    scene.ask(&staff("thabo"), to(Status::InProgress));
    expect![[r#"
        00:00:00 v2 r1 applied status by nomsa | status open > escalated | assigned_to - > water-manager
                    | tier 0 > 1 | escalated_at - > 00:00:00
                    | assigned to water/water-manager by nomsa for escalation
                    | "the hospital is without water"
        00:00:00   to resident: status (escalated, v2)
        03:12:00 v3 r1 warned response by system
        03:12:00   warning of response at tier 1, due 04:00:00
        04:00:00 v4 r1 breached response by system
        04:00:00 v5 r2 escalated sla_response_breach by system | tier 1 > 2
        04:00:00 v6 r3 applied status by thabo | status escalated > in_progress
                    | first_responded_at - > 04:00:00
        04:00:00   breach of response at tier 1, due 04:00:00
        04:00:00   to resident: status (in_progress, v6)
    "#]]
    .assert_eq(&scene.story());
}

#[test]
fn a_resident_who_says_no_gets_at_least_a_day_and_a_new_watch() {
    let mut scene = Scene::opened();
    scene.pass(HOUR);
    scene.ask(&staff("thabo"), to(Status::Resolved));
    scene.pass(2 * DAY);
    scene.ask(&Actor::RESIDENT, to(Status::InProgress));
    assert_eq!(scene.ticket(1).unwrap().reopened_at, Some(scene.driver.now()));
    scene.pass(2 * DAY);
    expect![[r#"
        01:00:00 v2 r1 applied status by thabo | status open > resolved | first_responded_at - > 01:00:00
                    | resolved_at - > 01:00:00
        01:00:00   to resident: status (resolved, v2)
        49:00:00 v3 r2 applied status by resident | status resolved > in_progress
                    | resolution_due_at 24:00:00 > 73:00:00
        49:00:00 v4 r2 breached resolution by system
        49:00:00   breach of resolution at tier 0, due 24:00:00
        49:00:00   to resident: answered (in_progress, v3)
        68:12:00 v5 r2 warned resolution by system
        68:12:00   warning of resolution at tier 0, due 73:00:00
        73:00:00 v6 r2 breached resolution by system
        73:00:00 v7 r3 escalated sla_resolution_breach by system | status in_progress > escalated
                    | assigned_to - > water-manager | tier 0 > 1 | escalated_at - > 73:00:00
                    | assigned to water/water-manager by system for sla_breach
        73:00:00   breach of resolution at tier 0, due 73:00:00
        73:00:00   to resident: status (escalated, v7)
    "#]]
    .assert_eq(&scene.story());
}

#[test]
fn silence_closes_a_resolved_ticket_and_later_forgets_it() {
    let mut scene = Scene::opened();
    scene.ask(&staff("thabo"), to(Status::Resolved));
    scene.pass(3 * DAY);
    scene.pass(13 * DAY);
    assert!(scene.ticket(1).is_some());
    scene.pass(22 * DAY);
    scene.ask(
        &staff("thabo"),
        Action::Note { note: topics::codec::sealing::Sealed("where is it?".to_owned()) },
    );
    expect![[r#"
        00:00:00 v2 r1 applied status by thabo | status open > resolved | first_responded_at - > 00:00:00
                    | resolved_at - > 00:00:00
        00:00:00   to resident: status (resolved, v2)
        72:00:00 v3 r1 auto closed by system | status resolved > closed | outcome - > unanswered
                    | closed_at - > 72:00:00
        72:00:00   to resident: status, unanswered (closed, v3)
        912:00:00 v0 r0 refused note: unknown_ticket by thabo
    "#]]
    .assert_eq(&scene.story());
    assert!(scene.ticket(1).is_none());
}

#[test]
fn a_resident_takes_it_back_and_changes_their_mind() {
    let mut scene = Scene::opened();
    scene.ask(&Actor::RESIDENT, close_as(Outcome::Withdrawn));
    scene.pass(5 * HOUR);
    scene.ask(&Actor::RESIDENT, to(Status::InProgress));
    expect![[r#"
        00:00:00 v2 r1 applied status by resident | status open > closed | outcome - > withdrawn
                    | closed_at - > 00:00:00
        00:00:00   to resident: answered (closed, v2)
        05:00:00 v3 r2 applied status by resident | status closed > in_progress | outcome withdrawn > -
                    | response_due_at 04:00:00 > 29:00:00 | resolution_due_at 24:00:00 > 29:00:00
                    | closed_at 00:00:00 > -
        05:00:00   to resident: answered (in_progress, v3)
    "#]]
    .assert_eq(&scene.story());
    // The municipality has not looked at it yet: the response runs again, with its least time.
    let ticket = scene.ticket(1).unwrap();
    assert_eq!(ticket.response.met_at, None);
    assert_eq!(ticket.response.due_at, ticket.resolution.due_at);
}

#[test]
fn a_closed_ticket_is_reopened_within_fourteen_days_and_not_later() {
    let lives = |days: u64, by: &Actor| {
        let mut scene = Scene::opened();
        scene.ask(&staff("thabo"), close_as(Outcome::Duplicate));
        scene.pass(days * DAY - 1);
        scene.story();
        scene.ask(by, to(Status::InProgress));
        scene.pass(1);
        scene.ask(by, to(Status::InProgress));
        scene.story()
    };
    expect![[r#"
        335:59:59 v3 r2 applied status by resident | status closed > in_progress | outcome duplicate > -
                    | response_due_at 04:00:00 > 359:59:59 | resolution_due_at 24:00:00 > 359:59:59
                    | closed_at 00:00:00 > -
        335:59:59 v4 r2 breached response by system
        335:59:59 v5 r2 breached resolution by system
        335:59:59   breach of response at tier 0, due 04:00:00
        335:59:59   breach of resolution at tier 0, due 24:00:00
        335:59:59   to resident: answered (in_progress, v3)
        336:00:00 v5 r2 refused status: nothing_to_do by resident
        336:00:00   to resident: answered, nothing_to_do (in_progress, v5)
    "#]]
    .assert_eq(&lives(14, &Actor::RESIDENT));
    expect![[r#"
        359:59:59 v2 r1 refused status: too_late by resident
        359:59:59   to resident: answered, too_late (closed, v2)
        360:00:00 v2 r1 refused status: too_late by resident
        360:00:00   to resident: answered, too_late (closed, v2)
    "#]]
    .assert_eq(&lives(15, &Actor::RESIDENT));
    expect![[r#"
        335:59:59 v3 r2 applied status by nomsa | status closed > in_progress | outcome duplicate > -
                    | first_responded_at - > 335:59:59 | closed_at 00:00:00 > -
        335:59:59 v4 r2 breached response by system
        335:59:59 v5 r3 escalated sla_response_breach by system | status in_progress > escalated
                    | assigned_to - > water-manager | tier 0 > 1 | escalated_at - > 335:59:59
                    | assigned to water/water-manager by system for sla_breach
        335:59:59 v6 r3 warned resolution by system
        335:59:59 v7 r3 breached resolution by system
        335:59:59 v8 r4 escalated sla_resolution_breach by system | tier 1 > 2
        335:59:59   breach of response at tier 0, due 04:00:00
        335:59:59   warning of resolution at tier 1, due 24:00:00
        335:59:59   breach of resolution at tier 1, due 24:00:00
        335:59:59   to resident: status (in_progress, v3)
        335:59:59   to resident: status (escalated, v5)
        336:00:00 v9 r5 applied status by nomsa | status escalated > in_progress
        336:00:00   to resident: status (in_progress, v9)
    "#]]
    .assert_eq(&lives(14, &manager("nomsa")));
}

#[test]
fn all_durations_come_from_the_edition() {
    let rules =
        Rules { auto_close_s: 5, reopen_s: 7, reopen_least_s: 9, ticket_expiry_s: 11, ..Rules::default() };
    let mut scene = Scene::with(Reference { rules, ..reference() });
    scene.open(opening(1, start()));
    scene.story();
    scene.ask(&staff("thabo"), to(Status::Resolved));
    scene.pass(5);
    scene.pass(6);
    scene.ask(&Actor::RESIDENT, to(Status::InProgress));
    scene.ask(&staff("thabo"), close_as(Outcome::Invalid));
    scene.pass(11);
    expect![[r#"
        00:00:00 v2 r1 applied status by thabo | status open > resolved | first_responded_at - > 00:00:00
                    | resolved_at - > 00:00:00
        00:00:00   to resident: status (resolved, v2)
        00:00:05 v3 r1 auto closed by system | status resolved > closed | outcome - > unanswered
                    | closed_at - > 00:00:05
        00:00:05   to resident: status, unanswered (closed, v3)
        00:00:11 v4 r2 applied status by resident | status closed > in_progress | outcome unanswered > -
                    | closed_at 00:00:05 > -
        00:00:11 v5 r3 applied status by thabo | status in_progress > closed | outcome - > invalid
                    | closed_at - > 00:00:11
        00:00:11   to resident: answered (in_progress, v4)
        00:00:11   to resident: status, invalid (closed, v5)
    "#]]
    .assert_eq(&scene.story());
    assert!(scene.ticket(1).is_none());
}
