//! Converts shapes of the reference data to `geo` and checks them.

use geo::orient::Direction;
use geo::{Coord, LineString, MultiPolygon, Orient, Polygon};

/// What is wrong with a shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadShape {
    /// The shape is empty.
    #[error("the shape is empty")]
    Empty,
    /// A ring encloses no area.
    #[error("a ring has fewer than three different corners, or no area")]
    Flat,
    /// A ring does not end where it starts.
    #[error("a ring is not closed: its last corner must be its first")]
    Open,
    /// A corner is not on the earth, or its latitude and longitude are swapped.
    #[error("a corner is not [longitude, latitude] in degrees (WGS84)")]
    OffTheEarth,
}

/// Converts a shape, with its shells wound one way and its holes the other: the containment index counts
/// windings, so that a hole wound like its shell would count as land.
///
/// # Errors
/// The shape is not a valid shape on the earth.
pub fn shape(polygons: &topics::records::editions::MultiPolygon) -> Result<MultiPolygon<f64>, BadShape> {
    let polygons: Vec<Polygon<f64>> =
        polygons.iter().map(|rings| polygon(rings)).collect::<Result<_, _>>()?;
    if polygons.is_empty() {
        return Err(BadShape::Empty);
    }
    Ok(MultiPolygon(polygons).orient(Direction::Default))
}

fn polygon(rings: &[Vec<[f64; 2]>]) -> Result<Polygon<f64>, BadShape> {
    let mut rings = rings.iter().map(|corners| ring(corners)).collect::<Result<Vec<_>, _>>()?.into_iter();
    let shell = rings.next().ok_or(BadShape::Empty)?;
    Ok(Polygon::new(shell, rings.collect()))
}

fn ring(corners: &[[f64; 2]]) -> Result<LineString<f64>, BadShape> {
    let on_earth = |[longitude, latitude]: &[f64; 2]| longitude.abs() <= 180.0 && latitude.abs() <= 90.0;
    if !corners.iter().all(on_earth) {
        return Err(BadShape::OffTheEarth);
    }
    if corners.first() != corners.last() {
        return Err(BadShape::Open);
    }
    let ring: LineString<f64> = corners.iter().map(|[x, y]| Coord { x: *x, y: *y }).collect();
    if corners.len() < 4 || twice_area(&ring) == 0.0 { Err(BadShape::Flat) } else { Ok(ring) }
}

fn twice_area(ring: &LineString<f64>) -> f64 {
    let Some(origin) = ring.0.first().copied() else { return 0.0 };
    ring.lines()
        .map(|line| (line.start - origin, line.end - origin))
        .map(|(a, b)| a.x * b.y - b.x * a.y)
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::Contains;
    use geo::indexed::IntervalTreeMultiPolygon;

    fn square(low: f64, high: f64) -> Vec<[f64; 2]> {
        vec![[low, low], [high, low], [high, high], [low, high], [low, low]]
    }

    #[test]
    fn a_hole_wound_like_its_shell_stays_a_hole() {
        let shape = shape(&vec![vec![square(0.0, 10.0), square(4.0, 6.0)]]).unwrap();
        let indexed = IntervalTreeMultiPolygon::new(&shape);
        assert!(!indexed.contains(&geo::Point::new(5.0, 5.0)));
        assert!(indexed.contains(&geo::Point::new(3.0, 5.0)));
    }

    #[test]
    fn what_is_no_shape_is_named() {
        let with = |corners: Vec<[f64; 2]>| shape(&vec![vec![corners]]).map(|_| ());
        assert_eq!(shape(&vec![]), Err(BadShape::Empty));
        assert_eq!(shape(&vec![vec![]]), Err(BadShape::Empty));
        assert_eq!(with(vec![]), Err(BadShape::Flat));
        assert_eq!(with(vec![[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]), Err(BadShape::Open));
        assert_eq!(with(vec![[0.0, 0.0], [1.0, 1.0], [2.0, 2.0], [0.0, 0.0]]), Err(BadShape::Flat));
        assert_eq!(
            with(vec![[0.0, 0.0], [1.0, 0.0], [f64::NAN, 1.0], [0.0, 0.0]]),
            Err(BadShape::OffTheEarth)
        );
        assert_eq!(with(vec![[0.0, 0.0], [1.0, 0.0], [1.0, 100.0], [0.0, 0.0]]), Err(BadShape::OffTheEarth));
    }
}
