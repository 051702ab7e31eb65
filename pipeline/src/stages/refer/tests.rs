//! Tests of the police team that a report goes to.

use topics::records::editions::{Reference, Team};
use topics::records::protected::ReferralRule;
use topics::values::point::Point;

use super::refer;
use crate::rules::edition::Edition;
use crate::rules::geography::toy::{at, rectangle, reference, station};

fn edition(teams: Vec<Team>) -> Edition {
    Edition::new(4, Reference { teams, ..reference() }).unwrap()
}

fn stations() -> Edition {
    let precinct = |from: f64, to: f64| Some(rectangle((from, 0.0), (to, 2.0)));
    edition(vec![
        station("saps-a", precinct(0.0, 4.0)),
        station("saps-b", precinct(1.0, 2.0)),
        station("saps-c", precinct(8.0, 9.0)),
        Team { is_active: false, ..station("saps-d", precinct(1.0, 1.5)) },
        station("saps-e", None),
    ])
}

fn referred(point: Option<Point>, edition: &Edition) -> (String, ReferralRule, Option<u32>) {
    let referral = refer(point, edition);
    assert_eq!(referral.team.is_some(), referral.assigned_to.is_some());
    (
        referral.team.map_or_else(|| "national".to_owned(), |team| team.to_string()),
        referral.rule,
        referral.distance_m,
    )
}

#[test]
fn the_smallest_precinct_that_holds_the_point_else_the_nearest_without_limit() {
    let edition = stations();
    assert_eq!(referred(Some(at(0.5, 1.0)), &edition), ("saps-a".into(), ReferralRule::Precinct, None));
    assert_eq!(referred(Some(at(1.2, 1.0)), &edition), ("saps-b".into(), ReferralRule::Precinct, None));
    assert_eq!(referred(Some(at(7.9, 1.0)), &edition).0, "saps-c");
    // PostGIS calculates 1,258,040.9 m.
    let cape_town = Point { latitude: -33.92, longitude: 18.42 };
    assert_eq!(
        referred(Some(cape_town), &edition),
        ("saps-a".into(), ReferralRule::Nearest, Some(1_258_041))
    );
}

#[test]
fn without_a_place_that_can_be_right_or_without_a_team_it_is_the_nations() {
    let national = || ("national".to_owned(), ReferralRule::National, None);
    assert_eq!(referred(None, &stations()), national());
    for (latitude, longitude) in [(0.0, 0.0), (51.5, 0.1), (28.1, -26.1), (f64::NAN, 28.0)] {
        assert_eq!(referred(Some(Point { latitude, longitude }), &stations()), national());
    }
    assert_eq!(referred(Some(at(1.0, 1.0)), &edition(vec![station("saps-e", None)])), national());
    assert_eq!(referred(Some(at(1.0, 1.0)), &Edition::built_in()), national());
}

#[test]
fn municipal_teams_are_no_police() {
    let municipal = crate::rules::geography::toy::team(
        "west-default",
        "west",
        None,
        Some(rectangle((0.0, 0.0), (2.0, 2.0))),
    );
    assert_eq!(referred(Some(at(1.0, 1.0)), &edition(vec![municipal])).0, "national");
}
