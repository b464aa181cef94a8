//! [`Estimate`]: an expression over many rows at once, in floating point.
//!
//! It orders what is measured and never says what is valid, so that the rounding of a quotient does no harm: exact arithmetic
//! is a hundred times slower, and a space may have a million rows. Equal parts of the expression are computed once.

use super::arithmetic::{Binary, Unary, binary, is_equal, is_true, item, truth, unary, whole};
use constrint_solver::model::Rows;
use constrint_solver::{Comparison, Expr, MemberSet};
use std::collections::HashMap;

/// Rows that are evaluated together: their columns stay in the cache.
const TOGETHER: usize = 256;

/// What is done at a step, with the numbers of the steps that it reads.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Step {
    Constant(i64),
    Variable(usize),
    Unary(Unary, usize),
    Binary(Binary, usize, usize),
    /// One of the two, by whether the first is true.
    Choose(usize, usize, usize),
    /// Whether it is in Python's `range(start, stop, step)`.
    Within(usize, [i64; 3]),
    /// The item that the first counts, as in Python.
    Item(usize, Vec<usize>),
    /// Whether all differ.
    Different(Vec<usize>),
    /// Whether they are a row of the table.
    Listed(Vec<usize>, Rows),
}

/// The steps of an expression, each after those that it reads.
#[derive(Clone, Debug, Default)]
pub(super) struct Estimate {
    steps: Vec<Step>,
    known: HashMap<Step, usize>,
    /// The step that has the value of the whole.
    root: usize,
}

impl Estimate {
    pub(super) fn of(expr: &Expr) -> Self {
        let mut estimate = Self::default();
        estimate.root = estimate.number(expr);
        estimate
    }

    /// The values at these rows, `width` numbers each; no number where the expression is undefined.
    pub(super) fn of_rows(&self, rows: &[i64], width: usize) -> Vec<f64> {
        let mut values = Vec::with_capacity(rows.len() / width.max(1));
        let mut columns = vec![[0.0; TOGETHER]; self.steps.len()];
        for block in rows.chunks(TOGETHER * width.max(1)) {
            for (place, step) in self.steps.iter().enumerate() {
                let (before, rest) = columns.split_at_mut(place);
                fill(step, before, &mut rest[0], block, width);
            }
            let count = block.len() / width.max(1);
            values.extend_from_slice(&columns[self.root][..count]);
        }
        values
    }

    fn step(&mut self, step: Step) -> usize {
        let steps = &mut self.steps;
        *self.known.entry(step).or_insert_with_key(|step| {
            steps.push(step.clone());
            steps.len() - 1
        })
    }

    /// The step that has the value of an expression.
    fn number(&mut self, expr: &Expr) -> usize {
        match expr {
            Expr::Constant(value) => self.step(Step::Constant(*value)),
            Expr::Variable(id) => self.step(Step::Variable(id.index())),
            Expr::Sum(terms) => self.folded(Binary::Add, terms, 0),
            Expr::Product(factors) => self.folded(Binary::Multiply, factors, 1),
            Expr::Minimum(operands) => self.folded(Binary::Minimum, operands, 0),
            Expr::Maximum(operands) => self.folded(Binary::Maximum, operands, 0),
            Expr::Gcd(operands) => self.folded(Binary::Gcd, operands, 0),
            Expr::Lcm(operands) => self.folded(Binary::Lcm, operands, 1),
            Expr::And(operands) => self.folded(Binary::And, operands, 1),
            Expr::Or(operands) => self.folded(Binary::Or, operands, 0),
            Expr::Negate(operand) => self.unary(Unary::Negate, operand),
            Expr::Absolute(operand) => self.unary(Unary::Absolute, operand),
            Expr::Log2(operand) => self.unary(Unary::Log2, operand),
            Expr::FloorLog2(operand) => self.unary(Unary::FloorLog2, operand),
            Expr::FloorRoot(operand, degree) => self.unary(Unary::FloorRoot(*degree), operand),
            Expr::IsPowerOfTwo(operand) => self.unary(Unary::IsPowerOfTwo, operand),
            Expr::Not(operand) => self.unary(Unary::Not, operand),
            Expr::Quotient(a, b) => self.binary(Binary::Quotient, a, b),
            Expr::FloorDivide(a, b) => self.binary(Binary::FloorDivide, a, b),
            Expr::CeilDivide(a, b) => self.binary(Binary::CeilDivide, a, b),
            Expr::Remainder(a, b) => self.binary(Binary::Remainder, a, b),
            Expr::Power(a, b) => self.binary(Binary::Power, a, b),
            Expr::BitAnd(a, b) => self.binary(Binary::BitAnd, a, b),
            Expr::Divides(a, b) => self.divides(a, b),
            Expr::Compare(comparison, a, b) => self.comparison(*comparison, a, b),
            Expr::If { condition, then, otherwise } => {
                let step = Step::Choose(self.number(condition), self.number(then), self.number(otherwise));
                self.step(step)
            }
            Expr::Member(operand, set) => self.member(operand, set),
            Expr::Element { index, items } => {
                let step = Step::Item(self.number(index), self.numbers(items));
                self.step(step)
            }
            Expr::AllDifferent(operands) => {
                let step = Step::Different(self.numbers(operands));
                self.step(step)
            }
            Expr::Table(operands, rows) => {
                let step = Step::Listed(self.numbers(operands), rows.clone());
                self.step(step)
            }
        }
    }

