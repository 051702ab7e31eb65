//! GeoJSON (RFC 7946): one FeatureCollection, in WGS84.

use std::collections::{BTreeMap, BTreeSet};

use ::geojson::{Geometry, GeometryValue, Position};
use serde::Deserialize;
use serde_json::{Map, Value};
use topics::records::editions::MultiPolygon;

use super::super::encoding;
use super::features::{Cell, Features, MapFeature, PropertyNames, TWICE};
use super::members::Json;
use super::{crs, not_json};

/// A file. Each feature is judged by itself, so that a bad one does not hide those after it.
#[derive(Deserialize)]
struct GeoJsonFile<E> {
    #[serde(rename = "type")]
    kind: String,
    /// GeoJSON of before 2016 may be in any system.
    crs: Option<Json>,
    #[serde(default = "Vec::new")]
    features: Vec<E>,
}

/// A feature, taken from its JSON while the file is read: the JSON of all of them would be many times the
/// file.
#[derive(Deserialize)]
#[serde(from = "Json")]
struct Entry {
    properties: Map<String, Value>,
    /// The properties that are there twice.
    twice: BTreeSet<String>,
    area: Result<MultiPolygon, String>,
}

impl From<Json> for Entry {
    fn from(mut feature: Json) -> Self {
        let flaw = flaw(&feature);
        let area = match (flaw, feature.value.get_mut("geometry").map(Value::take)) {
            (Some(flaw), _) => Err(flaw),
            (None, None | Some(Value::Null)) => {
                Err("it has no geometry: it must be a Polygon or a MultiPolygon".to_owned())
            }
            (None, Some(geometry)) => area(geometry),
        };
        Self { properties: properties(&mut feature), twice: feature.properties_twice(), area }
    }
}

fn properties(feature: &mut Json) -> Map<String, Value> {
    match feature.value.get_mut("properties").map(Value::take) {
        Some(Value::Object(properties)) => properties,
        _ => Map::new(),
    }
}

/// Why a feature as a whole cannot be used: it has something twice of which one is meant, or it says that it
/// is not in WGS84. PostGIS writes the system into each geometry, other tools into each feature.
fn flaw(feature: &Json) -> Option<String> {
    let of_all = feature.twice.get("properties").map(String::as_str);
    if let Some(member) = of_all.or_else(|| feature.twice_under(&["geometry", "crs"])) {
        return Some(format!("its `{member}` {TWICE}"));
    }
    let systems = ["/crs", "/geometry/crs"].map(|pointer| feature.value.pointer(pointer).cloned());
    let given = systems.into_iter().flatten().filter(|crs| !crs.is_null());
    given.map(|crs| crs::check_json(&crs)).find_map(Result::err)
}

/// A feature that is a point: its properties, and its longitude and latitude or why it has none.
pub(in super::super) struct PointFeature {
    pub properties: Map<String, Value>,
    /// The properties that are there twice.
    pub twice: BTreeSet<String>,
    pub point: Result<[f64; 2], String>,
}

/// Reads a file of points. The error is about the file as a whole.
pub(in super::super) fn read_points(bytes: &[u8]) -> Result<Vec<PointFeature>, String> {
    let features = features::<Json>(bytes)?;
    Ok(features.into_iter().map(point_feature).collect())
}

fn point_feature(mut feature: Json) -> PointFeature {
    let flaw = flaw(&feature);
    let geometry = feature.value.get_mut("geometry").map(Value::take).filter(|geometry| !geometry.is_null());
    let point = match (flaw, geometry) {
        (Some(flaw), _) => Err(flaw),
        (None, None) => Err("it has no geometry: it must be a Point".to_owned()),
        (None, Some(geometry)) => match serde_json::from_value::<Geometry>(geometry) {
            Ok(Geometry { value: GeometryValue::Point { coordinates }, .. }) => point(&coordinates),
            Ok(other) => Err(format!("it is a {}: it must be a Point", other.value.type_name())),
            Err(error) => Err(format!("its geometry cannot be read: {error}")),
        },
    };
    PointFeature { properties: properties(&mut feature), twice: feature.properties_twice(), point }
}

/// The features of a FeatureCollection in WGS84.
fn features<E: serde::de::DeserializeOwned>(bytes: &[u8]) -> Result<Vec<E>, String> {
    let text = encoding::utf8(bytes)?;
    let parsed = serde_json::from_str::<GeoJsonFile<E>>(text);
    let file = parsed.or_else(|error| {
        let repaired = serde_json::from_str(&not_json::repaired(text));
        repaired.map_err(|_| format!("it cannot be read as GeoJSON: {error}"))
    })?;
    if file.kind != "FeatureCollection" {
        return Err(format!("its type is `{}`: it must be a FeatureCollection", file.kind));
    }
    if let Some(crs) = file.crs.filter(|crs| !crs.value.is_null()) {
        if let Some(member) = crs.twice.first() {
            return Err(format!("its `crs/{member}` {TWICE}"));
        }
        crs::check_json(&crs.value)?;
    }
    Ok(file.features)
}

