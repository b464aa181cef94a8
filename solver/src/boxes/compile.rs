//! From a model's expressions to a tape.
//!
//! A number is a fraction of two nodes whose denominator is nowhere negative; where it is 0, the numerator is undefined.
//! What has no operation is left to the checker as a whole ([`Op::Opaque`]).

use super::arithmetic::{Compiler, Fraction};
use super::direction::Slope;
use super::tape::{Goal, Node, Op, Tape};
use super::value::Value;
use crate::domain::Domain;
use crate::model::{self, Comparison, Expr, Model};

pub(super) fn compile(model: &Model) -> (Tape, Option<Goal>, Option<Slope>) {
    let variables = model.variables();
    let hull = |values| Value::of(Domain::from_values(values).hull(), false);
    let columns = variables.iter().map(|variable| hull(&variable.values)).collect();
    let mut compiler = Compiler { tape: Tape::new(variables.len()), values: Vec::new(), columns, is_fractional: false };
    for constraint in model.constraints() {
        compiler.require(&constraint.expr);
    }
    let goal = model.objectives().first().map(|objective| compiler.goal(objective));
    for objective in model.objectives().iter().skip(1) {
        compiler.require_defined(&objective.expr);
    }
    let slope = goal.and_then(|goal| Slope::of(&mut compiler.tape, goal, &compiler.values));
    (compiler.tape, goal, slope)
}

impl Compiler {
    fn require(&mut self, expr: &Expr) {
        if let Expr::And(operands) = expr {
            for operand in operands {
                self.require(operand);
            }
            return;
        }
        let node = self.truth(expr);
        self.tape.required[node as usize] = true;
    }

    /// Only where the expression is defined is it equal to 0 or not.
    fn require_defined(&mut self, expr: &Expr) {
        self.is_fractional = false;
        let mut value = self.number(expr).numerator;
        if self.is_fractional {
            value = self.opaque(expr);
        }
        let either =
            [Comparison::Equal, Comparison::NotEqual].map(|comparison| self.add(Op::Compare(comparison, value)));
        let node = self.add(Op::Or(either.into()));
        self.tape.required[node as usize] = true;
    }

    fn goal(&mut self, objective: &model::Objective) -> Goal {
        self.is_fractional = false;
        let Fraction { mut numerator, mut denominator } = self.number(&objective.expr);
        if self.is_fractional {
            (numerator, denominator) = (self.opaque(&objective.expr), None);
        }
        let negated = objective.goal == model::Goal::Maximize;
        let numerator = if negated { self.scale(numerator, -1) } else { numerator };
        let denominator = denominator.unwrap_or_else(|| self.constant(1));
        Goal { numerator, denominator, negated }
    }

    fn opaque(&mut self, expr: &Expr) -> Node {
        self.is_fractional |= !expr.is_whole();
        self.add(Op::Opaque(Box::new(expr.clone())))
    }

    /// Whether it is true, which is not the same as whether its value as a number is not 0: a logarithm may have none.
    fn opaque_truth(&mut self, expr: &Expr) -> Node {
        self.opaque(&Expr::And(vec![expr.clone()]))
    }

    /// A node that is 1 where the expression is true and 0 where it is not.
    fn truth(&mut self, expr: &Expr) -> Node {
        let before = std::mem::take(&mut self.is_fractional);
        let node = self.truth_of_parts(expr);
        // Bounds of integers would round what is none.
        let node = if self.is_fractional { self.opaque_truth(expr) } else { node };
        self.is_fractional = before;
        node
    }

