//! What is no edition, and how it is said.

use topics::records::editions::{
    Municipality, MunicipalityKind, PlaceKind, PlaceName, Policy, Reference, Rules, Team,
};
use topics::values::vocabulary::{Category, Severity};

use super::{Edition, Editions};
use crate::rules::geography::toy::{municipality, policy, rectangle, reference, station, team, ward};

fn complaint(reference: Reference) -> String {
    Edition::new(1, reference).err().map(|bad| bad.to_string()).unwrap_or_default()
}

#[test]
fn the_toy_map_is_an_edition_whatever_the_order_of_its_lists() {
    let mut turned = reference();
    turned.municipalities.reverse();
    turned.wards.reverse();
    assert_eq!(complaint(turned), "");
    assert_eq!(complaint(Reference::default()), "");
}

#[test]
fn the_wrong_feature_is_named() {
    let with = |change: fn(&mut Reference)| {
        let mut reference = reference();
        change(&mut reference);
        complaint(reference)
    };
    assert_eq!(with(|r| r.municipalities[0].boundary.clear()), "municipality west: the shape is empty");
    assert_eq!(
        with(|r| r.wards[0].boundary[0][0].truncate(3)),
        "ward west-2: a ring is not closed: its last corner must be its first"
    );
    assert_eq!(
        with(|r| r.teams.push(team("t", "west", None, Some(rectangle((0.0, 0.0), (0.0, 1.0)))))),
        "team t: a ring has fewer than three different corners, or no area"
    );
    assert_eq!(
        with(|r| r.municipalities.push(municipality(
            "west",
            MunicipalityKind::Metro,
            rectangle((0.0, 0.0), (1.0, 1.0))
        ))),
        "municipality west: there are two of it"
    );
    assert_eq!(
        with(|r| r.wards.push(ward("w", "nowhere", rectangle((0.0, 0.0), (1.0, 1.0))))),
        "ward w: there is no municipality nowhere"
    );
    assert_eq!(
        with(|r| r.teams.push(team("t", "nowhere", None, None))),
        "team t: there is no municipality nowhere"
    );
    assert_eq!(
        with(|r| r.teams.push(Team { municipality: None, ..team("t", "west", None, None) })),
        "team t: a team that is not of the police needs a municipality"
    );
    assert_eq!(
        with(|r| r.teams.push(Team { is_saps: true, ..team("t", "west", None, None) })),
        "team t: a team of the police has no municipality"
    );
}

#[test]
fn a_policy_that_cannot_be_kept_is_a_complaint() {
    let with = |policies: Vec<Policy>| complaint(Reference { policies, ..reference() });
    let water = Some(Category::Water);
    assert_eq!(
        with(vec![policy("nowhere", 1, 2)]),
        "policy of nowhere for category any and severity any: there is no municipality nowhere"
    );
    assert_eq!(
        with(vec![policy("west", 0, 2)]),
        "policy of west for category any and severity any: a time of 0 s cannot be kept"
    );
    assert_eq!(
        with(vec![Policy { category: water, warning_pct: 100, ..policy("west", 1, 2) }]),
        "policy of west for category water and severity any: the warning must come after 1 to 99 percent \
         of the time"
    );
    assert_eq!(
        with(vec![Policy { severity: Some(Severity::High), ..policy("west", 1, 2) }]),
        "policy of west for category any and severity high: a severity needs a category"
    );
    assert_eq!(
        with(vec![policy("west", 1, 2), policy("west", 3, 4)]),
        "policy of west for category any and severity any: there are two of it"
    );
    assert_eq!(with(vec![policy("west", 1, 2), Policy { is_active: false, ..policy("west", 3, 4) }]), "");
    let rules = Rules { resolution_s: 0, ..Rules::default() };
    assert_eq!(complaint(Reference { rules, ..Reference::default() }), "rules: a time of 0 s cannot be kept");
}

fn named(code: &str, municipality: &str) -> PlaceName {
    PlaceName {
        code: code.to_owned(),
        name: format!("Rietfontein {municipality}"),
        variants: Vec::new(),
        kind: PlaceKind::Suburb,
        suburb: None,
        municipality: municipality.parse().unwrap(),
        point: [28.1, -26.1],
        radius_m: 2_000,
    }
}

#[test]
fn an_edition_names_the_places_of_municipalities_on_board() {
    let places = vec![named("b", "west"), named("a", "south")];
    let edition = Edition::new(1, Reference { places, ..reference() }).unwrap();
    let found = edition.gazetteer().find("no water in Rietfontein West");
    assert_eq!((found.len(), found[0].municipality.as_str()), (1, "west"));
    assert!(edition.gazetteer().find("no water in Rietfontein South").is_empty(), "not on board");
}

#[test]
fn a_place_that_cannot_be_used_is_a_complaint() {
    let with = |places: Vec<PlaceName>| complaint(Reference { places, ..reference() });
    assert_eq!(with(vec![named("a", "nowhere")]), "place a: there is no municipality nowhere");
    assert_eq!(with(vec![named("a", "west"), named("a", "east")]), "place a: there are two of it");
    let nameless = PlaceName { name: " ".to_owned(), ..named("a", "west") };
    assert_eq!(with(vec![nameless]), "place a: it has no name");
    let lost = PlaceName { point: [28.1, 100.0], ..named("a", "west") };
    assert_eq!(with(vec![lost]), "place a: its point must be longitude and latitude in degrees");
}

#[test]
fn reference_data_of_before_there_were_named_places_are_read() {
    let text = serde_json::to_string(&reference()).unwrap();
    assert!(!text.contains("places"), "and such an edition keeps its hash");
    let edition = Edition::new(1, serde_json::from_str(&text).unwrap()).unwrap();
    assert!(edition.gazetteer().find("no water in Rietfontein West").is_empty());
}

#[test]
fn municipalities_and_teams_are_found_by_code() {
    let teams = vec![team("b", "west", None, None), team("a", "east", None, None), station("c", None)];
    let edition = Edition::new(1, Reference { teams, ..reference() }).unwrap();
    let municipality =
        |code: &str| edition.municipality(&code.parse().unwrap()).map(|known: &Municipality| known.onboarded);
    assert_eq!(
        (municipality("south"), municipality("west"), municipality("north")),
        (Some(false), Some(true), None)
    );
    assert_eq!(edition.team(&"a".parse().unwrap()).unwrap().municipality.as_ref().unwrap().as_str(), "east");
    assert!(edition.team(&"d".parse().unwrap()).is_none());
}

#[test]
fn an_edition_at_hand_is_never_replaced() {
    let mut editions = Editions::default();
    editions.add(Edition::new(2, reference()).unwrap().into());
    editions.add(Edition::new(2, Reference::default()).unwrap().into());
    let west = "west".parse().unwrap();
    assert!(editions.get(2).is_some_and(|edition| edition.municipality(&west).is_some()));
}

#[test]
fn an_edition_that_no_record_can_name_any_more_is_dropped() {
    let mut editions = Editions::default();
    (1..=5).for_each(|number| editions.add(Edition::new(number, Reference::default()).unwrap().into()));
    editions.drop_before(4);
    let kept: Vec<u32> = (0..=5).filter(|number| editions.get(*number).is_some()).collect();
    assert_eq!(kept, [0, 3, 4, 5]);
}
