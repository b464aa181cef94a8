//! [`Bisection`]: which values of a monotone variable are still open.

use super::verdict::Verdict;
use crate::ValueOrder;
use crate::model::{Comparison, Expr, Model, Values, VarId};
use std::ops::Range;

/// The values of a variable in the order in which they begin to fail, and the part of them that is open. A position is
/// the number of values before it in that order.
#[derive(Debug, Clone)]
pub(super) struct Bisection {
    variable: VarId,
    wanted: ValueOrder,
    values: Values,
    /// Below: nothing is better than the best known. From the end on: everything fails.
    open: Range<u64>,
    /// Whether what is below was read from a log and not yet proved: the log may be of a search for something else.
    in_doubt: bool,
}

impl Bisection {
    pub(super) fn new(model: &Model, variable: VarId, wanted: ValueOrder) -> Self {
        let values = model.variable(variable).values.clone();
        Self { variable, wanted, open: 0..values.len(), values, in_doubt: false }
    }

    /// What to search next: what is in doubt, or the lower half of what is open; none if nothing is.
    pub(super) fn part(&self) -> Option<Expr> {
        if self.in_doubt {
            Some(self.between(0, self.open.start - 1))
        } else {
            (!self.open.is_empty()).then(|| self.between(self.open.start, self.middle()))
        }
    }

    /// Nothing in the part is better than the best known.
    pub(super) fn settle_part(&mut self) {
        if self.in_doubt {
            self.in_doubt = false;
        } else {
            self.open.start = self.middle() + 1;
        }
    }

    /// What the log settled may not be.
    pub(super) fn doubt(&mut self) {
        self.in_doubt = self.open.start > 0;
    }

    pub(super) fn is_in_doubt(&self) -> bool {
        self.in_doubt
    }

    /// What the log settled is not.
    pub(super) fn start_over(&mut self) {
        self.open.start = 0;
        self.in_doubt = false;
    }

    /// A failure that blames nothing is one of this variable.
    pub(super) fn meant(&self, verdict: Verdict) -> Verdict {
        let variable = self.variable;
        match (verdict, self.wanted) {
            (Verdict::Fails, ValueOrder::LargestFirst) => Verdict::FailsFrom { variable },
            (Verdict::Fails, ValueOrder::SmallestFirst) => Verdict::FailsUpTo { variable },
            (verdict, _) => verdict,
        }
    }

    /// Learns from a trial.
    ///
    /// A solution was proposed as the best with the variable up to the middle, after lower parts were settled. Which
    /// middle that was, its value tells: so a log leads to where the search was that wrote it.
    pub(super) fn learn(&mut self, values: &[i64], meant: Verdict) {
        let position = self.position(values[self.variable.index()]);
        while !self.open.is_empty() && self.middle() < position {
            self.open.start = self.middle() + 1;
        }
        if meant == Verdict::Works && !self.open.is_empty() {
            self.open.start = self.middle() + 1;
        } else if meant == self.meant(Verdict::Fails) {
            self.open.end = self.open.end.min(position);
            self.open.start = self.open.start.min(self.open.end);
        }
    }

    /// The last position of the lower half of what is open.
    fn middle(&self) -> u64 {
        self.open.start + (self.open.end - 1 - self.open.start) / 2
    }

    /// The variable is at one of these positions, both included.
    fn between(&self, first: u64, last: u64) -> Expr {
        let (first, last) = (self.value(first), self.value(last));
        let compared = |comparison, value: i64| Expr::from(self.variable).compare(comparison, value);
        Expr::And(vec![
            compared(Comparison::GreaterEqual, first.min(last)),
            compared(Comparison::LessEqual, first.max(last)),
        ])
    }

    fn position(&self, value: i64) -> u64 {
        let smaller = match &self.values {
            Values::Range { min, step, .. } => ((value - min) / step).unsigned_abs(),
            Values::List(list) => list.partition_point(|&known| known < value) as u64,
        };
        self.counted(smaller)
    }

    fn value(&self, position: u64) -> i64 {
        let smaller = self.counted(position);
        match &self.values {
            Values::Range { min, step, .. } => min + step * i64::try_from(smaller).expect("fewer than 2^54 values"),
            Values::List(list) => list[usize::try_from(smaller).expect("a list fits into memory")],
        }
    }

    /// Turns the number of smaller values into a position, and back.
    fn counted(&self, place: u64) -> u64 {
        if self.wanted == ValueOrder::LargestFirst { place } else { self.values.len() - 1 - place }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_and_values_are_inverse() {
        let (largest, least) = (crate::model::MAX_VALUE, -crate::model::MAX_VALUE);
        let all = [Values::range(-7, 20, 3), Values::list([5, 1, 12]), Values::range(least, largest, 1)];
        for values in all.map(Result::unwrap) {
            let mut model = Model::new();
            let variable = model.add_variable("x", values.clone()).unwrap();
            for wanted in [ValueOrder::LargestFirst, ValueOrder::SmallestFirst] {
                let bisection = Bisection::new(&model, variable, wanted);
                for position in [0, 1, 2, values.len() - 2, values.len() - 1] {
                    let value = bisection.value(position);
                    assert!(values.contains(value));
                    assert_eq!(bisection.position(value), position);
                }
                let safest = if wanted == ValueOrder::LargestFirst { values.iter().next() } else { None };
                assert!(safest.is_none_or(|safest| bisection.value(0) == safest));
            }
        }
    }
}
