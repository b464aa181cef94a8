//! `& | ^ ~ << >>`: Python's operations on the bits of integers, negative ones in two's complement without end.
//!
//! All come down to `a & b`, to sums and to powers of two: `a | b` is `a + b - (a & b)`, and `a ^ b` is
//! `a + b - 2 * (a & b)`. Of two truths they are `and`, `or` and `!=`, which is the same. A mask of few runs of bits becomes
//! quotients and remainders, of which the solver knows more.

use super::build::{Chain, Node};
use super::constant;
use super::facts::{evident_integer, is_truth};
use super::parser::{Parsed, Parser};
use super::python::InPython;
use crate::model::{Comparison, Expr};

/// A mask of more runs of bits stays a mask.
const MOST_RUNS: usize = 3;

impl Parser<'_> {
    /// `a & b`.
    pub(super) fn bit_and(&mut self, a: Node, b: Node) -> Parsed<Node> {
        Ok(if truths(&a, &b) { Chain::And.join(a, b) } else { self.common_bits(a, b)? }.after_bits())
    }

    /// `a | b`.
    pub(super) fn bit_or(&mut self, a: Node, b: Node) -> Parsed<Node> {
        Ok(if truths(&a, &b) { Chain::Or.join(a, b) } else { self.sum_without(a, b, 1)? }.after_bits())
    }

    /// `a ^ b`.
    pub(super) fn bit_xor(&mut self, a: Node, b: Node) -> Parsed<Node> {
        Ok(if truths(&a, &b) { a.compare(Comparison::NotEqual, b) } else { self.sum_without(a, b, 2)? }.after_bits())
    }

    /// `a + b - times * (a & b)`.
    fn sum_without(&mut self, a: Node, b: Node, times: i64) -> Parsed<Node> {
        if let (Some(a), Some(b)) = (constant::integer(&a.expr), constant::integer(&b.expr)) {
            return Ok(Node::leaf(Expr::Constant(if times == 1 { a | b } else { a ^ b })));
        }
        let (left, right) = (self.copy(&a)?, self.copy(&b)?);
        let common = self.common_bits(left, right)?;
        let without = if times == 1 { common } else { Chain::Product.join(number(times), common) };
        Ok(Chain::Sum.join(Chain::Sum.join(a, b), without.negate()))
    }

    fn common_bits(&mut self, a: Node, b: Node) -> Parsed<Node> {
        match (constant::integer(&a.expr), constant::integer(&b.expr)) {
            (Some(a), Some(b)) => Ok(number(a & b)),
            (None, Some(mask)) => self.masked(a, mask),
            (Some(mask), None) => self.masked(b, mask),
            (None, None) => Ok(a.binary(b, Expr::BitAnd)),
        }
    }

    /// The bits of the mask: for each run of them, what is left of the quotient by all below it.
    fn masked(&mut self, a: Node, mask: i64) -> Parsed<Node> {
        let runs = runs(if mask < 0 { !mask } else { mask });
        if !evident_integer(&a.expr) || runs.len() > MOST_RUNS {
            return Ok(a.binary(number(mask), Expr::BitAnd));
        }
        let mut parts = Vec::with_capacity(runs.len());
        for (place, length) in runs {
            let shifted = match place {
                0 => self.copy(&a)?,
                _ => self.copy(&a)?.binary(number(1 << place), Expr::FloorDivide),
            };
            let bits = shifted.binary(number(1 << length), Expr::Remainder);
            parts.push(if place == 0 { bits } else { Chain::Product.join(bits, number(1 << place)) });
        }
        let kept = parts.into_iter().reduce(|sum, part| Chain::Sum.join(sum, part));
        Ok(match kept {
            None if mask < 0 => a,
            None => number(0),
            Some(kept) if mask < 0 => Chain::Sum.join(a, kept.negate()),
            Some(kept) => kept,
        })
    }

    /// `a << b`.
    pub(super) fn shift_left(a: Node, b: Node) -> Node {
        Chain::Product.join(integer(a), power_of_two(b))
    }

    /// `a >> b`.
    pub(super) fn shift_right(a: Node, b: Node) -> Node {
        integer(a).binary(power_of_two(b), Expr::FloorDivide)
    }
}

impl Node {
    /// `~a`.
    pub(super) fn complement(self) -> Self {
        match constant::integer(&self.expr) {
            Some(value) => number(!value),
            None => Chain::Sum.join(integer(self).negate(), number(-1)),
        }
    }

    fn after_bits(self) -> Self {
        self.seen(InPython { bits: true, ..InPython::default() })
    }
}

fn truths(a: &Node, b: &Node) -> bool {
    [a, b].into_iter().all(|side| is_truth(&side.expr) && !matches!(side.expr, Expr::Constant(_)))
}

fn number(value: i64) -> Node {
    Node::leaf(Expr::Constant(value))
}

/// An integer, undefined where it is none.
fn integer(a: Node) -> Node {
    if evident_integer(&a.expr) { a } else { a.binary(number(-1), Expr::BitAnd) }
}

/// `2 ** b`, undefined where `b` is negative or no integer.
fn power_of_two(b: Node) -> Node {
    match constant::integer(&b.expr) {
        Some(place @ 0..=52) => number(1 << place),
        Some(place @ 53..) => number(2).binary(number(place), Expr::Power),
        // The first root of a number is the number, where that is not negative.
        _ => number(2).binary(Node::new(Expr::FloorRoot(Box::new(b.expr), 1), b.levels + 1), Expr::Power),
    }
}

/// The runs of ones in a number that is not negative: where each starts, and how long it is.
fn runs(mut mask: i64) -> Vec<(u32, u32)> {
    let (mut runs, mut place) = (Vec::new(), 0);
    while mask != 0 {
        place += mask.trailing_zeros();
        mask >>= mask.trailing_zeros();
        let length = mask.trailing_ones();
        runs.push((place, length));
        (mask, place) = (mask >> length, place + length);
    }
    runs
}
