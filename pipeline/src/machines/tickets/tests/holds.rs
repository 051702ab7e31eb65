//! Holds: the time for the resolution stands still, and stays exact.

use std::time::Duration;

use expect_test::expect;
use topics::codec::sealing::Sealed;
use topics::records::editions::{HoldLimit, Reference};
use topics::records::ticket_actions::{Actor, Refusal};
use topics::records::ticket_commands::Action;
use topics::records::ticket_events::Event;
use topics::values::time::Time;
use topics::values::vocabulary::{Category, Clock, HoldReason, Status};

use super::calendars::in_working_hours;
use super::scene::{DAY, DURBAN, HOUR, MINUTE, Scene, opening_at, reference, staff, start, to};
use crate::rules::edition::Edition;

fn after(seconds: u64) -> Time {
    start() + Duration::from_secs(seconds)
}

/// A hold that ends by itself at this time after the beginning of the scene.
fn hold(reason: HoldReason, until: u64) -> Action {
    Action::Hold { reason, until: after(until), length_s: None, note: Some(Sealed("order 17".to_owned())) }
}

const RESUME: Action = Action::Resume { note: None };

/// A ticket that thabo works on; it is due after 24 hours.
fn in_progress() -> Scene {
    let mut scene = Scene::opened();
    scene.ask(&staff("thabo"), to(Status::InProgress));
    scene.story();
    scene
}

fn due(scene: &Scene) -> u64 {
    scene.ticket(1).unwrap().resolution.due_at.since(start()).as_secs()
}

fn refusal(scene: &Scene) -> Option<Refusal> {
    match scene.events().last().unwrap().event {
        Event::Refused { refusal, .. } => Some(refusal),
        _ => None,
    }
}

