//! The operations of a model in an order in which each comes after its operands, and what each makes of bounds.

use super::operations::{
    all, all_different, binary, compare, divides, either, extremum, guard, member, remainder, whole,
};
use super::value::{Value, sum};
use crate::arith::clamp;
use crate::checker;
use crate::model::{Comparison, Expr, MemberSet};
use crate::propagators::bitwise::BitAnd;
use crate::propagators::gcd::{Gcd, Lcm};
use crate::propagators::power::Power;
use crate::propagators::rounded::Rounded;
use rustc_hash::FxHashMap;

/// Operands that take as long to evaluate as all else that is done for a box.
const OPERANDS: usize = 64;
/// The place of an operation on the tape.
pub(super) type Node = u32;

/// An operation. Operands come before it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Op {
    Constant(i64),
    Variable(usize),
    /// The constant and multiples of nodes, each once.
    Sum(i64, Box<[(i64, Node)]>),
    /// Powers of nodes, each once; exponents are at least 1.
    Product(Box<[(Node, u32)]>),
    FloorDivide(Node, Node),
    CeilDivide(Node, Node),
    Remainder(Node, Node),
    /// Undefined for a negative exponent.
    Power(Node, Node),
    Minimum(Box<[Node]>),
    Maximum(Box<[Node]>),
    Absolute(Node),
    Gcd(Node, Node),
    Lcm(Node, Node),
    BitAnd(Node, Node),
    /// The floor of the root of that degree.
    FloorRoot(Node, u32),
    /// The floor of the logarithm to the base 2.
    FloorLog2(Node),
    /// The first, undefined where the second is 0.
    Guard(Node, Node),
    /// The quotient of the two where it is whole, elsewhere undefined.
    Whole(Node, Node),
    /// Whether the node compares so with 0; false where it is undefined.
    Compare(Comparison, Node),
    Truth(Node),
    Not(Node),
    And(Box<[Node]>),
    Or(Box<[Node]>),
    /// The second where the first is true, otherwise the third.
    If(Node, Node, Node),
    Member(Node, MemberSet),
    Divides(Node, Node),
    IsPowerOfTwo(Node),
    AllDifferent(Box<[Node]>),
    /// What the checker says, once all of its variables are fixed.
    Opaque(Box<Expr>),
}

/// What is minimised: a fraction whose denominator is never negative, and undefined where it is 0.
#[derive(Debug, Clone, Copy)]
pub(super) struct Goal {
    pub(super) numerator: Node,
    pub(super) denominator: Node,
    /// Whether the numerator is that of the objective with its sign changed.
    pub(super) negated: bool,
}

/// See the module documentation.
#[derive(Debug, Default)]
pub(super) struct Tape {
    pub(super) ops: Vec<Op>,
    /// Whether an operation's result must be true.
    pub(super) required: Vec<bool>,
    /// For each variable of the model, the operations that it has a part in, ascending.
    pub(super) dependents: Vec<Vec<Node>>,
    /// For each operation, the variables that have a part in it, ascending.
    pub(super) variables: Vec<Box<[u32]>>,
    known: FxHashMap<Op, Node>,
}

impl Tape {
    pub(super) fn new(variables: usize) -> Self {
        Self { dependents: vec![Vec::new(); variables], ..Self::default() }
    }

    /// The place of the operation, where it is put if it is not there yet.
    pub(super) fn add(&mut self, op: Op) -> Node {
        if let Some(&node) = self.known.get(&op) {
            return node;
        }
        let node = Node::try_from(self.ops.len()).expect("fewer than 2^32 operations");
        let variables = self.variables_of(&op);
        for &variable in &variables {
            self.dependents[variable as usize].push(node);
        }
        self.known.insert(op.clone(), node);
        self.ops.push(op);
        self.required.push(false);
        self.variables.push(variables.into());
        node
    }

    /// Where the variable of the model is, if anything depends on it.
    pub(super) fn variable(&self, variable: usize) -> Option<Node> {
        self.dependents[variable].iter().copied().find(|&node| self.ops[node as usize] == Op::Variable(variable))
    }

    /// What it costs to look at a box in which that variable has changed, in units of a small one.
    pub(super) fn cost(&self, variable: usize) -> u64 {
        let operands = |node: Node| 1 + self.ops[node as usize].operands().len();
        let evaluated: usize = self.dependents[variable].iter().map(|&node| operands(node)).sum();
        let required = (0..).zip(&self.required).filter(|&(_, &required)| required);
        let narrowed: usize = required.map(|(node, _)| operands(node)).sum();
        1 + ((evaluated + narrowed) / OPERANDS) as u64
    }

    fn variables_of(&self, op: &Op) -> Vec<u32> {
        let index = |index: usize| u32::try_from(index).expect("fewer than 2^32 variables");
        let mut variables = match op {
            Op::Variable(variable) => vec![index(*variable)],
            Op::Opaque(expr) => expr.variables().into_iter().map(|variable| index(variable.index())).collect(),
            _ => op.operands().iter().flat_map(|&operand| self.variables[operand as usize].to_vec()).collect(),
        };
        variables.sort_unstable();
        variables.dedup();
        variables
    }

