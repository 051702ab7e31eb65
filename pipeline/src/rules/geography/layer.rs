//! A layer: areas of one kind, such as all local municipalities, indexed to find the area that contains a
//! point.
//!
//! A tree of boxes (`rstar`) finds the few areas whose bounding box contains the point; an interval tree over
//! each area's edges (`geo`) decides. Both are exact, because the predicates are adaptive. A point exactly on
//! an edge is in neither neighbour.

use std::ops::ControlFlow;

use geo::indexed::IntervalTreeMultiPolygon;
use geo::{BoundingRect, Contains, GeodesicArea, MultiPolygon, Point};
use rstar::RTree;
use rstar::primitives::{GeomWithData, Rectangle};

use super::border::Border;

type Boxed = GeomWithData<Rectangle<[f64; 2]>, usize>;

/// Areas of one kind, each with an owner: an index into the edition's list of municipalities, wards or teams,
/// which is in the order of their codes. If more than one area qualifies, the first owner is taken, which has
/// the lowest code.
#[derive(Default)]
pub struct Layer {
    boxes: RTree<Boxed>,
    areas: Vec<Area>,
    border: Border,
}

struct Area {
    owner: usize,
    edges: IntervalTreeMultiPolygon<f64>,
    square_metres: f64,
}

/// The smallest rectangle around a shape; nothing for an empty shape.
fn bounding_box(shape: &MultiPolygon<f64>) -> Option<Rectangle<[f64; 2]>> {
    let bounds = shape.bounding_rect()?;
    let south_west = [bounds.min().x, bounds.min().y];
    let north_east = [bounds.max().x, bounds.max().y];
    Some(Rectangle::from_corners(south_west, north_east))
}

impl Layer {
    /// A layer of these areas.
    pub fn new(shapes: &[(usize, MultiPolygon<f64>)]) -> Self {
        let boxed = |(index, (_, shape)): (usize, &(usize, MultiPolygon<f64>))| {
            Some(GeomWithData::new(bounding_box(shape)?, index))
        };
        let area = |(owner, shape): &(usize, MultiPolygon<f64>)| Area {
            owner: *owner,
            edges: IntervalTreeMultiPolygon::new(shape),
            square_metres: shape.geodesic_area_unsigned(),
        };
        Self {
            boxes: RTree::bulk_load(shapes.iter().enumerate().filter_map(boxed).collect()),
            areas: shapes.iter().map(area).collect(),
            border: Border::new(shapes),
        }
    }

    /// The first owner that `fits` and whose area contains the point.
    pub fn first_containing(&self, point: Point<f64>, fits: impl Fn(usize) -> bool) -> Option<usize> {
        let mut first: Option<usize> = None;
        self.visit(point, |area| {
            if first.is_none_or(|first| area.owner < first) && fits(area.owner) && area.edges.contains(&point)
            {
                first = Some(area.owner);
            }
        });
        first
    }

    /// The owner that `fits` of the smallest area that contains the point; the first among areas of equal
    /// size.
    pub fn smallest_containing(&self, point: Point<f64>, fits: impl Fn(usize) -> bool) -> Option<usize> {
        let mut smallest: Option<(f64, usize)> = None;
        self.visit(point, |area| {
            let size = (area.square_metres, area.owner);
            let is_smaller = smallest.is_none_or(|smallest| size < smallest);
            if is_smaller && fits(area.owner) && area.edges.contains(&point) {
                smallest = Some(size);
            }
        });
        smallest.map(|(_, owner)| owner)
    }

    /// The first owner that `fits` and has an area on whose edge the point lies exactly.
    pub fn first_bordering(&self, point: Point<f64>, fits: impl Fn(usize) -> bool) -> Option<usize> {
        self.border.touching(point, fits)
    }

    /// The owner that `fits` of the area nearest to a point outside them all, with its distance in whole
    /// metres on the ellipsoid, if that is not over `within_m`; of equally near ones the first.
    pub fn nearest(
        &self,
        point: Point<f64>,
        within_m: f64,
        fits: impl Fn(usize) -> bool,
    ) -> Option<(usize, u32)> {
        self.border.nearest(point, within_m, fits)
    }

    fn visit(&self, point: Point<f64>, mut visitor: impl FnMut(&Area)) {
        let _: ControlFlow<()> = self.boxes.locate_all_at_point_int([point.x(), point.y()], |boxed| {
            if let Some(area) = self.areas.get(boxed.data) {
                visitor(area);
            }
            ControlFlow::Continue(())
        });
    }
}
