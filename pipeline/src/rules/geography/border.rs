//! The edges of a layer's areas: which edge a point lies on exactly, and which is the nearest.
//!
//! A few consecutive edges form a stretch, whose bounding box is in a tree: this takes a tenth of the memory
//! of a tree of edges.

use std::ops::ControlFlow;

use geo::{Intersects, Line, LineString, MultiPolygon, Point};
use rstar::{AABB, PointDistance, RTree, RTreeObject};

use super::metres::{Metres, SHORTEST_DEGREE_M, geodesic};

/// The most edges in a stretch.
const STRETCH: usize = 16;
/// The error factor of the local projection when it compares edges: below 0.001 % at 50 km, 0.4 % at 1,500
/// km.
const MISJUDGED: f64 = 1.005;
/// The same for short distances, in metres.
const MISJUDGED_M: f64 = 0.5;

/// Edges of a layer's areas.
#[derive(Default)]
pub struct Border {
    stretches: RTree<BorderStretch>,
}

/// A few consecutive edges of one owner.
struct BorderStretch {
    owner: usize,
    corners: Box<[[f64; 2]]>,
    bounds: AABB<[f64; 2]>,
}

impl BorderStretch {
    fn edges(&self) -> impl Iterator<Item = Line<f64>> {
        let corner = |[x, y]: [f64; 2]| geo::Coord { x, y };
        self.corners
            .iter()
            .zip(self.corners.iter().skip(1))
            .map(move |(from, to)| Line::new(corner(*from), corner(*to)))
    }
}

impl RTreeObject for BorderStretch {
    type Envelope = AABB<[f64; 2]>;
    fn envelope(&self) -> Self::Envelope {
        self.bounds
    }
}

/// The distance of a stretch is that of its box, in degrees: no edge in it is nearer.
impl PointDistance for BorderStretch {
    fn distance_2(&self, point: &[f64; 2]) -> f64 {
        self.bounds.distance_2(point)
    }
}

/// The nearest point of an owner found so far.
#[derive(Clone, Copy)]
struct Nearest {
    owner: usize,
    at: Point<f64>,
    metres: f64,
}

impl Border {
    /// The edges of these areas, each with its owner.
    pub fn new(shapes: &[(usize, MultiPolygon<f64>)]) -> Self {
        let mut all = Vec::new();
        for (owner, shape) in shapes {
            for polygon in shape {
                let rings = std::iter::once(polygon.exterior()).chain(polygon.interiors());
                all.extend(rings.flat_map(|ring| stretches(*owner, ring)));
            }
        }
        Self { stretches: RTree::bulk_load(all) }
    }

    /// The first owner that `fits` and on whose area's edge the point lies exactly.
    pub fn touching(&self, point: Point<f64>, fits: impl Fn(usize) -> bool) -> Option<usize> {
        let mut first: Option<usize> = None;
        let _: ControlFlow<()> = self.stretches.locate_in_envelope_intersecting_int(
            AABB::from_point([point.x(), point.y()]),
            |stretch| {
                let better = first.is_none_or(|first| stretch.owner < first) && fits(stretch.owner);
                if better && stretch.edges().any(|edge| edge.intersects(&point)) {
                    first = Some(stretch.owner);
                }
                ControlFlow::Continue(())
            },
        );
        first
    }

    /// The owner that `fits` of the nearest edge, with the geodesic distance in whole metres, if it is not
    /// over `within_m`.
    pub fn nearest(
        &self,
        point: Point<f64>,
        within_m: f64,
        fits: impl Fn(usize) -> bool,
    ) -> Option<(usize, u32)> {
        let by_distance = |found: Nearest| (whole(geodesic(point, found.at)), found.owner);
        let nearest = self.candidates(point, within_m, fits).into_iter().map(by_distance).min()?;
        (f64::from(nearest.0) <= within_m).then_some((nearest.1, nearest.0))
    }

