//! What a process should assume, by what was measured: the assumptions under which that is most likely.

use super::process::{Assumptions, CONSTANT_VARIANCE, Candidates, FACTOR_VARIANCE, matern};

/// What is assumed before anything is measured, and how far from it the logarithms may lie (one standard deviation): times vary by half
/// of themselves, smoothly over most of a variable's range, and are measured to a hundredth or two.
const LENGTH: f64 = 1.5;
const LENGTH_SPREAD: f64 = 0.8;
const VARIANCE: f64 = 0.25;
const NOISE: f64 = 1e-3;
const SPREAD: f64 = 1.0;

/// The step of the search, in logarithms.
const STEP: f64 = 0.5;

impl Assumptions {
    /// What is assumed before anything is measured.
    pub(super) fn before(coordinates: usize) -> Self {
        Self { lengths: vec![LENGTH; coordinates], variance: VARIANCE, noise: NOISE }
    }

    /// The assumptions near these that make the measured values most likely: coordinate ascent in steps of a
    /// half, `rounds` times over all.
    #[must_use]
    pub(super) fn fitted(&self, candidates: &Candidates, measured: &[(usize, f64)], rounds: usize) -> Self {
        let sample = Sample::of(candidates, measured);
        let mut best = self.clone();
        let mut likelihood = sample.likelihood(&best);
        for _ in 0..rounds {
            let before = likelihood;
            for place in 0..best.lengths.len() + 2 {
                for step in [STEP, -STEP] {
                    loop {
                        let mut tried = best.clone();
                        *tried.number(place) *= step.exp();
                        let found = sample.likelihood(&tried);
                        if found <= likelihood + 1e-6 {
                            break;
                        }
                        (best, likelihood) = (tried, found);
                    }
                }
            }
            if likelihood - before < 1e-3 {
                break;
            }
        }
        best
    }

    fn number(&mut self, place: usize) -> &mut f64 {
        let lengths = self.lengths.len();
        match place.checked_sub(lengths) {
            None => &mut self.lengths[place],
            Some(0) => &mut self.variance,
            Some(_) => &mut self.noise,
        }
    }

    /// The logarithm of how likely these are beforehand.
    fn likelihood(&self) -> f64 {
        let far = |value: f64, usual: f64, spread: f64| -0.5 * ((value / usual).ln() / spread).powi(2);
        self.lengths.iter().map(|&length| far(length, LENGTH, LENGTH_SPREAD)).sum::<f64>()
            + far(self.variance, VARIANCE, SPREAD)
            + far(self.noise, NOISE, SPREAD)
    }
}

/// Measured candidates, with what does not depend on the assumptions.
struct Sample {
    values: Vec<f64>,
    /// For each coordinate the squared distances of all pairs, row by row below the diagonal.
    apart: Vec<Vec<f32>>,
    /// For each pair what of its covariance comes from the constant and the features; with the diagonal.
    linear: Vec<f64>,
}

impl Sample {
    fn of(candidates: &Candidates, measured: &[(usize, f64)]) -> Self {
        let indices: Vec<usize> = measured.iter().map(|one| one.0).collect();
        let pairs = |with: usize| {
            let indices = &indices;
            (0..indices.len()).flat_map(move |row| indices[..row + with].iter().map(move |&b| (indices[row], b)))
        };
        let squared = |column: &Vec<f32>| pairs(0).map(|(a, b)| (column[a] - column[b]).powi(2)).collect();
        let products = |(a, b): (usize, usize)| {
            let product = |feature: &Vec<f32>| f64::from(feature[a]) * f64::from(feature[b]);
            CONSTANT_VARIANCE + FACTOR_VARIANCE * candidates.features.iter().map(product).sum::<f64>()
        };
        Self {
            values: measured.iter().map(|one| one.1).collect(),
            apart: candidates.coordinates.iter().map(squared).collect(),
            linear: pairs(1).map(products).collect(),
        }
    }

    /// The logarithm of how likely the values are under these assumptions and these beforehand, but for a constant.
    fn likelihood(&self, assumptions: &Assumptions) -> f64 {
        let covariances = self.covariances(assumptions);
        factored(covariances, &self.values).map_or(f64::NEG_INFINITY, |fit| fit + assumptions.likelihood())
    }