    /// What the operation makes of the values of its operands. `point` gives the variables where all are fixed.
    pub(super) fn evaluate(&self, node: Node, values: &[Value]) -> Value {
        let at = |node: Node| values[node as usize];
        match &self.ops[node as usize] {
            Op::Constant(value) => Value::point(*value),
            Op::Variable(_) | Op::Opaque(_) => at(node),
            Op::Sum(constant, terms) => sum(*constant, terms.iter().map(|&(c, node)| (c, at(node)))),
            Op::Product(factors) => {
                let powers = factors.iter().map(|&(node, exponent)| at(node).raise(exponent));
                powers.reduce(Value::multiply).expect("a factor")
            }
            Op::FloorDivide(a, b) => at(*a).divide(at(*b), false),
            Op::CeilDivide(a, b) => at(*a).divide(at(*b), true),
            Op::Remainder(a, b) => remainder(at(*a), at(*b)),
            Op::Power(a, b) => binary(&Power, at(*a), at(*b), at(*b).lo < 0),
            Op::Minimum(nodes) => extremum(nodes.iter().map(|&node| at(node)), i64::min),
            Op::Maximum(nodes) => extremum(nodes.iter().map(|&node| at(node)), i64::max),
            Op::Absolute(a) => at(*a).absolute(),
            Op::Gcd(a, b) => binary(&Gcd, at(*a), at(*b), false),
            Op::Lcm(a, b) => binary(&Lcm, at(*a), at(*b), false),
            Op::BitAnd(a, b) => binary(&BitAnd, at(*a), at(*b), false),
            Op::FloorRoot(a, degree) => binary(&Rounded::Root, at(*a), Value::point((*degree).into()), at(*a).lo < 0),
            Op::FloorLog2(a) => binary(&Rounded::Logarithm, at(*a), Value::point(2), at(*a).lo < 1),
            Op::Guard(a, b) => guard(at(*a), at(*b)),
            Op::Whole(a, b) => whole(at(*a), at(*b)),
            Op::Compare(comparison, a) => compare(*comparison, at(*a)),
            Op::Truth(a) => at(*a).truth(),
            Op::Not(a) => at(*a).not(),
            Op::And(nodes) => all(nodes.iter().map(|&node| at(node).truth())),
            Op::Or(nodes) => all(nodes.iter().map(|&node| at(node).not())).not(),
            Op::If(condition, then, otherwise) => match at(*condition).truth() {
                Value::TRUE => at(*then),
                Value::FALSE => at(*otherwise),
                _ => either(at(*then), at(*otherwise)),
            },
            Op::Member(a, set) => member(at(*a), set),
            Op::Divides(a, b) => divides(at(*a), at(*b)),
            Op::IsPowerOfTwo(a) => match at(*a) {
                value if value.is_nothing() || value.hi <= 0 => Value::FALSE,
                value => Value::of_truth(value.exact().map(|value| value.count_ones() == 1)),
            },
            Op::AllDifferent(nodes) => all_different(nodes.iter().map(|&node| at(node))),
        }
    }

    /// The value of an opaque operation at a point.
    pub(super) fn ask_checker(expr: &Expr, point: &[i64]) -> Value {
        match checker::evaluate(expr, point) {
            Ok(None) => Value::NOTHING,
            Ok(Some(value)) if value.is_integer() => {
                i64::try_from(value.to_integer()).map_or(Value::ANYTHING, |value| Value::point(clamp(value.into())))
            }
            _ => Value::ANYTHING,
        }
    }
}

impl Op {
    pub(super) fn operands(&self) -> Vec<Node> {
        match self {
            Self::Constant(_) | Self::Variable(_) | Self::Opaque(_) => Vec::new(),
            Self::Sum(_, terms) => terms.iter().map(|&(_, node)| node).collect(),
            Self::Product(factors) => factors.iter().map(|&(node, _)| node).collect(),
            Self::Minimum(nodes)
            | Self::Maximum(nodes)
            | Self::And(nodes)
            | Self::Or(nodes)
            | Self::AllDifferent(nodes) => nodes.to_vec(),
            Self::FloorDivide(a, b)
            | Self::CeilDivide(a, b)
            | Self::Remainder(a, b)
            | Self::Power(a, b)
            | Self::Gcd(a, b)
            | Self::Lcm(a, b)
            | Self::BitAnd(a, b)
            | Self::Guard(a, b)
            | Self::Whole(a, b)
            | Self::Divides(a, b) => vec![*a, *b],
            Self::Absolute(a)
            | Self::FloorRoot(a, _)
            | Self::FloorLog2(a)
            | Self::Compare(_, a)
            | Self::Truth(a)
            | Self::Not(a)
            | Self::Member(a, _)
            | Self::IsPowerOfTwo(a) => vec![*a],
            Self::If(a, b, c) => vec![*a, *b, *c],
        }
    }
}
