//! The rules of locating, each on the toy map. Its distances are PostGIS' `st_distance(geography,
//! geography)`.

use topics::records::assignments::Routing;
use topics::records::editions::{MunicipalityKind, Reference, Team};
use topics::values::time::Time;
use topics::values::vocabulary::{Category, MunicipalityRule, Queue, TeamRule};

use super::toy::{at, municipality, rectangle, reference, station, team, ward};
use super::{cell_of, locate, locate_place};
use crate::rules::edition::Edition;

/// Noon of 2026-03-01 in South Africa.
const START: Time = Time::from_millis(1_772_359_200_000);

fn edition(teams: Vec<Team>) -> Edition {
    Edition::new(7, Reference { teams, ..reference() }).unwrap()
}

fn water(east: f64, south: f64, edition: &Edition) -> Routing {
    locate(Some(at(east, south)), Category::Water, START, edition)
}

/// Municipality, its rule, metres.
fn whose(routing: &Routing) -> (&str, MunicipalityRule, Option<u32>) {
    (
        routing.municipality.as_ref().map_or("none", |code| code.as_str()),
        routing.municipality_rule,
        routing.distance_m,
    )
}

/// Team, its rule, metres.
fn team_of(routing: &Routing) -> (&str, TeamRule, Option<u32>) {
    (routing.team.as_ref().map_or("none", |code| code.as_str()), routing.team_rule, routing.distance_m)
}

#[test]
fn a_local_or_metro_goes_before_its_district() {
    let edition = edition(vec![]);
    assert_eq!(whose(&water(1.5, 1.0, &edition)), ("west", MunicipalityRule::Contains, None));
    assert_eq!(whose(&water(3.0, 1.0, &edition)), ("east", MunicipalityRule::Contains, None));
    assert_eq!(whose(&water(5.0, 1.0, &edition)), ("district", MunicipalityRule::Contains, None));
}

#[test]
fn a_point_on_a_border_belongs_to_the_lowest_code_before_any_district() {
    let edition = edition(vec![]);
    let on = [
        ("east", 2.0, 1.0),
        ("east", 2.0, 0.0),
        ("west", 0.0, 1.0),
        ("west", 1.0, 2.0),
        ("district", 5.0, 0.0),
        ("south", 2.0, 6.0),
    ];
    for (expected, east, south) in on {
        assert_eq!(
            whose(&water(east, south, &edition)),
            (expected, MunicipalityRule::Border, None),
            "{east} {south}"
        );
    }
    // The eastern border of `east` is within the district, and still its own.
    assert_eq!(whose(&water(4.0, 1.0, &edition)).0, "east");
}

#[test]
fn the_nearest_within_50_km_takes_a_point_that_is_in_none_and_no_ward_does() {
    let edition = edition(vec![]);
    let north = water(1.5, -1.0, &edition);
    // PostGIS says 11,078.7 m. The district is as near; the local goes before it.
    assert_eq!(whose(&north), ("west", MunicipalityRule::Nearest, Some(11_079)));
    assert_eq!(north.ward, None);
    assert_eq!(whose(&water(1.5, 3.01, &edition)).0, "south");
    assert_eq!(whose(&water(1.5, 2.99, &edition)).0, "west");
    // 49,997.1 m and 50,008.1 m, says PostGIS.
    assert_eq!(whose(&water(1.5, -4.513, &edition)), ("west", MunicipalityRule::Nearest, Some(49_997)));
    let far = water(1.5, -4.514, &edition);
    assert_eq!((whose(&far), far.queue), (("none", MunicipalityRule::None, None), Some(Queue::Unrouted)));
    assert_eq!(whose(&water(6.5, 1.0, &edition)), ("district", MunicipalityRule::Nearest, Some(5_002)));
}

#[test]
fn a_ward_is_of_the_municipality_that_was_found() {
    let edition = edition(vec![]);
    let ward = |east, south| water(east, south, &edition).ward.map(|code| code.to_string());
    assert_eq!(ward(0.5, 1.0).as_deref(), Some("west-1"));
    assert_eq!(ward(1.5, 1.0).as_deref(), Some("west-2"));
    assert_eq!(ward(1.0, 1.0).as_deref(), Some("west-1"), "on the border of both");
    assert_eq!(ward(2.0, 1.0).as_deref(), Some("east-1"), "of the municipality that has the border");
    assert_eq!(ward(5.0, 1.0), None);
}

