//! What the result of an operation, kept within bounds, says of its operands: the way back from constraints to variables
//! (hull consistency, Benhamou and others, 1999).
//!
//! Each rule gives bounds that every operand has in every point of the box where the result is defined and within its own
//! bounds. An operation without a rule says nothing.

use super::tape::{Node, Op, Tape};
use super::value::Value;
use crate::arith::{INFINITY, Interval, ceil_div, clamp, floor_div, is_finite};
use crate::model::{Comparison, MemberSet};

/// Told an operand and bounds that it has.
type Tell<'a> = &'a mut dyn FnMut(Node, Interval);

impl Tape {
    /// Tells the operands of the operation what follows from bounds on its result.
    pub(super) fn narrow(&self, node: Node, result: Interval, values: &[Value], tell: Tell) {
        let at = |node: Node| values[node as usize];
        let holds = if result.lo == result.hi { Some(result.lo != 0) } else { None };
        match &self.ops[node as usize] {
            Op::Sum(constant, terms) => narrow_sum(*constant, terms, result, values, tell),
            Op::Product(factors) => narrow_product(factors, result, values, tell),
            Op::FloorDivide(a, b) => narrow_floor(*a, *b, result, values, tell),
            Op::CeilDivide(a, b) => narrow_ceiling(*a, *b, result, values, tell),
            Op::Remainder(a, b) => narrow_remainder(*a, *b, result, values, tell),
            Op::Minimum(nodes) => {
                nodes.iter().for_each(|&node| tell(node, Interval::new(result.lo, INFINITY)));
                let mut reaching = nodes.iter().filter(|&&node| at(node).lo <= result.hi);
                if let (Some(&only), None) = (reaching.next(), reaching.next()) {
                    tell(only, result);
                }
            }
            Op::Maximum(nodes) => {
                nodes.iter().for_each(|&node| tell(node, Interval::new(-INFINITY, result.hi)));
                let mut reaching = nodes.iter().filter(|&&node| at(node).hi >= result.lo);
                if let (Some(&only), None) = (reaching.next(), reaching.next()) {
                    tell(only, result);
                }
            }
            Op::Absolute(a) => {
                let farthest = Interval::new(-result.hi, result.hi);
                match at(*a) {
                    value if value.lo > -result.lo => tell(*a, farthest.intersect(Interval::new(result.lo, INFINITY))),
                    value if value.hi < result.lo => tell(*a, farthest.intersect(Interval::new(-INFINITY, -result.lo))),
                    _ => tell(*a, farthest),
                }
            }
            Op::Guard(a, _) => tell(*a, result),
            Op::Compare(comparison, a) => {
                // Where it is false, its side may be undefined.
                let truth = holds.filter(|&truth| truth || !at(*a).partial);
                if let Some(bounds) = truth.and_then(|truth| compared(*comparison, truth, at(*a))) {
                    tell(*a, bounds);
                }
            }
            Op::Truth(a) if holds == Some(false) && !at(*a).partial => tell(*a, Interval::point(0)),
            Op::Not(a) => holds.into_iter().for_each(|holds| tell(*a, Interval::point(i64::from(!holds)))),
            Op::And(nodes) => narrow_all(nodes, true, holds, values, tell),
            Op::Or(nodes) => narrow_all(nodes, false, holds, values, tell),
            Op::If(condition, then, otherwise) => match at(*condition).truth() {
                Value::TRUE => tell(*then, result),
                Value::FALSE => tell(*otherwise, result),
                _ => {}
            },
            Op::Member(a, MemberSet::Values(set)) if holds == Some(true) => {
                if let (Some(&first), Some(&last)) = (set.first(), set.last()) {
                    tell(*a, Interval::new(first, last));
                }
            }
            Op::IsPowerOfTwo(a) if holds == Some(true) => tell(*a, Interval::new(1, INFINITY)),
            _ => {}
        }
    }
}

