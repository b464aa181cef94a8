//! What constraints say modulo a small number, all together: `x * y % 4 == 1` cannot hold beside `x % 2 == 0`.
//!
//! Bounds cannot see it: they creep past one value after the other. Modulo `m` an expression depends on the residues of
//! its variables alone, of which there are few, so all combinations are tried. A variable whose residues that occur are
//! one class keeps that class; without any combination, there is no solution.

use super::congruence::{Congruence, evaluate, polynomial_variables, with_unknowns};
use super::poster::Poster;
use crate::arith::floor_mod;
use crate::model::Expr;
use crate::store::{Conflict, Var};
use itertools::Itertools;

/// More combinations of residues are not tried.
const COMBINATIONS: usize = 1 << 11;

impl Poster {
    /// Notes what a required constraint says modulo a small number.
    pub(super) fn note_congruence(&mut self, constraint: &Expr) {
        if let Some(mut congruence) = Congruence::of(constraint)
            && congruence.expr.is_whole()
        {
            let decisions = u32::try_from(self.decisions).expect("fewer than 2^32 variables");
            congruence.expr = with_unknowns(&congruence.expr, decisions, &mut self.unknowns);
            self.congruences.push(congruence);
        }
    }

    /// Tries the residues of all constraints that speak of them.
    pub(super) fn settle_congruences(&mut self) -> Result<(), Conflict> {
        let congruences = std::mem::take(&mut self.congruences);
        for modulus in congruences.iter().map(|congruence| congruence.modulus).sorted_unstable().dedup() {
            let together: Vec<&Congruence> =
                congruences.iter().filter(|congruence| modulus % congruence.modulus == 0).collect();
            self.try_residues(modulus, &together)?;
        }
        self.congruences = congruences;
        Ok(())
    }

    fn try_residues(&mut self, modulus: i64, congruences: &[&Congruence]) -> Result<(), Conflict> {
        let lists = congruences.iter().map(|congruence| polynomial_variables(&congruence.expr));
        let Some(lists) = lists.collect::<Option<Vec<_>>>() else { return Ok(()) };
        let variables: Vec<usize> = lists.concat().into_iter().sorted_unstable().dedup().collect();
        let residues: Vec<Vec<i64>> = variables.iter().map(|&variable| self.residues(variable, modulus)).collect();
        let combinations = residues.iter().try_fold(1usize, |product, list| product.checked_mul(list.len()));
        if combinations.is_none_or(|combinations| combinations > COMBINATIONS) {
            return Ok(());
        }
        let mut met: Vec<Vec<i64>> = vec![Vec::new(); variables.len()];
        for combination in residues.into_iter().multi_cartesian_product() {
            let at = |variable: usize| combination[variables.binary_search(&variable).expect("listed")];
            if congruences.iter().all(|congruence| congruence.allows(evaluate(&congruence.expr, modulus, &at))) {
                for (met, &residue) in met.iter_mut().zip(&combination) {
                    if !met.contains(&residue) {
                        met.push(residue);
                    }
                }
            }
        }
        for (&variable, met) in variables.iter().zip(&met) {
            match met.as_slice() {
                [] => return Err(Conflict),
                &[only] if variable < self.decisions => {
                    self.engine.store.restrict_to_residue(Var::from_index(variable), modulus, only)?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The residues that a variable can have; all of them for a part that is no polynomial.
    fn residues(&self, variable: usize, modulus: i64) -> Vec<i64> {
        if variable >= self.decisions {
            return (0..modulus).collect();
        }
        let domain = self.engine.store.domain(Var::from_index(variable));
        let residue = |value: i64| i64::try_from(floor_mod(value.into(), modulus.into())).expect("smaller");
        let values: Vec<i64> = if domain.takes_holes() {
            domain.iter().map(residue).collect()
        } else {
            // Along a progression the residues repeat after as many values as the modulus.
            domain.iter().take(usize::try_from(modulus).expect("small")).map(residue).collect()
        };
        values.into_iter().sorted_unstable().dedup().collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::model::{Model, Values};
    use crate::post::post;
    use crate::{Options, Outcome, language, solve};

    fn model(largest: i64, constraints: &[&str]) -> Model {
        let mut model = Model::new();
        for name in ["x", "y"] {
            model.add_variable(name, Values::range(1, largest, 1).unwrap()).unwrap();
        }
        for constraint in constraints {
            let expr = language::parse(constraint, &model).unwrap();
            model.require(expr);
        }
        model
    }

    #[test]
    fn what_no_residues_satisfy_is_refuted_when_posted() {
        for constraints in [
            &["x % 2 == 0", "x % 2 == 1"][..],
            &["x * x % 7 == 3"],
            &["x * x % 4 == 2"],
            &["abs(x - 5) * 2 % 2 == 1"],
            &["x * y % 4 == 1", "x % 2 == 0"],
            &["(x + y) % 2 == 0", "(x - y) % 2 == 1"],
            &["x ** 3 % 9 in {2, 3, 4}"],
            &["(x * (x + 1)) % 2 >= 1"],
            &["divides(8, x * x - 2)"],
        ] {
            assert!(post(&model(1 << 30, constraints)).is_err(), "{constraints:?}");
        }
    }

    /// Against trying all values.
    #[test]
    fn nothing_that_has_a_solution_is_refuted() {
        for (modulus, residue, factor) in itertools::iproduct!(2..9i64, 0..4i64, 1..4i64) {
            let texts = [
                format!("({factor} * x * x + y) % {modulus} == {residue}"),
                format!("(x - {factor} * y ** 2) % {modulus} <= {residue}"),
                format!("x * y * {factor} % {modulus} != {residue}"),
            ];
            let model = model(6, &texts.each_ref().map(String::as_str));
            let solvable = itertools::iproduct!(1..=6, 1..=6)
                .any(|(x, y)| crate::checker::is_solution(&model, &[x, y]) == Ok(true));
            let (outcome, _) = solve(&model, &Options::default());
            assert_eq!(matches!(outcome, Outcome::Optimal(_)), solvable, "{texts:?}");
        }
    }
}
