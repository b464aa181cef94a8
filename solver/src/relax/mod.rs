//! Relaxations: bounds and proofs of infeasibility from linear programs, floating point proposed, integers proven.
//!
//! | file | holds |
//! | --- | --- |
//! | `mod.rs` | the linear part: required rows, definitions of sums, and what a product obeys given the bounds of its factors (`McCormick`, 1976) |
//! | `exponents.rs` | the multiplicative part: equations, bounds and divisibilities of products, over exponents of primes |
//! | `program.rs` | a linear program, and what its multipliers prove in integers |
//! | `logarithm.rs` | logarithms rounded down or up for certain |

mod exponents;
mod logarithm;
mod program;

use crate::arith::Interval;
use crate::normal::Factors;
use crate::store::{Store, Var};
use exponents::Exponents;
use program::{LARGEST_BOUND, Program};
use rustc_hash::FxHashMap;
use std::time::Instant;

/// `Σ coefficient·x <= limit`, or `==`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) terms: Vec<(Var, i64)>,
    pub(crate) limit: i128,
    pub(crate) equal: bool,
}

/// What a model says that linear programs can use. What follows of products depends on the bounds at the time of asking.
#[derive(Debug, Default)]
pub(crate) struct Relaxation {
    pub(crate) rows: Vec<Row>,
    /// `(x, y, z)` for `z = x * y`.
    pub(crate) products: Vec<(Var, Var, Var)>,
    /// How many auxiliary variables are not linear in others.
    pub(crate) functions: usize,
    pub(crate) exponents: Exponents,
    end: Option<Instant>,
}

impl Relaxation {
    /// No linear program is solved after this moment, and one that is being solved then gives what it has.
    pub(crate) fn end_at(&mut self, end: Option<Instant>) {
        self.end = end;
        self.exponents.end = end;
    }

    /// Notes `z = x * y`.
    pub(crate) fn add_product(&mut self, x: Var, y: Var, z: Var) {
        self.products.push((x, y, z));
        self.add_definition(vec![(x, 1), (y, 1)], z);
    }

    /// Notes `z = x ** exponent`.
    pub(crate) fn add_power(&mut self, x: Var, exponent: i64, z: Var) {
        if let Ok(exponent @ 1..=64) = u32::try_from(exponent) {
            self.add_definition(vec![(x, exponent)], z);
        }
    }

    fn add_definition(&mut self, factors: Vec<(Var, u32)>, z: Var) {
        let side = |factors| Factors { coefficient: 1, factors };
        self.exponents.monomials.push((side(factors), true, side(vec![(z, 1)])));
    }

    /// Whether some row has two variables of the model with so many values that propagating bounds back and forth
    /// between them could take very long.
    pub(crate) fn may_creep(&self, store: &Store, decisions: usize) -> bool {
        const WIDE: u64 = 1 << 16;
        let is_wide = |&(var, _): &(Var, i64)| var.index() < decisions && store.domain(var).len() > WIDE;
        self.rows.iter().any(|row| row.terms.iter().filter(|term| is_wide(term)).count() >= 2)
    }

    /// Whether the rows say most of what the model says, so that their bounds may be worth their time at each node.
    pub(crate) fn is_mostly_linear(&self) -> bool {
        self.rows.len() > 2 * self.functions
    }

    /// Whether a bound on the objective may come from one of the parts.
    pub(crate) fn may_bound(&self) -> bool {
        self.is_mostly_linear() || self.exponents.bounds_objective()
    }

    /// Whether the rows have no solution within the bounds. `false` says nothing.
    pub(crate) fn is_infeasible(&self, store: &Store) -> bool {
        self.program(store, None).0.is_infeasible()
    }

    /// A number that the objective's variable is never below, if one of the parts gives one.
    pub(crate) fn lower_bound(&self, store: &Store, objective: Var) -> Option<i128> {
        let linear = || {
            let (program, column) = self.program(store, Some(objective));
            let column = column?;
            program.lower_bound(&[(column, 1)], Some(column))
        };
        let multiplicative = || self.exponents.lower_bound(&|var| store.domain(var));
        let linear = if self.is_mostly_linear() { linear() } else { None };
        linear.max(if self.exponents.bounds_objective() { multiplicative() } else { None })
    }

    /// The linear part, and the objective's column.
    fn program(&self, store: &Store, objective: Option<Var>) -> (Program, Option<usize>) {
        let mut program = Program { end: self.end, ..Program::default() };
        let mut columns: FxHashMap<Var, usize> = FxHashMap::default();
        let products: Vec<Row> = self.products.iter().flat_map(|&(x, y, z)| envelope(store, x, y, z)).collect();
        for row in self.rows.iter().chain(&products) {
            let mut terms = Vec::with_capacity(row.terms.len());
            for &(var, coefficient) in &row.terms {
                let column = *columns.entry(var).or_insert_with(|| program.column(store.hull(var)));
                terms.push((column, coefficient));
            }
            program.rows.push(program::Row { terms, limit: row.limit, equal: row.equal });
        }
        let column = objective.map(|var| *columns.entry(var).or_insert_with(|| program.column(store.hull(var))));
        (program, column)
    }
}

