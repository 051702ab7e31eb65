//! Areas: polygons as files write them, and what is wrong with them before PostGIS is asked.

use topics::records::editions::MultiPolygon;
use wkt::Wkt;
use wkt::types::Polygon;

use super::country;

/// Reads WKT, with or without `SRID=4326;` before it.
pub(in super::super) fn of_wkt(text: &str) -> Result<MultiPolygon, String> {
    let text = match text.split_once(';') {
        Some((srid, rest)) if srid.trim().eq_ignore_ascii_case("SRID=4326") => rest,
        Some((srid, _)) if srid.trim_start().to_ascii_uppercase().starts_with("SRID=") => {
            return Err(format!(
                "is in {}: must be in WGS84 (SRID=4326), degrees of longitude and latitude",
                srid.trim()
            ));
        }
        _ => text,
    };
    match text.parse::<Wkt<f64>>() {
        Ok(Wkt::Polygon(polygon)) => Ok(vec![rings(&polygon)]),
        Ok(Wkt::MultiPolygon(polygons)) => Ok(polygons.polygons().iter().map(rings).collect()),
        Ok(_) => Err("must be a POLYGON or a MULTIPOLYGON".to_owned()),
        Err(error) => {
            Err(format!("must be WKT such as POLYGON((28 -26, 28.1 -26, 28.1 -26.1, 28 -26)): {error}"))
        }
    }
}

fn rings(polygon: &Polygon<f64>) -> Vec<Vec<[f64; 2]>> {
    polygon
        .rings()
        .iter()
        .map(|ring| ring.coords().iter().map(|point| [point.x, point.y]).collect())
        .collect()
}

/// Writes WKT that holds every number as it is.
pub(in crate::postgis::reference) fn to_wkt(area: &MultiPolygon) -> String {
    let polygons = area.iter().map(|polygon| {
        let rings = polygon.iter().map(|ring| list(ring.iter().map(|[x, y]| format!("{x} {y}"))));
        list(rings)
    });
    format!("MULTIPOLYGON{}", list(polygons))
}

fn list(items: impl Iterator<Item = String>) -> String {
    format!("({})", items.collect::<Vec<_>>().join(","))
}

/// What is wrong with `area`, ring by ring. Whether its lines cross is for PostGIS to say.
pub(in super::super) fn flaws(area: &MultiPolygon) -> Vec<String> {
    if area.is_empty() || area.iter().any(Vec::is_empty) {
        return vec!["its area is empty: it must have at least one polygon, each with a ring".to_owned()];
    }
    let mut flaws = Vec::new();
    for (polygon, rings) in (1..).zip(area) {
        for (number, ring) in (1..).zip(rings) {
            if let Some(flaw) = flaw(ring) {
                flaws.push(format!("ring {number} of polygon {polygon} {flaw}"));
            }
        }
    }
    flaws.extend(country::flaw(area));
    flaws
}

fn flaw(ring: &[[f64; 2]]) -> Option<String> {
    if ring.first() != ring.last() {
        return Some("is not closed: its last point must be its first".to_owned());
    }
    (ring.len() < 4)
        .then(|| format!("has {} points: it must have at least 4, the last equal to the first", ring.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wkt_keeps_every_number_and_forgets_heights() {
        let area = of_wkt(
            "SRID=4326;POLYGON Z((28.12345678901234 -26 7, 28.2 -26 7, 28.2 -26.1 7, \
            28.12345678901234 -26 7))",
        )
        .unwrap();
        assert_eq!(
            to_wkt(&area),
            "MULTIPOLYGON(((28.12345678901234 -26,28.2 -26,28.2 -26.1,28.12345678901234 -26)))"
        );
        assert_eq!(of_wkt(&to_wkt(&area)).unwrap(), area);
    }

    #[test]
    fn what_is_no_area_is_told_what_it_must_be() {
        assert!(of_wkt("POINT(28 -26)").unwrap_err().starts_with("must be a POLYGON"));
        assert!(of_wkt("SRID=2048;POLYGON((0 0,1 0,1 1,0 0))").unwrap_err().contains("must be in WGS84"));
        assert!(of_wkt("north of the river").unwrap_err().starts_with("must be WKT"));
        assert!(flaws(&of_wkt("MULTIPOLYGON EMPTY").unwrap())[0].contains("is empty"));
    }

    #[test]
    fn every_bad_ring_is_named() {
        let area = of_wkt(
            "MULTIPOLYGON(((28 -26,29 -26,29 -25,28 -25)),((28 -26,29 -26,28 -26),(500 0,501 0,501 \
                1,500 0)))",
        )
        .unwrap();
        let flaws = flaws(&area);
        assert_eq!(flaws.len(), 3, "{flaws:?}");
        assert!(flaws[0].starts_with("ring 1 of polygon 1 is not closed"));
        assert!(flaws[1].starts_with("ring 1 of polygon 2 has 3 points"));
        assert!(
            flaws[2].starts_with("is outside of South Africa, for example at 500 0; it must be longitude")
        );
    }
}
