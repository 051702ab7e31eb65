//! A table of weights while it is trained: logistic regression over several heads by stochastic gradient
//! descent (AdaGrad), with averaged weights. Only additions, multiplications, divisions and square roots, so
//! that the result does not depend on the platform.

use std::collections::BTreeMap;
use std::ops::Range;

use pipeline::understanding::weights::{Weights, bucket, tag};

/// An example: features with their values, normalised to length one, and what is expected.
#[derive(Clone, Debug)]
pub struct Example {
    /// The rows of the features and their values.
    pub features: Vec<(u32, f32)>,
    /// What each head should say.
    pub targets: Vec<Target>,
}

/// What one head should say about an example.
#[derive(Clone, Debug)]
pub struct Target {
    /// The columns of the head. A head of one column says yes or no.
    pub columns: Range<usize>,
    /// The share of each column.
    pub shares: Vec<f32>,
    /// How much the example counts.
    pub weight: f32,
}

/// The settings of a training.
#[derive(Clone, Copy, Debug)]
pub struct TrainingPlan {
    /// The size of the first step of each weight.
    pub rate: f32,
    /// How strongly weights are drawn to zero.
    pub decay: f32,
}

/// A table of weights.
pub struct WeightTable<const N: usize> {
    bits: u8,
    columns: usize,
    rows: Vec<[f32; N]>,
    squares: Vec<[f32; N]>,
    sums: Vec<[f32; N]>,
    averaged: u16,
    bias: [f32; N],
    bias_squares: [f32; N],
    bias_sums: [f32; N],
}

/// Which feature each row belongs to.
#[derive(Clone, Debug)]
pub struct Owners {
    bits: u8,
    tags: Vec<Option<u16>>,
}

impl Owners {
    /// Gives each row to the most important of its features.
    pub fn choose(importance: &BTreeMap<u32, f32>, bits: u8) -> Self {
        let mut best: Vec<(f32, Option<u16>)> = vec![(0.0, None); 1 << bits];
        for (hash, importance) in importance {
            if let Some(row) = best.get_mut(bucket(*hash, u32::from(bits)))
                && *importance > row.0
            {
                *row = (*importance, Some(tag(*hash)));
            }
        }
        Self { bits, tags: best.into_iter().map(|(_, tag)| tag).collect() }
    }

    /// Normalises hashed features: rows with the sums of their values, divided by the length of the vector.
    /// Features without a row do not count.
    pub fn normalised(&self, features: &[(u32, i32)]) -> Vec<(u32, f32)> {
        let mut squares = 0i64;
        let mut rows: Vec<(u32, i32)> = Vec::with_capacity(features.len());
        for (hash, value) in features {
            let row = bucket(*hash, u32::from(self.bits));
            if self.tags.get(row) == Some(&Some(tag(*hash))) {
                squares += i64::from(*value) * i64::from(*value);
                rows.push((u32::try_from(row).unwrap_or(0), *value));
            }
        }
        let length = (squares.max(1) as f32).sqrt();
        rows.sort_unstable();
        let sum = |run: &[(u32, i32)]| {
            let value: i32 = run.iter().map(|(_, value)| value).sum();
            run.first().map(|(row, _)| (*row, value as f32 / length))
        };
        rows.chunk_by(|a, b| a.0 == b.0).filter_map(sum).collect()
    }

    /// The row of a feature, if it has one.
    pub fn row(&self, hash: u32) -> Option<usize> {
        let row = bucket(hash, u32::from(self.bits));
        (self.tags.get(row) == Some(&Some(tag(hash)))).then_some(row)
    }
}

impl<const N: usize> WeightTable<N> {
    /// A table without knowledge.
    pub fn new(bits: u8, columns: usize) -> Self {
        let rows = vec![[0.0; N]; 1 << bits];
        Self {
            bits,
            columns,
            squares: vec![[1e-6; N]; 1 << bits],
            sums: rows.clone(),
            rows,
            averaged: 0,
            bias: [0.0; N],
            bias_squares: [1e-6; N],
            bias_sums: [0.0; N],
        }
    }

    /// Sets the weights that training begins with.
    pub fn begin(&mut self, row: usize, weights: [f32; N]) {
        if let Some(row) = self.rows.get_mut(row) {
            *row = weights;
        }
    }

    /// The scores of the columns.
    pub fn scores(&self, features: &[(u32, f32)]) -> [f32; N] {
        let mut scores = self.bias;
        for (row, value) in features {
            let Some(row) = self.rows.get(*row as usize) else { continue };
            for (score, weight) in scores.iter_mut().zip(row) {
                *score += weight * value;
            }
        }
        scores
    }

