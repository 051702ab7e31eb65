//! Cuts the JSON of reference data into chunks, so that a change of it writes only those chunks to the topic
//! again that the change is in.
//!
//! Each field of the reference data begins a chunk of its own: a changed policy leaves the boundaries alone.
//! Within a field, chunks end between rows. Whether one ends after a row is decided by that row alone, so
//! that a row that is added or removed moves no chunk but its own.

use sha2::{Digest, Sha256};

/// How much of the text one record holds, in bytes: below the 1 MB that brokers and consumers take by
/// default.
const MOST: usize = 900_000;

/// How large chunks are on average, in bytes. The manifest of an edition names each of them, so very small
/// ones would make that large.
const USUAL: usize = 40_000;

/// The hash of a chunk has so many digits (128 bits).
const DIGITS: usize = 32;

/// The hash of a text, in hex.
pub fn hash(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The hash that a chunk is named by.
pub fn chunk_hash(text: &str) -> String {
    hash(text).chars().take(DIGITS).collect()
}

/// The chunks of `json`, an object. Together, in their order, they are the whole text.
pub fn chunks(json: &str) -> Vec<&str> {
    let mut chunks = Vec::new();
    let (mut begin, mut from) = (0, 0);
    for (end, border) in borders(json) {
        let row = json.get(from..end).unwrap_or_default();
        if end - begin > MOST && from > begin {
            chunks.push((begin, from));
            begin = from;
        }
        if border == Border::Field || ends_a_chunk(row) {
            chunks.push((begin, end));
            begin = end;
        }
        from = end;
    }
    let texts = chunks.into_iter().filter_map(|(begin, end)| json.get(begin..end));
    texts.flat_map(pieces).collect()
}

/// Whether a chunk ends after this row: after a larger one more often, so that about [`USUAL`] bytes are in
/// each.
fn ends_a_chunk(row: &str) -> bool {
    let digest = Sha256::digest(row.as_bytes());
    let number = digest.iter().take(4).fold(0, |number: usize, byte| (number << 8) | usize::from(*byte));
    number % USUAL < row.len()
}

/// What ends at a place of the JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Border {
    /// A field of the object.
    Field,
    /// A row of a field that is a list.
    Row,
}

/// The places between the fields of the object and between their rows, each after its comma, and the end.
fn borders(json: &str) -> Vec<(usize, Border)> {
    let mut borders = Vec::new();
    let (mut depth, mut in_text, mut is_escaped) = (0_u32, false, false);
    for (at, byte) in json.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = in_text,
            b'"' => in_text = !in_text,
            _ if in_text => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b',' if depth == 1 => borders.push((at + 1, Border::Field)),
            b',' if depth == 2 => borders.push((at + 1, Border::Row)),
            _ => {}
        }
    }
    borders.push((json.len(), Border::Field));
    borders
}

/// Cuts a text between characters into pieces of at most [`MOST`] bytes.
fn pieces(mut rest: &str) -> impl Iterator<Item = &str> {
    std::iter::from_fn(move || {
        let (piece, after) = rest.split_at(rest.floor_char_boundary(MOST));
        rest = after;
        (!piece.is_empty()).then_some(piece)
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::*;

    /// Text of 100 kB that is no number, with what could be taken for a border in it.
    fn boundary(number: usize) -> String {
        format!("{number}, \"}}],\\ {}", "ë".repeat(50_000))
    }

    fn reference(policies: usize, boundaries: usize) -> String {
        let policies: Vec<_> = (0..policies).map(|n| json!({ "row": n, "hours": n * 7 % 100 })).collect();
        let boundaries: Vec<_> = (0..boundaries).map(|n| json!({ "boundary": boundary(n) })).collect();
        json!({ "boundaries": boundaries, "policies": policies, "rules": { "a": 1, "b": [1, 2] } })
            .to_string()
    }

    fn sizes_of_new(before: &str, after: &str) -> usize {
        let before: BTreeSet<&str> = chunks(before).into_iter().collect();
        chunks(after).into_iter().filter(|chunk| !before.contains(chunk)).map(str::len).sum()
    }

    #[test]
    fn the_chunks_are_the_whole_text_and_none_is_too_large() {
        for json in [
            reference(20_000, 30),
            reference(0, 0),
            "{}".to_owned(),
            json!({ "a": "ë".repeat(MOST) }).to_string(),
        ] {
            let chunks = chunks(&json);
            assert_eq!(chunks.concat(), json);
            assert!(chunks.iter().all(|chunk| !chunk.is_empty() && chunk.len() <= MOST));
        }
        let many = chunks(&reference(20_000, 30)).len();
        assert!((30..60).contains(&many), "{many}");
    }

    #[test]
    fn a_change_is_in_few_chunks_wherever_it_is() {
        let before = reference(20_000, 30);
        let change = |from: &str, to: &str| {
            assert_eq!(before.matches(from).count(), 1, "{from}");
            before.replace(from, to)
        };
        assert_eq!(sizes_of_new(&before, &before), 0);
        let policy = change(r#"{"hours":97,"row":2571}"#, r#"{"hours":12,"row":2571}"#);
        assert!(sizes_of_new(&before, &policy) < 125_000);
        // A row that is removed moves all that follow it.
        let fewer = change(r#"{"hours":97,"row":2571},"#, "");
        assert!(sizes_of_new(&before, &fewer) < 125_000);
        let longer = change("\"17, ", "\"17, one word more, ");
        assert!(sizes_of_new(&before, &longer) < 250_000);
    }
}
