//! [`Process`]: a Gaussian process over a fixed list of candidates, some of which have been measured.
//!
//! The covariance of two candidates is a Matérn kernel of smoothness 5/2 over their coordinates, with a length for each, plus a
//! constant and what is linear in the features of the mean. What is known of all candidates is kept up to date measurement by
//! measurement, as an incomplete Cholesky factorisation is: a column a measurement, with an entry a candidate. Adding one
//! costs time in proportion to candidates times measurements, taking the last away to the candidates (Rasmussen and Williams, *Gaussian
//! Processes for Machine Learning*, 2006, 2.2 and 4.2).

/// What is known of the candidates beforehand, an entry a candidate in each list.
#[derive(Clone, Debug, Default)]
pub(in crate::tune) struct Candidates {
    /// Coordinates from 0 to 1; equal ones are near.
    pub(in crate::tune) coordinates: Vec<Vec<f32>>,
    /// What the mean may be linear in, around 0.
    pub(in crate::tune) features: Vec<Vec<f32>>,
    /// How many there are.
    pub(in crate::tune) count: usize,
}

/// What a process assumes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Assumptions {
    /// For each coordinate: the distance over which values are alike.
    pub(super) lengths: Vec<f64>,
    /// The variance of what varies with the coordinates.
    pub(super) variance: f64,
    /// The variance of a measurement around its candidate's value.
    pub(super) noise: f64,
}

/// The variance of the constant, and of the factor of a feature: wide for logarithms of times whose prediction has been subtracted.
pub(super) const CONSTANT_VARIANCE: f64 = 1.0;
pub(super) const FACTOR_VARIANCE: f64 = 0.1;

/// No variance is smaller: what arithmetic in single precision leaves of one.
const LEAST_VARIANCE: f64 = 1e-8;

/// A process, and what it knows of each candidate.
#[derive(Clone, Debug)]
pub(super) struct Process {
    assumptions: Assumptions,
    measured: Vec<Measured>,
    mean: Vec<f64>,
    variance: Vec<f64>,
}

/// A measurement: its column of the factorisation, and how far it was from what was expected, in units of its deviation.
#[derive(Clone, Debug)]
struct Measured {
    column: Vec<f32>,
    surprise: f64,
}

/// The Matérn kernel of smoothness 5/2 at a squared distance.
pub(super) fn matern(squared: f32) -> f32 {
    let distance = (5.0 * squared).sqrt();
    (1.0 + distance + distance * distance / 3.0) * (-distance).exp()
}

impl Process {
    pub(super) fn new(candidates: &Candidates, assumptions: Assumptions) -> Self {
        let mut variance = vec![assumptions.variance + CONSTANT_VARIANCE; candidates.count];
        for feature in &candidates.features {
            let squares = feature.iter().map(|&value| FACTOR_VARIANCE * f64::from(value) * f64::from(value));
            variance.iter_mut().zip(squares).for_each(|(variance, square)| *variance += square);
        }
        Self { assumptions, measured: Vec::new(), mean: vec![0.0; candidates.count], variance }
    }

    /// A candidate was measured.
    pub(super) fn add(&mut self, candidates: &Candidates, index: usize, value: f64) {
        let mut column = covariances(candidates, &self.assumptions, index);
        for measured in &self.measured {
            let at = measured.column[index];
            column.iter_mut().zip(&measured.column).for_each(|(entry, &known)| *entry -= at * known);
        }
        let deviation = (self.variance(index) + self.assumptions.noise).sqrt();
        #[expect(clippy::cast_possible_truncation, reason = "columns are in single precision")]
        let scale = (1.0 / deviation) as f32;
        for entry in &mut column {
            *entry *= scale;
        }
        let surprise = (value - self.mean[index]) / deviation;
        self.measured.push(Measured { column, surprise });
        self.apply_last(1.0);
    }

    /// Forgets the last measurement.
    pub(super) fn pop(&mut self) {
        if !self.measured.is_empty() {
            self.apply_last(-1.0);
            self.measured.pop();
        }
    }

    fn apply_last(&mut self, sign: f64) {
        let Some(Measured { column, surprise }) = self.measured.last() else { return };
        let entries = column.iter().map(|&entry| f64::from(entry));
        for ((entry, mean), variance) in entries.zip(&mut self.mean).zip(&mut self.variance) {
            *mean += sign * entry * surprise;
            *variance -= sign * entry * entry;
        }
    }

    /// What is expected of a candidate.
    pub(super) fn mean(&self, index: usize) -> f64 {
        self.mean[index]
    }

    /// How far its value may be from that, squared.
    pub(super) fn variance(&self, index: usize) -> f64 {
        self.variance[index].max(LEAST_VARIANCE)
    }

    /// The covariance of two candidates, given what was measured.
    pub(super) fn covariance(&self, candidates: &Candidates, a: usize, b: usize) -> f64 {
        let known: f64 = self.measured.iter().map(|one| f64::from(one.column[a]) * f64::from(one.column[b])).sum();
        prior_covariance(candidates, &self.assumptions, a, b) - known
    }
}

