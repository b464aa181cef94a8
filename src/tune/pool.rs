//! [`Pool`]: the configurations among which the tuner chooses, and what is predicted for them.
//!
//! A space of up to 2^16 configurations is in it as a whole. Of a larger one those are that are predicted to be quickest, and as many
//! drawn at random; [`Pool::grow`] adds the neighbours of what proves good.

use super::estimate::Estimate;
use crate::enumerate::Solutions;
use crate::tiling::Tiling;
use constrint_solver::{Goal, Neighbourhood, SolutionSpace};
use num_traits::ToPrimitive;
use std::collections::HashMap;

/// A space with more configurations is not in the pool as a whole.
const MOST: usize = 1 << 16;
/// Then so many are that are predicted to be quickest, and as many that are drawn.
const SHARE: usize = 1 << 14;
/// Spaces of up to so many are gone through for the quickest; of larger ones so many are drawn.
const MOST_PREDICTED: usize = 1 << 22;
/// Neighbours that are added at a time.
const MOST_NEIGHBOURS: usize = 1 << 9;

/// What is known of the time before anything is measured.
#[derive(Debug)]
pub(super) struct Prediction {
    estimate: Estimate,
    /// Whether a larger value is better.
    is_gain: bool,
}

impl Prediction {
    /// The kernel's predicted time, or else the first objective, if there is either.
    pub(super) fn of(tiling: &Tiling) -> Option<Self> {
        if let Some(cost) = &tiling.cost {
            let estimate = Estimate::of(&tiling.definitions[cost].expr);
            return Some(Self { estimate, is_gain: false });
        }
        let objective = tiling.model.objectives().first()?;
        let is_gain = objective.goal == Goal::Maximize;
        Some(Self { estimate: Estimate::of(&objective.expr), is_gain })
    }

    /// Logarithms at these rows, of which smaller ones are better. What is not positive is as good as the best, or as bad as the worst.
    fn logarithms(&self, rows: &[i64], width: usize) -> Vec<f64> {
        let sign = if self.is_gain { -1.0 } else { 1.0 };
        self.estimate.of_rows(rows, width).into_iter().map(|value| sign * value.max(f64::MIN_POSITIVE).ln()).collect()
    }
}

/// Configurations, by their places.
#[derive(Debug)]
pub(super) struct Pool {
    width: usize,
    rows: Vec<i64>,
    places: HashMap<Vec<i64>, usize>,
    /// The space, where the pool is a part of it.
    space: Option<SolutionSpace>,
    /// How many configurations there are, where that is known.
    pub(super) total: Option<f64>,
}

impl Pool {
    /// These configurations of so many variables.
    pub(super) fn only(rows: &[Vec<i64>], width: usize) -> Self {
        let mut pool =
            Self { width, rows: Vec::new(), places: HashMap::new(), space: None, total: rows.len().to_f64() };
        for row in rows {
            pool.insert(row);
        }
        pool
    }

    /// All solutions, or the better part of them; fewer where a limit is reached.
    pub(super) fn of(solutions: &Solutions, width: usize, prediction: Option<&Prediction>, seed: u64) -> Self {
        let mut pool = Self::only(&[], width);
        match solutions.space() {
            Ok(space) => pool.fill(space, prediction, seed),
            // What a diagram cannot hold, the search may still walk: its first rows.
            Err(error) => {
                pool.total = None;
                let rows = if error.is_stop() { 0 } else { MOST };
                for row in solutions.rows().take(rows).map_while(Result::ok) {
                    pool.insert(&row);
                }
            }
        }
        pool
    }

    fn fill(&mut self, space: SolutionSpace, prediction: Option<&Prediction>, seed: u64) {
        let total = space.len();
        self.total = total.to_f64();
        let count = total.to_usize().unwrap_or(usize::MAX);
        if count <= MOST {
            let mut rows = space.iter();
            while let Some(row) = rows.next_row() {
                self.insert(row);
            }
            return;
        }
        if let Some(prediction) = prediction {
            for row in quickest(&space, count, prediction, seed) {
                self.insert(&row);
            }
        }
        for row in space.sample(SHARE, seed) {
            self.insert(&row);
        }
        self.space = Some(space);
    }

    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// The values of a configuration.
    pub(super) fn row(&self, place: usize) -> &[i64] {
        &self.rows[place * self.width..(place + 1) * self.width]
    }

    /// Where a configuration is.
    pub(super) fn find(&self, row: &[i64]) -> Option<usize> {
        self.places.get(row).copied()
    }

    /// The place of a configuration, which is added if need be.
    pub(super) fn insert(&mut self, row: &[i64]) -> usize {
        if let Some(place) = self.find(row) {
            return place;
        }
        let place = self.places.len();
        self.rows.extend_from_slice(row);
        self.places.insert(row.to_vec(), place);
        place
    }

    /// Adds the neighbours of a configuration, where not all are there. True where that changed anything.
    pub(super) fn grow(&mut self, place: usize) -> bool {
        let Some(space) = &self.space else { return false };
        let before = self.len();
        let near = space.neighbours(self.row(place), Neighbourhood::Hamming);
        if near.len().to_usize().is_some_and(|count| count <= MOST_NEIGHBOURS) {
            let mut rows = near.iter();
            while let Some(row) = rows.next_row() {
                self.insert(row);
            }
        } else {
            for row in near.sample(MOST_NEIGHBOURS, 0) {
                self.insert(&row);
            }
        }
        self.len() > before
    }

