//! GeoJSON (RFC 7946): one FeatureCollection, in WGS84.

use ::geojson::{Geometry, GeometryValue, Position};
use serde::Deserialize;
use serde_json::Value;
use topics::records::editions::MultiPolygon;

use super::features::Feature;

/// A file. Each feature is judged by itself, so that a bad one does not hide those after it.
#[derive(Deserialize)]
struct File {
    #[serde(rename = "type")]
    kind: String,
    /// GeoJSON of before 2016 may be in any system.
    crs: Option<Value>,
    #[serde(default)]
    features: Vec<Entry>,
}

/// A feature, taken from its JSON while the file is read: the JSON of all of them would be many times the
/// file.
#[derive(Deserialize)]
#[serde(from = "Value")]
struct Entry(Feature);

impl From<Value> for Entry {
    fn from(mut value: Value) -> Self {
        let properties = match value.get_mut("properties").map(Value::take) {
            Some(Value::Object(properties)) => properties,
            _ => serde_json::Map::new(),
        };
        let area = match value.get_mut("geometry").map(Value::take) {
            None | Some(Value::Null) => {
                Err("it has no geometry: it must be a Polygon or a MultiPolygon".to_owned())
            }
            Some(geometry) => area(geometry),
        };
        Self(Feature { properties, area })
    }
}

/// Reads all features. The error is about the file as a whole.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<Feature>, String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let file: File =
        serde_json::from_slice(bytes).map_err(|error| format!("it cannot be read as GeoJSON: {error}"))?;
    if file.kind != "FeatureCollection" {
        return Err(format!("its type is `{}`: it must be a FeatureCollection", file.kind));
    }
    if let Some(crs) = &file.crs {
        check_crs(crs)?;
    }
    Ok(file.features.into_iter().map(|entry| entry.0).collect())
}

/// Refuses every system but WGS84.
fn check_crs(crs: &Value) -> Result<(), String> {
    let name = crs.pointer("/properties/name").and_then(Value::as_str);
    let upper = name.unwrap_or_default().to_ascii_uppercase();
    // `EPSG:4326`, `urn:ogc:def:crs:EPSG::4326`, `urn:ogc:def:crs:OGC:1.3:CRS84`, `http://www.opengis.net/def/crs/OGC/1.3/CRS84`.
    let is_epsg = upper.contains("EPSG") && upper.rsplit([':', '/']).next() == Some("4326");
    let is_crs84 = upper.rsplit([':', '/']).next() == Some("CRS84");
    if is_epsg || is_crs84 {
        return Ok(());
    }
    let shown = name.map_or_else(|| crs.to_string(), str::to_owned);
    Err(format!(
        "its `crs` is `{shown}`: it must be WGS84 (EPSG:4326 or CRS84); reproject it, for example: ogr2ogr -t_srs EPSG:4326 NEW OLD"
    ))
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
    use super::*;

    fn crs(name: &str) -> Result<(), String> {
        check_crs(&serde_json::json!({ "type": "name", "properties": { "name": name } }))
    }

    #[test]
    fn only_wgs84_is_taken_by_whichever_name() {
        for good in [
            "EPSG:4326",
            "urn:ogc:def:crs:EPSG::4326",
            "urn:ogc:def:crs:OGC:1.3:CRS84",
            "http://www.opengis.net/def/crs/OGC/1.3/CRS84",
        ] {
            assert_eq!(crs(good), Ok(()));
        }
        for bad in ["EPSG:2048", "urn:ogc:def:crs:EPSG::4148", "urn:ogc:def:crs:EPSG::3857", ""] {
            assert!(crs(bad).unwrap_err().contains("must be WGS84"), "{bad}");
        }
        assert!(check_crs(&serde_json::json!({ "type": "link" })).unwrap_err().contains("link"));
    }

    #[test]
    fn a_file_that_is_none_is_told_so() {
        assert!(read(b"code,name").unwrap_err().starts_with("it cannot be read as GeoJSON"));
        assert!(read(br#"{"type": "Feature"}"#).unwrap_err().contains("must be a FeatureCollection"));
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
