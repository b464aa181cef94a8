//! What logs of other GPUs, shapes or earlier runs teach: by how much each configuration differs from what is predicted.

use super::learn::coordinate;
use super::pool::Pool;
use super::{Measured, Outcome};

/// So many measured configurations nearest to one say what to expect of it.
const NEAREST: usize = 8;
/// The distance, in coordinates, over which they do.
const LENGTH: f64 = 0.2;
/// The weight of the expectation that it is as predicted.
const DOUBT: f64 = 0.1;
/// For configurations that were not measured, so many of the quickest and as many others are looked at.
const SHARE: usize = 500;

/// What a log says of the configurations of a pool.
pub(super) struct Lesson {
    /// The logarithm of each one's time there, over that of the prediction; around 0.
    pub(super) differences: Vec<f64>,
    /// The places of those that were tried there, and whether they failed.
    pub(super) tried: Vec<(usize, bool)>,
}

/// What one log says; `predicted` are the logarithms of what is predicted here.
pub(super) fn lesson(log: &[Measured], pool: &Pool, predicted: Option<&[f64]>) -> Lesson {
    let before = |place: usize| predicted.map_or(0.0, |predicted| predicted[place]);
    let placed = || log.iter().filter_map(|one| Some((pool.find(&one.values)?, &one.outcome)));
    let tried = placed().map(|(place, outcome)| (place, matches!(outcome, Outcome::Failed(_)))).collect();
    let mut known: Vec<(usize, f64)> = placed()
        .filter_map(|(place, outcome)| match outcome {
            Outcome::Took(time_ms) => Some((place, time_ms.ln() - before(place))),
            Outcome::Failed(_) => None,
        })
        .collect();
    let mut sorted: Vec<f64> = known.iter().map(|one| one.1).collect();
    sorted.sort_by(f64::total_cmp);
    let Some(&median) = sorted.get(sorted.len() / 2) else {
        return Lesson { differences: vec![0.0; pool.len()], tried };
    };
    for one in &mut known {
        one.1 -= median;
    }
    let mut differences = near(&spoken(&known, before), pool);
    for (place, difference) in known {
        differences[place] = difference;
    }
    Lesson { differences, tried }
}

/// Of many the quickest, and others spread over the rest.
fn spoken(known: &[(usize, f64)], before: impl Fn(usize) -> f64) -> Vec<(usize, f64)> {
    let mut sorted = known.to_vec();
    sorted.sort_by(|a, b| (a.1 + before(a.0)).total_cmp(&(b.1 + before(b.0))));
    let rest = sorted.split_off(SHARE.min(sorted.len()));
    sorted.extend(rest.iter().step_by(rest.len().div_ceil(SHARE).max(1)));
    sorted
}

/// For each configuration what the nearest of those that are known say.
fn near(known: &[(usize, f64)], pool: &Pool) -> Vec<f64> {
    let coordinates: Vec<Vec<f32>> = pool.columns().iter().filter_map(|column| coordinate(column)).collect();
    let mut by_distance: Vec<(f32, f64)> = Vec::with_capacity(known.len());
    let weight = |squared: f32| (-0.5 * f64::from(squared) / (LENGTH * LENGTH)).exp();
    let of = |place: usize| {
        by_distance.clear();
        by_distance.extend(known.iter().map(|&(other, difference)| {
            let apart = coordinates.iter().map(|column| (column[place] - column[other]).powi(2)).sum();
            (apart, difference)
        }));
        if by_distance.len() > NEAREST {
            by_distance.select_nth_unstable_by(NEAREST, |a, b| a.0.total_cmp(&b.0));
            by_distance.truncate(NEAREST);
        }
        let weights: f64 = by_distance.iter().map(|one| weight(one.0)).sum();
        by_distance.iter().map(|one| weight(one.0) * one.1).sum::<f64>() / (weights + DOUBT)
    };
    (0..pool.len()).map(of).collect()
}
