//! Which way the goal moves with each operation, and so which end of a variable is best for it.
//!
//! Bounds of a sum or product forget that a variable in two places is the same: `x * y / (x + y)` over a box is bounded by
//! the largest product over the smallest sum. But where the goal never falls as `x` grows, whatever the others are, it is
//! least at the smallest `x`, and evaluating it there forgets nothing.

use super::tape::{Goal, Node, Op, Tape};
use super::value::Value;

/// How one number moves as another grows: a set of bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Direction(u8);

impl Direction {
    pub(super) const NONE: Self = Self(0);
    /// It may rise.
    pub(super) const UP: Self = Self(1);
    /// It may fall.
    pub(super) const DOWN: Self = Self(2);
    pub(super) const ANY: Self = Self(3);

    fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    fn turned(self) -> Self {
        Self((self.0 & 1) << 1 | self.0 >> 1)
    }

    /// The end of the values at which the goal is least, where that is the same whatever else is chosen.
    pub(super) fn best_end(self, value: Value) -> Value {
        match self {
            Self::UP | Self::NONE => Value { hi: value.lo, ..value },
            Self::DOWN => Value { lo: value.hi, ..value },
            _ => value,
        }
    }

    /// Along something of that sign.
    fn times(self, sign: Value) -> Self {
        match sign {
            _ if sign.lo >= 0 => self,
            _ if sign.hi <= 0 => self.turned(),
            _ if self == Self::NONE => self,
            _ => Self::ANY,
        }
    }
}

/// What the goal is made of, for its directions.
#[derive(Debug)]
pub(super) struct Slope {
    /// The operations of the goal, ascending.
    pub(super) nodes: Vec<Node>,
    /// Nodes with which the goal rises, and with which it falls, in place of its numerator and denominator: what is left
    /// of them once common factors cancel. Empty where there is no such form.
    rising: Vec<Node>,
    falling: Vec<Node>,
}

/// Positive factors with their exponents, beside a coefficient.
type Monomial = Vec<(Node, u32)>;

impl Slope {
    /// `values` are those over all values of all variables. None where something is left to the checker.
    pub(super) fn of(tape: &mut Tape, goal: Goal, values: &[Value]) -> Option<Self> {
        let (mut rising, mut falling) = (Vec::new(), Vec::new());
        if let Some(ratios) = ratios(tape, goal, values) {
            for (above, below) in ratios {
                let mut place =
                    |factors: Monomial| (!factors.is_empty()).then(|| tape.add(Op::Product(factors.into())));
                rising.extend(place(above));
                falling.extend(place(below));
            }
        }
        let mut nodes: Vec<Node> = [&[goal.numerator, goal.denominator], &rising[..], &falling[..]].concat();
        let mut seen = 0;
        while let Some(&node) = nodes.get(seen) {
            nodes.extend(tape.ops[node as usize].operands());
            seen += 1;
        }
        nodes.sort_unstable();
        nodes.dedup();
        let is_opaque = |&node: &Node| matches!(tape.ops[node as usize], Op::Opaque(_));
        (!nodes.iter().any(is_opaque)).then_some(Self { nodes, rising, falling })
    }

    /// For each operation of the goal, how the goal moves with it.
    pub(super) fn directions(&self, tape: &Tape, goal: Goal, values: &[Value], into: &mut Vec<Direction>) {
        into.clear();
        into.resize(values.len(), Direction::NONE);
        if self.rising.is_empty() && self.falling.is_empty() {
            into[goal.numerator as usize] = Direction::UP;
            let by_denominator = Direction::DOWN.times(values[goal.numerator as usize]);
            into[goal.denominator as usize] = into[goal.denominator as usize].or(by_denominator);
        }
        self.rising.iter().for_each(|&node| into[node as usize] = into[node as usize].or(Direction::UP));
        self.falling.iter().for_each(|&node| into[node as usize] = into[node as usize].or(Direction::DOWN));
        for &node in self.nodes.iter().rev() {
            let direction = into[node as usize];
            if direction != Direction::NONE && values[node as usize].exact().is_none() {
                pass_down(&tape.ops[node as usize], direction, values, &mut |operand: Node, along: Direction| {
                    into[operand as usize] = into[operand as usize].or(along);
                });
            }
        }
    }

    /// What the goal's fraction can be where each variable is at its best end, if it has one. None if no variable has.
    pub(super) fn corner(
        &self,
        tape: &Tape,
        goal: Goal,
        values: &[Value],
        directions: &[Direction],
        corner: &mut Vec<Value>,
    ) -> Option<(Value, Value)> {
        corner.resize(values.len(), Value::NOTHING);
        let mut is_sharper = false;
        for &node in &self.nodes {
            let value = values[node as usize];
            corner[node as usize] = match tape.ops[node as usize] {
                Op::Variable(_) => {
                    let end = directions[node as usize].best_end(value);
                    is_sharper |= end.lo != value.lo || end.hi != value.hi;
                    end
                }
                _ => tape.evaluate(node, corner),
            };
        }
        is_sharper.then(|| (corner[goal.numerator as usize], corner[goal.denominator as usize]))
    }
}

