//! The operations of a model in an order in which each comes after its operands, and what each makes of bounds.

use super::value::{Value, sum};
use crate::arith::{Interval, clamp, floor_mod, gcd};
use crate::checker;
use crate::function::Function;
use crate::model::{Comparison, Expr, MemberSet};
use crate::propagators::bitwise::BitAnd;
use crate::propagators::gcd::{Gcd, Lcm};
use crate::propagators::power::Power;
use crate::propagators::remainder::Remainder;
use crate::propagators::rounded::Rounded;
use rustc_hash::FxHashMap;

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

/// A function of two integers, at a point exactly, elsewhere by its image.
fn binary(function: &impl Function, a: Value, b: Value, may_fail: bool) -> Value {
    if let (Some(x), Some(y)) = (a.exact(), b.exact()) {
        return function.apply(x, y).map_or(Value::NOTHING, |result| {
            let result = clamp(result);
            Value::of(Interval::point(result), false)
        });
    }
    if a.is_nothing() || b.is_nothing() {
        return Value::NOTHING;
    }
    Value::of(function.image(a.interval(), b.interval()), a.partial | b.partial | may_fail)
}

fn remainder(a: Value, b: Value) -> Value {
    if let (Some(x), Some(y)) = (a.exact(), b.exact())
        && x >= 0
        && y > 0
    {
        return Value::point(x % y);
    }
    binary(&Remainder, a, b, b.lo <= 0 && b.hi >= 0)
}

fn extremum(mut values: impl Iterator<Item = Value>, better: fn(i64, i64) -> i64) -> Value {
    let first = values.next().expect("an operand");
    values.fold(first, |best, value| {
        if best.is_nothing() || value.is_nothing() {
            return Value::NOTHING;
        }
        let (lo, hi) = (better(best.lo, value.lo), better(best.hi, value.hi));
        Value { lo, hi, partial: best.partial | value.partial }
    })
}

/// One of the two, of which either may be undefined.
fn either(a: Value, b: Value) -> Value {
    let partial = a.partial | b.partial;
    Value::of(a.interval().hull(b.interval()), partial)
}

fn guard(value: Value, divisor: Value) -> Value {
    if divisor.is_nothing() || (divisor.lo == 0 && divisor.hi == 0) {
        return Value::NOTHING;
    }
    let may_fail = divisor.partial || (divisor.lo <= 0 && divisor.hi >= 0);
    Value { partial: value.partial | may_fail, ..value }
}

fn whole(a: Value, b: Value) -> Value {
    if let (Some(x), Some(y)) = (a.exact(), b.exact()) {
        return if y != 0 && x % y == 0 { Value::point(x / y) } else { Value::NOTHING };
    }
    if a.is_nothing() || b.is_nothing() {
        return Value::NOTHING;
    }
    Value::of(a.interval().exact_quotient(b.interval()), true)
}

fn compare(comparison: Comparison, value: Value) -> Value {
    if value.is_nothing() {
        return Value::FALSE;
    }
    let Value { lo, hi, partial } = value;
    let (always, never) = match comparison {
        Comparison::Equal => (lo == 0 && hi == 0, lo > 0 || hi < 0),
        Comparison::NotEqual => (lo > 0 || hi < 0, lo == 0 && hi == 0),
        Comparison::Less => (hi < 0, lo >= 0),
        Comparison::LessEqual => (hi <= 0, lo > 0),
        Comparison::Greater => (lo > 0, hi <= 0),
        Comparison::GreaterEqual => (lo >= 0, hi < 0),
    };
    match (always && !partial, never) {
        (_, true) => Value::FALSE,
        (true, _) => Value::TRUE,
        _ => Value::OPEN,
    }
}

fn all(truths: impl Iterator<Item = Value>) -> Value {
    let mut lo = 1;
    for truth in truths {
        if truth.hi == 0 {
            return Value::FALSE;
        }
        lo = lo.min(truth.lo);
    }
    Value { lo, ..Value::OPEN }
}

fn member(value: Value, set: &MemberSet) -> Value {
    if value.is_nothing() {
        return Value::FALSE;
    }
    if let Some(exact) = value.exact() {
        return Value::of_truth(Some(set.contains(exact)));
    }
    let may_hold = match set {
        MemberSet::Values(values) => {
            let first = values.partition_point(|&candidate| candidate < value.lo);
            values.get(first).is_some_and(|&candidate| candidate <= value.hi)
        }
        MemberSet::Range { start, stop, step } => {
            if *step > 0 {
                value.hi >= *start && value.lo < *stop
            } else {
                value.lo <= *start && value.hi > *stop
            }
        }
    };
    if may_hold { Value::OPEN } else { Value::FALSE }
}

fn divides(divisor: Value, multiple: Value) -> Value {
    if divisor.is_nothing() || multiple.is_nothing() {
        return Value::FALSE;
    }
    let (Some(divisor), Some(multiple)) = (divisor.exact(), multiple.exact()) else { return Value::OPEN };
    let holds = if divisor == 0 { multiple == 0 } else { floor_mod(multiple.into(), divisor.into()) == 0 };
    debug_assert!(divisor == 0 || holds == (gcd(divisor, multiple) == divisor.abs()));
    Value::of_truth(Some(holds))
}

fn all_different(values: impl Iterator<Item = Value>) -> Value {
    let (mut points, mut open) = (Vec::new(), false);
    for value in values {
        if value.is_nothing() {
            return Value::FALSE;
        }
        match value.exact() {
            Some(value) => points.push(value),
            None => open = true,
        }
    }
    points.sort_unstable();
    if points.windows(2).any(|pair| pair[0] == pair[1]) {
        return Value::FALSE;
    }
    if open { Value::OPEN } else { Value::TRUE }
}
