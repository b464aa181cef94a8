//! Sums, products and fractions of nodes, in normal form, so that equal ones are one node.

use super::tape::{Node, Op, Tape};
use super::value::Value;

/// Larger coefficients are left to the checker: sums of such multiples of bounds fit 128 bits.
const LARGEST_COEFFICIENT: i64 = 1 << 53;
/// Longer sums as well.
const LONGEST: usize = 1 << 12;

/// `numerator / denominator`; without a denominator, an integer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fraction {
    pub(super) numerator: Node,
    pub(super) denominator: Option<Node>,
}

impl Fraction {
    pub(super) fn integer(numerator: Node) -> Self {
        Self { numerator, denominator: None }
    }
}

pub(super) struct Compiler {
    pub(super) tape: Tape,
    /// Of each node, over all values that the model gives its variables.
    pub(super) values: Vec<Value>,
    pub(super) columns: Vec<Value>,
    /// Whether something that is left to the checker, and is no integer everywhere, is part of what is being compiled.
    pub(super) is_fractional: bool,
}

impl Compiler {
    pub(super) fn add(&mut self, op: Op) -> Node {
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

    pub(super) fn value(&self, node: Node) -> Value {
        self.values[node as usize]
    }

    pub(super) fn constant(&mut self, value: i64) -> Node {
        self.add(Op::Constant(value))
    }

    pub(super) fn scale(&mut self, node: Node, factor: i64) -> Node {
        self.sum(0, &[(factor, node)])
    }

    /// The sum of a constant and multiples of nodes; sums among them are taken apart.
    pub(super) fn sum(&mut self, constant: i64, parts: &[(i64, Node)]) -> Node {
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
    pub(super) fn product(&mut self, nodes: &[Node]) -> Node {
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

    pub(super) fn times(&mut self, node: Node, denominator: Option<Node>) -> Node {
        denominator.map_or(node, |denominator| self.product(&[node, denominator]))
    }

    pub(super) fn product_of_denominators(&mut self, a: Option<Node>, b: Option<Node>) -> Option<Node> {
        match (a, b) {
            (Some(a), Some(b)) => Some(self.product(&[a, b])),
            (one, other) => one.or(other),
        }
    }

    /// The numerators over one denominator.
    pub(super) fn common_denominator(&mut self, numbers: &[Fraction]) -> (Vec<Node>, Option<Node>) {
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

    /// `numerator / divisor`, for a divisor of any sign.
    pub(super) fn fraction(&mut self, numerator: Node, divisor: Node) -> Fraction {
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
}
