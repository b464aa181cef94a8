//! The linear relaxation: bounds and proofs of infeasibility from a linear program.
//!
//! The rows are the required linear constraints, the definitions of auxiliary sums, and what a product `z = x * y` obeys
//! given the bounds of `x` and `y` (`McCormick`, 1976). A floating-point solver proposes multipliers for the rows, by way
//! of `good_lp`; nothing else of its answer is used. What the multipliers prove is computed in integers: for `λ >= 0` and
//! rows `a·x <= k`, every solution has `c·x >= c·x + Σ λ (a·x - k)`, and the right side is smallest at a corner of the
//! box of bounds. So rounding may weaken a bound, but can never cut a solution off.

use crate::arith::{Interval, ceil_div, is_finite};
use crate::store::{Store, Var};
use good_lp::{DualValues, constraint::ConstraintReference};
use good_lp::{Expression, ProblemVariables, Solution, SolutionWithDual, SolverModel, clarabel, variable};
use rustc_hash::FxHashMap;

/// Bounds beyond this are left out of the linear program, whose numbers are floating-point.
const LARGEST_BOUND: i64 = 1 << 40;
/// Multipliers are rounded to multiples of one over each of these; small ones hit simple fractions exactly.
const SCALES: [i64; 6] = [1, 2, 6, 60, 1 << 10, 1 << 20];

/// `Σ coefficient·x <= limit`, or `==`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) terms: Vec<(Var, i64)>,
    pub(crate) limit: i128,
    pub(crate) equal: bool,
}

/// The rows of a model. What they say of products follows from the bounds at the time of asking.
#[derive(Debug, Default)]
pub(crate) struct Relaxation {
    pub(crate) rows: Vec<Row>,
    /// `(x, y, z)` for `z = x * y`.
    pub(crate) products: Vec<(Var, Var, Var)>,
    /// How many auxiliary variables are not linear in others.
    pub(crate) functions: usize,
}

impl Relaxation {
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

    /// Whether the rows have no solution within the bounds. `false` says nothing.
    pub(crate) fn is_infeasible(&self, store: &Store) -> bool {
        let rows = self.all_rows(store);
        let Some(multipliers) = propose(&rows, store, None) else { return false };
        SCALES.iter().any(|&scale| combine(&rows, &multipliers, scale, None, store).is_some_and(|least| least > 0))
    }

    /// A number that the variable is never below, if the rows give one.
    pub(crate) fn lower_bound(&self, store: &Store, objective: Var) -> Option<i128> {
        let rows = self.all_rows(store);
        let multipliers = propose(&rows, store, Some(objective))?;
        let bounds = SCALES.iter().filter_map(|&scale| {
            let least = combine(&rows, &multipliers, scale, Some(objective), store)?;
            Some(ceil_div(least, i128::from(scale)))
        });
        bounds.max()
    }