/// The covariances of one candidate with all, before anything is measured.
fn covariances(candidates: &Candidates, assumptions: &Assumptions, index: usize) -> Vec<f32> {
    let mut squared = vec![0.0_f32; candidates.count];
    for (column, length) in candidates.coordinates.iter().zip(&assumptions.lengths) {
        #[expect(clippy::cast_possible_truncation, reason = "columns are in single precision")]
        let scale = (1.0 / length) as f32;
        let here = column[index];
        for (sum, &there) in squared.iter_mut().zip(column) {
            let apart = (there - here) * scale;
            *sum += apart * apart;
        }
    }
    #[expect(clippy::cast_possible_truncation, reason = "columns are in single precision")]
    let (variance, constant, factor) = (assumptions.variance as f32, CONSTANT_VARIANCE as f32, FACTOR_VARIANCE as f32);
    for entry in &mut squared {
        *entry = variance * matern(*entry) + constant;
    }
    for feature in &candidates.features {
        let here = factor * feature[index];
        squared.iter_mut().zip(feature).for_each(|(entry, &there)| *entry += here * there);
    }
    squared
}

/// The covariance of two candidates before anything is measured.
pub(super) fn prior_covariance(candidates: &Candidates, assumptions: &Assumptions, a: usize, b: usize) -> f64 {
    let apart = |(column, length): (&Vec<f32>, &f64)| ((f64::from(column[a]) - f64::from(column[b])) / length).powi(2);
    let squared: f64 = candidates.coordinates.iter().zip(&assumptions.lengths).map(apart).sum();
    let linear: f64 = candidates.features.iter().map(|feature| f64::from(feature[a]) * f64::from(feature[b])).sum();
    #[expect(clippy::cast_possible_truncation, reason = "the kernel is in single precision")]
    let alike = f64::from(matern(squared as f32));
    assumptions.variance * alike + CONSTANT_VARIANCE + FACTOR_VARIANCE * linear
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Random;

    /// Candidates at random places, with a feature.
    #[expect(clippy::cast_possible_truncation, reason = "coordinates are in single precision")]
    fn candidates(count: usize) -> Candidates {
        let mut random = Random::new(3);
        let mut column = || (0..count).map(|_| random.uniform() as f32).collect();
        let (coordinates, features) = (vec![column(), column(), column()], vec![column()]);
        Candidates { coordinates, features, count }
    }

    /// Solves a system of equations by Gauss and Jordan's elimination, for several right sides.
    fn solved(mut matrix: Vec<Vec<f64>>, mut right: Vec<Vec<f64>>) -> Vec<Vec<f64>> {
        for pivot in 0..matrix.len() {
            let by = matrix[pivot][pivot];
            matrix[pivot].iter_mut().chain(&mut right[pivot]).for_each(|entry| *entry /= by);
            let (row, of_right) = (matrix[pivot].clone(), right[pivot].clone());
            for other in (0..matrix.len()).filter(|&other| other != pivot) {
                let factor = matrix[other][pivot];
                matrix[other].iter_mut().zip(&row).for_each(|(entry, known)| *entry -= factor * known);
                right[other].iter_mut().zip(&of_right).for_each(|(entry, known)| *entry -= factor * known);
            }
        }
        right
    }

    /// Against the formulas of the textbook, solved in one step.
    #[test]
    fn what_is_known_is_what_the_formulas_say() {
        let candidates = candidates(40);
        let assumptions = Assumptions { lengths: vec![0.4, 1.0, 2.5], variance: 0.3, noise: 0.01 };
        let measured = [(3, 0.5), (17, -0.2), (5, 0.9), (33, 0.1), (8, 0.4)];
        let mut process = Process::new(&candidates, assumptions.clone());
        for (index, value) in measured {
            process.add(&candidates, index, value);
        }
        let before = |a: usize, b: usize| prior_covariance(&candidates, &assumptions, a, b);
        let noisy = |a: usize, b: usize| before(a, b) + if a == b { assumptions.noise } else { 0.0 };
        let matrix: Vec<Vec<f64>> =
            measured.iter().map(|a| measured.iter().map(|b| noisy(a.0, b.0)).collect()).collect();
        let right = measured.iter().map(|&(index, value)| {
            let covariances = (0..candidates.count).map(|other| before(index, other));
            std::iter::once(value).chain(covariances).collect()
        });
        let solution = solved(matrix, right.collect());
        for a in 0..candidates.count {
            let explained = |column: usize| -> f64 {
                measured.iter().zip(&solution).map(|(one, row)| before(a, one.0) * row[column]).sum()
            };
            assert!((process.mean(a) - explained(0)).abs() < 1e-4, "{a}");
            assert!((process.variance(a) - (before(a, a) - explained(a + 1))).abs() < 1e-4, "{a}");
            for b in [0, 8, 21] {
                let covariance = process.covariance(&candidates, a, b);
                assert!((covariance - (before(a, b) - explained(b + 1))).abs() < 1e-4, "{a} {b}");
            }
        }
    }

    #[test]
    fn the_last_measurement_can_be_forgotten() {
        let candidates = candidates(30);
        let mut process = Process::new(&candidates, Assumptions::before(3));
        process.add(&candidates, 4, 1.0);
        let known: Vec<(f64, f64)> = (0..30).map(|index| (process.mean(index), process.variance(index))).collect();
        process.add(&candidates, 9, -1.0);
        assert!((process.mean(9) - known[9].0).abs() > 0.1);
        process.pop();
        for (index, (mean, variance)) in known.into_iter().enumerate() {
            assert!((process.mean(index) - mean).abs() < 1e-6 && (process.variance(index) - variance).abs() < 1e-6);
        }
    }
}