/// What a number is that compares so with 0, or does not.
fn compared(comparison: Comparison, truth: bool, value: Value) -> Option<Interval> {
    let below = |limit| Some(Interval::new(-INFINITY, limit));
    let above = |limit| Some(Interval::new(limit, INFINITY));
    let not_zero = || match (value.lo, value.hi) {
        (0, _) => above(1),
        (_, 0) => below(-1),
        _ => None,
    };
    match (comparison, truth) {
        (Comparison::Equal, true) | (Comparison::NotEqual, false) => Some(Interval::point(0)),
        (Comparison::Equal, false) | (Comparison::NotEqual, true) => not_zero(),
        (Comparison::Less, true) | (Comparison::GreaterEqual, false) => below(-1),
        (Comparison::LessEqual, true) | (Comparison::Greater, false) => below(0),
        (Comparison::Greater, true) | (Comparison::LessEqual, false) => above(1),
        (Comparison::GreaterEqual, true) | (Comparison::Less, false) => above(0),
    }
}

/// `and` is true where all are; where it is false and only one can be, that one is. For `or`, the other way round.
fn narrow_all(nodes: &[Node], unit: bool, holds: Option<bool>, values: &[Value], tell: Tell) {
    let Some(holds) = holds else { return };
    let unit_value = if unit { Value::TRUE } else { Value::FALSE };
    if holds == unit {
        nodes.iter().for_each(|&node| narrow_truth(node, unit, values, tell));
        return;
    }
    let mut others = nodes.iter().filter(|&&node| values[node as usize].truth() != unit_value);
    if let (Some(&only), None) = (others.next(), others.next()) {
        narrow_truth(only, !unit, values, tell);
    }
}

/// Operands of `and` and `or` are 0 or 1 themselves.
fn narrow_truth(node: Node, truth: bool, values: &[Value], tell: Tell) {
    let value = values[node as usize];
    if value.lo >= 0 && value.hi <= 1 && !value.partial {
        tell(node, Interval::point(i64::from(truth)));
    }
}

fn narrow_sum(constant: i64, terms: &[(i64, Node)], result: Interval, values: &[Value], tell: Tell) {
    let ends = |&(coefficient, node): &(i64, Node)| {
        let Value { lo, hi, .. } = values[node as usize];
        let product = |bound: i64| is_finite(bound).then(|| i128::from(coefficient) * i128::from(bound));
        if coefficient > 0 { (product(lo), product(hi)) } else { (product(hi), product(lo)) }
    };
    let (mut lo, mut hi) = (i128::from(constant), i128::from(constant));
    let (mut open_lo, mut open_hi) = (0, 0);
    for term in terms {
        let (least, most) = ends(term);
        least.map_or_else(|| open_lo += 1, |least| lo += least);
        most.map_or_else(|| open_hi += 1, |most| hi += most);
    }
    for term in terms {
        let &(coefficient, node) = term;
        let (least, most) = ends(term);
        // The others together, where at most this one is open.
        let others_lo = (open_lo == usize::from(least.is_none())).then(|| lo - least.unwrap_or(0));
        let others_hi = (open_hi == usize::from(most.is_none())).then(|| hi - most.unwrap_or(0));
        let upper = others_lo.filter(|_| is_finite(result.hi)).map(|others| i128::from(result.hi) - others);
        let lower = others_hi.filter(|_| is_finite(result.lo)).map(|others| i128::from(result.lo) - others);
        let divisor = i128::from(coefficient);
        let bounds = match coefficient {
            0 => continue,
            1.. => (lower.map(|bound| ceil_div(bound, divisor)), upper.map(|bound| floor_div(bound, divisor))),
            _ => (upper.map(|bound| ceil_div(bound, divisor)), lower.map(|bound| floor_div(bound, divisor))),
        };
        tell(node, Interval::new(bounds.0.map_or(-INFINITY, clamp), bounds.1.map_or(INFINITY, clamp)));
    }
}

