//! Which policy promises what.

use topics::records::editions::{Policy, Reference, Rules};
use topics::values::time::Time;
use topics::values::vocabulary::{Category, PolicySource, Severity};

use crate::rules::edition::Edition;
use crate::rules::geography::toy::{policy, reference};

const REPORTED: Time = Time::from_millis(1_772_352_000_000);

fn edition() -> Edition {
    let water = Some(Category::Water);
    let policies = vec![
        policy("west", 40_000, 400_000),
        Policy { category: water, ..policy("west", 30_000, 300_000) },
        Policy { category: water, severity: Some(Severity::High), ..policy("west", 20_000, 200_000) },
        Policy {
            category: water,
            severity: Some(Severity::Critical),
            is_active: false,
            ..policy("west", 10_000, 100_000)
        },
        Policy { category: Some(Category::Roads), is_active: false, ..policy("west", 5_000, 50_000) },
        Policy { category: water, severity: Some(Severity::Low), warning_pct: 50, ..policy("east", 1, 3) },
    ];
    Edition::new(3, Reference { policies, ..reference() }).unwrap()
}

/// Source, seconds to the response, seconds to the resolution.
fn promised(municipality: Option<&str>, category: Category, severity: Severity) -> (PolicySource, u64, u64) {
    let code = municipality.map(|code| code.parse().unwrap());
    let made = edition().deadlines(code.as_ref(), category, severity, REPORTED, &[]);
    assert_eq!(made.edition, 3);
    (
        made.policy,
        made.response.due_at.since(REPORTED).as_secs(),
        made.resolution.due_at.since(REPORTED).as_secs(),
    )
}

#[test]
fn the_most_specific_active_policy_promises() {
    use {Category::*, PolicySource as From, Severity::*};
    assert_eq!(promised(Some("west"), Water, High), (From::Severity, 20_000, 200_000));
    assert_eq!(promised(Some("west"), Water, Low), (From::Category, 30_000, 300_000));
    assert_eq!(
        promised(Some("west"), Water, Critical),
        (From::Category, 30_000, 300_000),
        "the special one is not in force"
    );
    assert_eq!(promised(Some("west"), Roads, High), (From::Municipality, 40_000, 400_000));
    assert_eq!(promised(Some("east"), Water, Low), (From::Severity, 1, 3));
}

#[test]
fn the_system_default_applies_without_another_policy() {
    let system = (PolicySource::System, 24 * 3600, 168 * 3600);
    assert_eq!(promised(Some("east"), Category::Water, Severity::High), system);
    assert_eq!(promised(Some("district"), Category::Water, Severity::High), system);
    assert_eq!(promised(None, Category::Other, Severity::Low), system);
}

#[test]
fn clocks_run_from_the_report_and_warn_at_their_percentage_to_the_millisecond() {
    let east = "east".parse().unwrap();
    let made = edition().deadlines(Some(&east), Category::Water, Severity::Low, REPORTED, &[]);
    assert_eq!(made.response.warn_at.millis() - REPORTED.millis(), 500);
    assert_eq!(made.resolution.warn_at.millis() - REPORTED.millis(), 1_500);
    let system = edition().deadlines(None, Category::Water, Severity::Low, REPORTED, &[]);
    assert_eq!(system.response.warn_at.since(REPORTED).as_secs(), 24 * 3600 * 80 / 100);
}

#[test]
fn a_promise_longer_than_time_itself_does_not_wrap() {
    let rules = Rules { response_s: u64::MAX, resolution_s: u64::MAX, ..Rules::default() };
    let edition = Edition::new(1, Reference { rules, ..Reference::default() }).unwrap();
    let made = edition.deadlines(None, Category::Water, Severity::Low, REPORTED, &[]);
    assert!(made.response.due_at > REPORTED && made.response.warn_at > REPORTED);
    assert!(made.response.warn_at <= made.response.due_at);
}
