//! Ladders: the steps before and after a deadline, whom they reach, and that each fires once.

use std::time::Duration;

use expect_test::expect;
use topics::records::editions::{LadderStep, Reference, StaffMember};
use topics::records::ticket_commands::Action;
use topics::records::ticket_events::Event;
use topics::values::time::Time;
use topics::values::vocabulary::{Category, HoldReason, Role, Severity, Status};

use super::calendars::in_working_hours;
use super::scene::{DAY, DURBAN, HOUR, Scene, opening, opening_at, reference, staff, start, to};
use crate::rules::edition::Edition;
use crate::rules::explain::explain;
use crate::rules::ladders::toy;

/// The reference data of the scenes, with a member of staff.
pub fn with_staff() -> Reference {
    let member = |login: &str, team: Option<&str>, role| StaffMember {
        login: login.parse().unwrap(),
        municipality: "ETH".parse().unwrap(),
        team: team.map(|team| team.parse().unwrap()),
        role,
        absence: None,
    };
    let staff = vec![
        member("sipho", Some("water"), Role::Staff),
        member("thandi", None, Role::Staff),
        member("roads-only", Some("roads"), Role::Staff),
        member("boss", None, Role::Manager),
    ];
    Reference { staff, ..reference() }
}

/// A ladder of ETH for all categories, from steps in words: number, clock, offset, action, and whom.
pub fn ladder(steps: &[&str]) -> Vec<LadderStep> {
    steps.iter().map(|words| toy::step("ETH", words)).collect()
}

fn with(steps: &[&str]) -> Reference {
    Reference { ladders: ladder(steps), ..with_staff() }
}

/// A ticket that thabo works on, due after 24 hours, with this ladder. The transcript begins after that.
fn in_progress(steps: &[&str]) -> Scene {
    let mut scene = Scene::with(with(steps));
    scene.open(opening(1, start()));
    scene.ask(&staff("thabo"), to(Status::InProgress));
    scene.story();
    scene
}

/// The numbers of the steps that have fired, in order.
fn fired(scene: &Scene) -> Vec<u8> {
    let step = |event: Event| if let Event::Stepped { step, .. } = event { Some(step) } else { None };
    scene.events().into_iter().filter_map(|event| step(event.event)).collect()
}

fn after(seconds: u64) -> Time {
    start() + Duration::from_secs(seconds)
}

const USUAL: [&str; 6] = [
    "1 resolution -20% notify lead",
    "2 resolution -2h notify role:staff",
    "3 resolution 0 escalate manager",
    "4 resolution +24h assign login:boss",
    "5 resolution +48h raise_severity",
    "6 resolution +72h tell_resident",
];