    fn numbers(&mut self, of: &[Expr]) -> Vec<usize> {
        of.iter().map(|expr| self.number(expr)).collect()
    }

    fn unary(&mut self, kind: Unary, operand: &Expr) -> usize {
        let step = Step::Unary(kind, self.number(operand));
        self.step(step)
    }

    fn binary(&mut self, kind: Binary, a: &Expr, b: &Expr) -> usize {
        let step = Step::Binary(kind, self.number(a), self.number(b));
        self.step(step)
    }

    /// The operands one after the other, from what there is of none.
    fn folded(&mut self, kind: Binary, operands: &[Expr], of_none: i64) -> usize {
        let numbers = self.numbers(operands);
        // A single operand of these is not itself.
        let begins = match kind {
            Binary::And | Binary::Or | Binary::Gcd | Binary::Lcm => true,
            _ => numbers.is_empty(),
        };
        let first = begins.then(|| self.step(Step::Constant(of_none)));
        let mut numbers = first.into_iter().chain(numbers);
        let first = numbers.next().expect("the value of none, or an operand");
        numbers.fold(first, |place, number| self.step(Step::Binary(kind, place, number)))
    }

    /// 0 divides only 0.
    fn divides(&mut self, a: &Expr, b: &Expr) -> usize {
        let (a, b) = (self.number(a), self.number(b));
        let zero = self.step(Step::Constant(0));
        let rest = self.step(Step::Binary(Binary::Remainder, b, a));
        let by_zero = self.step(Step::Binary(Binary::Equal, a, zero));
        let whole = self.step(Step::Binary(Binary::Equal, rest, zero));
        let is_zero = self.step(Step::Binary(Binary::Equal, b, zero));
        self.step(Step::Choose(by_zero, is_zero, whole))
    }

    fn comparison(&mut self, comparison: Comparison, a: &Expr, b: &Expr) -> usize {
        let (a, b) = (self.number(a), self.number(b));
        let mut by = |kind, a, b| self.step(Step::Binary(kind, a, b));
        match comparison {
            Comparison::Equal => by(Binary::Equal, a, b),
            Comparison::Less => by(Binary::Less, a, b),
            Comparison::LessEqual => by(Binary::LessEqual, a, b),
            Comparison::Greater => by(Binary::Less, b, a),
            Comparison::GreaterEqual => by(Binary::LessEqual, b, a),
            Comparison::NotEqual => {
                // Neither is less, where a side is undefined.
                let (less, greater) = (by(Binary::Less, a, b), by(Binary::Less, b, a));
                by(Binary::Or, less, greater)
            }
        }
    }

    fn member(&mut self, operand: &Expr, set: &MemberSet) -> usize {
        let operand = self.number(operand);
        let values = match set {
            MemberSet::Range { start, stop, step } => return self.step(Step::Within(operand, [*start, *stop, *step])),
            MemberSet::Values(values) => values,
        };
        let none = self.step(Step::Constant(0));
        values.iter().fold(none, |place, &value| {
            let value = self.step(Step::Constant(value));
            let equal = self.step(Step::Binary(Binary::Equal, operand, value));
            self.step(Step::Binary(Binary::Or, place, equal))
        })
    }
}

