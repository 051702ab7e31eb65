//! Tickets that are routed, stamped or assigned again.

use super::scene::*;
use expect_test::expect;
use topics::codec::sealing::Sealed;
use topics::records::editions::Reference;
use topics::records::ticket_actions::Actor;
use topics::records::ticket_commands::Action;
use topics::values::point::Point;
use topics::values::vocabulary::{Category, Language, PlaceSource, Queue, Severity, Status};

use crate::rules::edition::Edition;

fn assign(team: Option<&str>, person: Option<&str>) -> Action {
    let reason = Some(Sealed("they know the street".to_owned()));
    Action::Assign {
        team: team.map(|team| team.parse().unwrap()),
        assigned_to: person.map(|person| person.parse().unwrap()),
        reason,
    }
}

fn correct(category: Option<Category>, severity: Option<Severity>, point: Option<Point>) -> Action {
    Action::Correct { category, severity, language: None, point: point.map(Sealed) }
}

fn addendum(point: Option<Point>) -> Action {
    Action::Addendum { media: 1, has_words: true, point: point.map(Sealed), basis: None, routing: None }
}

fn opened_at(category: Category, point: Option<Point>) -> Scene {
    let mut scene = Scene::new();
    let edition = Edition::new(1, reference()).unwrap();
    scene.open(opening_at(1, start(), &edition, category, point));
    scene.story();
    scene
}

