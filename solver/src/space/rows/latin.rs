//! Samples that spread over the values of every variable.

use super::sample::below;
use crate::space::solutions::SolutionSpace;
use num_bigint::BigUint;
use num_traits::{ToPrimitive, Zero};
use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;
use std::collections::BTreeMap;

/// One row, as a multiple of which cumulative counts are kept.
const ROW: i64 = 1 << 16;
/// The values of a variable are put together into no more groups than this.
const GROUPS: u64 = 64;
/// How often every row is offered an exchange, and for how many others.
const SWEEPS: usize = 4;
const CANDIDATES: usize = 8;

impl SolutionSpace {
    /// `count` different solutions, or all where there are fewer, that spread over the space and over the values of each
    /// variable. The same seed gives the same rows, in the order of the space.
    ///
    /// The rows of the space, in its order, are cut into `count` strata whose sizes differ by one at most, and one row is
    /// drawn from each. So all rows differ, and of the first `k` rows of the space, for any `k`, less than one more or one
    /// fewer is drawn than their share: the first variable in the order of the diagram is spread as evenly as can be. Then
    /// each row is offered exchanges for others of its stratum, and takes the one that most lowers the sum, over all
    /// variables, of the Cramér–von Mises distance: the mean square of the distance between the cumulative counts of the
    /// sample and those of the space (see [`SolutionSpace::counts`]). So the other variables spread at least as evenly, in
    /// sum, as they did when drawn. A Latin hypercube in the strict sense, one row in each stratum of each variable, need
    /// not exist where constraints tie variables to each other.
    ///
    /// Variables whose counts cannot be listed are spread as they are drawn. Takes some 40 rows for each that it gives.
    ///
    /// ```
    /// use constrint_solver::{Limits, Model, SolutionSpace, Values};
    ///
    /// let mut model = Model::new();
    /// model.add_variable("x", Values::range(1, 10, 1)?)?;
    /// model.add_variable("y", Values::range(1, 10, 1)?)?;
    /// let space = SolutionSpace::build(&model, &Limits::default())?;
    /// let rows = space.latin_hypercube(10, 1);
    /// let xs: Vec<i64> = rows.iter().map(|row| row[0]).collect();
    /// let mut ys: Vec<i64> = rows.iter().map(|row| row[1]).collect();
    /// ys.sort();
    /// ys.dedup();
    /// assert_eq!(xs, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    /// assert!(ys.len() >= 8, "nearly all: {ys:?}");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn latin_hypercube(&self, count: usize, seed: u64) -> Vec<Vec<i64>> {
        let all = self.len();
        let count = all.to_usize().map_or(count, |all| count.min(all));
        let start = |stratum: usize| &all * stratum / count.max(1);
        let mut generator = Xoshiro256PlusPlus::seed_from_u64(seed);
        let mut draw = |stratum: usize| {
            let (from, to) = (start(stratum), start(stratum + 1));
            self.get(&(&from + below(&(to - &from), &mut generator))).expect("below the number of rows")
        };
        let mut rows: Vec<Vec<i64>> = (0..count).map(&mut draw).collect();
        let mut balances = self.balances(count);
        for balance in &mut balances {
            balance.add(&rows);
        }
        for _ in 0..SWEEPS {
            let mut exchanged = false;
            for (stratum, row) in rows.iter_mut().enumerate() {
                let gain = |other: &[i64]| balances.iter().map(|balance| balance.change(row, other)).sum::<i128>();
                let others = (0..CANDIDATES).map(|_| draw(stratum));
                let best = others.map(|other| (gain(&other), other)).min_by_key(|(change, _)| *change);
                if let Some((_, other)) = best.filter(|(change, _)| *change < 0) {
                    for balance in &mut balances {
                        balance.exchange(row, &other);
                    }
                    *row = other;
                    exchanged = true;
                }
            }
            if !exchanged {
                break;
            }
        }
        rows
    }

    fn balances(&self, count: usize) -> Vec<Balance> {
        let all = self.len();
        let open = self.variable_ids().filter(|id| self.open.iter().any(|&open| open as usize == id.index()));
        open.filter_map(|id| Some(Balance::new(id.index(), &self.counts(id)?, &all, count))).collect()
    }
}

/// How far the cumulative counts of a sample are from their share, for one variable.
struct Balance {
    variable: usize,
    /// The largest value of each group, ascending.
    ends: Vec<i64>,
    /// Of 2^10 rows of the space, how many are in the group.
    weights: Vec<i64>,
    /// Rows of the sample up to the end of each group, less their share, in units of 1 / [`ROW`].
    excess: Vec<i64>,
}

impl Balance {
    fn new(variable: usize, counts: &BTreeMap<i64, BigUint>, all: &BigUint, rows: usize) -> Self {
        let mut balance = Self { variable, ends: Vec::new(), weights: Vec::new(), excess: Vec::new() };
        let grouped = counts.len() as u64 > GROUPS;
        let share =
            |count: &BigUint, of: i64| (count * of.unsigned_abs() / all).to_i64().expect("no more than the whole");
        let (mut before, mut group_start) = (BigUint::zero(), BigUint::zero());
        for (&value, count) in counts {
            let same = grouped && !balance.ends.is_empty() && &before * GROUPS / all == &group_start * GROUPS / all;
            if same {
                let last = balance.ends.len() - 1;
                balance.ends.truncate(last);
                balance.weights.truncate(last);
                balance.excess.truncate(last);
            } else {
                group_start.clone_from(&before);
            }
            before += count;
            balance.ends.push(value);
            balance.weights.push(share(&(&before - &group_start), 1 << 10).max(1));
            balance.excess.push(-share(&(&before * rows), ROW));
        }
        balance
    }

    fn group(&self, row: &[i64]) -> usize {
        self.ends.partition_point(|&end| end < row[self.variable])
    }

    fn add(&mut self, rows: &[Vec<i64>]) {
        for row in rows {
            let group = self.group(row);
            self.excess[group..].iter_mut().for_each(|excess| *excess += ROW);
        }
    }

    /// By how much an exchange changes the distance.
    fn change(&self, row: &[i64], other: &[i64]) -> i128 {
        let (from, to) = (self.group(row), self.group(other));
        let step = if from < to { -ROW } else { ROW };
        let change = |group: usize| {
            let (excess, step) = (i128::from(self.excess[group]), i128::from(step));
            i128::from(self.weights[group]) * (2 * excess * step + step * step)
        };
        (from.min(to)..from.max(to)).map(change).sum()
    }

    fn exchange(&mut self, row: &[i64], other: &[i64]) {
        let (from, to) = (self.group(row), self.group(other));
        let step = if from < to { -ROW } else { ROW };
        self.excess[from.min(to)..from.max(to)].iter_mut().for_each(|excess| *excess += step);
    }
}