#[expect(clippy::cast_precision_loss, reason = "values of variables are below 2^53")]
fn fill(step: &Step, before: &[[f64; TOGETHER]], column: &mut [f64; TOGETHER], block: &[i64], width: usize) {
    match *step {
        Step::Constant(value) => column.fill(value as f64),
        Step::Variable(index) => {
            let values = block.iter().skip(index).step_by(width.max(1));
            column.iter_mut().zip(values).for_each(|(entry, &value)| *entry = value as f64);
        }
        Step::Unary(kind, a) => column.iter_mut().zip(&before[a]).for_each(|(entry, &a)| *entry = unary(kind, a)),
        Step::Binary(kind, a, b) => {
            let operands = before[a].iter().zip(&before[b]);
            column.iter_mut().zip(operands).for_each(|(entry, (&a, &b))| *entry = binary(kind, a, b));
        }
        Step::Choose(condition, then, otherwise) => {
            let branches = before[then].iter().zip(&before[otherwise]);
            for ((entry, &condition), (&then, &otherwise)) in column.iter_mut().zip(&before[condition]).zip(branches) {
                *entry = if is_true(condition) { then } else { otherwise };
            }
        }
        Step::Within(operand, [start, stop, step]) => {
            let range = MemberSet::Range { start, stop, step };
            let is_in = |value: f64| whole(value).is_some_and(|value| range.contains(value));
            column.iter_mut().zip(&before[operand]).for_each(|(entry, &value)| *entry = truth(is_in(value)));
        }
        Step::Item(index, ref items) => {
            for (row, entry) in column.iter_mut().enumerate() {
                *entry = item(before[index][row], items.len()).map_or(f64::NAN, |item| before[items[item]][row]);
            }
        }
        Step::Different(ref operands) => {
            for (row, entry) in column.iter_mut().enumerate() {
                let values: Vec<f64> = operands.iter().map(|&operand| before[operand][row]).collect();
                let pairs =
                    values.iter().enumerate().flat_map(|(place, a)| values[..place].iter().map(move |b| (a, b)));
                *entry = truth(
                    values.iter().all(|value| !value.is_nan()) && pairs.into_iter().all(|(&a, &b)| !is_equal(a, b)),
                );
            }
        }
        Step::Listed(ref operands, ref rows) => {
            for (row, entry) in column.iter_mut().enumerate() {
                let values: Option<Vec<i64>> = operands.iter().map(|&operand| whole(before[operand][row])).collect();
                *entry = truth(values.is_some_and(|values| rows.contains(&values)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Problem;
    use crate::tiling::lower;
    use constrint_solver::{Model, Values, checker, language};
    use num_traits::ToPrimitive;

    fn hold(expr: &Expr, rows: &[Vec<i64>], text: &str) {
        let estimate = Estimate::of(expr);
        let flat: Vec<i64> = rows.concat();
        for (row, estimated) in rows.iter().zip(estimate.of_rows(&flat, rows[0].len())) {
            let exact = checker::evaluate(expr, row).unwrap().map(|value| value.to_f64().unwrap());
            match exact {
                None => assert!(estimated.is_nan(), "{text} at {row:?}: {estimated}, where it is undefined"),
                Some(exact) => {
                    assert!(
                        (estimated - exact).abs() <= 1e-9 * exact.abs(),
                        "{text} at {row:?}: {estimated} not {exact}"
                    );
                }
            }
        }
    }

    /// Against exact arithmetic, in more rows than are evaluated together.
    #[test]
    fn as_exact_arithmetic_says() {
        let mut model = Model::new();
        for name in ["a", "b", "c"] {
            model.add_variable(name, Values::range(-3, 9, 1).unwrap()).unwrap();
        }
        let rows: Vec<Vec<i64>> =
            (0..700).map(|index| vec![index % 13 - 3, index / 13 % 13 - 3, index / 169 % 13 - 3]).collect();
        for text in [
            "a * b + c - 7",
            "a / b + c",
            "(a // b) * 10 + a % b",
            "ceil_div(a, b)",
            "max(a, b, c) - min(a, b)",
            "abs(a) ** 2 + 2 ** c",
            "a if b > c else c",
            "1 if a == 0 or c % a == 0 else 2",
            "(a < b) + (a <= b) + (a > b) * 2 + (a >= b) * 4 + (a == b) * 8 + (a != b) * 16",
            "1 if a in {1, 3, 5} and not b == 2 else 0",
            "divides(a, b) + is_power_of_two(c)",
            "gcd(a, b, 6) + gcd(c) + lcm(a, b) * lcm(c)",
            "(a & 5) + [a, b, c][b]",
            "(a in range(1, 8, 2)) + (a in range(8, 0, -3)) + (b and c) + (b or c)",
            "3 if 1 // a != 1 else 4",
        ] {
            hold(&language::parse(text, &model).unwrap(), &rows, text);
        }
    }

    /// The predicted time of a shipped kernel, which is a large expression.
    #[test]
    fn as_the_model_predicts() {
        let problem =
            r#"{"version": 1, "kernel": "matmul", "gpu": "A100 SXM 40GB", "shape": {"m": 4096, "n": 4096, "k": 4096}}"#;
        let problem = Problem::from_json(problem).unwrap();
        let tiling = lower(&problem).unwrap();
        let solutions =
            crate::enumerate::Solutions::of(&problem, &tiling, &constrint_solver::Limits::default()).unwrap();
        let rows = solutions.space().unwrap().sample(300, 1);
        let cost = tiling.cost.as_ref().unwrap();
        hold(&tiling.definitions[cost].expr, &rows, cost);
    }
}
