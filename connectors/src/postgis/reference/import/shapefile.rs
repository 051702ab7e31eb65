//! Shapefile: `.shp` for the areas, `.dbf` for the properties, `.prj` for the system they are in.

use std::path::Path;

use ::shapefile::{PolygonRing, Reader, Shape, dbase};
use serde_json::{Map, Value};
use topics::records::editions::MultiPolygon;

use super::features::Feature;

type Ring = Vec<[f64; 2]>;

/// Reads all features. The error is about the file as a whole.
pub(super) fn read(file: &Path) -> Result<Vec<Feature>, String> {
    let system = std::fs::read_to_string(file.with_extension("prj")).map_err(|error| {
        format!(
            "its .prj, which says where its coordinates lie, cannot be read: {error}; put it beside the .shp"
        )
    })?;
    check_system(&system)?;
    let said = |error: ::shapefile::Error| {
        format!("it cannot be read as a Shapefile: {error}; its .shp and .dbf must lie in one folder")
    };
    let mut reader = Reader::from_path(file).map_err(said)?;
    let mut features = Vec::new();
    for pair in reader.iter_shapes_and_records() {
        let (shape, record) = pair.map_err(said)?;
        features.push(Feature { properties: properties(record), area: area(&shape) });
    }
    Ok(features)
}

/// Refuses every system but WGS84 in degrees. Tools write its name in three ways.
fn check_system(system: &str) -> Result<(), String> {
    let upper = system.trim().to_ascii_uppercase();
    let geographic =
        upper.starts_with("GEOGCS[") || upper.starts_with("GEOGCRS[") || upper.starts_with("GEODCRS[");
    let name = system.split('"').nth(1).unwrap_or("unknown");
    let is_wgs84 =
        ["GCS_WGS_1984", "WGS_1984", "WGS 84", "WGS84"].iter().any(|known| name.eq_ignore_ascii_case(known));
    if geographic && is_wgs84 {
        return Ok(());
    }
    Err(format!(
        "its .prj says `{name}`: it must be WGS84 in degrees (EPSG:4326); reproject it, for example: ogr2ogr -t_srs EPSG:4326 NEW OLD"
    ))
}

fn properties(record: dbase::Record) -> Map<String, Value> {
    record.into_iter().map(|(name, value)| (name, property(value))).collect()
}

fn property(value: dbase::FieldValue) -> Value {
    use dbase::FieldValue as F;
    match value {
        F::Character(text) => text.into(),
        F::Memo(text) => text.into(),
        F::Numeric(number) => number.into(),
        F::Float(number) => number.into(),
        F::Logical(truth) => truth.into(),
        F::Integer(number) => number.into(),
        F::Double(number) | F::Currency(number) => number.into(),
        F::Date(_) | F::DateTime(_) => Value::Null,
    }
}

fn area(shape: &Shape) -> Result<MultiPolygon, String> {
    match shape {
        Shape::Polygon(polygon) => Ok(polygons(polygon.rings(), |point| [point.x, point.y])),
        Shape::PolygonM(polygon) => Ok(polygons(polygon.rings(), |point| [point.x, point.y])),
        Shape::PolygonZ(polygon) => Ok(polygons(polygon.rings(), |point| [point.x, point.y])),
        Shape::NullShape => Err("it has no shape: it must be a polygon".to_owned()),
        other => Err(format!("it is a {}: it must be a polygon", other.shapetype())),
    }
}

/// Polygons of rings: the format says which rings are holes (by their direction), not in which shell. A hole
/// goes to the shell that holds most of its points; of several, to the smallest. PostGIS judges the result.
fn polygons<P>(rings: &[PolygonRing<P>], xy: fn(&P) -> [f64; 2]) -> MultiPolygon {
    let mut polygons: MultiPolygon = Vec::new();
    let mut holes: Vec<Ring> = Vec::new();
    for ring in rings {
        match ring {
            PolygonRing::Outer(points) => polygons.push(vec![points.iter().map(xy).collect()]),
            PolygonRing::Inner(points) => holes.push(points.iter().map(xy).collect()),
        }
    }
    for hole in holes {
        let held = |polygon: &Vec<Ring>| {
            polygon.first().map_or(0, |shell| hole.iter().filter(|point| holds(shell, **point)).count())
        };
        let extent = |polygon: &Vec<Ring>| polygon.first().map_or(0.0, |shell| doubled_area(shell).abs());
        let best = polygons
            .iter_mut()
            .max_by(|a, b| held(a).cmp(&held(b)).then_with(|| extent(b).total_cmp(&extent(a))));
        match best {
            Some(polygon) => polygon.push(hole),
            None => polygons.push(vec![hole]),
        }
    }
    polygons
}

fn edges(ring: &Ring) -> impl Iterator<Item = ([f64; 2], [f64; 2])> {
    ring.iter().copied().zip(ring.iter().copied().skip(1))
}

/// Whether a line from the point to the east crosses the ring an odd number of times.
fn holds(ring: &Ring, [x, y]: [f64; 2]) -> bool {
    let crossed = |([ax, ay], [bx, by]): &([f64; 2], [f64; 2])| {
        (*ay > y) != (*by > y) && x < (bx - ax) * (y - ay) / (by - ay) + ax
    };
    edges(ring).filter(crossed).count() % 2 == 1
}

fn doubled_area(ring: &Ring) -> f64 {
    edges(ring).map(|([ax, ay], [bx, by])| ax * by - bx * ay).sum()
}

#[cfg(test)]
mod tests {
    use ::shapefile::{Point, Polygon};

    use super::*;

    fn square(x: f64, y: f64, side: f64) -> Vec<Point> {
        [(0.0, 0.0), (0.0, side), (side, side), (side, 0.0), (0.0, 0.0)]
            .map(|(dx, dy)| Point::new(x + dx, y + dy))
            .to_vec()
    }

    #[test]
    fn a_hole_goes_to_the_smallest_shell_around_it() {
        let polygon = Polygon::with_rings(vec![
            PolygonRing::Outer(square(0.0, 0.0, 10.0)),
            PolygonRing::Outer(square(20.0, 0.0, 10.0)),
            PolygonRing::Outer(square(3.0, 3.0, 4.0)),
            PolygonRing::Inner(square(2.0, 2.0, 6.0)),
            PolygonRing::Inner(square(4.0, 4.0, 1.0)),
            PolygonRing::Inner(square(21.0, 1.0, 1.0)),
        ]);
        let counts: Vec<_> = area(&Shape::Polygon(polygon)).unwrap().iter().map(Vec::len).collect();
        assert_eq!(counts, [2, 2, 2]);
    }

    #[test]
    fn only_wgs84_in_degrees_is_taken() {
        let esri = r#"GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]"#;
        assert_eq!(check_system(esri), Ok(()));
        assert_eq!(check_system(r#"GEOGCS["WGS 84",DATUM["WGS_1984"]]"#), Ok(()));
        for bad in [
            r#"GEOGCS["GCS_Hartebeesthoek_1994",DATUM["D_Hartebeesthoek_1994",SPHEROID["WGS_1984",6378137.0,298.257223563]]]"#,
            r#"PROJCS["WGS 84 / Pseudo-Mercator",GEOGCS["WGS 84"]]"#,
            "",
        ] {
            assert!(check_system(bad).unwrap_err().contains("must be WGS84"), "{bad}");
        }
    }
}
