//! `.shp` and `.shx`: the shapes, found by the index and checked against it (ESRI Shapefile Technical
//! Description, July 1998).

use std::collections::BTreeMap;

use topics::records::editions::MultiPolygon;

use super::rings::polygons;

/// The length of the header of both files, and of the head of each record, in bytes.
const HEADER: usize = 100;
const HEAD: usize = 8;

/// An area, or why a shape is not an area.
type ReadArea = Result<MultiPolygon, String>;

/// A record of the `.shp`: where its content begins, and how long it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct RecordSpan {
    begins: usize,
    length: usize,
}

/// Reads all shapes in the order of their numbers. The error is about the file as a whole.
pub(super) fn read(shapes: &[u8], index: &[u8]) -> Result<Vec<ReadArea>, String> {
    let shapes = whole(shapes, ".shp")?;
    let index = whole(index, ".shx")?;
    let entries = index.get(HEADER..).unwrap_or_default().chunks_exact(HEAD);
    let found = walk(shapes)?;
    let stated = entries.len();
    let records = found.values().map(Vec::len).sum::<usize>();
    if stated != records {
        return Err(disagree(&format!("its .shp has {records} shapes and its .shx {stated}")));
    }
    let mut areas = Vec::with_capacity(stated);
    for (number, entry) in (1..).zip(entries) {
        let span = words(entry, 0)
            .zip(words(entry, 4))
            .map(|(begins, length)| RecordSpan { begins: begins + HEAD, length });
        let Some(span) = span.filter(|span| found.get(&number).is_some_and(|spans| *spans == [*span])) else {
            return Err(disagree(&format!(
                "its .shx says that shape {number} lies where its .shp has none of that number"
            )));
        };
        let content = shapes.get(span.begins..span.begins + span.length).unwrap_or_default();
        areas.push(area(content));
    }
    Ok(areas)
}

fn disagree(what: &str) -> String {
    format!(
        "{what}: they are of different files, or one was edited without the other; get all files again from \
         where they were made"
    )
}

/// The part of a file that its header counts.
fn whole<'a>(bytes: &'a [u8], name: &str) -> Result<&'a [u8], String> {
    let is_one = big(bytes, 0) == Some(9994);
    let length = words(bytes, 24).filter(|length| is_one && *length >= HEADER);
    let length = length
        .ok_or_else(|| format!("its {name} cannot be read as a part of a Shapefile: get all files again"))?;
    bytes.get(..length).ok_or_else(|| {
        format!(
            "its {name} has {} bytes and says that it has {length}: it was cut off; get all files again",
            bytes.len()
        )
    })
}

/// Where the records are, by number.
fn walk(shapes: &[u8]) -> Result<BTreeMap<i32, Vec<RecordSpan>>, String> {
    let mut found: BTreeMap<i32, Vec<RecordSpan>> = BTreeMap::new();
    let mut at = HEADER;
    while at < shapes.len() {
        let head = big(shapes, at).zip(words(shapes, at + 4));
        let within = head.filter(|(_, length)| at + HEAD + length <= shapes.len());
        let Some((number, length)) = within else {
            return Err(format!(
                "its .shp cannot be read from byte {at} on: it is damaged; get all files again"
            ));
        };
        found.entry(number).or_default().push(RecordSpan { begins: at + HEAD, length });
        at += HEAD + length;
    }
    Ok(found)
}

fn area(content: &[u8]) -> ReadArea {
    let Some(kind) = little(content, 0) else {
        return Err("its shape is empty: it must be a polygon".to_owned());
    };
    match kind {
        0 => Err("it has no shape: it must be a polygon".to_owned()),
        5 | 15 | 25 => rings(content).map(polygons).ok_or_else(|| {
            "its shape is damaged: its parts and points do not fit; export the file again".to_owned()
        }),
        _ => Err(format!("it is a {}: it must be a polygon", name(kind))),
    }
}

const fn name(kind: i32) -> &'static str {
    match kind {
        1 | 11 | 21 => "point",
        3 | 13 | 23 => "line",
        8 | 18 | 28 => "multipoint",
        31 => "multipatch",
        _ => "shape of an unknown kind",
    }
}

/// The rings of a polygon: after its kind and four numbers for its box come the counts of parts and points,
/// the first point of each part, and the points. Heights and measures come after them and are left out.
fn rings(content: &[u8]) -> Option<Vec<Vec<[f64; 2]>>> {
    let count = |at: usize| usize::try_from(little(content, at)?).ok();
    let parts = count(36)?;
    let points = count(40)?;
    let starts_at = 44_usize;
    let points_at = starts_at.checked_add(parts.checked_mul(4)?)?;
    let bytes = content.get(points_at..points_at.checked_add(points.checked_mul(16)?)?)?;
    let points: Vec<[f64; 2]> = bytes
        .chunks_exact(16)
        .map(|point| Some([double(point, 0)?, double(point, 8)?]))
        .collect::<Option<_>>()?;
    let starts: Vec<usize> = (0..parts).map(|part| count(starts_at + part * 4)).collect::<Option<_>>()?;
    let ends = starts.iter().copied().skip(1).chain([points.len()]);
    if starts.first().is_some_and(|first| *first != 0) {
        return None;
    }
    starts.iter().zip(ends).map(|(start, end)| points.get(*start..end).map(<[_]>::to_vec)).collect()
}

fn four(bytes: &[u8], at: usize) -> Option<[u8; 4]> {
    bytes.get(at..at.checked_add(4)?)?.try_into().ok()
}

fn big(bytes: &[u8], at: usize) -> Option<i32> {
    four(bytes, at).map(i32::from_be_bytes)
}

fn little(bytes: &[u8], at: usize) -> Option<i32> {
    four(bytes, at).map(i32::from_le_bytes)
}

/// A count of 16-bit words, in bytes.
fn words(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(big(bytes, at)?).ok()?.checked_mul(2)
}

fn double(bytes: &[u8], at: usize) -> Option<f64> {
    Some(f64::from_le_bytes(bytes.get(at..at.checked_add(8)?)?.try_into().ok()?))
}
