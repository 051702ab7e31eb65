//! Tickets of people who are absent and of teams that are not there: they are handed on, or flagged if a
//! person chose them, and come back only by hand.

use expect_test::expect;
use topics::records::editions::{Reference, Unavailability};
use topics::records::ticket_commands::Action;
use topics::values::vocabulary::{AssignmentReason, Category, Status};

use super::absent::away;
use super::scene::{DAY, DURBAN, HOUR, Scene, opening_at, staff, start, team, ticket_id, to};
use crate::machines::tickets::editions::foresee;
use crate::rules::edition::Edition;
use crate::rules::explain::explain;
use crate::rules::foresight::{Foreseen, Foresight};

/// The reference data with a team for all categories, and these people absent.
fn with_desk(absences: &[&str]) -> Reference {
    let mut reference = away(absences);
    reference.teams.push(team("ETH", "desk", None));
    reference
}

/// The same, while the water team takes no tickets on these days.
fn unavailable(from: &str, until: Option<&str>) -> Reference {
    let mut reference = with_desk(&[]);
    let water = reference.teams.iter_mut().find(|team| team.code.as_str() == "water").unwrap();
    water.unavailable =
        Some(Unavailability { from: from.parse().unwrap(), until: until.map(|day| day.parse().unwrap()) });
    reference
}

/// The same, while the water team is switched off.
fn switched_off(mut reference: Reference) -> Reference {
    reference
        .teams
        .iter_mut()
        .filter(|team| team.code.as_str() == "water")
        .for_each(|team| team.is_active = false);
    reference
}

/// So many tickets about water as this reference data routes them. The transcript begins after that.
fn opened(count: u32, reference: Reference) -> Scene {
    let edition = Edition::new(1, reference.clone()).unwrap();
    let mut scene = Scene::with(reference);
    for n in 1..=count {
        scene.open(opening_at(n, start(), &edition, Category::Water, Some(DURBAN)));
    }
    scene.story();
    scene
}

fn holder(scene: &Scene, n: u32) -> (Option<String>, Option<String>, AssignmentReason, bool) {
    let ticket = scene.ticket(n).unwrap();
    let text = |code: &dyn std::fmt::Display| code.to_string();
    (
        ticket.routing.team.as_ref().map(|team| text(team)),
        ticket.routing.assigned_to.as_ref().map(|login| text(login)),
        ticket.assignment_reason,
        ticket.unattended_since.is_some(),
    )
}

