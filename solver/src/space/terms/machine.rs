//! Terms of one or two variables, evaluated in machine integers: the quick way to the values that make a truth true.

use super::exact::Exact;
use super::polynomial::gcd;
use super::sets::Root;
use super::shapes::value_at;
use super::term::{Operator, Position, Relation, Support, Term, TermId, Terms};
use smallvec::{SmallVec, smallvec};
use std::cmp::Ordering;
use std::sync::Arc;

/// Equations of two variables are looked at as a whole where there are so many pairs of values at most.
const MOST_PAIRS: usize = 1 << 12;

/// Likewise, of terms that are evaluated for these pairs.
const MOST_EVALUATED: usize = 1 << 14;

/// The value of a term: `None` inside stands for a number that is undefined.
pub(super) type Value = Option<i128>;

impl Terms {
    /// The value of a term once its variables are known, which are listed with their values; `None` where machine integers
    /// cannot tell, which says nothing.
    pub(super) fn machine_value(&self, term: TermId, values: &[(Position, i64)]) -> Option<Value> {
        Some(match self.get(term) {
            Term::Constant(number) => Some(number.small()?.into()),
            Term::Variable(position) => {
                let (_, value) = values.iter().find(|(known, _)| known == position)?;
                Some((*value).into())
            }
            Term::Undefined => None,
            Term::Linear(parts, constant) => {
                let mut sum = i128::from(constant.small()?);
                for (part, coefficient) in parts.iter() {
                    let Some(part) = self.machine_value(*part, values)? else { return Some(None) };
                    sum = sum.checked_add(part.checked_mul(coefficient.small()?.into())?)?;
                }
                Some(sum)
            }
            Term::Polynomial(relation, shape, coefficients) => {
                let number = self.polynomial_value(*shape, coefficients, values)?;
                Some(relation.holds(number.cmp(&0)).into())
            }
            Term::Apply(operator, operands) => return self.machine_apply(operator, operands, values),
            Term::InSet(position, set) => {
                let (_, value) = values.iter().find(|(known, _)| known == position)?;
                let index = self.index_of(*position, *value)?;
                Some(self.sets.contains(*set, index).into())
            }
            Term::TooLarge => return None,
        })
    }

    fn machine_apply(&self, operator: &Operator, operands: &[TermId], values: &[(Position, i64)]) -> Option<Value> {
        let of = |index: usize| self.machine_value(operands[index], values);
        match operator {
            Operator::And => self.machine_junction(operands, values, false),
            Operator::Or => self.machine_junction(operands, values, true),
            Operator::Not => Some(of(0)?.map(|truth| i128::from(truth == 0))),
            Operator::Product => {
                let mut product = 1i128;
                for index in 0..operands.len() {
                    let Some(factor) = of(index)? else { return Some(None) };
                    product = product.checked_mul(factor)?;
                }
                Some(Some(product))
            }
            Operator::Compare(relation) => {
                let holds = of(0)?.is_some_and(|number| relation.holds(number.cmp(&0)));
                Some(Some(holds.into()))
            }
            Operator::FloorLog2 => Some(of(0)?.filter(|&x| x > 0).map(|x| x.ilog2().into())),
            Operator::BitAnd => Some(of(0)?.zip(of(1)?).map(|(a, b)| a & b)),
            Operator::Remainder | Operator::FloorDivide | Operator::CeilDivide | Operator::Divides => {
                Some(machine_division(operator, of(0)?, of(1)?))
            }
            Operator::Minimum => self.machine_fold(operands, values, i128::min),
            Operator::Maximum => self.machine_fold(operands, values, i128::max),
            Operator::Gcd => Some(self.machine_fold(operands, values, common_divisor)?.map(i128::abs)),
            Operator::Absolute => Some(match of(0)? {
                Some(number) => Some(number.checked_abs()?),
                None => None,
            }),
            Operator::IsPowerOfTwo => {
                let power = |number: i128| number > 0 && number & (number - 1) == 0;
                Some(Some(of(0)?.is_some_and(power).into()))
            }
            Operator::If => of(if of(0)?? != 0 { 1 } else { 2 }),
            Operator::Member(set) => Some(Some(match of(0)? {
                Some(number) => i64::try_from(number).is_ok_and(|number| set.contains(number)).into(),
                None => 0,
            })),
            _ => None,
        }
    }