    fn truth_of_parts(&mut self, expr: &Expr) -> Node {
        match expr {
            Expr::And(operands) => {
                let nodes = operands.iter().map(|operand| self.truth(operand)).collect();
                self.add(Op::And(nodes))
            }
            Expr::Or(operands) => {
                let nodes = operands.iter().map(|operand| self.truth(operand)).collect();
                self.add(Op::Or(nodes))
            }
            Expr::Not(operand) => {
                let node = self.truth(operand);
                self.add(Op::Not(node))
            }
            // A logarithm that is a whole side is compared in a way of its own.
            Expr::Compare(_, a, b) if [a, b].iter().any(|side| matches!(***side, Expr::Log2(_))) => {
                self.opaque_truth(expr)
            }
            Expr::Compare(comparison, a, b) => {
                let (a, b) = (self.number(a), self.number(b));
                let (numerators, _) = self.common_denominator(&[a, b]);
                let difference = self.sum(0, &[(1, numerators[0]), (-1, numerators[1])]);
                self.add(Op::Compare(*comparison, difference))
            }
            Expr::Divides(a, b) => {
                let (a, b) = (self.integer(a), self.integer(b));
                self.add(Op::Divides(a, b))
            }
            Expr::IsPowerOfTwo(operand) => {
                let node = self.integer(operand);
                self.add(Op::IsPowerOfTwo(node))
            }
            Expr::Member(operand, set) => {
                let node = self.integer(operand);
                self.add(Op::Member(node, set.clone()))
            }
            Expr::AllDifferent(operands) => self.all_different(expr, operands),
            Expr::Table(..) | Expr::Log2(_) => self.opaque_truth(expr),
            number => {
                let node = self.number(number).numerator;
                self.add(Op::Truth(node))
            }
        }
    }

    fn all_different(&mut self, expr: &Expr, operands: &[Expr]) -> Node {
        let numbers: Vec<Fraction> = operands.iter().map(|operand| self.number(operand)).collect();
        if numbers.iter().any(|number| number.denominator.is_some()) {
            return self.opaque(expr);
        }
        self.add(Op::AllDifferent(numbers.iter().map(|number| number.numerator).collect()))
    }

    fn number(&mut self, expr: &Expr) -> Fraction {
        match expr {
            Expr::Constant(value) => Fraction::integer(self.constant(*value)),
            Expr::Variable(variable) => Fraction::integer(self.add(Op::Variable(variable.index()))),
            Expr::Sum(terms) => self.sum_of(terms),
            Expr::Product(factors) => self.product_of(factors),
            Expr::Negate(operand) => {
                let Fraction { numerator, denominator } = self.number(operand);
                Fraction { numerator: self.scale(numerator, -1), denominator }
            }
            Expr::Quotient(a, b) => self.quotient(a, b),
            Expr::FloorDivide(a, b) => self.rounded(a, b, Op::FloorDivide),
            Expr::CeilDivide(a, b) => self.rounded(a, b, Op::CeilDivide),
            Expr::Remainder(a, b) => {
                let numbers = [self.number(a), self.number(b)];
                let (numerators, denominator) = self.common_denominator(&numbers);
                Fraction { numerator: self.add(Op::Remainder(numerators[0], numerators[1])), denominator }
            }
            Expr::Power(base, exponent) => self.power(expr, base, exponent),
            Expr::Minimum(operands) => self.extremum(operands, Op::Minimum),
            Expr::Maximum(operands) => self.extremum(operands, Op::Maximum),
            Expr::Absolute(operand) => {
                let Fraction { numerator, denominator } = self.number(operand);
                Fraction { numerator: self.add(Op::Absolute(numerator)), denominator }
            }
            Expr::Gcd(operands) => self.fold_integers(operands, Op::Gcd),
            Expr::Lcm(operands) => self.fold_integers(operands, Op::Lcm),
            Expr::BitAnd(a, b) => {
                let (a, b) = (self.integer(a), self.integer(b));
                Fraction::integer(self.add(Op::BitAnd(a, b)))
            }
            Expr::FloorRoot(operand, degree) => {
                let node = self.integer(operand);
                Fraction::integer(self.add(Op::FloorRoot(node, *degree)))
            }
            Expr::FloorLog2(operand) => {
                let node = self.integer(operand);
                Fraction::integer(self.add(Op::FloorLog2(node)))
            }
            Expr::If { condition, then, otherwise } => self.choice(expr, condition, then, otherwise),
            Expr::Log2(_) | Expr::Element { .. } => Fraction::integer(self.opaque(expr)),
            condition => Fraction::integer(self.truth(condition)),
        }
    }

