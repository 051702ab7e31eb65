//! The file format of weights: a header, a bias and a scale for each column, and rows of a tag of two bytes
//! and one byte for each column. A row belongs to the one feature whose tag it has; features without a row say
//! nothing. Numbers are little endian.
//!
//! | bytes | content |
//! |---|---|
//! | 4 | `TEW` and the version, 2 |
//! | 1 | the number of columns |
//! | 1 | the number of bits of a row's number |
//! | 2 | zero |
//! | 4 per column | the bias, in 1/1024 of a logit |
//! | 4 per column | the scale: the weight of a byte of value 1, in 1/2^20 of a logit |
//! | (2 + columns) x 2^bits | the rows |

/// The unit of a score: 1/1024 of a logit.
pub const UNIT: i64 = 1024;

/// The first bytes of a file of weights.
const MAGIC: [u8; 4] = *b"TEW\x02";

/// A table of weights: a row for each bucket of hashed features, a column for each class.
#[derive(Clone, Debug)]
pub struct Weights<'a> {
    columns: usize,
    bits: u32,
    biases: Vec<i32>,
    scales: Vec<i32>,
    rows: &'a [u8],
}

impl<'a> Weights<'a> {
    /// Reads a file of weights. Returns `None` if it is not one of this version.
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let (magic, rest) = bytes.split_first_chunk::<4>()?;
        let (&[columns, bits, _, _], rest) = rest.split_first_chunk::<4>()?;
        let columns = usize::from(columns);
        let bits = u32::from(bits);
        let (biases, rest) = rest.split_at_checked(columns * 4)?;
        let (scales, rows) = rest.split_at_checked(columns * 4)?;
        let fits = *magic == MAGIC && columns > 0 && bits <= 24 && rows.len() == (columns + 2) << bits;
        let numbers =
            |bytes: &[u8]| bytes.as_chunks::<4>().0.iter().map(|four| i32::from_le_bytes(*four)).collect();
        fits.then(|| Self { columns, bits, biases: numbers(biases), scales: numbers(scales), rows })
    }

    /// Writes a file of weights.
    pub fn write(bits: u8, biases: &[i32], scales: &[i32], rows: &[(u16, Vec<i8>)]) -> Vec<u8> {
        let columns = u8::try_from(biases.len()).unwrap_or(u8::MAX);
        let mut bytes = MAGIC.to_vec();
        bytes.extend([columns, bits, 0, 0]);
        bytes.extend(biases.iter().chain(scales).flat_map(|number| number.to_le_bytes()));
        for (tag, weights) in rows {
            bytes.extend(tag.to_le_bytes());
            bytes.extend(weights.iter().flat_map(|weight| weight.to_le_bytes()));
        }
        bytes
    }

    /// The weights of a feature, one byte for each column, if it has a row.
    pub fn row(&self, hash: u32) -> Option<&'a [u8]> {
        let width = self.columns + 2;
        let row = self.rows.get(bucket(hash, self.bits) * width..)?.get(..width)?;
        let (found, weights) = row.split_first_chunk::<2>()?;
        (u16::from_le_bytes(*found) == tag(hash)).then_some(weights)
    }

    /// The scores of the columns, in 1/1024 of a logit, for features with these values. The values are
    /// normalised to a length of one; features without a row do not count.
    pub fn scores(&self, features: impl Iterator<Item = (u32, i32)>) -> Vec<i64> {
        let mut sums = [0i32; MAX_COLUMNS];
        let mut squares = 0u64;
        for (hash, value) in features {
            let Some(row) = self.row(hash) else { continue };
            squares += u64::from((value * value).unsigned_abs());
            for (sum, weight) in sums.iter_mut().zip(row) {
                *sum += i32::from(i8::from_le_bytes([*weight])) * value;
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