fn narrow_product(factors: &[(Node, u32)], result: Interval, values: &[Value], tell: Tell) {
    let at = |node: Node| values[node as usize];
    if let &[(a, 1), (b, 1)] = factors
        && (at(a).lo < 0 || at(b).lo < 0)
    {
        for (node, other) in [(a, at(b)), (b, at(a))] {
            // 0 times anything is 0; otherwise each sign of the other on its own.
            if !(result.contains(0) && other.interval().contains(0)) {
                let parts = other.interval().without_zero().map(|part| {
                    if part.is_empty() { part } else { result.exact_quotient(part).intersect(at(node).interval()) }
                });
                tell(node, parts[0].hull(parts[1]));
            }
        }
        return;
    }
    if factors.iter().any(|&(node, _)| at(node).lo < 0) || !is_finite(result.hi) && result.lo <= 0 {
        return;
    }
    for (index, &(node, exponent)) in factors.iter().enumerate() {
        if exponent != 1 {
            continue;
        }
        let others = factors.iter().enumerate().filter(|&(other, _)| other != index);
        let product = others.map(|(_, &(other, exponent))| at(other).raise(exponent)).reduce(Value::multiply);
        let Value { lo, hi, .. } = product.unwrap_or(Value::TRUE);
        let upper =
            if lo >= 1 && is_finite(result.hi) { floor_div(result.hi.into(), lo.into()) } else { INFINITY.into() };
        let lower = if hi >= 1 && is_finite(hi) { ceil_div(result.lo.max(0).into(), hi.into()) } else { 0 };
        tell(node, Interval::new(clamp(lower), clamp(upper)));
    }
}

/// `q = a // b` for `a >= 0` and `b >= 1`: `q b <= a < (q + 1) b`.
fn narrow_floor(a: Node, b: Node, q: Interval, values: &[Value], tell: Tell) {
    let (x, y) = (values[a as usize], values[b as usize]);
    if x.lo < 0 || y.lo < 1 || !is_finite(x.hi) || !is_finite(y.hi) || q.hi < 0 {
        return;
    }
    let wide = i128::from;
    let upper = if is_finite(q.hi) { (wide(q.hi) + 1) * wide(y.hi) - 1 } else { wide(INFINITY) };
    tell(a, Interval::new(clamp(wide(q.lo.max(0)) * wide(y.lo)), clamp(upper)));
    let most = if q.lo >= 1 { x.hi / q.lo } else { INFINITY };
    let least = if is_finite(q.hi) { x.lo / (q.hi + 1) + 1 } else { 1 };
    tell(b, Interval::new(least, most));
}

/// `q = ceil(a / b)` for `a >= 0` and `b >= 1`: `(q - 1) b < a <= q b`.
fn narrow_ceiling(a: Node, b: Node, q: Interval, values: &[Value], tell: Tell) {
    let (x, y) = (values[a as usize], values[b as usize]);
    if x.lo < 0 || y.lo < 1 || !is_finite(x.hi) || !is_finite(y.hi) || q.hi < 0 {
        return;
    }
    let wide = i128::from;
    let lower = if q.lo >= 1 { (wide(q.lo) - 1) * wide(y.lo) + 1 } else { 0 };
    let upper = if is_finite(q.hi) { wide(q.hi) * wide(y.hi) } else { wide(INFINITY) };
    tell(a, Interval::new(clamp(lower), clamp(upper)));
    let most = if q.lo >= 2 { (x.hi - 1) / (q.lo - 1) } else { INFINITY };
    let least = if is_finite(q.hi) && q.hi >= 1 { ceil_div(wide(x.lo), wide(q.hi)) } else { 1 };
    tell(b, Interval::new(clamp(least), most));
}

/// `r = a % b` for `b >= 1`.
fn narrow_remainder(a: Node, b: Node, r: Interval, values: &[Value], tell: Tell) {
    let (x, y) = (values[a as usize], values[b as usize]);
    if y.lo < 1 || !is_finite(y.hi) {
        return;
    }
    if r.lo >= 0 {
        tell(b, Interval::new(r.lo + 1, INFINITY));
    }
    if y.lo == y.hi && is_finite(x.lo) && is_finite(x.hi) {
        tell(a, crate::propagators::remainder::Remainder::narrow_fixed(r, x.interval(), y.lo));
    }
}
