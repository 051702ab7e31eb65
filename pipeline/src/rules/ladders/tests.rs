//! Which ladder a ticket is on, when its steps are due, and what is complained of.

use topics::records::editions::{LadderStep, Reference, StaffMember};
use topics::values::vocabulary::{Category, Clock, Role, Severity, StepAction};

use super::check::complaints;
use super::toy;
use crate::rules::edition::Edition;
use crate::rules::geography::toy::reference;

fn step(words: &str) -> LadderStep {
    toy::step("west", words)
}

fn with(ladders: Vec<LadderStep>) -> Reference {
    let staff = StaffMember {
        login: "nomsa".parse().unwrap(),
        municipality: "west".parse().unwrap(),
        team: None,
        role: Role::Staff,
        absence: None,
    };
    Reference { ladders, staff: vec![staff], ..reference() }
}

#[test]
fn the_most_specific_ladder_wins_as_with_policies() {
    let whole = step("1 resolution 0 escalate manager");
    let water = LadderStep { category: Some(Category::Water), ..step("1 resolution +1h escalate manager") };
    let critical = LadderStep {
        category: Some(Category::Water),
        severity: Some(Severity::Critical),
        ..step("1 resolution +2h escalate manager")
    };
    let edition = Edition::new(1, with(vec![whole, water, critical])).unwrap();
    let offset = |code: &str, category, severity| {
        let ladder = edition.ladders().most_specific(&code.parse().unwrap(), category, severity)?;
        Some((ladder.source.as_str(), ladder.step(1)?.at.to_string()))
    };
    let found = [
        offset("west", Category::Roads, Severity::Critical),
        offset("west", Category::Water, Severity::High),
        offset("west", Category::Water, Severity::Critical),
        offset("east", Category::Water, Severity::Critical),
    ];
    let expected = [("municipality", "0"), ("category", "+1h"), ("severity", "+2h")];
    let expected = expected.map(|(source, at)| Some((source, at.to_owned())));
    assert_eq!(found.as_slice(), [expected.as_slice(), &[None]].concat());
}

#[test]
fn everything_that_is_wrong_with_ladders_is_said_at_once() {
    let wrong = vec![
        step("9 resolution -2h notify lead"),
        step("2 resolution 0 notify"),
        step("2 resolution 0 notify lead"),
        step("3 resolution +1h assign role:staff"),
        step("4 resolution +2h notify login:sipho"),
        step("5 response -1h notify login:nomsa"),
        LadderStep { severity: Some(Severity::High), ..step("1 resolution 0 escalate manager") },
        LadderStep { municipality: "north".parse().unwrap(), ..step("1 response 0 notify role:staff") },
    ];
    let said: Vec<String> = complaints(&with(wrong.clone())).iter().map(ToString::to_string).collect();
    let expected = [
        "step 9 of the ladder of west for category any and severity any: its number is 9;",
        "step 2 of the ladder of west for category any and severity any: it says notify, and to nobody;",
        "step 3 of the ladder of west for category any and severity any: it says assign, which needs one person",
        "step 4 of the ladder of west for category any and severity any: there is no active member of staff sipho",
        "step 1 of the ladder of west for category any and severity high: a severity needs a category",
        "step 1 of the ladder of north for category any and severity any: there is no municipality north",
        "step 2 of the ladder of west for category any and severity any: there are two of it",
        "ladder of west for category any and severity any: a missed response deadline would reach nobody;",
    ];
    assert_eq!(said.len(), expected.len(), "{said:#?}");
    for start in expected {
        assert!(said.iter().any(|one| one.starts_with(start)), "{start}: {said:#?}");
    }
    assert!(Edition::new(1, with(wrong)).is_err());
}

#[test]
fn a_ladder_without_steps_for_a_clock_leaves_that_clock_as_it_is_without_a_ladder() {
    let edition = Edition::new(1, with(vec![step("1 resolution 0 notify login:nomsa")])).unwrap();
    let ladder = edition.ladders().most_specific(&"west".parse().unwrap(), Category::Water, Severity::Low);
    let ladder = ladder.unwrap();
    assert!(ladder.is_for(Clock::Resolution) && !ladder.is_for(Clock::Response));
    assert_eq!(ladder.step(1).unwrap().action, StepAction::Notify);
    assert!(ladder.step(2).is_none());
}
