//! The changes from one edition to another, for people: what is new, removed or different, area by area.

use std::collections::BTreeMap;
use std::time::Duration;

use geo::{BooleanOps, GeodesicArea, MultiPolygon};
use serde::Serialize;
use serde_json::{Map, Value};
use topics::records::editions::Reference;

use crate::rules::explain::span;
use crate::rules::flaws::ReferenceFeature;
use crate::rules::geography::shape::shape;

/// The changes in `after`, one line each; empty if there are none.
pub fn diff(before: Reference, after: Reference) -> Vec<String> {
    let before = features(before);
    let after = features(after);
    let mut lines = Vec::new();
    for (name, old) in &before {
        match after.get(name) {
            None => lines.push((name, format!("{}: gone", name.1))),
            Some(new) => lines
                .extend(changes(old, new).into_iter().map(|change| (name, format!("{}: {change}", name.1)))),
        }
    }
    let is_new = |name: &&FeatureName| !before.contains_key(*name);
    lines.extend(after.keys().filter(is_new).map(|name| (name, format!("{}: new", name.1))));
    // The sort is stable: the changes of one feature keep their order.
    lines.sort_by_key(|(name, _)| *name);
    lines.into_iter().map(|(_, line)| line).collect()
}

/// The list that a feature is in, and its name there.
type FeatureName = (u8, String);

/// The fields of one feature in an edition.
struct FeatureDescription {
    fields: Map<String, Value>,
    /// The boundary or service area of the feature.
    area: Option<MultiPolygon<f64>>,
}

impl FeatureDescription {
    fn of(value: &impl Serialize, area: Option<topics::records::editions::MultiPolygon>) -> Self {
        let fields = match serde_json::to_value(value) {
            Ok(Value::Object(fields)) => fields,
            _ => Map::new(),
        };
        // Published data has been checked, so every area is valid.
        Self { fields, area: area.and_then(|area| shape(&area).ok()) }
    }
}

fn features(mut reference: Reference) -> BTreeMap<FeatureName, FeatureDescription> {
    let mut all = BTreeMap::new();
    for municipality in &mut reference.municipalities {
        let area = std::mem::take(&mut municipality.boundary);
        all.insert(
            (0, ReferenceFeature::municipality(municipality).to_string()),
            FeatureDescription::of(municipality, Some(area)),
        );
    }
    for ward in &mut reference.wards {
        let area = std::mem::take(&mut ward.boundary);
        all.insert((1, ReferenceFeature::ward(ward).to_string()), FeatureDescription::of(ward, Some(area)));
    }
    for team in &mut reference.teams {
        let area = team.service_area.take();
        all.insert((2, ReferenceFeature::team(team).to_string()), FeatureDescription::of(team, area));
    }
    for policy in &reference.policies {
        all.insert((3, ReferenceFeature::policy(policy).to_string()), FeatureDescription::of(policy, None));
    }
    for place in &reference.places {
        all.insert((6, ReferenceFeature::place(place).to_string()), FeatureDescription::of(place, None));
    }
    for calendar in &reference.calendars {
        all.insert(
            (7, ReferenceFeature::calendar(calendar).to_string()),
            FeatureDescription::of(calendar, None),
        );
    }
    for day in &reference.closing_days {
        all.insert((8, ReferenceFeature::closing_day(day).to_string()), FeatureDescription::of(day, None));
    }
    for holiday in &reference.holidays {
        all.insert(
            (9, ReferenceFeature::holiday(holiday).to_string()),
            FeatureDescription::of(holiday, None),
        );
    }
    for limit in &reference.hold_limits {
        all.insert((10, format!("hold limit {}", limit.reason)), FeatureDescription::of(limit, None));
    }
    for step in &reference.ladders {
        let name = ReferenceFeature::ladder_step(step).to_string();
        all.insert((11, name), FeatureDescription::of(step, None));
    }
    for automation in &reference.automations {
        let name = ReferenceFeature::automation(automation).to_string();
        all.insert((13, name), FeatureDescription::of(automation, None));
    }
    for member in &reference.staff {
        all.insert(
            (12, ReferenceFeature::StaffMember(member.login.clone()).to_string()),
            FeatureDescription::of(member, None),
        );
    }
    all.insert((4, ReferenceFeature::Rules.to_string()), FeatureDescription::of(&reference.rules, None));
    let mut numbers = FeatureDescription::of(&reference.emergency.numbers, None);
    numbers.fields.insert("checked on".to_owned(), reference.emergency.as_of.into());
    all.insert((5, "emergency numbers".to_owned()), numbers);
    all
}

/// The changes of one feature.
fn changes(old: &FeatureDescription, new: &FeatureDescription) -> Vec<String> {
    let names: std::collections::BTreeSet<&String> = old.fields.keys().chain(new.fields.keys()).collect();
    let different = names.into_iter().filter(|name| old.fields.get(*name) != new.fields.get(*name));
    let mut changes: Vec<String> = different
        .map(|name| {
            format!("{name} {} -> {}", shown(name, old.fields.get(name)), shown(name, new.fields.get(name)))
        })
        .collect();
    changes.extend(moved(old.area.as_ref(), new.area.as_ref()));
    changes
}