/// Reads all features. The error is about the file as a whole.
pub(in super::super) fn read(bytes: &[u8], names: &PropertyNames<'_>) -> Result<Features, String> {
    let mut features = Features::default();
    for (number, entry) in (1..).zip(self::features::<Entry>(bytes)?) {
        let mut properties = BTreeMap::new();
        for (name, value) in entry.properties {
            if names.asks_for(&name) {
                let is_twice = entry.twice.contains(&name);
                let cell = if is_twice { Err(TWICE.to_owned()) } else { cell(&value) };
                properties.insert(name.clone(), cell);
            }
            features.names.insert(name);
        }
        features.features.push(MapFeature { number, properties, area: entry.area });
    }
    Ok(features)
}

/// A property as text. Codes are numbers in some files.
pub(in super::super) fn cell(value: &Value) -> Cell {
    let text = match value {
        Value::Null => return Ok(None),
        Value::String(text) => text.trim().to_owned(),
        Value::Bool(truth) => truth.to_string(),
        Value::Number(number) => match number.as_f64().filter(|number| number.fract() == 0.0) {
            Some(whole) if !number.is_i64() && !number.is_u64() => format!("{whole:.0}"),
            _ => number.to_string(),
        },
        Value::Array(_) | Value::Object(_) => {
            return Err("is a list or an object: it must be text".to_owned());
        }
    };
    Ok(Some(text).filter(|text| !text.is_empty()))
}

fn area(geometry: Value) -> Result<MultiPolygon, String> {
    let geometry: Geometry =
        serde_json::from_value(geometry).map_err(|error| format!("its geometry cannot be read: {error}"))?;
    match geometry.value {
        GeometryValue::Polygon { coordinates } => Ok(vec![rings(&coordinates)?]),
        GeometryValue::MultiPolygon { coordinates } => {
            coordinates.iter().map(|polygon| rings(polygon)).collect()
        }
        other => Err(format!("it is a {}: it must be a Polygon or a MultiPolygon", other.type_name())),
    }
}

fn rings(polygon: &[Vec<Position>]) -> Result<Vec<Vec<[f64; 2]>>, String> {
    polygon.iter().map(|ring| ring.iter().map(point).collect()).collect()
}

