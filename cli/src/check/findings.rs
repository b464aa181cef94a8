//! What a configuration comes to: values outside their variable's, constraints, hardware limits; violated ones first.

use crate::failure::Failure;
use crate::sides;
use constrint::kernel::{Chosen, Limit};
use constrint::tiling::Tiling;
use constrint::verify;
use constrint_solver::explain::{Sides, comparisons};
use constrint_solver::{Constraint, checker};

/// A hardware limit with its two sides.
pub(super) type LimitFinding = Limit;

/// A constraint at the given values.
pub(super) struct ConstraintFinding {
    pub(super) name: String,
    pub(super) expression: String,
    pub(super) because: String,
    pub(super) holds: bool,
    /// The comparisons that it joins by `and`, if it is made so.
    pub(super) comparisons: Vec<Sides>,
    /// Parts that are undefined and so count as false.
    pub(super) undefined: Vec<String>,
}

/// All that there is to say of a configuration.
pub(super) struct Findings {
    pub(super) values: Chosen,
    /// Variables whose value is none of their own.
    pub(super) outside: Vec<(String, i64)>,
    pub(super) constraints: Vec<ConstraintFinding>,
    /// `None` where the limits cannot be computed.
    pub(super) limits: Option<Vec<LimitFinding>>,
}

impl Findings {
    /// Evaluates everything.
    pub(super) fn of(tiling: &Tiling, values: Chosen) -> Result<Self, Failure> {
        let row: Vec<i64> = values.values().copied().collect();
        let model = &tiling.model;
        let mut constraints = Vec::with_capacity(model.constraints().len());
        for constraint in model.constraints() {
            let finding = evaluate(tiling, constraint, &row);
            constraints.push(finding.map_err(|_| Failure::TooLarge { constraint: constraint.name.clone() })?);
        }
        let declared = model.variables().iter().zip(&row);
        let outside: Vec<(String, i64)> = declared
            .filter(|(variable, value)| !variable.values.contains(**value))
            .map(|(variable, &value)| (variable.name.clone(), value))
            .collect();
        let limits = outside.is_empty().then(|| verify::limits(tiling, &values));
        let mut findings = Self { values, outside, constraints, limits };
        findings.sort();
        Ok(findings)
    }

    /// How many values, constraints and limits are violated.
    pub(super) fn violations(&self) -> usize {
        let constraints = self.constraints.iter().filter(|finding| !finding.holds).count();
        let limits = self.limits.iter().flatten().filter(|limit| !limit.holds()).count();
        self.outside.len() + constraints + limits
    }

    fn sort(&mut self) {
        // Stable: apart from the violated ones coming first, the order is that of the problem.
        self.constraints.sort_by_key(|finding| finding.holds);
        if let Some(limits) = &mut self.limits {
            limits.sort_by_key(Limit::holds);
        }
    }
}

fn evaluate(tiling: &Tiling, constraint: &Constraint, row: &[i64]) -> Result<ConstraintFinding, checker::TooLarge> {
    Ok(ConstraintFinding {
        name: constraint.name.clone(),
        expression: constraint.text.clone(),
        because: constraint.because.clone(),
        holds: checker::holds(&constraint.expr, row)?,
        comparisons: comparisons(&constraint.expr, row)?,
        undefined: sides::undefined(&tiling.model, &constraint.expr, row)?,
    })
}