#[test]
fn the_steps_of_a_ladder_fire_at_their_times_and_the_tier_is_the_highest() {
    let mut scene = in_progress(&USUAL);
    scene.pass(30 * DAY);
    expect![[r#"
        19:12:00 v3 r1 warned resolution by system
        19:12:00 v4 r2 step 1 at -20% of resolution: notify water-manager by system | tier 0 > 1
        19:12:00   warning of resolution at tier 0, due 24:00:00
        22:00:00 v5 r3 step 2 at -2h of resolution: notify sipho thandi by system | tier 1 > 2
        24:00:00 v6 r3 breached resolution by system
        24:00:00 v7 r4 step 3 at 0 of resolution: escalate water-manager by system
                    | status in_progress > escalated | assigned_to - > water-manager | tier 2 > 3
                    | escalated_at - > 24:00:00 | assigned to water/water-manager by system for ladder
        24:00:00   breach of resolution at tier 2, due 24:00:00
        24:00:00   to resident: status (escalated, v7)
        48:00:00 v8 r5 step 4 at +24h of resolution: assign boss by system
                    | assigned_to water-manager > boss | tier 3 > 4
                    | assigned to water/boss by system for ladder
        72:00:00 v9 r6 step 5 at +48h of resolution: raise_severity by system | severity medium > high
                    | tier 4 > 5
        96:00:00 v10 r7 step 6 at +72h of resolution: tell_resident by system | tier 5 > 6
        96:00:00   to resident: delayed (escalated, v10)
    "#]]
    .assert_eq(&scene.story());
    assert_eq!(scene.ticket(1).unwrap().tier, 6);
}

#[test]
fn the_same_steps_fire_if_time_jumps_and_none_fires_after_the_ticket_is_resolved() {
    let mut scene = in_progress(&USUAL);
    scene.pass(26 * HOUR);
    assert_eq!(fired(&scene), [1, 2, 3]);
    scene.ask(&staff("thabo"), to(Status::Resolved));
    scene.pass(2 * DAY);
    assert_eq!(fired(&scene), [1, 2, 3]);
    // Staff undo it: what was due meanwhile is due at once, and nothing twice.
    scene.ask(&staff("thabo"), to(Status::InProgress));
    assert_eq!(fired(&scene), [1, 2, 3, 4, 5]);
    scene.pass(30 * DAY);
    assert_eq!(fired(&scene), [1, 2, 3, 4, 5, 6]);
}

#[test]
fn a_hold_moves_the_steps_and_none_fires_twice_of_the_same_remaining_time() {
    let mut scene = in_progress(&USUAL);
    scene.pass(20 * HOUR);
    assert_eq!(fired(&scene), [1], "four fifths have passed");
    let hold = Action::Hold { reason: HoldReason::Outage, until: after(2 * DAY), length_s: None, note: None };
    scene.ask(&staff("thabo"), hold);
    scene.pass(10 * HOUR);
    assert_eq!(fired(&scene), [1], "the time stands still");
    scene.ask(&staff("thabo"), Action::Resume { note: None });
    assert_eq!(scene.ticket(1).unwrap().ladder.unwrap().next.unwrap().at, after(32 * HOUR));
    scene.pass(3 * HOUR);
    assert_eq!(fired(&scene), [1, 2]);
}

#[test]
fn a_clock_without_steps_is_escalated_as_without_a_ladder_and_other_municipalities_too() {
    let mut scene = Scene::with(with(&["7 resolution 0 notify manager"]));
    scene.open(opening(1, start()));
    scene.pass(25 * HOUR);
    let events = scene.events();
    let escalated = events.iter().filter(|event| matches!(event.event, Event::Escalated { .. })).count();
    assert_eq!((escalated, fired(&scene)), (1, vec![7]), "once, of the response");
    let ticket = scene.ticket(1).unwrap();
    assert_eq!((ticket.tier, ticket.resolution.breached_at), (7, Some(after(24 * HOUR))));
}

#[test]
fn steps_count_working_hours_where_the_policy_does() {
    let reference = Reference {
        ladders: ladder(&[
            "1 resolution -50% notify manager",
            "2 resolution -10h notify manager",
            "3 resolution +9h escalate manager",
        ]),
        ..in_working_hours()
    };
    let edition = Edition::new(1, reference.clone()).unwrap();
    let mut scene = Scene::with(reference);
    scene.open(opening_at(1, start(), &edition, Category::Water, Some(DURBAN)));
    scene.ask(&staff("thabo"), to(Status::InProgress));
    scene.pass(30 * DAY);
    let at: Vec<u64> = scene
        .events()
        .iter()
        .filter(|event| matches!(event.event, Event::Stepped { .. }))
        .map(|event| event.at.since(start()).as_secs() / HOUR)
        .collect();
    // Due on Wednesday at 16: 12 of 24 hours on Tuesday at 12, 14 on Tuesday at 14; 9 hours later it is
    // Friday at 9.
    assert_eq!(at, [DAY / HOUR + 4, DAY / HOUR + 6, 4 * DAY / HOUR + 1]);
}

#[test]
fn a_new_ladder_reaches_open_tickets_but_not_for_what_was_missed_before() {
    let mut scene = in_progress(&[]);
    scene.pass(30 * HOUR);
    scene.story();
    scene.publish(with(&USUAL));
    expect![[r#"
        30:00:00 v6 r2 ladder changed by system
    "#]]
    .assert_eq(&scene.story());
    scene.pass(20 * DAY);
    assert_eq!(fired(&scene), [4, 5, 6], "what was due before the ladder came does not fire");
    // A ticket that is still in time gets all of it, and a ladder that is the same changes nothing.
    let mut scene = in_progress(&[]);
    scene.pass(10 * HOUR);
    scene.publish(with(&USUAL));
    scene.publish(with(&USUAL));
    let changed = scene.events().iter().filter(|event| event.event == Event::LadderChanged {}).count();
    scene.pass(20 * DAY);
    assert_eq!((changed, fired(&scene)), (1, vec![1, 2, 3, 4, 5, 6]));
    assert_eq!(scene.dead_letters(), 0);
}

#[test]
fn a_ladder_that_comes_with_the_breach_still_escalates() {
    // The edition is in force before the pass over all tickets reaches this one.
    let mut scene = in_progress(&["1 resolution 0 notify manager"]);
    scene.pass(24 * HOUR - 1);
    scene.publish(with(&["1 resolution 0 escalate login:boss"]));
    scene.pass(HOUR);
    assert_eq!(fired(&scene), [1]);
    assert_eq!(scene.ticket(1).unwrap().routing.assigned_to, Some("boss".parse().unwrap()));
}

#[test]
fn a_ticket_that_is_corrected_to_and_fro_is_on_the_ladder_of_its_category_and_repeats_no_step() {
    let of_roads = |step: LadderStep| LadderStep { category: Some(Category::Roads), ..step };
    let roads = ladder(&["1 resolution -3h notify manager", "2 resolution 0 escalate manager"]);
    let ladders = ladder(&USUAL).into_iter().chain(roads.into_iter().map(of_roads)).collect();
    let mut scene = Scene::with(Reference { ladders, ..with_staff() });
    scene.open(opening(1, start()));
    scene.ask(&staff("thabo"), to(Status::InProgress));
    scene.pass(20 * HOUR);
    for category in [Category::Roads, Category::Water, Category::Roads, Category::Water] {
        let action =
            Action::Correct { category: Some(category), severity: None, language: None, point: None };
        scene.ask(&staff("thabo"), action);
    }
    assert_eq!(fired(&scene), [1]);
    scene.pass(3 * HOUR);
    assert_eq!(fired(&scene), [1, 2]);
}

#[test]
fn the_severity_that_a_step_raises_moves_no_deadline() {
    let mut scene = in_progress(&["1 resolution -50% raise_severity", "2 resolution 0 notify lead"]);
    let before = scene.ticket(1).unwrap();
    scene.pass(13 * HOUR);
    let ticket = scene.ticket(1).unwrap();
    assert_eq!((before.facts.severity, ticket.facts.severity), (Severity::Medium, Severity::High));
    assert_eq!((ticket.resolution.due_at, ticket.tier), (before.resolution.due_at, 1));
}

#[test]
fn explain_shows_the_ladder_with_the_time_of_each_step() {
    let mut scene = in_progress(&USUAL);
    scene.pass(23 * HOUR);
    let edition = Edition::new(1, with(&USUAL)).unwrap();
    let said = explain(&scene.ticket(1).unwrap(), &edition, &edition);
    let ladder: Vec<&str> = said.lines().skip_while(|line| !line.starts_with("Ladder")).take(7).collect();
    expect![[r#"
        Ladder: that of this municipality:
          Step 1: notify lead at -20% of the resolution deadline, 2026-03-03T01:12:00.000Z; done.
          Step 2: notify role:staff at -2h of the resolution deadline, 2026-03-03T04:00:00.000Z; done.
          Step 3: escalate manager at 0 of the resolution deadline, 2026-03-03T06:00:00.000Z.
          Step 4: assign login:boss at +24h of the resolution deadline, 2026-03-04T06:00:00.000Z.
          Step 5: raise_severity at +48h of the resolution deadline, 2026-03-05T06:00:00.000Z.
          Step 6: tell_resident at +72h of the resolution deadline, 2026-03-06T06:00:00.000Z.
    "#]]
    .assert_eq(&(ladder.join("\n") + "\n"));
}
