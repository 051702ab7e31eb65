//! Automations: what starts them, what they do, and that none starts another one again and again.

use expect_test::expect;
use topics::codec::sealing::Sealed;
use topics::records::editions::{Automation, Reference};
use topics::records::ticket_actions::Actor;
use topics::records::ticket_commands::Action;
use topics::records::ticket_events::Event;
use topics::values::vocabulary::{Category, HoldReason, Outcome, Severity, Status};

use super::ladders::with_staff;
use super::scene::{DAY, DURBAN, HOUR, Scene, opening, opening_at, staff, start, to};
use crate::rules::edition::Edition;

/// Automations of ETH in their order, from words: code, trigger, effect.
pub fn automations(words: &[&str]) -> Vec<Automation> {
    let one = |(n, words): (usize, &&str)| {
        let words: Vec<&str> = words.split(' ').collect();
        Automation {
            municipality: "ETH".parse().unwrap(),
            code: words[0].parse().unwrap(),
            position: u8::try_from(n + 1).unwrap(),
            trigger: words[1].parse().unwrap(),
            category: None,
            severity: None,
            ward: None,
            team: None,
            language: None,
            place_source: None,
            older_than: None,
            effect: words[2].parse().unwrap(),
        }
    };
    words.iter().enumerate().map(one).collect()
}

fn with(automations: Vec<Automation>) -> Reference {
    Reference { automations, ..with_staff() }
}

/// The automations that have done something, in order.
fn fired(scene: &Scene) -> Vec<String> {
    let code = |event| match event {
        Event::Automated { automation, .. } => Some(automation.to_string()),
        _ => None,
    };
    scene.events().into_iter().filter_map(|event| code(event.event)).collect()
}

fn note() -> Action {
    Action::Note { note: Sealed("look".to_owned()) }
}