    /// Defined where the number is whole.
    fn integer(&mut self, expr: &Expr) -> Node {
        match self.number(expr) {
            Fraction { numerator, denominator: None } => numerator,
            Fraction { numerator, denominator: Some(denominator) } => self.add(Op::Whole(numerator, denominator)),
        }
    }

    fn sum_of(&mut self, terms: &[Expr]) -> Fraction {
        let numbers: Vec<Fraction> = terms.iter().map(|term| self.number(term)).collect();
        let (numerators, denominator) = self.common_denominator(&numbers);
        let parts: Vec<(i64, Node)> = numerators.into_iter().map(|node| (1, node)).collect();
        Fraction { numerator: self.sum(0, &parts), denominator }
    }

    fn product_of(&mut self, factors: &[Expr]) -> Fraction {
        let mut product = Fraction::integer(self.constant(1));
        for factor in factors {
            let factor = self.number(factor);
            product = Fraction {
                numerator: self.product(&[product.numerator, factor.numerator]),
                denominator: self.product_of_denominators(product.denominator, factor.denominator),
            };
        }
        product
    }

    fn quotient(&mut self, a: &Expr, b: &Expr) -> Fraction {
        let (a, b) = (self.number(a), self.number(b));
        let numerator = self.times(a.numerator, b.denominator);
        let divisor = self.times(b.numerator, a.denominator);
        self.fraction(numerator, divisor)
    }

    fn rounded(&mut self, a: &Expr, b: &Expr, op: fn(Node, Node) -> Op) -> Fraction {
        let (a, b) = (self.number(a), self.number(b));
        let numerator = self.times(a.numerator, b.denominator);
        let divisor = self.times(b.numerator, a.denominator);
        Fraction::integer(self.add(op(numerator, divisor)))
    }

    fn power(&mut self, expr: &Expr, base: &Expr, exponent: &Expr) -> Fraction {
        let base = self.number(base);
        if let Expr::Constant(exponent @ -64..=64) = *exponent
            && exponent != 0
        {
            let raise = |node: Node| vec![node; usize::try_from(exponent.unsigned_abs()).expect("small")];
            let numerator = self.product(&raise(base.numerator));
            let denominator = base.denominator.map(|denominator| self.product(&raise(denominator)));
            if exponent > 0 {
                return Fraction { numerator, denominator };
            }
            let one = self.constant(1);
            let inverted = denominator.unwrap_or(one);
            return self.fraction(inverted, numerator);
        }
        let exponent = self.number(exponent);
        let may_be_negative = self.value(exponent.numerator).lo < 0;
        if base.denominator.is_some() || exponent.denominator.is_some() || may_be_negative {
            return Fraction::integer(self.opaque(expr));
        }
        Fraction::integer(self.add(Op::Power(base.numerator, exponent.numerator)))
    }

    fn extremum(&mut self, operands: &[Expr], op: fn(Box<[Node]>) -> Op) -> Fraction {
        let numbers: Vec<Fraction> = operands.iter().map(|operand| self.number(operand)).collect();
        let (numerators, denominator) = self.common_denominator(&numbers);
        let numerator = if let [only] = numerators[..] { only } else { self.add(op(numerators.into())) };
        Fraction { numerator, denominator }
    }

    fn fold_integers(&mut self, operands: &[Expr], op: fn(Node, Node) -> Op) -> Fraction {
        let nodes: Vec<Node> = operands.iter().map(|operand| self.integer(operand)).collect();
        let mut result = self.add(Op::Absolute(nodes[0]));
        for &node in &nodes[1..] {
            result = self.add(op(result, node));
        }
        Fraction::integer(result)
    }

    fn choice(&mut self, expr: &Expr, condition: &Expr, then: &Expr, otherwise: &Expr) -> Fraction {
        let condition = self.truth(condition);
        let (then, otherwise) = (self.number(then), self.number(otherwise));
        if then.denominator.is_some() || otherwise.denominator.is_some() {
            return Fraction::integer(self.opaque(expr));
        }
        Fraction::integer(self.add(Op::If(condition, then.numerator, otherwise.numerator)))
    }
}