#[test]
fn what_lies_with_an_absent_person_is_handed_on_when_the_absence_begins_and_does_not_come_back() {
    let mut scene = opened(1, with_desk(&["water-lead 2026-03-03 2026-03-03 deputy"]));
    scene.ask(&staff("thabo"), to(Status::InProgress));
    scene.story();
    // Tuesday begins after 16 hours.
    scene.pass(16 * HOUR);
    expect![[r#"
        16:00:00 v3 r1 handed on by system | assigned_to water-lead > deputy
                    | assigned to water/deputy by system for person_absent
                    | water-lead is absent until 2026-03-03, deputy stands in
    "#]]
    .assert_eq(&scene.story());
    scene.pass(2 * DAY);
    let (_, person, reason, _) = holder(&scene, 1);
    assert_eq!((person.as_deref(), reason), (Some("water-manager"), AssignmentReason::SlaBreach));
    let assigned = scene.events().iter().filter(|event| event.assignment.is_some()).count();
    assert_eq!(assigned, 3, "opened, handed on and escalated");
}

#[test]
fn a_stand_in_who_becomes_absent_hands_on_too() {
    let absences = ["water-lead 2026-03-02 2026-03-20 deputy", "deputy 2026-03-03 2026-03-20 second"];
    let mut scene = opened(1, with_desk(&absences));
    scene.ask(&staff("thabo"), to(Status::InProgress));
    assert_eq!(holder(&scene, 1).1.as_deref(), Some("deputy"));
    scene.pass(16 * HOUR);
    assert_eq!(holder(&scene, 1).1.as_deref(), Some("second"));
}

#[test]
fn the_tickets_of_a_team_that_a_new_edition_switches_off_go_to_the_next_team() {
    let mut scene = opened(3, with_desk(&[]));
    scene.ask(&staff("thabo"), to(Status::InProgress));
    // The second one is given to a person by hand, the third is resolved.
    for (n, action) in [
        (2, Action::Assign { team: None, assigned_to: Some("sipho".parse().unwrap()), reason: None }),
        (3, to(Status::Resolved)),
    ] {
        let (at, actor) = (scene.driver.now(), staff("thabo"));
        scene.change(topics::records::ticket_commands::Change {
            ticket: ticket_id(n),
            at,
            actor,
            revision: None,
            expected_status: None,
            action,
        });
    }
    scene.story();
    let off = Edition::new(2, switched_off(with_desk(&[]))).unwrap();
    let tickets: Vec<Foreseen> =
        (1..=3).filter_map(|n| foresee(&off, &scene.ticket(n).unwrap(), start())).collect();
    expect![[r#"
        municipality: open tickets, deadline moves, breaches within the hour, changes hands
        ETH: 2, 0, 0, 1
        all: 2, 0, 0, 1
        team water is not there: 1 of its open tickets stay with it and are flagged
        team water is not there: 1 of its open tickets go to team desk
    "#]]
    .assert_eq(&Foresight::of(&tickets).describe());
    scene.publish(switched_off(with_desk(&[])));
    expect![[r#"
        00:00:00 v3 r1 unattended since water is not there by system | unattended_since - > 00:00:00
        00:00:00 v3 r1 handed on since water is not there by system | assigned_team water > desk
                    | assigned_to water-lead > - | assigned to desk/- by system for team_unavailable
    "#]]
    .assert_eq(&scene.story());
    assert_eq!(holder(&scene, 3).0.as_deref(), Some("water"), "it is resolved");
    let text = explain(&scene.ticket(2).unwrap(), &off, &off);
    assert!(text.contains("\nAbsent: team water is switched off."), "{text}");
    let flagged = "\nUnattended since 2026-03-02T06:00:00.000Z: it stays with those who are not there, since a \
                   person chose them or nobody stands in.";
    assert!(text.contains(flagged), "{text}");
    // The resident says that it is not done.
    let (at, actor) = (scene.driver.now(), topics::records::ticket_actions::Actor::RESIDENT);
    let action = to(Status::InProgress);
    let ticket = ticket_id(3);
    let change = topics::records::ticket_commands::Change {
        ticket,
        at,
        actor,
        revision: None,
        expected_status: None,
        action,
    };
    scene.change(change);
    assert_eq!(holder(&scene, 3).0.as_deref(), Some("desk"), "it is reopened");
    scene.publish(with_desk(&[]));
    let team = |n| holder(&scene, n).0;
    assert_eq!([1, 2, 3].map(team), ["desk", "water", "desk"].map(|code| Some(code.to_owned())));
    assert!(!holder(&scene, 2).3, "the team is there again");
}

#[test]
fn a_team_is_unavailable_from_its_day_on_and_new_tickets_go_to_the_next_while_it_is() {
    let reference = unavailable("2026-03-03", Some("2026-03-03"));
    let mut scene = opened(1, reference.clone());
    let edition = Edition::new(1, reference).unwrap();
    let foreseen = foresee(&edition, &scene.ticket(1).unwrap(), start()).unwrap();
    assert_eq!(foreseen.handover.unwrap().to.as_deref(), Some("desk"), "it is said before that day");
    let team_at = |hours: u64| {
        let at = start() + std::time::Duration::from_secs(hours * HOUR);
        opening_at(7, at, &edition, Category::Water, Some(DURBAN)).routing.team.unwrap().to_string()
    };
    assert_eq!([15, 16, 39, 40].map(team_at), ["water", "desk", "desk", "water"]);
    scene.ask(&staff("thabo"), to(Status::InProgress));
    scene.pass(16 * HOUR - 1);
    assert_eq!(holder(&scene, 1).0.as_deref(), Some("water"));
    scene.pass(1);
    let (team, person, reason, is_flagged) = holder(&scene, 1);
    assert_eq!((team.as_deref(), person), (Some("desk"), None));
    assert_eq!((reason, is_flagged), (AssignmentReason::TeamUnavailable, false));
    scene.pass(30 * HOUR);
    assert_eq!(holder(&scene, 1).0.as_deref(), Some("desk"), "it comes back only by hand");
}

#[test]
fn where_nobody_else_is_there_the_ticket_stays_and_is_flagged_until_they_are_back() {
    let mut reference = unavailable("2026-03-03", Some("2026-03-04"));
    reference.teams.retain(|team| team.code.as_str() != "desk");
    let mut scene = opened(1, reference);
    scene.ask(&staff("thabo"), to(Status::InProgress));
    scene.story();
    scene.pass(3 * DAY);
    let lines: Vec<String> =
        scene.story().lines().filter(|line| line.contains("attended")).map(str::to_owned).collect();
    expect![[r#"
        16:00:00 v3 r1 unattended since water is not there until 2026-03-04 by system
                    | unattended_since - > 16:00:00
        64:00:00 v7 r2 attended by system | unattended_since 16:00:00 > -"#]]
    .assert_eq(&lines.join("\n"));
}

#[test]
fn a_ticket_that_is_given_to_an_absent_person_is_flagged_at_once() {
    let mut scene = opened(1, with_desk(&["sipho 2026-03-02 2026-03-09 deputy"]));
    let assigned_to = Some("sipho".parse().unwrap());
    scene.ask(&staff("thabo"), Action::Assign { team: None, assigned_to, reason: None });
    expect![[r#"
        00:00:00 v2 r1 applied assign by thabo | assigned_to water-lead > sipho
                    | unattended_since - > 00:00:00 | assigned to water/sipho by thabo for manual_override
                    | sipho is absent until 2026-03-09, deputy stands in
    "#]]
    .assert_eq(&scene.story());
    let assigned_to = Some("thandi".parse().unwrap());
    scene.ask(&staff("thabo"), Action::Assign { team: None, assigned_to, reason: None });
    assert!(!holder(&scene, 1).3);
}
