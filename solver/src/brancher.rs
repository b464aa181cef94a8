//! Branchers decide what to try next; they never write a domain.

use crate::arith::Interval;
use crate::engine::Engine;
use crate::store::Var;

/// A choice that splits the search in two: first `var <= bound`, then `var > bound`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// The variable to split.
    pub var: Var,
    /// The largest value of the lower part, which is not the largest of the domain.
    pub bound: i64,
    /// Whether the upper part is tried first.
    pub upper_first: bool,
}

impl Decision {
    /// What the variable is kept to in the part that is tried first, or in the other.
    pub fn part(self, first: bool) -> Interval {
        if self.upper_first == first {
            Interval::new(self.bound + 1, Interval::ALL.hi)
        } else {
            Interval::new(Interval::ALL.lo, self.bound)
        }
    }
}

/// Which value of the chosen variable is tried first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ValueOrder {
    /// Small values first.
    #[default]
    SmallestFirst,
    /// Large values first.
    LargestFirst,
}

/// Chooses the next decision.
pub trait Brancher: Send {
    /// A decision on one of the variables that are still open; `None` when all are fixed.
    fn decide(&mut self, engine: &Engine, variables: &[(Var, ValueOrder)]) -> Option<Decision>;

    /// Told that nothing was found behind this decision, the newest one.
    fn failed(&mut self, _decision: Decision) {}

    /// Told that another part of the tree comes next.
    fn forget(&mut self) {}
}

/// Beyond this many values a domain is halved instead of tried value by value.
const HALVED: u64 = 32;

/// Splits a value off, or halves a wide domain; either way the parts come in the order of their values.
fn split(engine: &Engine, (var, order): (Var, ValueOrder)) -> Decision {
    let domain = engine.store.domain(var);
    let (lo, hi) = (domain.lo(), domain.hi());
    let upper_first = order == ValueOrder::LargestFirst;
    let bound = if domain.len() > HALVED {
        lo + (hi - lo) / 2
    } else if upper_first {
        hi - 1
    } else {
        lo
    };
    Decision { var, bound, upper_first }
}

fn open<'a>(engine: &'a Engine, variables: &'a [(Var, ValueOrder)]) -> impl Iterator<Item = (Var, ValueOrder)> + 'a {
    variables.iter().copied().filter(|&(var, _)| engine.store.fixed(var).is_none())
}

/// Variables in the order given: solutions come in lexicographic order.
#[derive(Debug, Clone, Copy, Default)]
pub struct InputOrder;

impl Brancher for InputOrder {
    fn decide(&mut self, engine: &Engine, variables: &[(Var, ValueOrder)]) -> Option<Decision> {
        open(engine, variables).next().map(|chosen| split(engine, chosen))
    }
}

/// The variable with the fewest values left; the first of several.
#[derive(Debug, Clone, Copy, Default)]
pub struct SmallestDomain;

impl Brancher for SmallestDomain {
    fn decide(&mut self, engine: &Engine, variables: &[(Var, ValueOrder)]) -> Option<Decision> {
        open(engine, variables)
            .min_by_key(|&(var, _)| engine.store.domain(var).len())
            .map(|chosen| split(engine, chosen))
    }
}

/// The variable with the fewest values for each failure of the constraints on it (`dom/wdeg`, Boussemart and others,
/// 2004), but first the one whose decision failed last, until it holds (last conflict, Lecoutre and others, 2009).
#[derive(Debug, Clone, Copy, Default)]
pub struct WeightedDegree {
    last_conflict: Option<Var>,
}

impl Brancher for WeightedDegree {
    fn decide(&mut self, engine: &Engine, variables: &[(Var, ValueOrder)]) -> Option<Decision> {
        let conflicting = open(engine, variables).find(|&(var, _)| self.last_conflict == Some(var));
        let lightest = || {
            open(engine, variables).min_by(|&(a, _), &(b, _)| {
                let (size_a, size_b) = (engine.store.domain(a).len(), engine.store.domain(b).len());
                let scaled = |size: u64, weight: u64| u128::from(size) * u128::from(weight);
                scaled(size_a, engine.weight(b)).cmp(&scaled(size_b, engine.weight(a)))
            })
        };
        conflicting.or_else(lightest).map(|chosen| split(engine, chosen))
    }

    fn failed(&mut self, decision: Decision) {
        self.last_conflict = Some(decision.var);
    }

    fn forget(&mut self) {
        self.last_conflict = None;
    }
}
