//! Which place a resident means who names one or several.

use topics::records::editions::{PlaceKind, PlaceName};

use super::plain_text::Words;
use super::search::Mention;

/// Metres in a degree of latitude in the middle of the country (30 degrees south; WGS84).
const DEGREE_M: i64 = 110_850;
/// Metres in a degree of longitude at the equator (WGS84).
const LONGITUDE_M: i64 = 111_320;
/// Thousandths that the cosine has at 20 to 36 degrees.
const COSINES: [i64; 17] =
    [940, 934, 927, 921, 914, 906, 899, 891, 883, 875, 866, 857, 848, 839, 829, 819, 809];

/// The places that are meant, by mention; a mention of what only says where another one is, is left out.
pub fn choose(places: &[PlaceName], mentions: &[Mention]) -> Vec<(usize, Vec<u32>)> {
    let narrowed: Vec<Vec<u32>> =
        (0..mentions.len()).map(|mention| narrow(places, mentions, mention)).collect();
    let kept = (0..mentions.len()).filter(|mention| !is_whole_of_another(places, &narrowed, *mention));
    kept.filter_map(|mention| Some((mention, narrowed.get(mention)?.clone()))).collect()
}

/// Whether all places of another mention lie in those of this one.
fn is_whole_of_another(places: &[PlaceName], narrowed: &[Vec<u32>], mention: usize) -> bool {
    let whole = narrowed.get(mention).map_or(&[][..], Vec::as_slice);
    let is_part = |part: &u32| lies_in(places, *part, whole);
    narrowed.iter().enumerate().any(|(other, parts)| other != mention && parts.iter().all(is_part))
}

/// Which of the places of one name are meant, by what else is named.
fn narrow(places: &[PlaceName], mentions: &[Mention], mention: usize) -> Vec<u32> {
    let all = mentions.get(mention).map_or(&[][..], |mention| mention.places.as_slice());
    if all.len() < 2 {
        return all.to_vec();
    }
    let others: Vec<u32> = mentions
        .iter()
        .enumerate()
        .filter(|(other, _)| *other != mention)
        .flat_map(|(_, other)| other.places.iter().copied())
        .collect();
    let inside: Vec<u32> = all.iter().copied().filter(|place| lies_in(places, *place, &others)).collect();
    if !inside.is_empty() {
        return inside;
    }
    let is_beside = |place: &u32| others.iter().any(|other| shares_municipality(places, *place, *other));
    let beside: Vec<u32> = all.iter().copied().filter(is_beside).collect();
    if beside.is_empty() { all.to_vec() } else { beside }
}

fn place(places: &[PlaceName], number: u32) -> Option<&PlaceName> {
    places.get(usize::try_from(number).ok()?)
}

fn shares_municipality(places: &[PlaceName], one: u32, other: u32) -> bool {
    let town = place(places, other).filter(|town| town.kind == PlaceKind::Town);
    town.zip(place(places, one)).is_some_and(|(town, one)| town.municipality == one.municipality)
}

/// Whether a place is a part of one of the others.
fn lies_in(places: &[PlaceName], part: u32, wholes: &[u32]) -> bool {
    let Some(part_of) = place(places, part) else { return false };
    let mut others =
        wholes.iter().filter(|number| **number != part).filter_map(|number| place(places, *number));
    others.any(|whole| is_suburb_of(whole, part_of) || is_around(whole, part_of))
}

/// Whether the part names the whole as its suburb.
fn is_suburb_of(whole: &PlaceName, part: &PlaceName) -> bool {
    let Some(suburb) = &part.suburb else { return false };
    let suburb = Words::of(suburb).letters;
    let mut names = std::iter::once(&whole.name).chain(&whole.variants);
    part.municipality == whole.municipality && names.any(|name| Words::of(name).letters == suburb)
}

/// Whether the whole is of a kind that has such parts, and is around this one. A town is around what is near
/// its middle; of others the part must lie inside completely, since neighbours reach into each other's
/// circles.
fn is_around(whole: &PlaceName, part: &PlaceName) -> bool {
    let reach = match whole.kind {
        PlaceKind::Town => 0,
        _ => i64::from(part.radius_m),
    };
    rank(whole.kind) > rank(part.kind)
        && distance_m(part.point, whole.point) + reach <= i64::from(whole.radius_m)
}

/// Kinds in the order in which places of one kind may be parts of places of another.
const fn rank(kind: PlaceKind) -> u8 {
    match kind {
        PlaceKind::Street | PlaceKind::Landmark => 1,
        PlaceKind::Suburb | PlaceKind::Village => 2,
        PlaceKind::Township => 3,
        PlaceKind::Town => 4,
    }
}

/// The distance in metres, good to a percent within a municipality. Degrees are rounded first: the same
/// points have the same distance on every platform.
fn distance_m(one: [f64; 2], other: [f64; 2]) -> i64 {
    let [x1, y1] = one.map(micro);
    let [x2, y2] = other.map(micro);
    let degree = (-(y1 + y2) / 2_000_000).clamp(20, 36) - 20;
    let cosine = usize::try_from(degree).ok().and_then(|degree| COSINES.get(degree)).copied().unwrap_or(866);
    let east = (x1 - x2) * LONGITUDE_M / 1_000_000 * cosine / 1_000;
    let north = (y1 - y2) * DEGREE_M / 1_000_000;
    let squared = east.saturating_mul(east).saturating_add(north.saturating_mul(north));
    squared.isqrt()
}

/// Millionths of a degree.
#[allow(
    clippy::cast_possible_truncation,
    reason = "the conversion saturates, and degrees are checked before"
)]
fn micro(degrees: f64) -> i64 {
    (degrees * 1e6).round() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_agree_with_those_on_the_ellipsoid() {
        for (one, other, metres) in [
            ([31.02, -29.85], [30.98, -29.75], 11_745),
            ([18.42, -33.92], [18.67, -34.04], 26_680),
            ([28.0, -26.0], [28.0, -26.0], 0),
        ] {
            let found = distance_m(one, other);
            assert!((found - metres).abs() * 100 <= metres * 2, "{found} is not about {metres}");
        }
    }
}
