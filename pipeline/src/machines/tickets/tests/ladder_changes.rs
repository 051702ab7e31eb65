//! Ladders that change while tickets are on them, and shares of times that a reopening gave.

use std::time::Duration;

use topics::records::editions::Reference;
use topics::records::ticket_actions::Actor;
use topics::records::ticket_commands::Action;
use topics::records::ticket_events::Event;
use topics::values::time::Time;
use topics::values::vocabulary::{Category, HoldReason, Severity, Status};

use super::ladders::{ladder, with_staff};
use super::scene::{HOUR, Scene, opening, staff, start, to};
use crate::rules::edition::Edition;
use crate::rules::explain::explain;

fn with(steps: &[&str]) -> Reference {
    Reference { ladders: ladder(steps), ..with_staff() }
}

/// A ticket that thabo works on, due after 24 hours, with this ladder.
fn in_progress(steps: &[&str]) -> Scene {
    let mut scene = Scene::with(with(steps));
    scene.open(opening(1, start()));
    scene.ask(&staff("thabo"), to(Status::InProgress));
    scene
}

/// The numbers of the steps that have fired, and whom each reached first, in order.
fn fired(scene: &Scene) -> Vec<(u8, String)> {
    let events = scene.events().into_iter();
    events
        .filter_map(|event| match event.event {
            Event::Stepped { step, .. } => {
                Some((step, event.reached.first().map_or_else(String::new, ToString::to_string)))
            }
            _ => None,
        })
        .collect()
}

fn named(steps: &[(u8, &str)]) -> Vec<(u8, String)> {
    steps.iter().map(|(step, login)| (*step, (*login).to_owned())).collect()
}

fn after(seconds: u64) -> Time {
    start() + Duration::from_secs(seconds)
}

const LEADS: [&str; 3] =
    ["1 resolution -20% notify lead", "2 resolution -2h notify lead", "3 resolution 0 escalate lead"];
const BOSSES: [&str; 4] = [
    "1 resolution -50% notify login:boss",
    "2 resolution -20% notify login:boss",
    "3 resolution -2h notify login:boss",
    "4 resolution 0 escalate login:boss",
];

#[test]
fn a_ladder_that_changes_fires_nothing_whose_time_has_passed() {
    let mut scene = in_progress(&LEADS);
    scene.pass(20 * HOUR);
    assert_eq!(fired(&scene), named(&[(1, "water-manager")]));
    scene.publish(with(&BOSSES));
    scene.pass(HOUR);
    assert_eq!(fired(&scene), named(&[(1, "water-manager")]), "a half and a fifth of the time were over");
    scene.pass(5 * HOUR);
    assert_eq!(fired(&scene), named(&[(1, "water-manager"), (3, "boss"), (4, "boss")]));
}

#[test]
fn a_ladder_that_changes_while_the_ticket_is_resolved_repeats_nothing_either() {
    let mut scene = in_progress(&LEADS);
    scene.pass(20 * HOUR);
    scene.ask(&staff("thabo"), to(Status::Resolved));
    scene.publish(with(&BOSSES));
    scene.pass(3 * HOUR);
    scene.ask(&staff("thabo"), to(Status::InProgress));
    let so_far = [(1, "water-manager"), (3, "boss")];
    assert_eq!(fired(&scene), named(&so_far), "what was due meanwhile is due at once");
    scene.pass(3 * HOUR);
    assert_eq!(fired(&scene).last(), Some(&(4, "boss".to_owned())));
}

#[test]
fn a_share_is_of_the_whole_promise_if_the_reopening_moved_no_deadline() {
    let mut scene = in_progress(&["1 resolution -50% notify lead", "2 resolution 0 escalate manager"]);
    let roads =
        Action::Correct { category: Some(Category::Roads), severity: None, language: None, point: None };
    scene.ask(&staff("thabo"), roads);
    scene.pass(4 * HOUR);
    scene.ask(&staff("thabo"), to(Status::Resolved));
    scene.pass(4 * HOUR);
    scene.ask(&Actor::RESIDENT, to(Status::InProgress));
    let ticket = scene.ticket(1).unwrap();
    assert_eq!(ticket.resolution.due_at, after(48 * HOUR), "a day from now would be earlier");
    assert_eq!(ticket.ladder.unwrap().next.unwrap().at, after(24 * HOUR), "half of 48 hours");
    // 43.5 of 48 hours are over 90 %, although what has passed since the reopening is less than that.
    scene.pass(35 * HOUR + 1_800);
    let hold =
        Action::Hold { reason: HoldReason::Outage, until: after(60 * HOUR), length_s: None, note: None };
    scene.ask(&staff("thabo"), hold);
    assert_eq!(scene.ticket(1).unwrap().late_holds, 1);
}

#[test]
fn a_share_is_of_the_time_that_a_reopening_gave_if_that_set_the_deadline() {
    let mut scene = in_progress(&["1 resolution -50% notify lead", "2 resolution 0 escalate manager"]);
    scene.pass(4 * HOUR);
    scene.ask(&staff("thabo"), to(Status::Resolved));
    scene.pass(20 * HOUR);
    scene.ask(&Actor::RESIDENT, to(Status::InProgress));
    let ticket = scene.ticket(1).unwrap();
    assert_eq!(ticket.resolution.due_at, after(48 * HOUR));
    assert_eq!(ticket.ladder.clone().unwrap().next.unwrap().at, after(36 * HOUR), "half of a day");
    let edition = Edition::new(1, with_staff()).unwrap();
    let said = explain(&ticket, &edition, &edition);
    assert!(said.contains("24 h after it was reopened at 2026-03-03T06:00:00.000Z"), "{said}");
}

#[test]
fn a_ticket_that_was_reopened_held_and_corrected_keeps_its_hold() {
    let mut scene = in_progress(&[]);
    scene.pass(3 * HOUR);
    scene.ask(&staff("thabo"), to(Status::Resolved));
    scene.pass(17 * HOUR);
    scene.ask(&Actor::RESIDENT, to(Status::InProgress));
    scene.pass(2 * HOUR);
    let hold =
        Action::Hold { reason: HoldReason::Outage, until: after(70 * HOUR), length_s: None, note: None };
    scene.ask(&staff("thabo"), hold);
    scene.pass(10 * HOUR);
    scene.ask(&staff("thabo"), Action::Resume { note: None });
    assert_eq!(
        scene.ticket(1).unwrap().resolution.due_at,
        after(54 * HOUR),
        "a day, and 10 hours of the hold"
    );
    let high =
        Action::Correct { category: None, severity: Some(Severity::High), language: None, point: None };
    scene.ask(&staff("thabo"), high);
    let resolution = scene.ticket(1).unwrap().resolution;
    assert_eq!(resolution.due_at, after(54 * HOUR));
    assert_eq!(resolution.without_holds_due_at, Some(after(44 * HOUR)));
}

#[test]
fn explain_shows_the_tier_that_a_step_gave() {
    let edition = Edition::new(1, with(&LEADS)).unwrap();
    let mut scene = in_progress(&LEADS);
    scene.pass(20 * HOUR);
    let said = explain(&scene.ticket(1).unwrap(), &edition, &edition);
    assert!(said.contains("Tier: 1, by a step of the ladder; not escalated."), "{said}");
    scene.pass(5 * HOUR);
    let said = explain(&scene.ticket(1).unwrap(), &edition, &edition);
    assert!(said.contains("Tier: 3, first escalated at 2026-03-03T06:00:00.000Z"), "{said}");
}
