//! From a model's expressions to a tape.
//!
//! A number is a fraction of two nodes whose denominator is nowhere negative; where it is 0, the numerator is undefined.
//! What has no operation is left to the checker as a whole ([`Op::Opaque`]).

use super::direction::Slope;
use super::tape::{Goal, Node, Op, Tape};
use super::value::Value;
use crate::domain::Domain;
use crate::model::{self, Comparison, Expr, Model};

/// Larger coefficients are left to the checker: sums of such multiples of bounds fit 128 bits.
const LARGEST_COEFFICIENT: i64 = 1 << 53;
/// Longer sums as well.
const LONGEST: usize = 1 << 12;

/// `numerator / denominator`; without a denominator, an integer.
#[derive(Debug, Clone, Copy)]
struct Fraction {
    numerator: Node,
    denominator: Option<Node>,
}

impl Fraction {
    fn integer(numerator: Node) -> Self {
        Self { numerator, denominator: None }
    }
}

struct Compiler {
    tape: Tape,
    /// Of each node, over all values that the model gives its variables.
    values: Vec<Value>,
    columns: Vec<Value>,
}

pub(super) fn compile(model: &Model) -> (Tape, Option<Goal>, Option<Slope>) {
    let variables = model.variables();
    let hull = |values| Value::of(Domain::from_values(values).hull(), false);
    let columns = variables.iter().map(|variable| hull(&variable.values)).collect();
    let mut compiler = Compiler { tape: Tape::new(variables.len()), values: Vec::new(), columns };
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
    fn add(&mut self, op: Op) -> Node {
        let node = self.tape.add(op);
        if node as usize == self.values.len() {
            let value = match &self.tape.ops[node as usize] {
                Op::Variable(variable) => self.columns[*variable],
                Op::Opaque(_) => Value::ANYTHING,
                _ => self.tape.evaluate(node, &self.values),
            };
            self.values.push(value);
        }
        node
    }

    fn value(&self, node: Node) -> Value {
        self.values[node as usize]
    }

    fn constant(&mut self, value: i64) -> Node {
        self.add(Op::Constant(value))
    }

    fn require(&mut self, expr: &Expr) {
        if let Expr::And(operands) = expr {
            operands.iter().for_each(|operand| self.require(operand));
            return;
        }
        let node = self.truth(expr);
        self.tape.required[node as usize] = true;
    }

    /// Only where the expression is defined is it equal to 0 or not.
    fn require_defined(&mut self, expr: &Expr) {
        let value = self.number(expr).numerator;
        let either =
            [Comparison::Equal, Comparison::NotEqual].map(|comparison| self.add(Op::Compare(comparison, value)));
        let node = self.add(Op::Or(either.into()));
        self.tape.required[node as usize] = true;
    }

    fn goal(&mut self, objective: &model::Objective) -> Goal {
        let Fraction { numerator, denominator } = self.number(&objective.expr);
        let negated = objective.goal == model::Goal::Maximize;
        let numerator = if negated { self.scale(numerator, -1) } else { numerator };
        let denominator = denominator.unwrap_or_else(|| self.constant(1));
        Goal { numerator, denominator, negated }
    }

    fn opaque(&mut self, expr: &Expr) -> Node {
        self.add(Op::Opaque(Box::new(expr.clone())))
    }

    /// A node that is 1 where the expression is true and 0 where it is not.
    fn truth(&mut self, expr: &Expr) -> Node {
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
            Expr::Compare(_, a, b) if [a, b].iter().any(|side| matches!(***side, Expr::Log2(_))) => self.opaque(expr),
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
            Expr::Table(..) | Expr::Log2(_) => self.opaque(expr),
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

    fn scale(&mut self, node: Node, factor: i64) -> Node {
        self.sum(0, &[(factor, node)])
    }

    /// The sum of a constant and multiples of nodes; sums among them are taken apart.
    fn sum(&mut self, constant: i64, parts: &[(i64, Node)]) -> Node {
        self.merged_sum(constant, parts).unwrap_or_else(|| {
            // Too large for one operation: nested ones bound it as well, if less closely.
            let parts = parts.iter().map(|&(coefficient, node)| (coefficient, node)).collect();
            self.add(Op::Sum(constant, parts))
        })
    }

    fn merged_sum(&mut self, mut constant: i64, parts: &[(i64, Node)]) -> Option<Node> {
        let mut terms: Vec<(i64, Node)> = Vec::new();
        for &(factor, node) in parts {
            match &self.tape.ops[node as usize] {
                Op::Constant(value) => constant = constant.checked_add(value.checked_mul(factor)?)?,
                Op::Sum(inner, inner_terms) => {
                    constant = constant.checked_add(inner.checked_mul(factor)?)?;
                    for &(coefficient, node) in inner_terms {
                        terms.push((coefficient.checked_mul(factor)?, node));
                    }
                }
                _ => terms.push((factor, node)),
            }
        }
        terms.sort_unstable_by_key(|&(_, node)| node);
        let mut merged: Vec<(i64, Node)> = Vec::new();
        for group in terms.chunk_by(|a, b| a.1 == b.1) {
            let coefficient = group.iter().try_fold(0i64, |sum, &(coefficient, _)| sum.checked_add(coefficient))?;
            // What is undefined somewhere stays, though it brings nothing else.
            if coefficient != 0 || self.value(group[0].1).partial {
                merged.push((coefficient, group[0].1));
            }
        }
        let fits = merged.len() <= LONGEST && merged.iter().all(|&(c, _)| c.abs() <= LARGEST_COEFFICIENT);
        match merged.as_slice() {
            _ if !fits => None,
            [] => Some(self.constant(constant)),
            &[(1, node)] if constant == 0 => Some(node),
            _ => Some(self.add(Op::Sum(constant, merged.into()))),
        }
    }

    /// The product of nodes; products among them are taken apart, and constants moved out.
    fn product(&mut self, nodes: &[Node]) -> Node {
        let (mut coefficient, mut factors) = (1i64, Vec::new());
        let mut pending: Vec<(Node, u32)> = nodes.iter().map(|&node| (node, 1)).collect();
        while let Some((node, exponent)) = pending.pop() {
            let pulled = match &self.tape.ops[node as usize] {
                Op::Product(inner) => {
                    pending.extend(inner.iter().map(|&(node, inner)| (node, inner * exponent)));
                    continue;
                }
                Op::Constant(value) => Some((*value, None)),
                Op::Sum(0, terms) if terms.len() == 1 && terms[0].0 != 0 => Some((terms[0].0, Some(terms[0].1))),
                _ => None,
            };
            let pulled = pulled.and_then(|(factor, rest)| {
                let power = crate::arith::power(factor, exponent.into())?;
                let product = coefficient.checked_mul(i64::try_from(power).ok()?)?;
                (product != 0 && product.abs() <= LARGEST_COEFFICIENT).then_some((product, rest))
            });
            match pulled {
                Some((product, rest)) => {
                    coefficient = product;
                    pending.extend(rest.map(|rest| (rest, exponent)));
                }
                None => factors.push((node, exponent)),
            }
        }
        factors.sort_unstable();
        let merged: Vec<(Node, u32)> =
            factors.chunk_by(|a, b| a.0 == b.0).map(|group| (group[0].0, group.iter().map(|f| f.1).sum())).collect();
        let node = match merged.as_slice() {
            [] => return self.constant(coefficient),
            &[(node, 1)] => node,
            _ => self.add(Op::Product(merged.into())),
        };
        self.scale(node, coefficient)
    }

    fn times(&mut self, node: Node, denominator: Option<Node>) -> Node {
        denominator.map_or(node, |denominator| self.product(&[node, denominator]))
    }

    fn product_of_denominators(&mut self, a: Option<Node>, b: Option<Node>) -> Option<Node> {
        match (a, b) {
            (Some(a), Some(b)) => Some(self.product(&[a, b])),
            (one, other) => one.or(other),
        }
    }

    /// The numerators over one denominator.
    fn common_denominator(&mut self, numbers: &[Fraction]) -> (Vec<Node>, Option<Node>) {
        let mut different: Vec<Node> = numbers.iter().filter_map(|number| number.denominator).collect();
        different.sort_unstable();
        different.dedup();
        let mut numerators = Vec::with_capacity(numbers.len());
        for number in numbers {
            let others = different.iter().copied().filter(|&other| number.denominator != Some(other));
            let factors: Vec<Node> = std::iter::once(number.numerator).chain(others).collect();
            numerators.push(self.product(&factors));
        }
        let denominator = (!different.is_empty()).then(|| self.product(&different));
        (numerators, denominator)
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

    /// `numerator / divisor`, for a divisor of any sign.
    fn fraction(&mut self, numerator: Node, divisor: Node) -> Fraction {
        let Value { lo, hi, partial } = self.value(divisor);
        if let Op::Constant(1) = self.tape.ops[divisor as usize] {
            return Fraction::integer(numerator);
        }
        let (numerator, denominator) = if lo >= 0 {
            (numerator, divisor)
        } else if hi <= 0 {
            (self.scale(numerator, -1), self.scale(divisor, -1))
        } else {
            (self.product(&[numerator, divisor]), self.product(&[divisor, divisor]))
        };
        let may_fail = partial || (lo <= 0 && hi >= 0);
        let numerator = if may_fail { self.add(Op::Guard(numerator, divisor)) } else { numerator };
        Fraction { numerator, denominator: Some(denominator) }
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
