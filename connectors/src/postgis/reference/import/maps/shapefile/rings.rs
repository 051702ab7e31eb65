//! Rings of a shape, and the polygons that they make.

use topics::records::editions::MultiPolygon;

type Ring = Vec<[f64; 2]>;

/// Polygons of rings: the format says which rings are holes (by their direction), not in which shell. A hole
/// goes to the shell that holds most of its points; of several, to the smallest. Where every ring goes in the
/// direction of a hole, a ring within an odd number of others is one. PostGIS judges the result.
pub(super) fn polygons(rings: Vec<Ring>) -> MultiPolygon {
    let turned = rings.iter().all(|ring| doubled_area(ring) > 0.0);
    let is_shell: Vec<bool> = rings
        .iter()
        .map(|ring| if turned { depth(ring, &rings).is_multiple_of(2) } else { doubled_area(ring) <= 0.0 })
        .collect();
    let mut polygons: MultiPolygon = Vec::new();
    let mut holes: Vec<Ring> = Vec::new();
    for (ring, is_shell) in rings.into_iter().zip(is_shell) {
        if is_shell {
            polygons.push(vec![ring]);
        } else {
            holes.push(ring);
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

/// How many other rings hold most of the ring's points.
fn depth(ring: &Ring, rings: &[Ring]) -> usize {
    let is_around = |other: &&Ring| {
        !std::ptr::eq(*other, ring)
            && ring.iter().filter(|point| holds(other, **point)).count() * 2 > ring.len()
            && doubled_area(other).abs() > doubled_area(ring).abs()
    };
    rings.iter().filter(is_around).count()
}

fn edges(ring: &[[f64; 2]]) -> impl Iterator<Item = ([f64; 2], [f64; 2])> {
    ring.iter().copied().zip(ring.iter().copied().skip(1))
}

/// Whether a line from the point to the east crosses the ring an odd number of times.
fn holds(ring: &[[f64; 2]], [x, y]: [f64; 2]) -> bool {
    let crossed = |([ax, ay], [bx, by]): &([f64; 2], [f64; 2])| {
        (*ay > y) != (*by > y) && x < (bx - ax) * (y - ay) / (by - ay) + ax
    };
    edges(ring).filter(crossed).count() % 2 == 1
}

fn doubled_area(ring: &[[f64; 2]]) -> f64 {
    edges(ring).map(|([ax, ay], [bx, by])| ax * by - bx * ay).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(x: f64, y: f64, side: f64) -> Ring {
        [(0.0, 0.0), (0.0, side), (side, side), (side, 0.0), (0.0, 0.0)]
            .map(|(dx, dy)| [x + dx, y + dy])
            .to_vec()
    }

    fn turned(mut ring: Ring) -> Ring {
        ring.reverse();
        ring
    }

    fn counts(rings: Vec<Ring>) -> Vec<usize> {
        polygons(rings).iter().map(Vec::len).collect()
    }

    #[test]
    fn a_hole_goes_to_the_smallest_shell_around_it() {
        let rings = vec![
            square(0.0, 0.0, 10.0),
            square(20.0, 0.0, 10.0),
            square(3.0, 3.0, 4.0),
            turned(square(2.0, 2.0, 6.0)),
            turned(square(4.0, 4.0, 1.0)),
            turned(square(21.0, 1.0, 1.0)),
        ];
        assert_eq!(counts(rings), [2, 2, 2]);
    }

    #[test]
    fn rings_that_all_go_the_other_way_are_shells_and_holes_by_what_is_around_them() {
        let rings = vec![
            turned(square(0.0, 0.0, 10.0)),
            turned(square(20.0, 0.0, 10.0)),
            turned(square(21.0, 1.0, 1.0)),
        ];
        assert_eq!(counts(rings), [1, 2]);
        assert_eq!(counts(vec![turned(square(0.0, 0.0, 1.0))]), [1]);
    }
}