#[test]
fn a_hold_pauses_the_resolution_and_its_end_gives_the_time_back() {
    let mut scene = in_progress();
    scene.pass(10 * HOUR);
    scene.ask(&staff("thabo"), hold(HoldReason::WaitingForParts, 3 * DAY));
    scene.pass(30 * HOUR);
    scene.ask(&staff("thabo"), RESUME);
    scene.pass(2 * DAY);
    expect![[r#"
        10:00:00 v3 r2 applied hold by thabo | held_since - > 10:00:00 | held_until - > 72:00:00
                    | hold_reason - > waiting_for_parts | "order 17"
        10:00:00   to resident: held for waiting_for_parts until 72:00:00 (in_progress, v3)
        40:00:00 v4 r3 applied resume by thabo | resolution_due_at 24:00:00 > 54:00:00
                    | held_since 10:00:00 > - | held_until 72:00:00 > - | hold_reason waiting_for_parts > -
        40:00:00   to resident: promised, due 54:00:00 (in_progress, v4)
        49:12:00 v5 r3 warned resolution by system
        49:12:00   warning of resolution at tier 0, due 54:00:00
        54:00:00 v6 r3 breached resolution by system
        54:00:00 v7 r4 escalated sla_resolution_breach by system | status in_progress > escalated
                    | assigned_to - > water-manager | tier 0 > 1 | escalated_at - > 54:00:00
                    | assigned to water/water-manager by system for sla_breach
        54:00:00   breach of resolution at tier 0, due 54:00:00
        54:00:00   to resident: status (escalated, v7)
    "#]]
    .assert_eq(&scene.story());
    let clock = *scene.ticket(1).unwrap().clock(Clock::Resolution);
    assert_eq!(clock.without_holds_due_at, Some(after(24 * HOUR)));
}

#[test]
fn a_hold_of_a_length_begins_now_whatever_the_clock_of_the_asker_shows() {
    for until in [0, 100 * DAY] {
        let mut scene = in_progress();
        scene.pass(10 * HOUR);
        let length_s = Some(8 * HOUR);
        let reason = HoldReason::Weather;
        scene.ask(&staff("thabo"), Action::Hold { reason, until: after(until), length_s, note: None });
        assert_eq!(scene.ticket(1).unwrap().hold.as_ref().map(|hold| hold.until), Some(after(18 * HOUR)));
    }
}

#[test]
fn a_hold_ends_by_itself_when_it_was_set_to_and_not_when_that_is_seen() {
    let mut scene = in_progress();
    scene.pass(20 * HOUR);
    scene.ask(&staff("thabo"), hold(HoldReason::Weather, 30 * HOUR));
    scene.story();
    // Time jumps over the end of the hold, the warning and the deadline.
    scene.pass(20 * HOUR);
    expect![[r#"
        30:00:00 v5 r2 resumed by system | resolution_due_at 24:00:00 > 34:00:00 | held_since 20:00:00 > -
                    | held_until 30:00:00 > - | hold_reason weather > -
        30:00:00   to resident: promised, due 34:00:00 (in_progress, v5)
        34:00:00 v6 r2 breached resolution by system
        34:00:00 v7 r3 escalated sla_resolution_breach by system | status in_progress > escalated
                    | assigned_to - > water-manager | tier 0 > 1 | escalated_at - > 34:00:00
                    | assigned to water/water-manager by system for sla_breach
        34:00:00   breach of resolution at tier 0, due 34:00:00
        34:00:00   to resident: status (escalated, v7)
    "#]]
    .assert_eq(&scene.story());
    assert_eq!(due(&scene), 34 * HOUR);
}

#[test]
fn the_residents_answer_ends_a_hold_that_waits_for_it_and_no_other() {
    let answer = || Action::Addendum { media: 0, has_words: true, point: None, basis: None, routing: None };
    for (reason, is_held) in [(HoldReason::WaitingForResident, false), (HoldReason::Outage, true)] {
        let mut scene = in_progress();
        scene.ask(&staff("thabo"), hold(reason, 2 * DAY));
        scene.pass(5 * HOUR);
        scene.ask(&Actor::RESIDENT, answer());
        let ticket = scene.ticket(1).unwrap();
        assert_eq!((ticket.hold.is_some(), ticket.held_since.is_some()), (is_held, is_held), "{reason}");
        assert_eq!(due(&scene), if is_held { 24 * HOUR } else { 29 * HOUR }, "{reason}");
    }
}

#[test]
fn the_response_clock_runs_on_while_the_ticket_is_held() {
    let mut scene = Scene::opened();
    scene.ask(&staff("thabo"), hold(HoldReason::Outage, 2 * DAY));
    scene.pass(5 * HOUR);
    let ticket = scene.ticket(1).unwrap();
    assert_eq!(ticket.response.breached_at, Some(after(4 * HOUR)));
    assert!(ticket.hold.is_some() && ticket.resolution.breached_at.is_none());
}

#[test]
fn what_cannot_be_held_is_refused_with_the_reason() {
    let held = |scene: &mut Scene, reason, until| {
        scene.ask(&staff("thabo"), hold(reason, until));
        refusal(scene)
    };
    let mut scene = in_progress();
    scene.pass(HOUR);
    assert_eq!(held(&mut scene, HoldReason::Outage, HOUR), Some(Refusal::HoldInThePast));
    assert_eq!(held(&mut scene, HoldReason::Outage, HOUR + 3 * DAY + 1), Some(Refusal::HoldTooLong));
    scene.ask(&Actor::RESIDENT, hold(HoldReason::Outage, DAY));
    assert_eq!(refusal(&scene), Some(Refusal::ForbiddenRole));
    scene.ask(&staff("thabo"), RESUME);
    assert_eq!(refusal(&scene), Some(Refusal::NothingToDo));
    assert_eq!(held(&mut scene, HoldReason::Outage, HOUR + 3 * DAY), None);
    assert_eq!(held(&mut scene, HoldReason::Weather, 2 * DAY), Some(Refusal::HeldAlready));
    scene.ask(&staff("thabo"), to(Status::Resolved));
    assert!(scene.ticket(1).unwrap().hold.is_none(), "what is resolved waits for nothing");
    assert_eq!(held(&mut scene, HoldReason::Outage, 2 * DAY), Some(Refusal::ForbiddenTransition));

    let mut scene = in_progress();
    scene.pass(25 * HOUR);
    assert_eq!(held(&mut scene, HoldReason::Outage, 2 * DAY), Some(Refusal::DeadlinePassed));

    let limit = HoldLimit { reason: HoldReason::Outage, limit_s: HOUR };
    let mut scene = Scene::with(Reference { hold_limits: vec![limit], ..reference() });
    scene.open(super::scene::opening(1, start()));
    assert_eq!(held(&mut scene, HoldReason::Outage, HOUR + 1), Some(Refusal::HoldTooLong));
    for n in 0..20 {
        assert_eq!(held(&mut scene, HoldReason::Outage, HOUR), None, "{n}");
        scene.ask(&staff("thabo"), RESUME);
    }
    assert_eq!(held(&mut scene, HoldReason::Outage, HOUR), Some(Refusal::HeldTooOften));
}

#[test]
fn a_hold_of_working_hours_leaves_the_working_time_that_was_left() {
    let mut scene = Scene::with(in_working_hours());
    let edition = Edition::new(1, in_working_hours()).unwrap();
    scene.open(opening_at(1, start(), &edition, Category::Water, Some(DURBAN)));
    // Monday 8:00 to Monday 12:00, of 24 hours; held until Wednesday 10:00.
    scene.pass(4 * HOUR);
    scene.ask(&staff("thabo"), to(Status::InProgress));
    scene.ask(&staff("thabo"), hold(HoldReason::OtherBody, 10 * DAY));
    scene.pass(2 * DAY - 2 * HOUR);
    scene.ask(&staff("thabo"), RESUME);
    // 20 hours are left: 6 on Wednesday, 8 on Thursday, 6 on Friday, so until Friday 14:00.
    assert_eq!(due(&scene), 4 * DAY + 6 * HOUR);
    // The same hold with a holiday on Thursday.
    scene.publish(super::calendars::declared("2026-03-05"));
    assert_eq!(due(&scene), 7 * DAY + 6 * HOUR);
    let without = scene.ticket(1).unwrap().resolution.without_holds_due_at;
    assert_eq!(without, Some(after(2 * DAY + 8 * HOUR)), "Wednesday 16:00, as it was promised");
}

#[test]
fn a_correction_counts_around_the_holds() {
    let mut scene = in_progress();
    scene.pass(2 * HOUR);
    scene.ask(&staff("thabo"), hold(HoldReason::Weather, DAY));
    scene.pass(10 * HOUR);
    scene.ask(&staff("thabo"), RESUME);
    let roads =
        Action::Correct { category: Some(Category::Roads), severity: None, language: None, point: None };
    scene.ask(&staff("thabo"), roads);
    assert_eq!(due(&scene), 58 * HOUR, "48 hours for roads, and 10 of the hold");
    let without = scene.ticket(1).unwrap().resolution.without_holds_due_at;
    assert_eq!(without, Some(after(48 * HOUR)));
}

#[test]
fn late_holds_and_resolutions_in_the_last_minutes_are_counted() {
    let mut scene = in_progress();
    scene.pass(21 * HOUR);
    scene.ask(&staff("thabo"), hold(HoldReason::Outage, 2 * DAY));
    scene.ask(&staff("thabo"), RESUME);
    assert_eq!(scene.ticket(1).unwrap().late_holds, 0, "87 % of the time");
    scene.pass(HOUR);
    scene.ask(&staff("thabo"), hold(HoldReason::Outage, 2 * DAY));
    scene.pass(HOUR);
    scene.ask(&staff("thabo"), RESUME);
    assert_eq!(scene.ticket(1).unwrap().late_holds, 1, "91 % of the time");
    scene.pass(2 * HOUR - 4 * MINUTE);
    scene.ask(&staff("thabo"), to(Status::Resolved));
    assert_eq!(scene.ticket(1).unwrap().last_minute_closings, 1);

    let mut scene = in_progress();
    scene.pass(23 * HOUR);
    scene.ask(&staff("thabo"), to(Status::Resolved));
    let honest = scene.ticket(1).unwrap();
    assert_eq!((honest.late_holds, honest.last_minute_closings), (0, 0));
}