#[test]
fn every_queue_has_its_reason() {
    let edition = edition(vec![team("w", "west", Some(Category::Water), None)]);
    let queue = |east, south| water(east, south, &edition).queue;
    assert_eq!(queue(1.5, 1.0), None);
    assert_eq!(queue(3.0, 1.0), Some(Queue::Unassigned));
    assert_eq!(queue(1.0, 5.0), Some(Queue::Referred));
    assert_eq!(queue(1.0, 20.0), Some(Queue::Unrouted));
    assert_eq!(locate(None, Category::Water, START, &edition).queue, Some(Queue::Unlocated));
    assert_eq!(locate(None, Category::Water, START, &edition).cell, None);
}

#[test]
fn a_municipality_that_is_not_on_board_is_named_and_gets_no_team() {
    let edition = edition(vec![team("s", "south", Some(Category::Water), None)]);
    let referred = water(1.0, 5.0, &edition);
    assert_eq!((whose(&referred).0, team_of(&referred).0), ("south", "none"));
}

#[test]
fn the_smallest_service_area_that_contains_the_point_wins() {
    let area = |size: f64| Some(rectangle((0.0, 0.0), (size, size)));
    let water_team = |code, size| team(code, "west", Some(Category::Water), area(size));
    let edition = edition(vec![
        water_team("a-large", 2.0),
        water_team("b-small", 1.0),
        water_team("c-small", 1.0),
        team("d-roads", "west", Some(Category::Roads), area(0.5)),
        team("e-other-town", "east", Some(Category::Water), area(0.4)),
        Team { is_active: false, ..water_team("f-inactive", 0.3) },
        station("g-police", area(0.2)),
        team("h-wide", "west", Some(Category::Water), None),
    ]);
    assert_eq!(team_of(&water(0.1, 0.1, &edition)), ("b-small", TeamRule::ServiceArea, None));
    assert_eq!(team_of(&water(1.5, 0.5, &edition)), ("a-large", TeamRule::ServiceArea, None));
    let routing = water(0.1, 0.1, &edition);
    assert_eq!(routing.assigned_to.unwrap().as_str(), "b-small-lead");
    assert_eq!(routing.manager.unwrap().as_str(), "b-small-manager");
}

#[test]
fn else_the_nearest_area_within_10_km_else_the_wide_team_else_the_default_one() {
    let corner = || Some(rectangle((0.0, 0.0), (0.2, 2.0)));
    let with_area = team("area", "west", Some(Category::Water), corner());
    let wide = team("wide", "west", Some(Category::Water), None);
    let default = team("default", "west", None, None);
    let all = edition(vec![default.clone(), wide.clone(), with_area.clone()]);
    // 8,002.6 m, says PostGIS.
    assert_eq!(team_of(&water(1.0, 1.0, &all)), ("area", TeamRule::NearestArea, Some(8_003)));
    assert_eq!(team_of(&water(1.5, 1.0, &all)), ("wide", TeamRule::MunicipalityWide, None));
    assert_eq!(
        team_of(&locate(Some(at(1.5, 1.0)), Category::Roads, START, &all)),
        ("default", TeamRule::Default, None)
    );
    let without_wide = edition(vec![default, with_area.clone()]);
    assert_eq!(team_of(&water(1.5, 1.0, &without_wide)), ("default", TeamRule::Default, None));
    assert_eq!(team_of(&water(1.5, 1.0, &edition(vec![with_area]))), ("none", TeamRule::None, None));
}

#[test]
fn a_point_on_the_edge_of_two_areas_goes_to_the_lowest_code_at_no_distance() {
    let side =
        |code, from, to| team(code, "west", Some(Category::Water), Some(rectangle((from, 0.0), (to, 2.0))));
    let edition = edition(vec![side("b", 0.0, 1.0), side("a", 1.0, 2.0)]);
    assert_eq!(team_of(&water(1.0, 1.0, &edition)), ("a", TeamRule::NearestArea, Some(0)));
}

#[test]
fn a_default_team_with_an_area_takes_only_what_lies_in_it() {
    let part = team("a-part", "west", None, Some(rectangle((0.0, 0.0), (1.0, 2.0))));
    let edition = edition(vec![part, team("b-rest", "west", None, None)]);
    assert_eq!(team_of(&water(0.5, 1.0, &edition)).0, "a-part");
    assert_eq!(team_of(&water(1.5, 1.0, &edition)).0, "b-rest");
}

#[test]
fn the_distance_is_the_teams_where_both_are_the_nearest() {
    let area = team("area", "west", Some(Category::Water), Some(rectangle((0.0, 0.2), (2.0, 2.0))));
    let edition = edition(vec![area]);
    let routing = water(1.0, -0.5, &edition);
    assert_eq!(routing.municipality_rule, MunicipalityRule::Nearest);
    // 0.07 degrees of latitude; to the municipality itself it is 0.05.
    assert_eq!(team_of(&routing), ("area", TeamRule::NearestArea, Some(7_755)));
}

