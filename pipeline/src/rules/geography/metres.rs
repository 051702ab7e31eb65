//! Distances: a local projection finds the nearest point of an edge, and the ellipsoid gives its distance.
//!
//! An edge is straight in longitude and latitude, as it is for the containment index and for PostGIS'
//! `geometry`.

use geo::{Distance, Geodesic, Line, Point};
use rstar::AABB;

/// WGS84: the equatorial radius in metres.
pub const RADIUS_M: f64 = 6_378_137.0;
/// WGS84: the first eccentricity, squared.
pub const ECCENTRICITY_2: f64 = 6.694_379_990_141_316e-3;
/// The shortest degree on the ellipsoid, in metres: of latitude, at the equator (110,574.3 m), rounded down.
pub const SHORTEST_DEGREE_M: f64 = 110_574.0;
/// The degrees of latitude over which one scale will do: it changes by less than 0.03 %.
const ONE_SCALE: f64 = 0.05;
/// How far apart, as parts of a long edge, the three points are through which a parabola goes: 300 km to
/// half a metre.
const APART: [f64; 3] = [0.25, 0.03, 0.004];

/// The distance on the ellipsoid, in metres.
pub fn geodesic(from: Point<f64>, to: Point<f64>) -> f64 {
    Geodesic.distance(from, to)
}

/// Metres east and north of a point, by the scale halfway between it and what is looked at: off by less than
/// 0.5 m at 50 km.
pub struct Metres {
    from: Point<f64>,
}

impl Metres {
    /// Distances from this point.
    pub const fn from(from: Point<f64>) -> Self {
        Self { from }
    }

    /// The point of the edge that is nearest, and how far it is.
    pub fn to_edge(&self, edge: Line<f64>) -> (Point<f64>, f64) {
        let low = edge.start.y.min(edge.end.y);
        let high = edge.start.y.max(edge.end.y);
        let (east, north) = scale(f64::midpoint(self.from.y(), self.from.y().clamp(low, high)));
        let mut along = nearest_along(edge, self.from, east, north);
        if high - low > ONE_SCALE {
            along = self.nearest_along_long(edge, along);
        }
        let nearest = at(edge, along);
        (nearest, self.to_2(nearest).sqrt())
    }

    /// Lower bounds of the distances to anything in the box.
    pub fn at_least(&self, bounds: &AABB<[f64; 2]>) -> AtLeast {
        let [_, low] = bounds.lower();
        let [_, high] = bounds.upper();
        // A degree of longitude is shortest far from the equator, one of latitude at it.
        let (east, _) = scale(low.abs().max(high.abs()).max(self.from.y().abs()));
        AtLeast { from: self.from, east, north: SHORTEST_DEGREE_M }
    }

    /// The squared distance to a point, in square metres.
    fn to_2(&self, to: Point<f64>) -> f64 {
        let (east, north) = scale(f64::midpoint(self.from.y(), to.y()));
        squared(self.from, to, east, north)
    }

    /// Along a long edge the scale changes, and with it where the nearest point lies (by 800 m at 130 km).
    /// The squared distance along the edge is nearly a parabola: its lowest point is nearer to the true
    /// one each time that it is drawn closer.
    fn nearest_along_long(&self, edge: Line<f64>, mut along: f64) -> f64 {
        for apart in APART {
            let [before, here, after] = [-apart, 0.0, apart].map(|apart| self.to_2(at(edge, along + apart)));
            let curvature = before - 2.0 * here + after;
            if curvature > 0.0 {
                along += apart * (before - after) / (2.0 * curvature);
            }
        }
        along.clamp(0.0, 1.0)
    }
}

/// Metres from a point to what lies in some box, by the least scales there: what they say is never too far,
/// and costs little.
pub struct AtLeast {
    from: Point<f64>,
    east: f64,
    north: f64,
}

impl AtLeast {
    /// Nothing in the box is nearer, in metres squared.
    pub fn to_box_2(&self, bounds: &AABB<[f64; 2]>) -> f64 {
        self.to_2(bounds.min_point(&[self.from.x(), self.from.y()]).into())
    }

    /// No point of this edge in the box is nearer, in metres squared.
    pub fn to_edge_2(&self, edge: Line<f64>) -> f64 {
        self.to_2(at(edge, nearest_along(edge, self.from, self.east, self.north)))
    }

    fn to_2(&self, to: Point<f64>) -> f64 {
        squared(self.from, to, self.east, self.north)
    }
}

/// The point so far along the edge: 0 is its start, 1 its end.
fn at(edge: Line<f64>, along: f64) -> Point<f64> {
    Point::from(edge.start + edge.delta() * along)
}

/// The squared distance, in square metres, where a degree has `east` and `north` metres.
fn squared(from: Point<f64>, to: Point<f64>, east: f64, north: f64) -> f64 {
    let x = (to.x() - from.x()) * east;
    let y = (to.y() - from.y()) * north;
    x * x + y * y
}

/// How far along the edge its nearest point to `from` is, where a degree has `east` and `north` metres.
fn nearest_along(edge: Line<f64>, from: Point<f64>, east: f64, north: f64) -> f64 {
    let x = (edge.start.x - from.x()) * east;
    let y = (edge.start.y - from.y()) * north;
    let dx = edge.dx() * east;
    let dy = edge.dy() * north;
    let length_2 = dx * dx + dy * dy;
    if length_2 > 0.0 { (-(x * dx + y * dy) / length_2).clamp(0.0, 1.0) } else { 0.0 }
}

/// Metres in a degree east and a degree north at a latitude in degrees, on WGS84.
fn scale(latitude: f64) -> (f64, f64) {
    let (sine, cosine) = latitude.to_radians().sin_cos();
    let squared = 1.0 - ECCENTRICITY_2 * sine * sine;
    let normal = RADIUS_M / squared.sqrt();
    let meridian = normal * (1.0 - ECCENTRICITY_2) / squared;
    ((normal * cosine).to_radians(), meridian.to_radians())
}
