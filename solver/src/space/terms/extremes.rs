//! Inequalities of minima, maxima and absolute values as conjunctions and alternatives of inequalities without them.
//!
//! `max(a, b) <= c` is `a <= c and b <= c`; `min(a, b) <= c` is `a <= c or b <= c`; `abs(a)` is `max(a, -a)`. What is left
//! of these once a variable is known is an interval of another, where a maximum would be a term of its own for each value.

use super::exact::Exact;
use super::term::{Operands, Operator, Relation, Term, TermId, Terms};

/// Inequalities that one is split into, at most.
const MOST_INEQUALITIES: usize = 32;

/// The truths without extremes in their inequalities, where that is no loss.
pub(in crate::space) fn without_extremes(terms: &mut Terms, truths: Vec<TermId>) -> Vec<TermId> {
    truths.into_iter().map(|truth| split_truth(terms, truth, MOST_INEQUALITIES)).collect()
}

fn split_truth(terms: &mut Terms, truth: TermId, most: usize) -> TermId {
    match terms.get(truth).clone() {
        Term::Apply(operator @ (Operator::And | Operator::Or), operands) => {
            let operands: Operands = operands.iter().map(|&operand| split_truth(terms, operand, most)).collect();
            terms.apply(&operator, &operands)
        }
        Term::Apply(Operator::Not, operands) => {
            let operand = split_truth(terms, operands[0], most);
            terms.negation(operand)
        }
        Term::Apply(Operator::Compare(relation @ (Relation::AtMost | Relation::Below)), operands) => {
            split_inequality(terms, relation, operands[0], most).unwrap_or(truth)
        }
        _ => truth,
    }
}

/// `number <relation> 0` by the operands of the first extreme in it.
fn split_inequality(terms: &mut Terms, relation: Relation, number: TermId, most: usize) -> Option<TermId> {
    let form = terms.form(number);
    let (place, smallest, operands) = (0..form.terms.len())
        .find_map(|place| extreme(terms, form.terms[place].0).map(|(s, list)| (place, s, list)))?;
    let coefficient = form.terms[place].1.clone();
    if coefficient.is_zero() || operands.len() > most {
        return None;
    }
    // A largest number is at most another where all are; a smallest one, where some is.
    let all = smallest == coefficient.is_negative();
    if !all && !operands.iter().all(|(operand, _)| terms.facts(*operand).total) {
        return None;
    }
    let mut truths = Operands::new();
    for (operand, sign) in &operands {
        let mut parts = form.terms.clone();
        parts[place] = (*operand, coefficient.multiply(sign));
        let sum = terms.sum(&parts, form.constant.clone());
        let truth = terms.compare_with_zero(relation, sum);
        truths.push(split_truth(terms, truth, most / operands.len()));
    }
    Some(terms.apply(if all { &Operator::And } else { &Operator::Or }, &truths))
}

/// Whether an extreme is the smallest of its operands, and these with their signs.
fn extreme(terms: &Terms, term: TermId) -> Option<(bool, Vec<(TermId, Exact)>)> {
    let Term::Apply(operator, operands) = terms.get(term) else { return None };
    let plain = || operands.iter().map(|&operand| (operand, Exact::ONE)).collect();
    match operator {
        Operator::Minimum => Some((true, plain())),
        Operator::Maximum => Some((false, plain())),
        Operator::Absolute => Some((false, vec![(operands[0], Exact::ONE), (operands[0], Exact::Whole(-1))])),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::lower::{Lowering, Place};
    use super::super::sets::Domains;
    use super::*;
    use crate::arith::Interval;
    use crate::domain::Domain;
    use crate::language;
    use crate::space::tests::model;

    #[test]
    fn split_inequalities_hold_where_whole_ones_do() {
        let ranges = [("a", -3, 4), ("b", -2, 3), ("c", 0, 4)];
        let model = model(&ranges, &[]);
        for (text, splits) in [
            ("abs(a - b) <= 2", true),
            ("abs(a - b) + c > abs(b)", true),
            ("min(a, b, c) * 2 <= c - 1", true),
            ("max(a, b) <= 2 * min(b, c) + 1", true),
            ("not (max(a, c) - abs(b) < 1)", true),
            ("a == 1 or max(a, min(b, c)) >= 2 and c > 0", true),
            ("max(a, 6 // b) <= 3", true),
            ("max(a, 6 // b) >= 3", false),
            ("abs(a) == 2", false),
        ] {
            let domains = ranges.map(|(_, lo, hi)| Domain::from_interval(Interval::new(lo, hi)));
            let mut terms = Terms::new(Domains::new(&domains));
            let places: Vec<Place> = (0..3).map(Place::Open).collect();
            let whole = Lowering { terms: &mut terms, places: &places }.truth(&language::parse(text, &model).unwrap());
            let split = without_extremes(&mut terms, vec![whole])[0];
            assert_eq!(split != whole, splits, "{text}");
            for index in 0..8 * 6 * 5 {
                let row = [index % 8 - 3, index / 8 % 6 - 2, index / 48];
                let [found, known] = [split, whole].map(|truth| {
                    (0..).zip(row).fold(truth, |left, (position, value)| terms.substitute(left, position, value))
                });
                assert_eq!(found, known, "{text} at {row:?}");
            }
        }
    }
}