    fn all_rows(&self, store: &Store) -> Vec<Row> {
        let products = self.products.iter().flat_map(|&(x, y, z)| envelope(store, x, y, z));
        self.rows.iter().cloned().chain(products).collect()
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

/// Multipliers for the rows, as good as the floating-point solver can make them: for the bound on the objective, or,
/// without one, for the proof that the rows cannot hold together.
#[expect(clippy::cast_precision_loss, reason = "a proposal: what follows from it is computed exactly")]
fn propose(rows: &[Row], store: &Store, objective: Option<Var>) -> Option<Vec<f64>> {
    let mut program = ProblemVariables::new();
    let mut columns = FxHashMap::default();
    for var in rows.iter().flat_map(|row| row.terms.iter().map(|&(var, _)| var)).chain(objective) {
        columns.entry(var).or_insert_with(|| {
            let hull = store.hull(var);
            let mut column = variable();
            // The objective itself stays free: a bound on it would hide how far it could go.
            if hull.lo.abs() <= LARGEST_BOUND && objective != Some(var) {
                column = column.min(hull.lo as f64);
            }
            if hull.hi.abs() <= LARGEST_BOUND && objective != Some(var) {
                column = column.max(hull.hi as f64);
            }
            program.add(column)
        });
    }
    // Without an objective: the least by which every row must be relaxed.
    let excess = program.add(variable().min(0));
    let goal: Expression = objective.map_or(excess.into(), |var| columns[&var].into());
    let mut model = program.minimise(goal).using(clarabel);
    let references: Vec<Vec<ConstraintReference>> = rows
        .iter()
        .map(|row| {
            let sum: Expression = row.terms.iter().map(|&(var, c)| c as f64 * columns[&var]).sum();
            let limit = row.limit as f64;
            match objective {
                Some(_) if row.equal => vec![model.add_constraint(sum.eq(limit))],
                Some(_) => vec![model.add_constraint(sum.leq(limit))],
                None if row.equal => {
                    let opposite = -sum.clone() - excess;
                    vec![model.add_constraint((sum - excess).leq(limit)), model.add_constraint(opposite.leq(-limit))]
                }
                None => vec![model.add_constraint((sum - excess).leq(limit))],
            }
        })
        .collect();
    let mut solution = model.solve().ok()?;
    if !solution.value(excess).is_finite() {
        return None;
    }
    let dual = solution.compute_dual();
    // A shadow price is what the minimum gains by a larger limit: not positive for `<=`.
    let multiplier = |of_row: &Vec<ConstraintReference>| match of_row.as_slice() {
        [upper, lower] => dual.dual(lower.clone()) - dual.dual(upper.clone()),
        [only] => -dual.dual(only.clone()),
        _ => 0.0,
    };
    Some(references.iter().map(multiplier).collect())
}

/// The least value of `scale * objective + Σ λ (a·x - k)` within the bounds, for the multipliers rounded to integers after
/// scaling. `None` where a bound that matters is infinite or a number grows too large.
#[expect(clippy::cast_possible_truncation, reason = "far too large multipliers are refused first")]
fn combine(rows: &[Row], multipliers: &[f64], scale: i64, objective: Option<Var>, store: &Store) -> Option<i128> {
    let mut coefficients: FxHashMap<Var, i128> = FxHashMap::default();
    coefficients.extend(objective.map(|var| (var, i128::from(scale))));
    let mut constant = 0i128;
    for (row, &multiplier) in rows.iter().zip(multipliers) {
        let rounded = (multiplier * f64::from(i32::try_from(scale).expect("small"))).round();
        if !rounded.is_finite() || rounded.abs() > 1e15 {
            return None;
        }
        // A row that is an inequality takes no negative multiplier.
        let factor = if row.equal { rounded as i128 } else { (rounded as i128).max(0) };
        constant = constant.checked_sub(factor.checked_mul(row.limit)?)?;
        for &(var, coefficient) in &row.terms {
            let entry = coefficients.entry(var).or_insert(0);
            *entry = entry.checked_add(factor.checked_mul(i128::from(coefficient))?)?;
        }
    }
    coefficients.into_iter().filter(|&(_, coefficient)| coefficient != 0).try_fold(constant, |least, (var, c)| {
        let end = if c > 0 { store.lo(var) } else { store.hi(var) };
        is_finite(end).then_some(())?;
        least.checked_add(c.checked_mul(i128::from(end))?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Domain;
    use itertools::Itertools;
    use proptest::prelude::*;

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
            Relaxation { rows: vec![less(vars[0], vars[1]), less(vars[1], vars[0])], products: vec![], functions: 0 };
        assert!(relaxation.may_creep(&store, 2));
        assert!(relaxation.is_infeasible(&store));
    }

    #[test]
    fn a_product_is_bounded_by_its_envelope() {
        // z = x * y, x + y >= 12, x, y in 1..=10: at least 2 * 10 = 20.
        let (store, v) = store_of(&[(1, 10), (1, 10), (1, 100)]);
        let enough = Row { terms: vec![(v[0], -1), (v[1], -1)], limit: -12, equal: false };
        let relaxation = Relaxation { rows: vec![enough], products: vec![(v[0], v[1], v[2])], functions: 1 };
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
            let relaxation = Relaxation { rows, products, functions: 1 };
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
