//! [`Failing`]: which candidates are likely to fail, by those that did and those that worked near them.

use super::process::Candidates;

/// The distance, in coordinates, over which a failure says something.
const LENGTH: f32 = 0.2;
/// How many failures it takes to be convinced where nothing is known.
const DOUBT: f32 = 0.3;
/// No candidate is given up for what its neighbours did.
const MOST: f64 = 0.98;

/// Failures and successes near each candidate.
#[derive(Clone, Debug, Default)]
pub(super) struct Failing {
    failed: Vec<f32>,
    worked: Vec<f32>,
    any: bool,
}

impl Failing {
    pub(super) fn new(count: usize) -> Self {
        Self { failed: vec![0.0; count], worked: vec![0.0; count], any: false }
    }

    /// A candidate worked or failed; `weight` is 1, or less where it did so elsewhere.
    pub(super) fn add(&mut self, candidates: &Candidates, index: usize, failed: bool, weight: f32) {
        self.any |= failed;
        let mut squared = vec![0.0_f32; candidates.count];
        for column in &candidates.coordinates {
            let here = column[index];
            squared.iter_mut().zip(column).for_each(|(sum, &there)| *sum += (there - here) * (there - here));
        }
        let sums = if failed { &mut self.failed } else { &mut self.worked };
        let near = |squared: f32| weight * (-0.5 * squared / (LENGTH * LENGTH)).exp();
        sums.iter_mut().zip(squared).for_each(|(sum, squared)| *sum += near(squared));
    }

    /// How likely a candidate is to work: the chance, squared, since what lies beyond a limit often promises much. On recordings
    /// this is a little better than the chance itself.
    pub(super) fn works(&self, index: usize) -> f64 {
        if !self.any {
            return 1.0;
        }
        let (failed, worked) = (self.failed[index], self.worked[index]);
        (1.0 - MOST * f64::from(failed / (failed + worked + DOUBT))).powi(2)
    }
}