/// Tells the operands of an operation which way the goal moves with them.
fn pass_down(op: &Op, direction: Direction, values: &[Value], tell: &mut dyn FnMut(Node, Direction)) {
    let at = |node: Node| values[node as usize];
    match op {
        Op::Constant(_) | Op::Variable(_) | Op::Opaque(_) => {}
        Op::Sum(_, terms) => {
            terms.iter().for_each(|&(coefficient, node)| tell(node, direction.times(Value::point(coefficient))));
        }
        Op::Product(factors) => {
            for (index, &(node, exponent)) in factors.iter().enumerate() {
                let others = factors.iter().enumerate().filter(|&(other, _)| other != index);
                let along = others.fold(direction, |along, (_, &(other, times))| along.times(at(other).raise(times)));
                let own = if exponent % 2 == 1 { Value::point(1) } else { at(node) };
                tell(node, along.times(own));
            }
        }
        Op::FloorDivide(a, b) | Op::CeilDivide(a, b) if at(*b).lo >= 1 => {
            tell(*a, direction);
            tell(*b, direction.turned().times(at(*a)));
        }
        Op::Minimum(nodes) | Op::Maximum(nodes) => nodes.iter().for_each(|&node| tell(node, direction)),
        Op::Absolute(a) => tell(*a, direction.times(at(*a))),
        Op::FloorRoot(a, _) | Op::FloorLog2(a) if at(*a).lo >= 1 => tell(*a, direction),
        Op::Power(a, b) if at(*a).lo >= 1 && at(*b).lo >= 0 => {
            tell(*a, direction);
            tell(*b, direction);
        }
        other => other.operands().into_iter().for_each(|operand| tell(operand, Direction::ANY)),
    }
}

/// The goal as something that only rises with a sum of ratios of products of positive factors, common ones cancelled: the
/// products that it rises and falls with.
fn ratios(tape: &Tape, goal: Goal, values: &[Value]) -> Option<Vec<(Monomial, Monomial)>> {
    let positive = |monomial: &(i64, Monomial)| monomial.1.iter().all(|&(node, _)| values[node as usize].lo >= 1);
    let numerator = monomials(tape, goal.numerator)?;
    let denominator = monomials(tape, goal.denominator)?;
    if denominator.iter().any(|term| term.0 <= 0 || !positive(term)) || !numerator.iter().all(positive) {
        return None;
    }
    match (numerator.as_slice(), denominator.as_slice()) {
        // n / d, with a single d: a sum of ratios.
        (terms, [(_, below)]) if !below.is_empty() && terms.iter().all(|term| term.0 > 0) => {
            Some(terms.iter().map(|(_, above)| cancelled(above, below)).collect())
        }
        (terms, [(_, below)]) if !below.is_empty() && terms.iter().all(|term| term.0 < 0) => {
            Some(terms.iter().map(|(_, above)| cancelled(below, above)).collect())
        }
        // -n / d, with a single n: it rises with d / n.
        ([(coefficient, below)], terms) if *coefficient < 0 && !below.is_empty() => {
            Some(terms.iter().map(|(_, above)| cancelled(above, below)).collect())
        }
        _ => None,
    }
}

/// The node as a sum of products, multiplied out; none where that would be long.
fn monomials(tape: &Tape, node: Node) -> Option<Vec<(i64, Monomial)>> {
    const LONGEST: usize = 64;
    match &tape.ops[node as usize] {
        Op::Constant(value) => Some(vec![(*value, Vec::new())]),
        Op::Sum(constant, terms) => {
            let mut all = if *constant == 0 { Vec::new() } else { vec![(*constant, Vec::new())] };
            for &(coefficient, node) in terms {
                for (inner, factors) in monomials(tape, node)? {
                    all.push((inner.checked_mul(coefficient)?, factors));
                }
            }
            (all.len() <= LONGEST).then_some(all)
        }
        Op::Product(factors) => {
            let mut all: Vec<(i64, Monomial)> = vec![(1, Vec::new())];
            for &(node, exponent) in factors {
                for _ in 0..exponent {
                    let factor = monomials(tape, node)?;
                    let pairs = all.iter().flat_map(|a| factor.iter().map(move |b| (a, b)));
                    all =
                        pairs.map(|(a, b)| Some((a.0.checked_mul(b.0)?, joined(&a.1, &b.1)))).collect::<Option<_>>()?;
                    if all.len() > LONGEST {
                        return None;
                    }
                }
            }
            Some(all)
        }
        _ => Some(vec![(1, vec![(node, 1)])]),
    }
}

fn joined(a: &Monomial, b: &Monomial) -> Monomial {
    let mut factors: Monomial = a.iter().chain(b).copied().collect();
    factors.sort_unstable();
    factors.chunk_by(|a, b| a.0 == b.0).map(|group| (group[0].0, group.iter().map(|factor| factor.1).sum())).collect()
}

fn cancelled(above: &Monomial, below: &Monomial) -> (Monomial, Monomial) {
    let without = |a: &Monomial, b: &Monomial| -> Monomial {
        let in_b = |node: Node| b.iter().find(|factor| factor.0 == node).map_or(0, |factor| factor.1);
        a.iter().map(|&(node, exponent)| (node, exponent.saturating_sub(in_b(node)))).filter(|f| f.1 > 0).collect()
    };
    (without(above, below), without(below, above))
}
