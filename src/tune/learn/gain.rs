//! What a measurement is expected to gain.

use std::f64::consts::{PI, SQRT_2};

/// By how much a normal value is expected to fall below `best`, where it does (expected improvement: Jones, Schonlau and Welch,
/// 1998). Never negative.
pub(super) fn expected(best: f64, mean: f64, deviation: f64) -> f64 {
    let distance = (best - mean) / deviation;
    (deviation * (distance * below(distance) + density(distance))).max(0.0)
}

/// The chance that a standard normal value is below this.
pub(super) fn below(value: f64) -> f64 {
    0.5 * complement(-value / SQRT_2)
}

fn density(value: f64) -> f64 {
    (-0.5 * value * value).exp() / (2.0 * PI).sqrt()
}

/// The complementary error function, to 1.2e-7 of itself (W. J. Cody's rational fits condensed into one: *Numerical Recipes*, 6.2).
fn complement(value: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.5 * value.abs());
    let series = [
        0.170_872_77,
        -0.822_152_23,
        1.488_515_87,
        -1.135_203_98,
        0.278_868_07,
        -0.186_288_06,
        0.096_784_18,
        0.374_091_96,
        1.000_023_68,
        -1.265_512_23,
    ];
    let exponent = series.iter().fold(0.0, |sum, factor| sum * t + factor);
    let tail = t * (exponent - value * value).exp();
    if value >= 0.0 { tail } else { 2.0 - tail }
}

/// The lower triangle of a square root of covariances, which are given by rows up to the diagonal: Cholesky's, where what rounding has made
/// negative counts as nothing.
pub(super) fn root(mut rows: Vec<Vec<f64>>) -> Vec<Vec<f64>> {
    for index in 0..rows.len() {
        let (above, rest) = rows.split_at_mut(index);
        let row = &mut rest[0];
        for (column, factors) in above.iter().enumerate() {
            let known: f64 = row[..column].iter().zip(factors).map(|(a, b)| a * b).sum();
            let pivot = factors[column];
            row[column] = if pivot > 0.0 { (row[column] - known) / pivot } else { 0.0 };
        }
        let known: f64 = row[..index].iter().map(|entry| entry * entry).sum();
        row[index] = (row[index] - known).max(0.0).sqrt();
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By the rule of rectangles.
    fn integrated(of: impl Fn(f64) -> f64) -> f64 {
        let step = 1e-3;
        (-9000..9000).map(|index| (f64::from(index) + 0.5) * step).map(|at| of(at) * density(at) * step).sum()
    }

    #[test]
    fn as_integration_says() {
        for (best, mean, deviation) in
            [(0.0, 0.0, 1.0), (1.0, 1.5, 0.3), (-2.0, 0.5, 0.8), (0.0, -1.0, 0.1), (0.3, 5.0, 0.1)]
        {
            let expected = integrated(|normal| (best - mean - deviation * normal).max(0.0));
            let found = super::expected(best, mean, deviation);
            assert!((found - expected).abs() < 1e-5, "{best} {mean} {deviation}: {found} {expected}");
        }
        for value in [-3.0, -0.7, 0.0, 0.4, 2.2] {
            let expected = integrated(|normal| f64::from(u8::from(normal < value)));
            assert!((below(value) - expected).abs() < 1e-3, "{value}");
        }
    }

    #[test]
    fn a_root_squared_is_the_covariances() {
        let rows = vec![vec![2.0], vec![0.5, 1.5], vec![2.0, 0.5, 2.0]];
        let root = root(rows.clone());
        for (a, row) in rows.iter().enumerate() {
            for (b, covariance) in row.iter().enumerate() {
                let product: f64 = root[a].iter().zip(&root[b]).map(|(x, y)| x * y).sum();
                assert!((product - covariance).abs() < 1e-12, "{a} {b}");
            }
        }
    }
}