    /// The nearest point of each owner's that may be the nearest of all.
    fn candidates(&self, point: Point<f64>, within_m: f64, fits: impl Fn(usize) -> bool) -> Vec<Nearest> {
        let metres = Metres::from(point);
        let mut found: Vec<Nearest> = Vec::new();
        let mut limit = within_m + 1.0;
        for (stretch, degrees_2) in
            self.stretches.nearest_neighbor_iter_with_distance_2([point.x(), point.y()])
        {
            if at_least(point, degrees_2.sqrt()) > limit {
                break;
            }
            let at_least = metres.at_least(&stretch.bounds);
            if !fits(stretch.owner) || at_least.to_box_2(&stretch.bounds) > limit * limit {
                continue;
            }
            for edge in stretch.edges() {
                if at_least.to_edge_2(edge) > limit * limit {
                    continue;
                }
                let (at, distance) = metres.to_edge(edge);
                if distance <= limit {
                    limit = limit.min(distance * MISJUDGED + MISJUDGED_M);
                    keep(&mut found, Nearest { owner: stretch.owner, at, metres: distance });
                }
            }
        }
        found.retain(|found| found.metres <= limit);
        found
    }
}

fn stretches(owner: usize, ring: &LineString<f64>) -> Vec<BorderStretch> {
    let corners: Vec<[f64; 2]> = ring.coords().map(|corner| [corner.x, corner.y]).collect();
    let starts = (0..corners.len().saturating_sub(1)).step_by(STRETCH);
    let stretch = |from: usize| {
        let corners: Box<[[f64; 2]]> = corners.iter().skip(from).take(STRETCH + 1).copied().collect();
        BorderStretch { owner, bounds: AABB::from_points(corners.iter()), corners }
    };
    starts.map(stretch).collect()
}

fn keep(found: &mut Vec<Nearest>, new: Nearest) {
    match found.iter_mut().find(|known| known.owner == new.owner) {
        Some(known) if known.metres > new.metres => *known = new,
        Some(_) => {}
        None => found.push(new),
    }
}

/// The least number of metres that this many degrees in any direction from `point` can be.
fn at_least(point: Point<f64>, degrees: f64) -> f64 {
    let farthest_latitude = (point.y().abs() + degrees).min(90.0);
    degrees * SHORTEST_DEGREE_M * farthest_latitude.to_radians().cos()
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a distance on the earth is below 2^25 m"
)]
fn whole(metres: f64) -> u32 {
    metres.round() as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::{Coord, Polygon};
    use proptest::prelude::*;

    /// The least distance to any of many points of the edges, tried coarsely and then finely around the best
    /// of each.
    fn by_trying(point: Point<f64>, triangle: &Polygon<f64>) -> f64 {
        let edges = triangle.exterior().lines();
        edges.map(|edge| nearest_of(point, edge)).fold(f64::INFINITY, f64::min)
    }

    fn nearest_of(point: Point<f64>, edge: Line<f64>) -> f64 {
        let (_, along) = best_between(point, edge, 0.0, 1.0);
        best_between(point, edge, (along - 0.002).max(0.0), (along + 0.002).min(1.0)).0
    }

    /// The least distance to points of a part of the edge, and how far along the edge it is.
    fn best_between(point: Point<f64>, edge: Line<f64>, from: f64, to: f64) -> (f64, f64) {
        let metres = |along: f64| geodesic(point, (edge.start + edge.delta() * along).into());
        let tried = (0..=1_000).map(|n| from + (to - from) * f64::from(n) / 1_000.0);
        let nearer = |a: (f64, f64), b: (f64, f64)| if b.0 < a.0 { b } else { a };
        tried.map(|along| (metres(along), along)).fold((f64::INFINITY, 0.0), nearer)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn no_point_of_an_edge_is_nearer_than_the_nearest(
            corners in prop::array::uniform3((27.0f64..29.0, -31.0f64..-29.0)),
            at in (26.5f64..29.5, -31.5f64..-28.5),
        ) {
            let corners = corners.iter().map(|(x, y)| Coord { x: *x, y: *y });
            let triangle = Polygon::new(corners.collect(), vec![]);
            let point = Point::new(at.0, at.1);
            let border = Border::new(&[(7, MultiPolygon(vec![triangle.clone()]))]);
            let tried = by_trying(point, &triangle);
            // This is three times the limit for the nearest municipality; beyond it the local projection is
            // wrong by metres.
            prop_assume!(tried < 150_000.0);
            let (owner, metres) = border.nearest(point, f64::INFINITY, |_| true).unwrap();
            prop_assert_eq!(owner, 7);
            prop_assert!((f64::from(metres) - tried).abs() <= 1.0 + tried / 100_000.0, "{metres} m, by \
                trying {tried}");
            prop_assert_eq!(border.nearest(point, tried - 2.0 - tried / 50_000.0, |_| true), None);
        }
    }
}