/// What `z = x * y` obeys for `x` and `y` within their bounds: `(x - x₀)(y - y₀) >= 0` at equal ends of both, `<= 0` at
/// opposite ones.
fn envelope(store: &Store, x: Var, y: Var, z: Var) -> Vec<Row> {
    let (hx, hy) = (store.hull(x), store.hull(y));
    let usable = |hull: Interval| hull.lo.abs() <= LARGEST_BOUND && hull.hi.abs() <= LARGEST_BOUND;
    if !usable(hx) || !usable(hy) || x == y {
        return Vec::new();
    }
    let row = |sign: i64, at_x: i64, at_y: i64| Row {
        // sign * (at_y * x + at_x * y - z) <= sign * at_x * at_y
        terms: vec![(x, sign * at_y), (y, sign * at_x), (z, -sign)],
        limit: i128::from(sign) * i128::from(at_x) * i128::from(at_y),
        equal: false,
    };
    vec![row(1, hx.lo, hy.lo), row(1, hx.hi, hy.hi), row(-1, hx.lo, hy.hi), row(-1, hx.hi, hy.lo)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Domain;
    use itertools::Itertools;
    use proptest::prelude::*;
    use std::time::Duration;

    fn store_of(hulls: &[(i64, i64)]) -> (Store, Vec<Var>) {
        let mut store = Store::new();
        let vars = hulls.iter().map(|&(lo, hi)| store.add(Domain::progression(lo, hi, 1))).collect();
        (store, vars)
    }

    #[test]
    fn two_inequalities_that_chase_each_other_are_refuted_at_once() {
        let largest = crate::model::MAX_VALUE;
        let (store, vars) = store_of(&[(1, largest), (1, largest)]);
        let less = |a, b| Row { terms: vec![(a, 1), (b, -1)], limit: -1, equal: false };
        let relaxation =
            Relaxation { rows: vec![less(vars[0], vars[1]), less(vars[1], vars[0])], ..Relaxation::default() };
        assert!(relaxation.may_creep(&store, 2));
        assert!(relaxation.is_infeasible(&store));
    }

    #[test]
    fn no_linear_program_is_solved_after_the_end() {
        let (store, vars) = store_of(&[(1, 10), (1, 10)]);
        let row = |terms: &[(Var, i64)], limit| Row { terms: terms.to_vec(), limit, equal: false };
        let rows = vec![row(&[(vars[0], 1), (vars[1], 1)], 9), row(&[(vars[0], -1), (vars[1], -1)], -11)];
        let mut relaxation = Relaxation { rows, ..Relaxation::default() };
        for (end, refuted) in [(None, true), (Some(Duration::from_secs(60)), true), (Some(Duration::ZERO), false)] {
            relaxation.end_at(end.map(|left| Instant::now() + left));
            assert_eq!(relaxation.is_infeasible(&store), refuted, "{end:?}");
        }
    }

    #[test]
    fn a_product_is_bounded_by_its_envelope() {
        // z = x * y, x + y >= 12, x, y in 1..=10: at least 2 * 10 = 20.
        let (store, v) = store_of(&[(1, 10), (1, 10), (1, 100)]);
        let enough = Row { terms: vec![(v[0], -1), (v[1], -1)], limit: -12, equal: false };
        let relaxation = Relaxation { rows: vec![enough], products: vec![(v[0], v[1], v[2])], ..Relaxation::default() };
        let bound = relaxation.lower_bound(&store, v[2]).unwrap();
        assert!((11..=20).contains(&bound), "{bound}");
    }

    fn any_row(vars: usize) -> impl Strategy<Value = (Vec<i64>, i64, bool)> {
        (prop::collection::vec(-4i64..5, vars), -12i64..20, prop::bool::weighted(0.2))
    }

    proptest! {
        /// Neither a bound nor a proof ever contradicts an integer point.
        #[test]
        fn no_solution_is_ever_cut_off(
            hulls in prop::collection::vec((-5i64..5, 0i64..7).prop_map(|(lo, width)| (lo, lo + width)), 3),
            rows in prop::collection::vec(any_row(4), 0..5),
            with_product in any::<bool>(),
        ) {
            let (mut store, mut vars) = store_of(&hulls);
            let hull = store.hull(vars[0]).multiply(store.hull(vars[1]));
            vars.push(store.add(Domain::from_interval(hull)));
            let rows: Vec<Row> = rows
                .into_iter()
                .map(|(coefficients, limit, equal)| Row {
                    terms: vars.iter().copied().zip(coefficients).filter(|&(_, c)| c != 0).collect(),
                    limit: limit.into(),
                    equal,
                })
                .collect();
            let products = if with_product { vec![(vars[0], vars[1], vars[3])] } else { vec![] };
            let relaxation = Relaxation { rows, products, ..Relaxation::default() };
            let points = vars.iter().map(|&var| store.lo(var)..=store.hi(var)).multi_cartesian_product();
            let solutions: Vec<Vec<i64>> = points
                .filter(|p| !with_product || p[3] == p[0] * p[1])
                .filter(|p| relaxation.rows.iter().all(|row| {
                    let sum: i128 = row.terms.iter().map(|&(var, c)| i128::from(c * p[var.index()])).sum();
                    if row.equal { sum == row.limit } else { sum <= row.limit }
                }))
                .collect();
            if !solutions.is_empty() {
                prop_assert!(!relaxation.is_infeasible(&store));
            }
            for &var in &vars {
                if let Some(bound) = relaxation.lower_bound(&store, var) {
                    for solution in &solutions {
                        prop_assert!(i128::from(solution[var.index()]) >= bound, "{solution:?} below {bound}");
                    }
                }
            }
        }
    }
}
