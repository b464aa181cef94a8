//! Truths of single variables that a truth of several implies, so that fewer values are tried.

use super::exact::Exact;
use super::term::{Operator, Relation, Term, TermId, Terms};

/// The truths, and for each product that must divide a number, that each of its variables must divide it.
pub(super) fn with_divisors(terms: &mut Terms, mut truths: Vec<TermId>) -> Vec<TermId> {
    let mut implied = Vec::new();
    for &truth in &truths {
        let Some((number, divisor)) = terms.divided_number(truth) else { continue };
        let (coefficient, product) = terms.multiple(divisor);
        let Term::Apply(Operator::Product, factors) = terms.get(product) else { continue };
        let integers = factors.iter().all(|&factor| terms.facts(factor).integer);
        if !integers || !coefficient.is_integer() {
            continue;
        }
        let variables: Vec<TermId> = factors.iter().copied().filter(|&factor| is_variable(terms, factor)).collect();
        implied.extend(variables.into_iter().map(|variable| (variable, coefficient.clone(), number)));
    }
    for (variable, coefficient, number) in implied {
        let divisor = terms.sum(&[(variable, coefficient)], Exact::ZERO);
        truths.push(terms.apply(&Operator::Divides, &[divisor, number]));
    }
    truths
}

fn is_variable(terms: &Terms, term: TermId) -> bool {
    matches!(terms.get(term), Term::Variable(_))
}

impl Terms {
    /// Of `divisor | number`, in either of its forms, with a number that is known and not 0: both.
    fn divided_number(&self, truth: TermId) -> Option<(TermId, TermId)> {
        let (number, divisor) = match self.get(truth) {
            Term::Apply(Operator::Divides, operands) => (operands[1], operands[0]),
            Term::Apply(Operator::Compare(Relation::Equal), operands) => match self.get(operands[0]) {
                Term::Apply(Operator::Remainder, operands) => (operands[0], operands[1]),
                _ => return None,
            },
            _ => return None,
        };
        let known = self.number(number).is_some_and(|number| number.is_integer() && !number.is_zero());
        known.then_some((number, divisor))
    }
}