    /// Row by row, up to the diagonal.
    fn covariances(&self, assumptions: &Assumptions) -> Vec<Vec<f64>> {
        let mut squared = vec![0.0_f32; self.values.len() * self.values.len().saturating_sub(1) / 2];
        for (apart, length) in self.apart.iter().zip(&assumptions.lengths) {
            #[expect(clippy::cast_possible_truncation, reason = "distances are in single precision")]
            let scale = (1.0 / (length * length)) as f32;
            squared.iter_mut().zip(apart).for_each(|(sum, &apart)| *sum += apart * scale);
        }
        let (mut squared, mut linear) = (squared.into_iter(), self.linear.iter());
        let mut next = |row: usize, column: usize| {
            let alike = if column < row { squared.next().map_or(0.0, |apart| f64::from(matern(apart))) } else { 1.0 };
            let noise = if column < row { 0.0 } else { assumptions.noise };
            assumptions.variance * alike + noise + linear.next().copied().unwrap_or_default()
        };
        (0..self.values.len()).map(|row| (0..=row).map(|column| next(row, column)).collect()).collect()
    }
}

/// By Cholesky's factorisation the logarithm of a normal density at the values, but for a constant; none where the covariances have none.
fn factored(mut rows: Vec<Vec<f64>>, values: &[f64]) -> Option<f64> {
    let mut whitened: Vec<f64> = Vec::with_capacity(values.len());
    let mut sum = 0.0;
    for index in 0..rows.len() {
        let (above, rest) = rows.split_at_mut(index);
        let row = &mut rest[0];
        for (column, factors) in above.iter().enumerate() {
            let known: f64 = row[..column].iter().zip(factors).map(|(a, b)| a * b).sum();
            row[column] = (row[column] - known) / factors[column];
        }
        let known: f64 = row[..index].iter().map(|entry| entry * entry).sum();
        let pivot = row[index] - known;
        if pivot <= 0.0 {
            return None;
        }
        row[index] = pivot.sqrt();
        let explained: f64 = row[..index].iter().zip(&whitened).map(|(a, b)| a * b).sum();
        let left = (values[index] - explained) / row[index];
        sum -= 0.5 * left * left + row[index].ln();
        whitened.push(left);
    }
    Some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Random;
    use std::f64::consts::PI;

    /// The determinant and the quadratic form by elimination.
    fn direct(rows: &[Vec<f64>], values: &[f64]) -> f64 {
        let full = |a: usize, b: usize| rows[a.max(b)][a.min(b)];
        let count = values.len();
        let mut matrix: Vec<Vec<f64>> =
            (0..count).map(|a| (0..count).map(|b| full(a, b)).chain([values[a]]).collect()).collect();
        let mut logarithm = 0.0;
        for pivot in 0..count {
            logarithm += matrix[pivot][pivot].ln();
            for row in pivot + 1..count {
                let factor = matrix[row][pivot] / matrix[pivot][pivot];
                let above = matrix[pivot].clone();
                matrix[row].iter_mut().zip(&above).for_each(|(entry, known)| *entry -= factor * known);
            }
        }
        let mut solution = vec![0.0; count];
        for row in (0..count).rev() {
            let known: f64 = (row + 1..count).map(|column| matrix[row][column] * solution[column]).sum();
            solution[row] = (matrix[row][count] - known) / matrix[row][row];
        }
        let form: f64 = values.iter().zip(&solution).map(|(value, solved)| value * solved).sum();
        -0.5 * (form + logarithm)
    }

    #[test]
    fn the_likelihood_is_the_normal_density() {
        let rows = vec![vec![2.0], vec![0.5, 1.5], vec![-0.3, 0.2, 1.0], vec![0.1, 0.4, -0.2, 3.0]];
        let values = [0.7, -1.2, 0.4, 2.0];
        let expected = direct(&rows, &values);
        assert!((factored(rows, &values).unwrap() - expected).abs() < 1e-12);
        assert_eq!(factored(vec![vec![1.0], vec![2.0, 1.0]], &[0.0, 0.0]), None, "no covariances");
    }

    /// What varies along one coordinate alone is seen to.
    #[test]
    #[expect(clippy::cast_possible_truncation, reason = "coordinates are in single precision")]
    fn a_coordinate_that_does_not_matter_gets_a_long_length() {
        let mut random = Random::new(5);
        let mut column = || -> Vec<f32> { (0..60).map(|_| random.uniform() as f32).collect() };
        let coordinates = vec![column(), column()];
        let measured: Vec<(usize, f64)> =
            (0..60).map(|index| (index, (f64::from(coordinates[0][index]) * 2.0 * PI).sin())).collect();
        let candidates = Candidates { coordinates, features: Vec::new(), count: 60 };
        let before = Assumptions::before(2);
        let fitted = before.fitted(&candidates, &measured, 3);
        assert!(fitted.lengths[1] > 3.0 * fitted.lengths[0], "{fitted:?}");
        let sample = Sample::of(&candidates, &measured);
        assert!(sample.likelihood(&fitted) > sample.likelihood(&before));
    }
}