/// A value for people; the name of a time in seconds says so.
fn shown(name: &str, value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) if !text.is_empty() => text.clone(),
        None | Some(Value::Null | Value::String(_)) => "none".to_owned(),
        Some(Value::Number(number)) if name.ends_with("_s") => {
            span(Duration::from_secs(number.as_u64().unwrap_or_default()))
        }
        Some(other) => other.to_string(),
    }
}

/// The change of an area: its size before and after, and how much was added and removed.
fn moved(old: Option<&MultiPolygon<f64>>, new: Option<&MultiPolygon<f64>>) -> Option<String> {
    match (old, new) {
        (Some(old), Some(new)) if old != new => {
            let came = size(&new.difference(old));
            let went = size(&old.difference(new));
            Some(format!(
                "area {} -> {}: {} came in, {} went out",
                area_text(size(old)),
                area_text(size(new)),
                area_text(came),
                area_text(went)
            ))
        }
        (Some(old), None) => Some(format!("area {} -> none", area_text(size(old)))),
        (None, Some(new)) => Some(format!("area none -> {}", area_text(size(new)))),
        _ => None,
    }
}

/// Square metres. Borders that almost agree have slivers between them, which may be wound either way: the
/// unsigned area of one wound the wrong way would be the rest of the earth.
fn size(area: &MultiPolygon<f64>) -> f64 {
    area.iter().map(|polygon| polygon.geodesic_area_signed().abs()).sum()
}

/// An area as text for people: in square kilometres from one hectare upwards.
fn area_text(square_metres: f64) -> String {
    if square_metres < 10_000.0 {
        format!("{square_metres:.0} m²")
    } else {
        format!("{:.2} km²", square_metres / 1e6)
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use topics::records::editions::{Emergency, Policy, Rules, Team};
    use topics::values::vocabulary::Category;

    use super::*;
    use crate::rules::geography::toy::{policy, rectangle, reference, team, ward};

    fn check(before: Reference, after: Reference, expected: &Expect) {
        expected.assert_eq(&(diff(before, after).join("\n") + "\n"));
    }

    #[test]
    fn nothing_differs_from_itself() {
        assert!(diff(reference(), reference()).is_empty());
        assert!(diff(Reference::default(), Reference::default()).is_empty());
    }

    #[test]
    fn a_change_says_of_which_feature_it_is_and_what_it_was() {
        let before = Reference {
            teams: vec![
                team("a", "west", None, None),
                team("b", "west", None, Some(rectangle((0.0, 0.0), (1.0, 1.0)))),
            ],
            policies: vec![
                policy("west", 3_600, 7_200),
                Policy { category: Some(Category::Water), ..policy("west", 60, 7_200) },
            ],
            ..reference()
        };
        let mut after = before.clone();
        after.municipalities[0].name = "The West".to_owned();
        after.municipalities.remove(1);
        after.wards.push(ward("west-9", "west", rectangle((0.0, 0.0), (1.0, 1.0))));
        after.teams[0] =
            Team { manager: Some("boss".parse().unwrap()), is_active: false, ..after.teams[0].clone() };
        after.teams[1].service_area = Some(rectangle((0.0, 0.5), (1.0, 1.5)));
        after.policies[0].response_s = 1_800;
        after.policies.remove(1);
        after.rules = Rules { auto_close_s: 86_400, ..Rules::default() };
        after.emergency = Emergency {
            as_of: "2026-02-01".to_owned(),
            numbers: [("police".to_owned(), "10111".to_owned())].into(),
        };
        check(
            before,
            after,
            &expect![[r#"
            municipality south: gone
            municipality west: name west -> The West
            ward west-9: new
            team a: is_active true -> false
            team a: manager a-manager -> boss
            team b: area 110.87 km² -> 110.83 km²: 55.40 km² came in, 55.45 km² went out
            policy of west for category any and severity any: response_s 1 h -> 1800 s
            policy of west for category water and severity any: gone
            rules: auto_close_s 72 h -> 24 h
            emergency numbers: checked on none -> 2026-02-01
            emergency numbers: police none -> 10111
        "#]],
        );
    }

    /// The toy reference data; one side of a boundary is a wave of this number of corners.
    fn with_wavy_border(corners: usize) -> Reference {
        let mut reference = reference();
        let along = |n: usize| n as f64 / corners as f64;
        let wavy = |n: usize| [28.0 + 0.2 * along(n), -26.0 + 1e-3 * (along(n) * 40.0).sin()];
        let mut ring: Vec<[f64; 2]> = (0..=corners).map(wavy).collect();
        ring.extend([[28.2, -26.2], [28.0, -26.2], ring[0]]);
        reference.municipalities[0].boundary = vec![vec![ring]];
        reference
    }

    #[test]
    fn borders_that_all_but_agree_differ_by_next_to_nothing() {
        let lines = diff(with_wavy_border(1_000), with_wavy_border(1_001));
        assert_eq!(lines.len(), 1);
        assert!(lines[0].contains(" m² came in") && lines[0].contains(" m² went out"), "{lines:?}");
    }

    #[test]
    fn an_area_may_come_and_go() {
        let with = |area| Reference { teams: vec![team("a", "west", None, area)], ..reference() };
        let field = Some(rectangle((0.0, 0.0), (0.001, 0.0005)));
        check(
            with(None),
            with(field.clone()),
            &expect![[r#"
            team a: area none -> 55 m²
        "#]],
        );
        check(
            with(field),
            with(None),
            &expect![[r#"
            team a: area 55 m² -> none
        "#]],
        );
    }
}