#[test]
fn a_place_alone_gets_a_municipality_and_no_team() {
    let edition = edition(vec![team("wide", "west", Some(Category::Water), None)]);
    let routing = locate_place(at(1.5, 1.0), START, &edition);
    assert_eq!((whose(&routing).0, team_of(&routing).0, routing.edition), ("west", "none", 7));
}

#[test]
fn numbers_that_are_no_degrees_are_unrouted() {
    let edition = edition(vec![]);
    for (latitude, longitude) in [(f64::NAN, 28.0), (-26.0, f64::INFINITY), (1e300, -1e300), (-91.0, 28.0)] {
        let routing = locate(
            Some(topics::values::point::Point { latitude, longitude }),
            Category::Water,
            START,
            &edition,
        );
        assert_eq!((routing.queue, routing.cell), (Some(Queue::Unrouted), None));
    }
}

#[test]
fn edition_0_knows_no_place_and_says_so() {
    let routing = water(1.0, 1.0, &Edition::built_in());
    assert_eq!((whose(&routing).0, routing.queue, routing.edition), ("none", Some(Queue::Unrouted), 0));
    assert!(routing.cell.is_some());
}

#[test]
fn a_cell_is_500_m_wide_and_the_same_for_all_in_it() {
    let cell = |metres_north: f64, metres_east: f64| {
        // In the middle of the grid, where north is up: metres to degrees at 28 S.
        let point = topics::values::point::Point {
            latitude: -28.0 + metres_north / 110_816.0,
            longitude: 24.0 + metres_east / 98_363.0,
        };
        cell_of(point).unwrap().to_string()
    };
    assert_eq!(cell(0.0, 100.0), cell(0.0, 400.0));
    assert_ne!(cell(0.0, 400.0), cell(0.0, 600.0));
    let rows: std::collections::BTreeSet<String> =
        (0..100).map(|n| cell(f64::from(n) * 50.0, 250.0)).collect();
    assert!((10..=11).contains(&rows.len()), "{rows:?}");
}

#[test]
fn areas_begin_and_end_by_the_time_of_the_report_without_another_edition() {
    let day = |day: &str| Some(day.parse().unwrap());
    let mut reference = reference();
    // The two merge on 4 November; the first ward of the new one is drawn at once, the second one later.
    for municipality in &mut reference.municipalities {
        match municipality.code.as_str() {
            "west" | "east" => municipality.valid_to = day("2026-11-04"),
            _ => {}
        }
    }
    let all = rectangle((0.0, 0.0), (4.0, 2.0));
    let mut both = municipality("both", MunicipalityKind::Local, all.clone());
    both.valid_from = day("2026-11-04");
    reference.municipalities.push(both);
    let mut first = ward("both-1", "both", all.clone());
    first.valid_to = day("2027-01-01");
    let mut second = ward("both-2", "both", all);
    second.valid_from = day("2027-01-01");
    reference.wards.extend([first, second]);
    reference.teams.push(team("all", "both", None, None));
    let edition = Edition::new(1, reference).unwrap();
    let routed = |time: &str| {
        let time: Time = time.parse().unwrap();
        let routing = locate(Some(at(0.5, 0.5)), Category::Water, time, &edition);
        let ward = routing.ward.map(|ward| ward.to_string());
        (routing.municipality.unwrap().to_string(), ward)
    };
    let expected = |municipality: &str, ward: &str| (municipality.to_owned(), Some(ward.to_owned()));
    // Midnight in South Africa is 22:00 in UTC.
    assert_eq!(routed("2026-11-03T21:59:59.999Z"), expected("west", "west-1"));
    assert_eq!(routed("2026-11-03T22:00:00.000Z"), expected("both", "both-1"));
    assert_eq!(routed("2026-12-31T21:59:59.999Z"), expected("both", "both-1"));
    assert_eq!(routed("2026-12-31T22:00:00.000Z"), expected("both", "both-2"));
    // Neither is the nearest one an area that has ended or has not begun.
    let beside = |time: &str| {
        let time: Time = time.parse().unwrap();
        locate_place(at(-0.1, 1.9), time, &edition).municipality.unwrap().to_string()
    };
    assert_ne!(beside("2026-11-03T12:00:00.000Z"), "both");
    assert_ne!(beside("2026-11-05T12:00:00.000Z"), "west");
}