#[test]
fn a_person_assigns_another_team_and_another_person() {
    let mut scene = Scene::opened();
    scene.ask(&staff("thabo"), assign(None, Some("sipho")));
    scene.ask(&staff("thabo"), assign(Some("roads"), None));
    scene.ask(&manager("nomsa"), assign(Some("roads"), Some("sipho")));
    scene.pass(4 * HOUR);
    expect![[r#"
        00:00:00 v2 r1 applied assign by thabo | assigned_to - > sipho
                    | assigned to water/sipho by thabo for manual_override | "they know the street"
        00:00:00 v3 r2 applied assign by thabo | assigned_team water > roads | assigned_to sipho > -
                    | assigned to roads/- by thabo for manual_override | "they know the street"
        00:00:00 v4 r3 applied assign by nomsa | assigned_to - > sipho
                    | assigned to roads/sipho by nomsa for manual_override | "they know the street"
        03:12:00 v5 r3 warned response by system
        03:12:00   warning of response at tier 0, due 04:00:00
        04:00:00 v6 r3 breached response by system
        04:00:00 v7 r4 escalated sla_response_breach by system | status open > escalated
                    | assigned_to sipho > roads-manager | tier 0 > 1 | escalated_at - > 04:00:00
                    | assigned to roads/roads-manager by system for sla_breach
        04:00:00   breach of response at tier 0, due 04:00:00
        04:00:00   to resident: status (escalated, v7)
    "#]]
    .assert_eq(&scene.story());
}

#[test]
fn a_correction_routes_and_stamps_again_from_the_time_of_the_report() {
    let mut scene = Scene::opened();
    scene.pass(HOUR);
    scene.ask(&staff("thabo"), correct(Some(Category::Roads), None, None));
    scene.ask(&staff("thabo"), correct(None, None, Some(CAPE_TOWN)));
    scene.ask(
        &staff("thabo"),
        Action::Correct { category: None, severity: None, language: Some(Language::En), point: None },
    );
    expect![[r#"
        01:00:00 v2 r1 applied correct by thabo | category water > roads | assigned_team water > roads
                    | response_due_at 04:00:00 > 08:00:00 | resolution_due_at 24:00:00 > 48:00:00
                    | assigned to roads/- by system for geospatial_routing
        01:00:00 v3 r2 applied correct by thabo | municipality ETH > CPT | assigned_team roads > -
                    | queue - > unassigned | response_due_at 08:00:00 > 24:00:00
                    | resolution_due_at 48:00:00 > 168:00:00
                    | assigned to -/- by system for geospatial_routing
        01:00:00 v4 r3 applied correct by thabo | language zu > en
        01:00:00   to resident: promised, due 48:00:00 (open, v2)
        01:00:00   to resident: promised, due 168:00:00 (open, v3)
    "#]]
    .assert_eq(&scene.story());
    let ticket = scene.ticket(1).unwrap();
    assert_eq!((ticket.facts.place_source, ticket.policy_edition), (PlaceSource::Staff, 1));
}

#[test]
fn a_correction_may_find_that_the_deadline_has_passed() {
    let mut scene = Scene::opened();
    scene.pass(2 * HOUR);
    scene.ask(&staff("thabo"), correct(None, Some(Severity::Critical), None));
    expect![[r#"
        02:00:00 v2 r1 applied correct by thabo | severity medium > critical
                    | response_due_at 04:00:00 > 01:00:00 | resolution_due_at 24:00:00 > 06:00:00
        02:00:00 v3 r1 warned response by system
        02:00:00 v4 r1 breached response by system
        02:00:00 v5 r2 escalated sla_response_breach by system | status open > escalated
                    | assigned_to - > water-manager | tier 0 > 1 | escalated_at - > 02:00:00
                    | assigned to water/water-manager by system for sla_breach
        02:00:00   warning of response at tier 0, due 01:00:00
        02:00:00   breach of response at tier 0, due 01:00:00
        02:00:00   to resident: promised, due 06:00:00 (open, v2)
        02:00:00   to resident: status (escalated, v5)
    "#]]
    .assert_eq(&scene.story());
}

#[test]
fn what_a_person_set_by_hand_stays_within_the_municipality() {
    let mut scene = Scene::opened();
    scene.ask(&staff("thabo"), assign(Some("orphans"), Some("sipho")));
    scene.ask(&staff("thabo"), correct(Some(Category::Roads), None, None));
    let ticket = scene.ticket(1).unwrap();
    assert_eq!(ticket.routing.team.unwrap().as_str(), "orphans");
    assert_eq!(ticket.routing.assigned_to.unwrap().as_str(), "sipho");
    scene.ask(&staff("thabo"), correct(Some(Category::Water), None, Some(CAPE_TOWN)));
    let ticket = scene.ticket(1).unwrap();
    assert_eq!(ticket.routing.team.unwrap().as_str(), "cape");
    assert_eq!(ticket.routing.assigned_to, None);
    let mut scene = Scene::opened();
    scene.ask(&staff("thabo"), assign(None, Some("sipho")));
    scene.ask(&staff("thabo"), correct(Some(Category::Roads), None, None));
    expect![[r#"
        00:00:00 v2 r1 applied assign by thabo | assigned_to - > sipho
                    | assigned to water/sipho by thabo for manual_override | "they know the street"
        00:00:00 v3 r2 applied correct by thabo | category water > roads | assigned_team water > roads
                    | response_due_at 04:00:00 > 08:00:00 | resolution_due_at 24:00:00 > 48:00:00
                    | assigned to roads/sipho by thabo for manual_override
        00:00:00   to resident: promised, due 48:00:00 (open, v3)
    "#]]
    .assert_eq(&scene.story());
}

#[test]
fn an_escalated_ticket_goes_to_the_manager_of_its_new_team() {
    let mut scene = Scene::opened();
    scene.pass(4 * HOUR);
    scene.story();
    scene.ask(&manager("water-manager"), correct(Some(Category::Roads), None, None));
    scene.ask(&manager("roads-manager"), correct(Some(Category::Waste), None, None));
    expect![[r#"
        04:00:00 v5 r2 applied correct by water-manager | category water > roads
                    | assigned_team water > roads | assigned_to water-manager > roads-manager
                    | resolution_due_at 24:00:00 > 48:00:00
                    | assigned to roads/roads-manager by system for sla_breach
        04:00:00 v6 r3 applied correct by roads-manager | category roads > waste
                    | assigned_team roads > orphans | assigned_to roads-manager > -
                    | resolution_due_at 48:00:00 > 24:00:00
                    | assigned to orphans/- by system for geospatial_routing
        04:00:00   to resident: promised, due 48:00:00 (escalated, v5)
        04:00:00   to resident: promised, due 24:00:00 (escalated, v6)
    "#]]
    .assert_eq(&scene.story());
    assert!(scene.ticket(1).unwrap().manager_missing);
}

#[test]
fn a_correction_does_not_take_from_a_reopened_ticket_what_reopening_gave() {
    let mut scene = Scene::opened();
    scene.ask(&staff("thabo"), to(Status::Resolved));
    scene.pass(2 * DAY);
    scene.ask(&Actor::RESIDENT, to(Status::InProgress));
    let given = scene.ticket(1).unwrap().resolution.due_at;
    scene.ask(&staff("thabo"), correct(None, Some(Severity::Critical), None));
    assert_eq!(scene.ticket(1).unwrap().resolution.due_at, given);
}

#[test]
fn a_pin_routes_a_ticket_without_a_place_and_another_one_is_only_counted() {
    let mut scene = opened_at(Category::Roads, None);
    scene.pass(HOUR);
    scene.ask(&Actor::RESIDENT, addendum(Some(DURBAN)));
    scene.ask(&Actor::RESIDENT, addendum(Some(CAPE_TOWN)));
    expect![[r#"
        01:00:00 v2 r1 applied addendum by resident | municipality - > ETH | assigned_team - > roads
                    | queue unlocated > - | response_due_at 24:00:00 > 08:00:00
                    | resolution_due_at 168:00:00 > 48:00:00
                    | assigned to roads/- by system for geospatial_routing
        01:00:00 v3 r2 applied addendum by resident
        01:00:00   to resident: answered (open, v2)
        01:00:00   to resident: answered (open, v3)
    "#]]
    .assert_eq(&scene.story());
    let ticket = scene.ticket(1).unwrap();
    assert_eq!((ticket.addenda, ticket.point.0), (2, Some(DURBAN)));
}

#[test]
fn a_new_edition_routes_the_tickets_that_wait_in_a_queue_and_moves_no_deadline() {
    let mut scene = opened_at(Category::Electricity, Some(DURBAN));
    let edition = Edition::new(1, reference()).unwrap();
    scene.open(opening_at(2, start(), &edition, Category::Water, Some(JOHANNESBURG)));
    scene.open(opening_at(3, start(), &edition, Category::Water, Some(DESERT)));
    scene.open(opening_at(4, start(), &edition, Category::Water, None));
    scene.story();
    let queues: Vec<_> = (1..=4).map(|n| scene.ticket(n).unwrap().routing.queue.unwrap()).collect();
    assert_eq!(queues, [Queue::Unassigned, Queue::Referred, Queue::Unrouted, Queue::Unlocated]);
    scene.pass(HOUR);
    let mut better = reference();
    better.teams.push(team("ETH", "power", Some(Category::Electricity)));
    better.municipalities.iter_mut().for_each(|municipality| municipality.onboarded = true);
    scene.publish(better);
    scene.pass(0);
    expect![[r#"
        01:00:00 v2 r0 rerouted by system | queue referred > unassigned
        01:00:00 v2 r0 rerouted by system | assigned_team - > power | queue unassigned > -
                    | assigned to power/- by system for geospatial_routing
    "#]]
    .assert_eq(&scene.story());
}

#[test]
fn an_edition_that_changes_nothing_for_a_ticket_writes_nothing() {
    let mut scene = opened_at(Category::Water, Some(DESERT));
    scene.publish(reference());
    scene.pass(0);
    assert_eq!(scene.story(), "");
    assert_eq!(scene.ticket(1).unwrap().version, 1);
}

#[test]
fn a_ticket_that_comes_late_is_looked_at_by_the_edition_that_it_missed() {
    let mut scene = Scene::new();
    let old = Edition::new(1, reference()).unwrap();
    let late = opening_at(1, start(), &old, Category::Electricity, Some(DURBAN));
    let mut teams = reference().teams;
    teams.push(team("ETH", "power", Some(Category::Electricity)));
    scene.publish(Reference { teams, ..reference() });
    scene.open(late);
    expect![[r#"
        00:00:00 v1 r0 opened by resident | status - > open | category - > electricity
                    | severity - > medium | language - > zu | municipality - > ETH | queue - > unassigned
                    | tier - > 0 | response_due_at - > 04:00:00 | resolution_due_at - > 24:00:00
                    | assigned to -/- by system for geospatial_routing
        00:00:00 v2 r0 rerouted by system | assigned_team - > power | queue unassigned > -
                    | assigned to power/- by system for geospatial_routing
        00:00:00   to resident: opened, medium, unassigned queue, due 24:00:00 (open, v1)
    "#]]
    .assert_eq(&scene.story());
}

#[test]
fn a_reopened_ticket_is_looked_at_by_the_edition_that_passed_it_over() {
    let mut scene = opened_at(Category::Electricity, Some(DURBAN));
    scene.ask(&staff("thabo"), to(Status::Resolved));
    let mut better = reference();
    better.teams.push(team("ETH", "power", Some(Category::Electricity)));
    scene.publish(better);
    scene.pass(HOUR);
    assert_eq!(
        scene.ticket(1).unwrap().routing.queue,
        Some(Queue::Unassigned),
        "a resolved ticket is left alone"
    );
    scene.story();
    scene.ask(&Actor::RESIDENT, to(Status::InProgress));
    expect![[r#"
        01:00:00 v3 r2 applied status by resident | status resolved > in_progress
                    | assigned_team - > power | queue unassigned > - | resolution_due_at 24:00:00 > 25:00:00
                    | assigned to power/- by system for geospatial_routing
        01:00:00   to resident: answered (in_progress, v3)
    "#]]
    .assert_eq(&scene.story());
}

#[test]
fn no_team_in_another_municipality_is_another_assignment() {
    let mut scene = opened_at(Category::Electricity, None);
    scene.ask(&Actor::RESIDENT, addendum(Some(DURBAN)));
    let ours = scene.events().into_iter().rfind(|event| event.assignment.is_some()).unwrap();
    assert_eq!((ours.municipality.unwrap().as_str(), ours.assignment.unwrap().team), ("ETH", None));
    scene.ask(&staff("thabo"), correct(Some(Category::Sanitation), None, None));
    let sanitation = scene.events().into_iter().rfind(|event| event.assignment.is_some()).unwrap();
    assert_eq!(sanitation.assignment.unwrap().ticket_category, Category::Sanitation);
}

#[test]
fn a_deadline_that_a_correction_brings_back_is_warned_of_once() {
    let mut scene = Scene::opened();
    scene.pass(4 * HOUR - 30 * MINUTE);
    scene.ask(&staff("thabo"), correct(Some(Category::Roads), None, None));
    scene.ask(&staff("thabo"), correct(Some(Category::Water), None, None));
    let warned = scene.ticket(1).unwrap().response.warned();
    scene.ask(&staff("thabo"), correct(Some(Category::Roads), None, None));
    assert_eq!((warned.is_some(), scene.ticket(1).unwrap().response.warned()), (true, None));
    scene.pass(4 * HOUR);
    scene.ask(&staff("thabo"), correct(Some(Category::Water), None, None));
    expect![[r#"
        03:12:00 v2 r0 warned response by system
        03:12:00   warning of response at tier 0, due 04:00:00
        03:30:00 v3 r1 applied correct by thabo | category water > roads | assigned_team water > roads
                    | response_due_at 04:00:00 > 08:00:00 | resolution_due_at 24:00:00 > 48:00:00
                    | assigned to roads/- by system for geospatial_routing
        03:30:00 v4 r2 applied correct by thabo | category roads > water | assigned_team roads > water
                    | response_due_at 08:00:00 > 04:00:00 | resolution_due_at 48:00:00 > 24:00:00
                    | assigned to water/- by system for geospatial_routing
        03:30:00 v5 r3 applied correct by thabo | category water > roads | assigned_team water > roads
                    | response_due_at 04:00:00 > 08:00:00 | resolution_due_at 24:00:00 > 48:00:00
                    | assigned to roads/- by system for geospatial_routing
        03:30:00   to resident: promised, due 48:00:00 (open, v3)
        03:30:00   to resident: promised, due 24:00:00 (open, v4)
        03:30:00   to resident: promised, due 48:00:00 (open, v5)
        06:24:00 v6 r3 warned response by system
        06:24:00   warning of response at tier 0, due 08:00:00
        07:30:00 v7 r4 applied correct by thabo | category roads > water | assigned_team roads > water
                    | response_due_at 08:00:00 > 04:00:00 | resolution_due_at 48:00:00 > 24:00:00
                    | assigned to water/- by system for geospatial_routing
        07:30:00 v8 r4 breached response by system
        07:30:00 v9 r5 escalated sla_response_breach by system | status open > escalated
                    | assigned_to - > water-manager | tier 0 > 1 | escalated_at - > 07:30:00
                    | assigned to water/water-manager by system for sla_breach
        07:30:00   breach of response at tier 0, due 04:00:00
        07:30:00   to resident: promised, due 24:00:00 (open, v7)
        07:30:00   to resident: status (escalated, v9)
    "#]]
    .assert_eq(&scene.story());
}
