//! Distances: in a local projection to find the nearest point of an edge, on the ellipsoid to say how far it is.
//!
//! An edge is straight in longitude and latitude, as it is for the containment index and for PostGIS' `geometry`.

use geo::{Distance, Geodesic, Line, Point};
use rstar::AABB;

/// WGS84: the equatorial radius in metres.
pub const RADIUS_M: f64 = 6_378_137.0;
/// WGS84: the first eccentricity, squared.
pub const ECCENTRICITY_2: f64 = 6.694_379_990_141_316e-3;
/// The degrees of latitude over which one scale will do: it changes by less than 0.03 %.
const ONE_SCALE: f64 = 0.05;
/// By how much one scale for a long edge may over-state its distance: well above what edges of 300 km show.
const BY_ONE_SCALE: f64 = 1.1;
/// How often the part of a long edge that holds its nearest point is cut by a third: 1,000 km to 4 mm.
const CUTS: u32 = 48;

/// The distance on the ellipsoid, in metres.
pub fn geodesic(from: Point<f64>, to: Point<f64>) -> f64 {
    Geodesic.distance(from, to)
}

/// Metres east and north of a point, by the scale halfway between it and what is looked at: off by less than 0.5 m at 50 km.
pub struct Metres {
    from: Point<f64>,
}

impl Metres {
    /// As seen from this point.
    pub const fn from(from: Point<f64>) -> Self {
        Self { from }
    }

    /// The point of the edge that is nearest, and how far it is. Where that is over `limit`, it may be over-stated.
    pub fn to_edge(&self, edge: Line<f64>, limit: f64) -> (Point<f64>, f64) {
        let (low, high) = (edge.start.y.min(edge.end.y), edge.start.y.max(edge.end.y));
        let mut nearest = self.nearest_by_scale_at(edge, self.from.y().clamp(low, high));
        if high - low > ONE_SCALE && self.to(nearest) <= limit * BY_ONE_SCALE {
            nearest = self.nearest_of_long(edge);
        }
        (nearest, self.to(nearest))
    }

    /// A bound that nothing in the box is nearer than.
    pub fn to_box(&self, bounds: &AABB<[f64; 2]>) -> f64 {
        let [_, low] = bounds.lower();
        let [_, high] = bounds.upper();
        let [x, y] = bounds.min_point(&[self.from.x(), self.from.y()]);
        // A degree of longitude is shortest far from the equator, one of latitude at it.
        let (east, _) = scale(low.abs().max(high.abs()).max(self.from.y().abs()));
        let (_, north) = scale(0.0);
        ((x - self.from.x()) * east).hypot((y - self.from.y()) * north)
    }

    fn to(&self, to: Point<f64>) -> f64 {
        let (east, north) = scale(f64::midpoint(self.from.y(), to.y()));
        ((to.x() - self.from.x()) * east).hypot((to.y() - self.from.y()) * north)
    }

    /// Along a long edge the scale changes, and with it where the nearest point lies (by 800 m at 130 km): it is searched for.
    fn nearest_of_long(&self, edge: Line<f64>) -> Point<f64> {
        let at = |along: f64| Point::from(edge.start + edge.delta() * along);
        let (mut low, mut high) = (0.0, 1.0);
        for _ in 0..CUTS {
            let third = (high - low) / 3.0;
            if self.to(at(low + third)) <= self.to(at(high - third)) {
                high -= third;
            } else {
                low += third;
            }
        }
        at(f64::midpoint(low, high))
    }

    fn nearest_by_scale_at(&self, edge: Line<f64>, latitude: f64) -> Point<f64> {
        let (east, north) = scale(f64::midpoint(self.from.y(), latitude));
        let (x, y) = ((edge.start.x - self.from.x()) * east, (edge.start.y - self.from.y()) * north);
        let (dx, dy) = (edge.dx() * east, edge.dy() * north);
        let length_2 = dx * dx + dy * dy;
        let along = if length_2 > 0.0 { (-(x * dx + y * dy) / length_2).clamp(0.0, 1.0) } else { 0.0 };
        Point::new(edge.start.x + along * edge.dx(), edge.start.y + along * edge.dy())
    }
}

/// Metres in a degree east and a degree north at a latitude in degrees, on WGS84.
fn scale(latitude: f64) -> (f64, f64) {
    let (sine, cosine) = latitude.to_radians().sin_cos();
    let squared = 1.0 - ECCENTRICITY_2 * sine * sine;
    let normal = RADIUS_M / squared.sqrt();
    let meridian = normal * (1.0 - ECCENTRICITY_2) / squared;
    ((normal * cosine).to_radians(), meridian.to_radians())
}