    /// Moves the weights one step towards what an example expects.
    pub fn learn(&mut self, example: &Example, plan: TrainingPlan) {
        let scores = self.scores(&example.features);
        let mut slope = [0.0f32; N];
        for target in &example.targets {
            let said = likelihoods(scores.get(target.columns.clone()).unwrap_or_default());
            let slope = slope.get_mut(target.columns.clone()).unwrap_or_default();
            for ((slope, said), share) in slope.iter_mut().zip(said).zip(&target.shares) {
                *slope = (said - share) * target.weight;
            }
        }
        step(&mut self.bias, &mut self.bias_squares, &slope, 1.0, TrainingPlan { decay: 0.0, ..plan });
        for (row, value) in &example.features {
            let at = *row as usize;
            if let (Some(row), Some(squares)) = (self.rows.get_mut(at), self.squares.get_mut(at)) {
                step(row, squares, &slope, *value, plan);
            }
        }
    }

    /// Counts the weights as they are towards the average.
    pub fn average(&mut self) {
        self.averaged += 1;
        for (sum, row) in self.sums.iter_mut().zip(&self.rows) {
            for (sum, weight) in sum.iter_mut().zip(row) {
                *sum += weight;
            }
        }
        for (sum, weight) in self.bias_sums.iter_mut().zip(&self.bias) {
            *sum += weight;
        }
    }

    /// The file of weights: averaged, each column scaled to one byte.
    pub fn file(&self, owners: &Owners) -> Vec<u8> {
        let times = f32::from(self.averaged.max(1));
        let mut scales = Vec::new();
        let mut unit = Vec::new();
        for column in 0..self.columns {
            let size = |row: &[f32; N]| row.get(column).map_or(0.0, |sum| (sum / times).abs());
            let largest = self.sums.iter().map(size).fold(0.0f32, f32::max).max(1e-6);
            unit.push(largest / 127.0);
            scales.push((largest / 127.0 * 1_048_576.0).round() as i32);
        }
        let biases: Vec<i32> = self
            .bias_sums
            .iter()
            .take(self.columns)
            .map(|sum| (sum / times * 1024.0).round() as i32)
            .collect();
        let byte = |(sum, unit): (&f32, &f32)| (sum / times / unit).round() as i8;
        let of_row = |(tag, sums): (&Option<u16>, &[f32; N])| match tag {
            Some(tag) => (*tag, sums.iter().zip(&unit).map(byte).collect()),
            None => (0, vec![0i8; self.columns]),
        };
        let rows: Vec<(u16, Vec<i8>)> = owners.tags.iter().zip(&self.sums).map(of_row).collect();
        Weights::write(self.bits, &biases, &scales, &rows)
    }
}

/// One step down the slope, in all columns of a row.
fn step<const N: usize>(
    row: &mut [f32; N],
    squares: &mut [f32; N],
    slope: &[f32; N],
    value: f32,
    plan: TrainingPlan,
) {
    for ((weight, square), slope) in row.iter_mut().zip(squares).zip(slope) {
        let slope = slope * value + plan.decay * *weight;
        *square += slope * slope;
        *weight -= plan.rate * slope / square.sqrt();
    }
}

/// The likelihoods of the columns of a head: a softmax, or of one column the logistic function.
pub fn likelihoods(scores: &[f32]) -> Vec<f32> {
    if let [score] = scores {
        return vec![(1.0 / (1.0 + exponential(-f64::from(*score)))) as f32];
    }
    let top = scores.iter().copied().fold(f32::MIN, f32::max);
    let powers: Vec<f64> = scores.iter().map(|score| exponential(f64::from(score - top))).collect();
    let sum: f64 = powers.iter().sum();
    powers.iter().map(|power| (power / sum) as f32).collect()
}

/// `e` to the power of `x`, by multiplications only.
fn exponential(x: f64) -> f64 {
    let mut power = 1.0 + x.clamp(-30.0, 30.0) / 65536.0;
    for _ in 0..16 {
        power *= power;
    }
    power
}

/// The natural logarithm, by multiplications and divisions only. `x` must be positive.
pub fn logarithm(x: f64) -> f64 {
    let mut x = x.max(1e-300);
    let mut halvings = 0.0;
    while x > 1.5 {
        x /= 2.0;
        halvings += 1.0;
    }
    while x < 0.75 {
        x *= 2.0;
        halvings -= 1.0;
    }
    let ratio = (x - 1.0) / (x + 1.0);
    let square = ratio * ratio;
    let series = (0..12).rev().fold(0.0, |sum, term| sum * square + 1.0 / f64::from(2 * term + 1));
    2.0 * ratio * series + halvings * std::f64::consts::LN_2
}
