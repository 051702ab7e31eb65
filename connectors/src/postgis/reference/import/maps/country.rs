//! Whether an area is in South Africa, and what its coordinates look like if it is not.

use pipeline::rules::geography::{PinVerdict, judge};
use topics::records::editions::MultiPolygon;

/// The Prince Edward Islands, a part of the Western Cape: longitudes and latitudes with some sea around.
const ISLANDS: ([f64; 2], [f64; 2]) = ([37.4, 38.2], [-47.1, -46.4]);

/// The radius of the sphere of web-mercator, in metres.
const SPHERE: f64 = 6_378_137.0;

/// What is wrong with an area that is not in the country; `None` if it is.
pub fn flaw(area: &MultiPolygon) -> Option<String> {
    let [x, y] = *points(area).find(|point| !is_here(**point))?;
    let all = |turned: fn([f64; 2]) -> [f64; 2]| points(area).all(|point| is_here(turned(*point)));
    let looks = if all(|[x, y]| [y, x]) {
        "it looks swapped: write the longitude first, then the latitude"
    } else if all(|[x, y]| [x, -y]) || all(|[x, y]| [y, -x]) || all(|[x, y]| [-y, x]) {
        "it looks as if a sign is wrong: South Africa has positive longitudes and negative latitudes, \
         longitude first"
    } else if all(of_web_mercator) {
        "it looks like metres of web-mercator: reproject the file, for example: ogr2ogr -s_srs EPSG:3857 \
         -t_srs EPSG:4326 NEW OLD"
    } else if !is_on_earth([x, y]) {
        "it must be longitude and latitude in degrees (WGS84): reproject the file to EPSG:4326"
    } else {
        "correct its coordinates: longitude and latitude in degrees (WGS84), longitude first"
    };
    Some(format!("is outside of South Africa, for example at {x} {y}; {looks}"))
}

fn points(area: &MultiPolygon) -> impl Iterator<Item = &[f64; 2]> {
    area.iter().flatten().flatten()
}

fn is_here([x, y]: [f64; 2]) -> bool {
    let ([west, east], [south, north]) = ISLANDS;
    matches!(judge(y, x), PinVerdict::Plausible(_))
        || ((west..=east).contains(&x) && (south..=north).contains(&y))
}

pub(super) fn is_on_earth([x, y]: [f64; 2]) -> bool {
    (-180.0..=180.0).contains(&x) && (-90.0..=90.0).contains(&y)
}

/// Degrees of a point in metres of web-mercator. Metres of a point near 0 0 are no degrees of this country.
fn of_web_mercator([x, y]: [f64; 2]) -> [f64; 2] {
    [(x / SPHERE).to_degrees(), (y / SPHERE).sinh().atan().to_degrees()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(west: f64, south: f64, side: f64) -> MultiPolygon {
        let corner = |dx: f64, dy: f64| [west + dx * side, south + dy * side];
        vec![vec![vec![
            corner(0.0, 0.0),
            corner(1.0, 0.0),
            corner(1.0, 1.0),
            corner(0.0, 1.0),
            corner(0.0, 0.0),
        ]]]
    }

    #[test]
    fn an_area_in_the_country_has_no_flaw() {
        assert_eq!(flaw(&square(28.0, -26.1, 0.1)), None);
        assert_eq!(flaw(&square(18.4, -34.3, 0.1)), None);
        assert_eq!(flaw(&square(37.7, -46.9, 0.2)), None, "Marion Island");
    }

    #[test]
    fn an_area_elsewhere_is_told_what_it_looks_like() {
        for (area, looks) in [
            (square(-26.9, 28.0, 0.1), "looks swapped"),
            (square(28.0, 26.0, 0.1), "a sign is wrong"),
            (square(26.0, 28.0, 0.1), "a sign is wrong"),
            (square(3_116_979.0, -3_000_000.0, 10_000.0), "web-mercator"),
            (square(79_000.0, -2_900_000.0, 10_000.0), "EPSG:4326"),
            (square(-0.05, 51.0, 0.1), "correct its coordinates"),
            (square(28.0, -29.6, 0.1), "correct its coordinates"),
        ] {
            let said = flaw(&area).unwrap();
            assert!(said.starts_with("is outside of South Africa") && said.contains(looks), "{said}");
        }
    }

    #[test]
    fn one_point_that_strayed_is_enough() {
        let mut area = square(28.0, -26.1, 0.1);
        area[0][0][2] = [28.1, 26.0];
        assert!(flaw(&area).unwrap().contains("28.1 26"));
    }
}
