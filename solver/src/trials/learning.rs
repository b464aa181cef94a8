//! Verdicts as constraints.

use super::verdict::Verdict;
use crate::model::{Comparison, Expr, VarId};

/// What every later proposal must satisfy after a trial that failed; none after one that worked.
pub(super) fn left(values: &[i64], verdict: Verdict) -> Option<Expr> {
    let compared = |variable: VarId, comparison| Expr::from(variable).compare(comparison, values[variable.index()]);
    match verdict {
        Verdict::Works => None,
        Verdict::Fails => Some(differs(values)),
        Verdict::FailsFrom { variable } => Some(compared(variable, Comparison::Less)),
        Verdict::FailsUpTo { variable } => Some(compared(variable, Comparison::Greater)),
    }
}

/// Whether a verdict on `values` means that `others` fail.
pub(super) fn rules_out(values: &[i64], verdict: Verdict, others: &[i64]) -> bool {
    match verdict {
        Verdict::Works => false,
        Verdict::Fails => values == others,
        Verdict::FailsFrom { variable } => others[variable.index()] >= values[variable.index()],
        Verdict::FailsUpTo { variable } => others[variable.index()] <= values[variable.index()],
    }
}

/// Any assignment but this one.
fn differs(values: &[i64]) -> Expr {
    let variables = (0..u32::try_from(values.len()).expect("fewer than 2^32 variables")).map(VarId);
    let pairs = variables.zip(values);
    Expr::Or(pairs.map(|(variable, &value)| Expr::from(variable).compare(Comparison::NotEqual, value)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checker;

    /// The constraint leaves exactly what the verdict does not rule out.
    #[test]
    fn both_readings_of_a_verdict_agree() {
        let rows: Vec<[i64; 2]> = (-1..3).flat_map(|x| (5..8).map(move |y| [x, y])).collect();
        let blamed = [VarId(0), VarId(1)]
            .map(|variable| [Verdict::FailsFrom { variable }, Verdict::FailsUpTo { variable }])
            .concat();
        for verdict in blamed.into_iter().chain([Verdict::Fails]) {
            for values in &rows {
                let left = left(values, verdict).unwrap();
                for others in &rows {
                    let kept = checker::holds(&left, others).unwrap();
                    assert_eq!(kept, !rules_out(values, verdict, others), "{verdict:?} at {values:?}, {others:?}");
                }
            }
        }
        assert_eq!(left(&rows[0], Verdict::Works), None);
        assert!(!rules_out(&rows[0], Verdict::Works, &rows[0]));
    }
}
