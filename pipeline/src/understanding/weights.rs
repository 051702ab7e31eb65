//! The file format of weights: a header, a bias and a scale for each column, the tags of all rows, and the
//! rows with one byte for each column. A row belongs to the one feature whose tag it has; features without a
//! row say nothing. Tags are apart from rows, so that a feature without a row touches little memory. Numbers
//! are little endian.
//!
//! | bytes | content |
//! |---|---|
//! | 4 | `TEW` and the version, 3 |
//! | 1 | the number of columns |
//! | 1 | the number of bits of a row's number |
//! | 2 | zero |
//! | 4 per column | the bias, in 1/1024 of a logit |
//! | 4 per column | the scale: the weight of a byte of value 1, in 1/2^20 of a logit |
//! | up to 63 | zero, to a multiple of 64 |
//! | 2 x 2^bits | the tags |
//! | width x 2^bits | the rows; the width is the number of columns, 32 if there are more than 16 |

/// The unit of a score: 1/1024 of a logit.
pub const UNIT: i64 = 1024;

/// The first bytes of a file of weights.
const MAGIC: [u8; 4] = *b"TEW\x03";

/// A table of weights: a row for each bucket of hashed features, a column for each class.
#[derive(Clone, Debug)]
pub struct Weights<'a> {
    columns: usize,
    bits: u32,
    biases: Vec<i32>,
    scales: Vec<i32>,
    tags: &'a [[u8; 2]],
    rows: &'a [u8],
}

/// A file that begins where a line of the processor's cache does, so that rows of 32 bytes lie in one.
#[repr(align(64))]
pub struct Aligned<T: ?Sized>(pub T);

/// The bytes between the rows of a table with this number of columns.
const fn width(columns: usize) -> usize {
    if columns > 16 { MAX_COLUMNS } else { columns }
}

/// The length of the header with this number of columns.
const fn header(columns: usize) -> usize {
    (8 + 8 * columns).next_multiple_of(64)
}

impl<'a> Weights<'a> {
    /// Reads a file of weights. Returns `None` if it is not one of this version.
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let (magic, rest) = bytes.split_first_chunk::<4>()?;
        let (&[columns, bits, _, _], rest) = rest.split_first_chunk::<4>()?;
        let columns = usize::from(columns);
        let bits = u32::from(bits);
        let (biases, rest) = rest.split_at_checked(columns * 4)?;
        let (scales, rest) = rest.split_at_checked(columns * 4)?;
        let (_, rest) = rest.split_at_checked(header(columns) - 8 - 8 * columns)?;
        let is_table = *magic == MAGIC && (1..=MAX_COLUMNS).contains(&columns) && bits <= 24;
        let (tags, rows) = rest.split_at_checked(if is_table { 2 << bits } else { 0 })?;
        let fits = is_table && rows.len() == width(columns) << bits;
        let numbers =
            |bytes: &[u8]| bytes.as_chunks::<4>().0.iter().map(|four| i32::from_le_bytes(*four)).collect();
        fits.then(|| Self {
            columns,
            bits,
            biases: numbers(biases),
            scales: numbers(scales),
            tags: tags.as_chunks().0,
            rows,
        })
    }

    /// Writes a file of weights.
    pub fn write(bits: u8, biases: &[i32], scales: &[i32], rows: &[(u16, Vec<i8>)]) -> Vec<u8> {
        let columns = u8::try_from(biases.len()).unwrap_or(u8::MAX);
        let mut bytes = MAGIC.to_vec();
        bytes.extend([columns, bits, 0, 0]);
        bytes.extend(biases.iter().chain(scales).flat_map(|number| number.to_le_bytes()));
        bytes.resize(header(biases.len()), 0);
        bytes.extend(rows.iter().flat_map(|(tag, _)| tag.to_le_bytes()));
        for (_, weights) in rows {
            let end = bytes.len() + width(biases.len());
            bytes.extend(weights.iter().flat_map(|weight| weight.to_le_bytes()));
            bytes.resize(end, 0);
        }
        bytes
    }

    /// The weights of a feature, one byte for each column, if it has a row.
    pub fn row(&self, hash: u32) -> Option<&'a [u8]> {
        let bucket = bucket(hash, self.bits);
        let is_here = self.tags.get(bucket).is_some_and(|found| u16::from_le_bytes(*found) == tag(hash));
        let start = bucket * width(self.columns);
        if is_here { self.rows.get(start..start + self.columns) } else { None }
    }

    /// The scores of the columns, in 1/1024 of a logit, for features with these values. The values are
    /// normalised to a length of one; features without a row do not count.
    pub fn scores(&self, features: impl Iterator<Item = (u32, i32)>) -> Vec<i64> {
        let mut sums = [0i32; MAX_COLUMNS];
        let mut squares = 0u64;
        for (hash, value) in features {
            let Some(row) = self.row(hash) else { continue };
            squares += u64::from((value * value).unsigned_abs());
            match row.len() {
                MEANINGS => add::<MEANINGS>(&mut sums, row, value),
                LANGUAGES => add::<LANGUAGES>(&mut sums, row, value),
                _ => add_each(&mut sums, row, value),
            }
        }
        let length = length(squares);
        let columns = sums.iter().zip(&self.biases).zip(&self.scales);
        columns.map(|((sum, bias), scale)| i64::from(*bias) + share(*sum, *scale, length)).collect()
    }

    /// What a feature adds to the score of a column, in 1/1024 of a logit, if the values of all features have
    /// this length.
    pub fn share(&self, hash: u32, value: i32, column: usize, length: i64) -> i64 {
        let weight = self
            .row(hash)
            .and_then(|row| row.get(column))
            .map_or(0, |weight| i32::from(i8::from_le_bytes([*weight])));
        share(weight * value, self.scales.get(column).copied().unwrap_or(0), length)
    }
}

