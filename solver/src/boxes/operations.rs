//! What operations make of bounds on their operands.

use super::value::Value;
use crate::arith::{Interval, clamp, floor_mod};
use crate::function::Function;
use crate::model::{Comparison, MemberSet};
use crate::propagators::remainder::Remainder;

/// A function of two integers, at a point exactly, elsewhere by its image.
pub(super) fn binary(function: &impl Function, a: Value, b: Value, may_fail: bool) -> Value {
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

pub(super) fn remainder(a: Value, b: Value) -> Value {
    if let (Some(x), Some(y)) = (a.exact(), b.exact())
        && x >= 0
        && y > 0
    {
        return Value::point(x % y);
    }
    binary(&Remainder, a, b, b.lo <= 0 && b.hi >= 0)
}

pub(super) fn extremum(mut values: impl Iterator<Item = Value>, better: fn(i64, i64) -> i64) -> Value {
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
pub(super) fn either(a: Value, b: Value) -> Value {
    let partial = a.partial | b.partial;
    Value::of(a.interval().hull(b.interval()), partial)
}

pub(super) fn guard(value: Value, divisor: Value) -> Value {
    if divisor.is_nothing() || (divisor.lo == 0 && divisor.hi == 0) {
        return Value::NOTHING;
    }
    let may_fail = divisor.partial || (divisor.lo <= 0 && divisor.hi >= 0);
    Value { partial: value.partial | may_fail, ..value }
}

pub(super) fn whole(a: Value, b: Value) -> Value {
    if let (Some(x), Some(y)) = (a.exact(), b.exact()) {
        return if y != 0 && x % y == 0 { Value::point(x / y) } else { Value::NOTHING };
    }
    if a.is_nothing() || b.is_nothing() {
        return Value::NOTHING;
    }
    Value::of(a.interval().exact_quotient(b.interval()), true)
}

pub(super) fn compare(comparison: Comparison, value: Value) -> Value {
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

pub(super) fn all(truths: impl Iterator<Item = Value>) -> Value {
    let mut lo = 1;
    for truth in truths {
        if truth.hi == 0 {
            return Value::FALSE;
        }
        lo = lo.min(truth.lo);
    }
    Value { lo, ..Value::OPEN }
}

pub(super) fn member(value: Value, set: &MemberSet) -> Value {
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

pub(super) fn divides(divisor: Value, multiple: Value) -> Value {
    if divisor.is_nothing() || multiple.is_nothing() {
        return Value::FALSE;
    }
    let (Some(divisor), Some(multiple)) = (divisor.exact(), multiple.exact()) else { return Value::OPEN };
    let holds = if divisor == 0 { multiple == 0 } else { floor_mod(multiple.into(), divisor.into()) == 0 };
    Value::of_truth(Some(holds))
}

pub(super) fn all_different(values: impl Iterator<Item = Value>) -> Value {
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