    /// Each variable's values, a column a variable.
    #[expect(clippy::cast_precision_loss, reason = "values are below 2^53")]
    pub(super) fn columns(&self) -> Vec<Vec<f64>> {
        let column = |index: usize| self.rows.iter().skip(index).step_by(self.width).map(|&value| value as f64);
        (0..self.width).map(|index| column(index).collect()).collect()
    }

    /// What is predicted for each, as logarithms.
    pub(super) fn predicted(&self, prediction: &Prediction) -> Vec<f64> {
        prediction.logarithms(&self.rows, self.width)
    }
}

/// Those of a large space that are predicted to be quickest.
fn quickest(space: &SolutionSpace, count: usize, prediction: &Prediction, seed: u64) -> Vec<Vec<i64>> {
    let width = space.variables().len();
    let mut best: Vec<(f64, Vec<i64>)> = Vec::new();
    let mut take = |rows: &[i64]| {
        let predicted = prediction.logarithms(rows, width);
        let worst = if best.len() < SHARE { f64::INFINITY } else { best[SHARE - 1].0 };
        let good = rows.chunks(width.max(1)).zip(predicted).filter(|(_, value)| *value < worst);
        best.extend(good.map(|(row, value)| (value, row.to_vec())));
        if best.len() > 2 * SHARE {
            best.sort_by(|a, b| a.0.total_cmp(&b.0));
            best.truncate(SHARE);
        }
    };
    if count <= MOST_PREDICTED {
        let (mut rows, mut block) = (space.iter(), Vec::new());
        while let Some(row) = rows.next_row() {
            block.extend_from_slice(row);
            if block.len() >= width << 12 {
                take(&block);
                block.clear();
            }
        }
        take(&block);
    } else {
        space.sample(MOST_PREDICTED / 4, seed).chunks(1 << 12).for_each(|rows| take(&rows.concat()));
    }
    best.sort_by(|a, b| a.0.total_cmp(&b.0));
    best.truncate(SHARE);
    best.into_iter().map(|(_, row)| row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Problem;
    use crate::tiling::lower;
    use constrint_solver::{Limits, checker};

    fn pool(text: &str) -> (Tiling, Prediction, Pool) {
        let problem = Problem::from_json(text).unwrap();
        let tiling = lower(&problem).unwrap();
        let prediction = Prediction::of(&tiling).unwrap();
        let solutions = Solutions::of(&problem, &tiling, &Limits::default()).unwrap();
        let pool = Pool::of(&solutions, tiling.model.variables().len(), Some(&prediction), 1);
        (tiling, prediction, pool)
    }

    /// Of 10^6 and of 10^12 configurations a part is looked at, the quickest among them; all are solutions, each stands there once, and the
    /// neighbours of one can be added.
    #[test]
    fn of_large_spaces_the_better_part() {
        let variables = |count: usize| {
            let names: Vec<String> =
                (0..count).map(|index| format!(r#""v{index}": {{"min": 1, "max": 10}}"#)).collect();
            let sum: Vec<String> = (0..count).map(|index| format!("(v{index} - 3) * (v{index} - 3)")).collect();
            let (names, sum) = (names.join(", "), sum.join(" + "));
            format!(
                r#"{{"version": 1, "variables": {{{names}}}, "constraints": ["v0 + v1 != 4"], "objective": {{"minimize": "1 + {sum}"}}}}"#
            )
        };
        for (count, size) in [(6, 970_000.0), (12, 0.97e12)] {
            let (tiling, prediction, mut pool) = pool(&variables(count));
            assert_eq!(pool.total, Some(size));
            assert!((1 << 14..=1 << 15).contains(&pool.len()), "{}", pool.len());
            for place in (0..pool.len()).step_by(97) {
                assert_eq!(checker::is_solution(&tiling.model, pool.row(place)), Ok(true));
                assert_eq!(pool.find(pool.row(place)), Some(place));
            }
            if count == 6 {
                let best: Vec<i64> = vec![3; 6];
                assert!(pool.find(&best).is_some(), "the quickest of all");
            }
            let predicted = pool.predicted(&prediction);
            let best = (0..pool.len()).min_by(|&a, &b| predicted[a].total_cmp(&predicted[b])).unwrap();
            let mut row = pool.row(best).to_vec();
            row[5] = if row[5] == 9 { 10 } else { 9 };
            let before = pool.len();
            pool.grow(best);
            assert!(
                pool.find(&row).is_some(),
                "a neighbour of {:?}; {before} before, {} now",
                pool.row(best),
                pool.len()
            );
        }
    }

    #[test]
    fn a_larger_gain_is_better() {
        let text = r#"{"version": 1, "variables": {"x": {"min": 1, "max": 9}}, "objective": {"maximize": "x * x"}}"#;
        let (_, prediction, pool) = pool(text);
        assert!(pool.predicted(&prediction).is_sorted_by(|a, b| a > b));
        assert_eq!(pool.columns(), [[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0]]);
    }
}
