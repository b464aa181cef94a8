//! Terms for all values of one variable at once: an operation at a time, so that each is chosen once for all values.

use super::exact::Exact;
use super::term::{Operator, Position, Term, TermId, Terms};
use num_integer::Integer;

/// What a term is for each value of a variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Column {
    Same(i64),
    Each(Vec<i64>),
}

/// Stands for a number that is undefined.
pub(super) const NOWHERE: i64 = i64::MIN;

impl Column {
    pub(super) fn at(&self, index: usize) -> i64 {
        match self {
            Self::Same(value) => *value,
            Self::Each(values) => values[index],
        }
    }

    fn map(self, change: impl Fn(i64) -> Option<i64>) -> Option<Self> {
        Some(match self {
            Self::Same(value) => Self::Same(change(value)?),
            Self::Each(mut values) => {
                for value in &mut values {
                    *value = change(*value)?;
                }
                Self::Each(values)
            }
        })
    }

    fn join(self, other: Self, join: impl Fn(i64, i64) -> Option<i64>) -> Option<Self> {
        Some(match (self, other) {
            (Self::Same(a), other) => other.map(|b| join(a, b))?,
            (this, Self::Same(b)) => this.map(|a| join(a, b))?,
            (Self::Each(mut these), Self::Each(others)) => {
                for (a, b) in these.iter_mut().zip(others) {
                    *a = join(*a, b)?;
                }
                Self::Each(these)
            }
        })
    }
}

/// An operation that is undefined where one of its operands is.
fn defined(operation: impl Fn(i64, i64) -> Option<i64>) -> impl Fn(i64, i64) -> Option<i64> {
    move |a, b| if a == NOWHERE || b == NOWHERE { Some(NOWHERE) } else { operation(a, b) }
}

fn number(result: Option<i64>) -> Option<i64> {
    result.filter(|&number| number != NOWHERE)
}

impl Terms {
    /// The values of a term for each value of a variable, the others known; `None` where machine words cannot tell, or
    /// another way has to be gone.
    pub(super) fn column(&self, term: TermId, of: (Position, &[i64]), others: &[(Position, i64)]) -> Option<Column> {
        Some(match self.get(term) {
            Term::Constant(value) => Column::Same(number(value.small())?),
            Term::Variable(position) if *position == of.0 => Column::Each(of.1.to_vec()),
            Term::Variable(position) => Column::Same(others.iter().find(|(known, _)| known == position)?.1),
            Term::Undefined => Column::Same(NOWHERE),
            Term::Linear(parts, constant) => {
                let mut sum = Column::Same(number(constant.small())?);
                for (part, coefficient) in parts.iter() {
                    let coefficient = Exact::small(coefficient)?;
                    let part = self.column(*part, of, others)?;
                    sum =
                        sum.join(part, defined(|sum, part| number(sum.checked_add(part.checked_mul(coefficient)?))))?;
                }
                sum
            }
            Term::Apply(operator, operands) => return self.column_of(operator, operands, of, others),
            Term::InSet(position, set) => {
                let is_in = |value| Some(i64::from(self.sets.contains(*set, self.index_of(*position, value)?)));
                if *position == of.0 {
                    Column::Each(of.1.iter().map(|&value| is_in(value)).collect::<Option<_>>()?)
                } else {
                    Column::Same(is_in(others.iter().find(|(known, _)| known == position)?.1)?)
                }
            }
            Term::Polynomial(..) | Term::TooLarge => return None,
        })
    }