#[test]
fn high_severity_immediately_is_one_line() {
    let at_once = |severity| Automation {
        severity: Some(severity),
        ..automations(&["high-at-once opened escalate"]).remove(0)
    };
    let mut scene = Scene::with(with(vec![at_once(Severity::Medium)]));
    scene.open(opening(1, start()));
    expect![[r#"
        00:00:00 v1 r0 opened by resident | status - > open | category - > water | severity - > medium
                    | language - > zu | municipality - > ETH | assigned_team - > water | tier - > 0
                    | response_due_at - > 04:00:00 | resolution_due_at - > 24:00:00
                    | assigned to water/- by system for geospatial_routing
        00:00:00 v2 r1 automation high-at-once: escalate water-manager by system | status open > escalated
                    | assigned_to - > water-manager | tier 0 > 1 | escalated_at - > 00:00:00
                    | assigned to water/water-manager by system for automation
        00:00:00   to resident: opened, medium, no queue, due 24:00:00 (escalated, v2)
    "#]]
    .assert_eq(&scene.story());
    let mut scene = Scene::with(with(vec![at_once(Severity::High)]));
    scene.open(opening(1, start()));
    assert_eq!((fired(&scene).len(), scene.ticket(1).unwrap().status), (0, Status::Open));
}

#[test]
fn the_severity_that_an_automation_sets_has_its_deadlines_and_the_resident_is_told_those() {
    let mut scene = Scene::with(with(automations(&["burst opened severity:critical"])));
    scene.open(opening(1, start()));
    let ticket = scene.ticket(1).unwrap();
    assert_eq!(ticket.resolution.due_at.since(start()).as_secs(), 6 * HOUR);
    assert!(scene.story().contains("to resident: opened, critical, no queue, due 06:00:00"));
}

#[test]
fn automations_fire_in_order_and_what_one_does_starts_others_once() {
    let mut scene = Scene::with(with(automations(&[
        "last changed tag:last",
        "first opened tag:first",
        "worse changed severity:high",
        "better changed severity:low",
        "tell opened notify:role:staff",
    ])));
    scene.open(opening(1, start()));
    // `worse` and `better` would change the severity to and fro for ever.
    assert_eq!(fired(&scene), ["first", "tell", "last", "worse", "better"]);
    let ticket = scene.ticket(1).unwrap();
    let tags: Vec<&str> = ticket.tags.iter().map(|tag| tag.as_str()).collect();
    assert_eq!((tags, ticket.facts.severity), (vec!["first", "last"], Severity::Low));
    let told = scene.events().into_iter().find(|event| !event.reached.is_empty()).unwrap();
    assert_eq!(told.reached.len(), 2);
    // The next thing that happens starts them again; what is so already is not done.
    scene.ask(&staff("thabo"), to(Status::InProgress));
    assert_eq!(fired(&scene)[5..], ["worse", "better"]);
    assert_eq!(scene.dead_letters(), 0);
}

#[test]
fn notes_holds_and_reopenings_start_automations_and_conditions_keep_them_back() {
    let mut all = automations(&[
        "read note assign:login:sipho",
        "held held tag:held",
        "again reopened:2 escalate",
        "roads note tag:roads",
        "old note tag:old",
    ]);
    all[3].category = Some(Category::Roads);
    all[4].older_than = Some("48h".parse().unwrap());
    let mut scene = Scene::with(with(all));
    scene.open(opening(1, start()));
    let thabo = staff("thabo");
    scene.ask(&thabo, note());
    assert_eq!(fired(&scene), ["read"]);
    scene.pass(2 * HOUR);
    let until = scene.driver.now() + std::time::Duration::from_secs(DAY);
    scene.ask(&thabo, Action::Hold { reason: HoldReason::Weather, until, length_s: None, note: None });
    scene.ask(&thabo, Action::Resume { note: None });
    assert_eq!(fired(&scene), ["read", "held"]);
    for times in 1..=2 {
        scene.ask(&thabo, to(Status::Resolved));
        scene.ask(&Actor::RESIDENT, to(Status::InProgress));
        assert_eq!(scene.ticket(1).unwrap().reopenings, times);
    }
    assert_eq!(fired(&scene), ["read", "held", "again"]);
    assert_eq!(scene.ticket(1).unwrap().status, Status::Escalated);
    scene.pass(2 * DAY);
    scene.ask(&thabo, note());
    assert_eq!(fired(&scene), ["read", "held", "again", "read", "old"]);
}

#[test]
fn a_ticket_that_is_closed_and_one_of_another_municipality_start_nothing() {
    let mut scene = Scene::with(with(automations(&["any changed tag:any", "read note tag:read"])));
    scene.open(opening(1, start()));
    let close = Action::Status { to: Status::Closed, outcome: Some(Outcome::Invalid), reason: None };
    scene.ask(&staff("thabo"), close);
    scene.ask(&staff("thabo"), note());
    assert!(fired(&scene).is_empty());
}

/// A ticket that no team takes, in a queue since the beginning of the scene.
fn queued(rules: &[&str]) -> Scene {
    let reference = with(automations(rules));
    let edition = Edition::new(1, reference.clone()).unwrap();
    let mut scene = Scene::with(reference);
    scene.open(opening_at(1, start(), &edition, Category::Electricity, Some(DURBAN)));
    scene
}

#[test]
fn a_ticket_that_waits_in_a_queue_starts_what_waits_for_that_once_in_each_stay() {
    let rules =
        ["wait queued:4h notify:role:staff", "long queued:6h tag:stuck", "after changed severity:high"];
    let mut scene = queued(&rules);
    scene.pass(4 * HOUR - 1);
    assert_eq!(fired(&scene), Vec::<String>::new());
    scene.pass(1);
    assert_eq!(fired(&scene), ["wait"]);
    scene.pass(5 * DAY);
    assert_eq!(fired(&scene), ["wait", "long", "after"], "what one does starts others");
    let correct =
        |category| Action::Correct { category: Some(category), severity: None, language: None, point: None };
    // A team takes it, and then none does.
    scene.ask(&staff("thabo"), correct(Category::Roads));
    scene.pass(DAY);
    scene.ask(&staff("thabo"), correct(Category::Electricity));
    scene.pass(5 * HOUR);
    assert_eq!(fired(&scene), ["wait", "long", "after", "wait"]);
    // While it is resolved, it waits for nobody.
    scene.ask(&staff("thabo"), to(Status::Resolved));
    scene.pass(2 * HOUR);
    assert_eq!(fired(&scene).len(), 4);
    assert_eq!(scene.dead_letters(), 0);
}

#[test]
fn a_wait_that_comes_with_an_edition_or_whose_condition_does_not_hold_is_tried_once() {
    let mut scene = queued(&[]);
    scene.pass(10 * HOUR);
    let mut rules = automations(&["wait queued:4h tag:stuck", "grave queued:11h escalate"]);
    rules[1].severity = Some(Severity::Critical);
    scene.publish(with(rules.clone()));
    scene.pass(0);
    assert_eq!(fired(&scene), ["wait"], "it has waited for longer");
    // A rule of another name that waits for the same is not tried again in this stay.
    rules[0].code = "again".parse().unwrap();
    scene.publish(with(rules));
    scene.pass(2 * HOUR);
    let worse =
        Action::Correct { category: None, severity: Some(Severity::Critical), language: None, point: None };
    scene.ask(&staff("thabo"), worse);
    scene.pass(2 * DAY);
    assert_eq!(fired(&scene), ["wait"], "it was not critical when its time came");
}