/// The number of columns of the model of meanings. For it, and for the next number, the additions are
/// compiled without a loop.
pub const MEANINGS: usize = 30;
/// The number of columns of the model of languages.
pub const LANGUAGES: usize = 11;

fn add<const N: usize>(sums: &mut [i32; MAX_COLUMNS], row: &[u8], value: i32) {
    if let (Some(sums), Some(row)) = (sums.first_chunk_mut::<N>(), row.first_chunk::<N>()) {
        add_each(sums, row, value);
    }
}

#[inline(always)]
fn add_each(sums: &mut [i32], row: &[u8], value: i32) {
    for (sum, weight) in sums.iter_mut().zip(row) {
        *sum += i32::from(i8::from_le_bytes([*weight])) * value;
    }
}

/// The largest number of columns of a table.
pub const MAX_COLUMNS: usize = 32;

/// The length of a vector, in 1/16, from the sum of its squares; at least 1.
pub fn length(squares: u64) -> i64 {
    i64::try_from((squares << 8).isqrt()).unwrap_or(i64::MAX).max(1)
}

/// A weighted sum in 1/1024 of a logit: the length is in 1/16, the scale in 1/2^20.
fn share(sum: i32, scale: i32, length: i64) -> i64 {
    i64::from(sum) * i64::from(scale) / (length * 64)
}

/// The tag by which a row knows its feature.
pub const fn tag(hash: u32) -> u16 {
    (hash & 0xFFFF) as u16
}

/// The row of a hash.
pub const fn bucket(hash: u32, bits: u32) -> usize {
    (hash >> (32 - bits)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_read_as_they_were_written() {
        for columns in [1u8, 11, 30] {
            let weights = |row: i8| (0..columns).map(|column| row + i8::try_from(column).unwrap()).collect();
            let rows: Vec<(u16, Vec<i8>)> = (0..4).map(|row| (100 + row, weights(row as i8))).collect();
            let numbers = vec![1 << 20; usize::from(columns)];
            let bytes = Weights::write(2, &numbers, &numbers, &rows);
            let read = Weights::read(&bytes).unwrap();
            let hash = 0b10 << 30 | 102;
            assert_eq!(read.row(hash).unwrap().len(), usize::from(columns));
            assert_eq!(read.row(hash).unwrap().first(), Some(&2));
            assert_eq!(read.row(hash + 1), None, "another feature has this row");
            let scores = read.scores([(hash, 3), (hash + 1, 9)].into_iter());
            assert_eq!(scores.first(), Some(&((1 << 20) + 2 * UNIT)), "{columns}");
            assert!(Weights::read(bytes.get(1..).unwrap()).is_none());
            assert!(Weights::read(bytes.get(..bytes.len() - 1).unwrap()).is_none());
        }
    }
}