    fn column_of(
        &self,
        operator: &Operator,
        operands: &[TermId],
        of: (Position, &[i64]),
        others: &[(Position, i64)],
    ) -> Option<Column> {
        let fold = |join: fn(i64, i64) -> Option<i64>| {
            let mut columns = operands.iter().map(|&operand| self.column(operand, of, others));
            let first = columns.next()??;
            columns.try_fold(first, |joined, column| joined.join(column?, defined(join)))
        };
        match operator {
            Operator::And => fold(|a, b| Some(i64::from(a != 0 && b != 0))),
            Operator::Or => fold(|a, b| Some(i64::from(a != 0 || b != 0))),
            Operator::Not => self.column(operands[0], of, others)?.map(|truth| Some(i64::from(truth == 0))),
            Operator::Product => fold(|a, b| number(a.checked_mul(b))),
            Operator::Minimum => fold(|a, b| Some(a.min(b))),
            Operator::Maximum => fold(|a, b| Some(a.max(b))),
            Operator::Remainder => fold(|a, b| Some(if b == 0 { NOWHERE } else { a - b * floor(a, b)? })),
            Operator::FloorDivide => fold(|a, b| if b == 0 { Some(NOWHERE) } else { floor(a, b) }),
            Operator::CeilDivide => {
                fold(
                    |a, b| {
                        if b == 0 { Some(NOWHERE) } else { floor(a, b)?.checked_add(i64::from(a.checked_rem(b)? != 0)) }
                    },
                )
            }
            Operator::Compare(relation) => self
                .column(operands[0], of, others)?
                .map(|number| Some(i64::from(number != NOWHERE && relation.holds(number.cmp(&0))))),
            Operator::Member(set) => self
                .column(operands[0], of, others)?
                .map(|number| Some(i64::from(number != NOWHERE && set.contains(number)))),
            _ => None,
        }
    }
}

/// `a / b` rounded towards minus infinity; none where there is none, or it does not fit.
fn floor(a: i64, b: i64) -> Option<i64> {
    a.checked_div(b).map(|_| Integer::div_floor(&a, &b))
}

#[cfg(test)]
mod tests {
    use super::super::lower::{Lowering, Place};
    use super::super::sets::Domains;
    use super::*;
    use crate::domain::Domain;
    use crate::language;
    use crate::space::tests::model;

    /// Against the values one by one.
    #[test]
    fn a_column_is_what_each_value_makes_of_a_term() {
        let ranges = [("x", -5, 6), ("y", -3, 4)];
        let model = model(&ranges, &[]);
        for text in [
            "3 * x - 2 * y <= 4",
            "x // y >= 1 or x == 2",
            "ceil_div(x, y) == 2 and y % 3 != 1",
            "x % y == 1",
            "(x * y + 7) % (x * x) == 3",
            "max(x, 2 * y) - min(x, y) <= 3",
            "not (x // y <= y and x > 0)",
            "x // (y // 2) != 2 * x % 3",
            "x * y in {-6, 0, 4, 12}",
        ] {
            let expr = language::parse(text, &model).unwrap();
            let domains: Vec<Domain> =
                ranges.iter().map(|&(_, first, last)| Domain::progression(first, last, 1)).collect();
            let mut terms = Terms::new(Domains::new(&domains));
            let places = [Place::Open(0), Place::Open(1)];
            let truth = Lowering { terms: &mut terms, places: &places }.truth(&expr);
            let xs: Vec<i64> = (-5..=6).collect();
            for y in -3..=4 {
                let column = terms.column(truth, (0, &xs), &[(1, y)]).unwrap_or_else(|| panic!("{text}"));
                for (index, &x) in xs.iter().enumerate() {
                    let value = terms.machine_value(truth, &[(0, x), (1, y)]).unwrap().unwrap();
                    assert_eq!(i128::from(column.at(index)), value, "{text} at {x}, {y}");
                }
            }
        }
    }

    #[test]
    fn what_has_no_place_in_a_word_is_left_to_others() {
        let ranges = [("x", 1, 4), ("y", 1, 2)];
        let model = model(&ranges, &[]);
        let expr = language::parse("2 ** 62 * x // (y + 5) % 7 == 1", &model).unwrap();
        let domains: Vec<Domain> = ranges.iter().map(|&(_, first, last)| Domain::progression(first, last, 1)).collect();
        let mut terms = Terms::new(Domains::new(&domains));
        let truth = Lowering { terms: &mut terms, places: &[Place::Open(0), Place::Open(1)] }.truth(&expr);
        assert_eq!(terms.column(truth, (0, &[1, 2, 3, 4]), &[(1, 2)]), None);
    }
}