    /// The operands put together two by two; undefined where one of them is.
    fn machine_fold(
        &self,
        operands: &[TermId],
        values: &[(Position, i64)],
        join: fn(i128, i128) -> i128,
    ) -> Option<Value> {
        let mut joined = None;
        for &operand in operands {
            let Some(number) = self.machine_value(operand, values)? else { return Some(None) };
            joined = Some(joined.map_or(number, |before| join(before, number)));
        }
        Some(joined)
    }

    fn machine_junction(&self, operands: &[TermId], values: &[(Position, i64)], decides: bool) -> Option<Value> {
        for &operand in operands {
            if (self.machine_value(operand, values)?? != 0) == decides {
                return Some(Some(decides.into()));
            }
        }
        Some(Some((!decides).into()))
    }

    /// What an equation of two listed variables leaves of each; other truths are not looked at.
    pub(in crate::space) fn support(&mut self, truth: TermId) -> Support {
        let &[first, second] = self.variables(truth) else { return Support::Unknown };
        let (Term::Apply(Operator::Compare(Relation::Equal), _) | Term::Polynomial(Relation::Equal, ..)) =
            self.get(truth)
        else {
            return Support::Unknown;
        };
        if let Some(&known) = self.supports.get(&truth) {
            return known;
        }
        let support = self.find_support(truth, first, second).unwrap_or(Support::Unknown);
        self.supports.insert(truth, support);
        support
    }

    /// How many terms a truth is made of, each as often as it occurs; a polynomial is one.
    fn size(&self, term: TermId) -> usize {
        let parts: usize = match self.get(term) {
            Term::Linear(parts, _) => parts.iter().map(|(part, _)| self.size(*part)).sum(),
            Term::Apply(_, operands) => operands.iter().map(|&operand| self.size(operand)).sum(),
            _ => 0,
        };
        1 + parts
    }

    fn find_support(&mut self, truth: TermId, first: Position, second: Position) -> Option<Support> {
        let (rows, columns) = (self.listed(first)?, self.listed(second)?);
        let pairs = rows.len() * columns.len();
        let evaluated = pairs * self.size(truth);
        if pairs > MOST_PAIRS || evaluated > MOST_EVALUATED {
            return None;
        }
        self.work += evaluated as u64 / 4;
        let [row_words, column_words] = match self.get(truth) {
            Term::Polynomial(..) => self.polynomial_partners(truth, &rows, &columns)?,
            _ => self.partners(truth, (first, &rows), (second, &columns))?,
        };
        if row_words.iter().all(|&word| word == 0) {
            return Some(Support::Empty);
        }
        let sets = [(first, self.sets.intern(&row_words)), (second, self.sets.intern(&column_words))];
        Some(Support::Sets(sets))
    }

    /// For a truth of two variables, which of their values have a partner that makes it true, as bits; `None` where
    /// machine integers cannot tell.
    pub(in crate::space) fn partners(
        &self,
        truth: TermId,
        (first, rows): (Position, &[i64]),
        (second, columns): (Position, &[i64]),
    ) -> Option<[Vec<u64>; 2]> {
        let mut row_words = vec![0u64; rows.len().div_ceil(64)];
        let mut column_words = vec![0u64; columns.len().div_ceil(64)];
        for (row, &a) in rows.iter().enumerate() {
            let of_row = self.column(truth, (second, columns), &[(first, a)]);
            for (column, &b) in columns.iter().enumerate() {
                let holds = match &of_row {
                    Some(of_row) => of_row.at(column) == 1,
                    None => self.machine_value(truth, &[(first, a), (second, b)])? == Some(1),
                };
                if holds {
                    row_words[row / 64] |= 1 << (row % 64);
                    column_words[column / 64] |= 1 << (column % 64);
                }
            }
        }
        Some([row_words, column_words])
    }