/// A point; a height is left out.
fn point(position: &Position) -> Result<[f64; 2], String> {
    match position.as_slice() {
        [x, y, ..] => Ok([*x, *y]),
        _ => Err("a point has fewer than two numbers: it must be [longitude, latitude]".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::Table;
    use super::*;

    fn read(bytes: &[u8]) -> Result<Vec<MapFeature>, String> {
        let given = BTreeMap::new();
        super::read(bytes, &PropertyNames::new(Table::Boundaries.definition(), &given)?)
            .map(|read| read.features)
    }

    #[test]
    fn a_file_that_is_none_is_told_so() {
        assert!(read(b"code,name").unwrap_err().starts_with("it cannot be read as GeoJSON"));
        assert!(read(br#"{"type": "Feature"}"#).unwrap_err().contains("must be a FeatureCollection"));
    }

    #[test]
    fn the_system_of_a_geometry_or_a_feature_counts_too() {
        let file = br#"{"type": "FeatureCollection", "features": [
            {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "crs": {"type": "name", "properties": {"name": "EPSG:4148"}}, "coordinates": []}},
            {"type": "Feature", "properties": {}, "crs": {"type": "EPSG", "properties": {"code": 2048}}, "geometry": {"type": "Polygon", "coordinates": []}},
            {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "crs": {"type": "name", "properties": {"name": "EPSG:4326"}}, "coordinates": []}}
        ]}"#;
        let areas: Vec<_> = read(file).unwrap().into_iter().map(|feature| feature.area).collect();
        assert!(areas[0].as_ref().unwrap_err().contains("EPSG:4148"));
        assert!(areas[1].as_ref().unwrap_err().contains("2048"));
        assert!(areas[2].is_ok(), "{areas:?}");
    }

    #[test]
    fn a_property_that_is_not_asked_for_stops_nothing() {
        let file = br#"{"type": "FeatureCollection", "features": [
            {"type": "Feature", "geometry": null, "properties": {"code": "A", "name": "NaN", "x": NaN, "y": 1e999, "z": "\ud83d"}},
            {"type": "Feature", "geometry": null, "properties": {"code": "B", "name": NaN, "x": [{"a": -Infinity}], "y": {}}},
            {"type": "Feature", "geometry": null, "properties": {"code": ["C"], "name": "\udc00"}}
        ]}"#;
        let features = read(file).unwrap();
        let cell = |feature: usize, name: &str| features[feature].properties[name].clone();
        assert_eq!(cell(0, "name"), Ok(Some("NaN".to_owned())));
        assert_eq!(cell(1, "name"), Ok(None));
        assert!(cell(2, "code").unwrap_err().contains("is a list"));
        assert_eq!(cell(2, "name"), Ok(Some("\u{FFFD}".to_owned())));
        assert!(features.iter().all(|feature| !feature.properties.contains_key("x")));
    }

    #[test]
    fn what_a_feature_has_twice_is_refused_if_it_is_asked_for() {
        let area = r#""geometry": {"type": "Polygon", "coordinates": [[[28, -26], [29, -26], [29, -27], [28, -26]]]}"#;
        let other = area.replace("28", "27");
        let file = format!(
            r#"{{"type": "FeatureCollection", "features": [
            {{"type": "Feature", {area}, "properties": {{"code": "AAA", "code": "BBB", "name": "A"}}}},
            {{"type": "Feature", {area}, {other}, "properties": {{"code": "B", "name": "B"}}}},
            {{"type": "Feature", {area}, "properties": {{"code": "X"}}, "properties": {{"code": "C", "name": "C"}}}},
            {{"type": "Feature", "geometry": {{"type": "Polygon", "coordinates": [], "coordinates": [[[28, -26]]]}}, "properties": {{}}}},
            {{"type": "Feature", {area}, "properties": {{"code": "E", "name": "E", "x": 1, "x": 2, "y": {{"z": 1, "z": 2}}}}}}
        ]}}"#
        );
        let features = read(file.as_bytes()).unwrap();
        assert!(features[0].properties["code"].as_ref().unwrap_err().contains("is there twice"));
        for (number, member) in [(1, "`geometry`"), (2, "`properties`"), (3, "`geometry/coordinates`")] {
            let flaw = features[number].area.as_ref().unwrap_err();
            assert!(flaw.contains(member) && flaw.contains("is there twice"), "{flaw}");
        }
        assert!(features[4].area.is_ok(), "what is not asked for is not looked at");
        for twice in [
            r#"{"type": "FeatureCollection", "features": [], "features": []}"#,
            r#"{"type": "FeatureCollection", "crs": null, "crs": {}, "features": []}"#,
            r#"{"type": "FeatureCollection", "crs": {"properties": {"name": "EPSG:2048", "name": "EPSG:4326"}}, "features": []}"#,
        ] {
            let complaint = read(twice.as_bytes()).unwrap_err();
            assert!(
                complaint.contains("duplicate field") || complaint.contains("is there twice"),
                "{complaint}"
            );
        }
    }

    #[test]
    fn a_file_that_is_not_utf_8_is_told_where_and_what_it_looks_like() {
        let mut file =
            b"{\"type\": \"FeatureCollection\",\n \"features\": [{\"properties\": {\"name\": \"Kh".to_vec();
        file.extend_from_slice(b"\xe2i-Ma\"}}]}");
        let complaint = read(&file).unwrap_err();
        assert!(complaint.contains("line 2") && complaint.contains("Windows-1252"), "{complaint}");
    }

    #[test]
    fn a_feature_without_an_area_does_not_hide_the_next() {
        let file = br#"{"type": "FeatureCollection", "crs": null, "features": [
            {"type": "Feature", "properties": {"code": "A"}, "geometry": {"type": "Point", "coordinates": [28, -26]}},
            {"type": "Feature", "properties": {"code": "B"}, "geometry": null},
            {"type": "Feature", "properties": {"code": "C"}, "geometry": {"type": "Polygon", "coordinates": [[[28, "x"]]]}},
            {"type": "Feature", "properties": {"code": "D"}, "geometry": {"type": "Polygon", "coordinates": [[[28]]]}},
            7,
            {"type": "Feature", "properties": {"code": "E"}, "geometry": {"type": "Polygon", "coordinates": [[[28, -26, 1500], [29, -26], [29, -27], [28, -26]]]}}
        ]}"#;
        let areas: Vec<_> = read(file).unwrap().into_iter().map(|feature| feature.area).collect();
        assert_eq!(areas[0].as_ref().unwrap_err(), "it is a Point: it must be a Polygon or a MultiPolygon");
        assert!(areas[1].as_ref().unwrap_err().starts_with("it has no geometry"));
        assert!(areas[2].is_err() && areas[3].is_err() && areas[4].is_err());
        assert_eq!(
            areas[5].as_ref().unwrap(),
            &vec![vec![vec![[28.0, -26.0], [29.0, -26.0], [29.0, -27.0], [28.0, -26.0]]]]
        );
    }
}
