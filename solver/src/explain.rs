//! Why there is no solution: a minimal set of constraints that cannot hold together.

use crate::model::Model;
use crate::search::{Options, Outcome, solve};

/// What stands in the way of a solution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Clash {
    /// The indices of constraints that have no solution together, while each of them is needed for that.
    Between(Vec<usize>),
    /// Nothing: the constraints have a solution.
    None,
    /// A limit was reached first.
    Unknown,
}

/// A minimal set of constraints that cannot hold together. Objectives play no part.
///
/// `QuickXplain` (Junker, 2004): halves the constraints, and keeps of each half only what the conflict needs. It solves
/// about `k * log2(n / k)` times for `k` of `n` constraints.
pub fn minimal_conflict(model: &Model, options: &Options) -> Clash {
    let finder = Finder { model, options };
    let all: Vec<usize> = (0..model.constraints().len()).collect();
    let found = match finder.consistent(&all) {
        Some(true) => return Clash::None,
        Some(false) => finder.needed(&[], false, &all),
        None => None,
    };
    found.map_or(Clash::Unknown, |mut conflict| {
        conflict.sort_unstable();
        Clash::Between(conflict)
    })
}

struct Finder<'a> {
    model: &'a Model,
    options: &'a Options,
}

impl Finder<'_> {
    /// Whether these constraints alone have a solution; `None` at a limit.
    fn consistent(&self, constraints: &[usize]) -> Option<bool> {
        let mut part = self.model.clone();
        part.clear_objectives();
        part.keep_constraints(constraints);
        match solve(&part, self.options).0 {
            Outcome::Infeasible => Some(false),
            Outcome::Optimal(_) | Outcome::Feasible(_) => Some(true),
            Outcome::Unknown => None,
        }
    }

    /// What of `candidates` a conflict with `background` needs; `grown` says whether the background is new.
    fn needed(&self, background: &[usize], grown: bool, candidates: &[usize]) -> Option<Vec<usize>> {
        if grown && !self.consistent(background)? {
            return Some(Vec::new());
        }
        if candidates.len() <= 1 {
            return Some(candidates.to_vec());
        }
        let (first, second) = candidates.split_at(candidates.len() / 2);
        let of_second = self.needed(&[background, first].concat(), true, second)?;
        let of_first = self.needed(&[background, &of_second].concat(), !of_second.is_empty(), first)?;
        Some([of_first, of_second].concat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::parse;
    use crate::model::Values;

    #[test]
    fn a_conflict_is_minimal() {
        let mut model = Model::new();
        for name in ["a", "b", "c"] {
            model.add_variable(name, Values::range(1, 20, 1).unwrap()).unwrap();
        }
        for text in ["a <= 10", "a * b >= 50", "c % 3 == 0", "b <= 4", "a + c <= 30", "c != 7"] {
            let expr = parse(text, &model).unwrap();
            model.require(expr);
        }
        assert_eq!(minimal_conflict(&model, &Options::default()), Clash::Between(vec![0, 1, 3]));
        model.keep_constraints(&[0, 1, 2]);
        assert_eq!(minimal_conflict(&model, &Options::default()), Clash::None);
    }
}