    /// As [`Terms::partners`], of a comparison of a polynomial with 0.
    fn polynomial_partners(&mut self, truth: TermId, rows: &[i64], columns: &[i64]) -> Option<[Vec<u64>; 2]> {
        let Term::Polynomial(relation, shape, coefficients) = self.get(truth).clone() else { return None };
        let mut row_words = vec![0u64; rows.len().div_ceil(64)];
        let mut column_words = vec![0u64; columns.len().div_ceil(64)];
        for (row, &a) in rows.iter().enumerate() {
            let left = self.by_exponent(shape, &coefficients, a)?;
            for (column, &b) in columns.iter().enumerate() {
                if relation.holds(value_at(&left, b)?.cmp(&0)) {
                    row_words[row / 64] |= 1 << (row % 64);
                    column_words[column / 64] |= 1 << (column % 64);
                }
            }
        }
        Some([row_words, column_words])
    }

    /// For a comparison of a polynomial of one variable with 0, the values that make it true, as bits.
    pub(super) fn polynomial_words(&self, truth: TermId, values: &[i64]) -> Option<SmallVec<[u64; 4]>> {
        let Term::Polynomial(relation, shape, coefficients) = self.get(truth) else { return None };
        let by_exponent = self.shapes.get(*shape).by_exponent(coefficients);
        let mut words = smallvec![0u64; values.len().div_ceil(64)];
        for (index, &value) in values.iter().enumerate() {
            if relation.holds(value_at(&by_exponent, value)?.cmp(&0)) {
                words[index / 64] |= 1 << (index % 64);
            }
        }
        Some(words)
    }

    fn listed(&self, position: Position) -> Option<Arc<[i64]>> {
        match self.domains.get(position) {
            Root::Listed(values) => Some(values.clone()),
            Root::Wide(_) => None,
        }
    }

    /// For a comparison of `c*x + k` with 0, where it holds along the values of `x`, ascending: a range of indices.
    pub(super) fn threshold(&self, truth: TermId, values: &[i64]) -> Option<std::ops::Range<usize>> {
        let Term::Apply(Operator::Compare(Relation::AtMost), operands) = self.get(truth) else { return None };
        let Term::Linear(parts, constant) = self.get(operands[0]) else { return None };
        let [(part, Exact::Whole(coefficient))] = parts[..] else { return None };
        let (Term::Variable(_), &Exact::Whole(constant)) = (self.get(part), constant) else { return None };
        let at = |value: i64| i128::from(coefficient) * i128::from(value) + i128::from(constant);
        Some(match coefficient.cmp(&0) {
            Ordering::Greater => 0..values.partition_point(|&value| at(value) <= 0),
            _ => values.partition_point(|&value| at(value) > 0)..values.len(),
        })
    }
}

/// The greatest common divisor, of either sign.
fn common_divisor(mut a: i128, mut b: i128) -> i128 {
    if let (Ok(a), Ok(b)) = (i64::try_from(a), i64::try_from(b)) {
        return gcd(a.unsigned_abs(), b.unsigned_abs()).into();
    }
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// Of two numbers; a truth is false and a number undefined where one of them is, or the divisor is 0.
fn machine_division(operator: &Operator, a: Value, b: Value) -> Value {
    let (Some(a), Some(b)) = (a, b) else { return (*operator == Operator::Divides).then_some(0) };
    // Divisions of double words take many times as long.
    if let (Ok(a), Ok(b)) = (i64::try_from(a), i64::try_from(b))
        && a >= 0
        && b > 0
    {
        return Some(i128::from(match operator {
            Operator::Divides => i64::from(a != 0 && b % a == 0),
            Operator::Remainder => a % b,
            Operator::FloorDivide => a / b,
            _ => a / b + i64::from(a % b != 0),
        }));
    }
    if *operator == Operator::Divides {
        return Some(i128::from(if a == 0 { b == 0 } else { b % a == 0 }));
    }
    if b == 0 {
        return None;
    }
    let floor = a.div_euclid(b) - i128::from(b < 0 && a.rem_euclid(b) != 0);
    Some(match operator {
        Operator::Remainder => a - floor * b,
        Operator::FloorDivide => floor,
        _ => floor + i128::from(a != floor * b),
    })
}
