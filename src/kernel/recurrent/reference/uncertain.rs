//! Numbers with the deviation that rounding gives them in the kernel.

use crate::kernel::Element;
use std::ops::{Add, Mul, Sub};

/// An exact number, and the standard deviation of the kernel's from it, to first order.
///
/// Rounding errors are taken for independent, with mean zero: they add up by their squares, and a number is hardly ever
/// further than a few deviations from the exact one (N. J. Higham, T. Mary, "A New Approach to Probabilistic Rounding Error
/// Analysis", 2019). What a function may err by counts in full as its deviation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Uncertain {
    /// In double precision.
    pub value: f64,
    /// Not negative.
    pub deviation: f64,
}

/// Deviations that a number may be off: for normally distributed errors, one in 500 million is further off.
const MOST_DEVIATIONS: f64 = 6.0;

/// The largest relative error of rounding to nearest, for numbers that are not tiny.
fn rounding(element: Element) -> f64 {
    2f64.powi(-element.significant_bits())
}

/// The same of a factor of the matrix units, which take fp32 as tf32: 11 bits, the implicit one included.
fn factor_rounding(element: Element) -> f64 {
    if element == Element::Fp32 { 2f64.powi(-11) } else { rounding(element) }
}

/// What rounding a tiny number may be off by: a unit of the smallest numbers of fp16; the others flush what is below 2^-126.
fn tiny(element: Element) -> f64 {
    if element == Element::Fp16 { 2f64.powi(-24) } else { 2f64.powi(-126) }
}

/// What one operation in fp32 rounds by, relative.
const FP32_ROUNDING: f64 = 5.96e-8;

/// The standard deviation of a number that is spread evenly within ± 1.
const EVEN: f64 = 0.577_35;

impl Uncertain {
    /// A number that the kernel has as it is.
    pub fn exact(value: f64) -> Self {
        Self { value, deviation: 0.0 }
    }

    /// How far the kernel's number may be off after it was rounded to `element`.
    pub fn tolerance(&self, element: Element) -> f64 {
        MOST_DEVIATIONS * self.deviation + rounding(element) * self.value.abs() + tiny(element)
    }

    /// The larger one. Near a tie either may be the kernel's.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        Self { value: self.value.max(other.value), deviation: self.deviation.max(other.deviation) }
    }

    /// The number rounded to `element`, where it was not of that type.
    #[must_use]
    pub(in crate::kernel::recurrent) fn rounded(self, element: Element) -> Self {
        Self::of(self.value, [self.deviation, EVEN * rounding(element) * self.value, tiny(element)])
    }

    /// Its square: both factors are off by the same.
    #[must_use]
    pub(super) fn square(self) -> Self {
        let value = self.value * self.value;
        Self::of(value, [2.0 * self.value * self.deviation, FP32_ROUNDING * value])
    }

    /// Whether the kernel's may lie on the other side of zero.
    pub(super) fn is_near_zero(self) -> bool {
        self.value.abs() <= MOST_DEVIATIONS * self.deviation
    }

    /// The number where the kernel may have `other` in its place.
    #[must_use]
    pub(super) fn or(self, other: Self) -> Self {
        Self::of(self.value, [self.deviation.max(other.deviation), self.value - other.value])
    }

    /// One over it, by the approximate instruction (1 unit in the last place).
    #[must_use]
    pub fn reciprocal(self) -> Self {
        let value = 1.0 / self.value;
        Self::of(value, [self.deviation * value * value, 2.0 * FP32_ROUNDING * value])
    }

    fn of<const PARTS: usize>(value: f64, parts: [f64; PARTS]) -> Self {
        let squares: f64 = parts.iter().map(|part| part * part).sum();
        Self { value, deviation: squares.sqrt() }
    }
}

impl Add for Uncertain {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        let value = self.value + other.value;
        Self::of(value, [self.deviation, other.deviation, FP32_ROUNDING * value])
    }
}

impl Sub for Uncertain {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        let value = self.value - other.value;
        Self::of(value, [self.deviation, other.deviation, FP32_ROUNDING * value])
    }
}

impl Mul for Uncertain {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        let value = self.value * other.value;
        Self::of(value, [self.deviation * other.value, self.value * other.deviation, FP32_ROUNDING * value])
    }
}

/// A sum of numbers in fp32, as it grows.
#[derive(Default)]
struct Sum {
    value: f64,
    absolute: f64,
    squares: f64,
    count: usize,
}

impl Sum {
    /// A number, and the square of what it is off by beside all others.
    fn add(&mut self, value: f64, square: f64) {
        self.value += value;
        self.absolute += value.abs();
        self.squares += square;
        self.count += 1;
    }

    /// K numbers and a sum, in any order, within (K + 1) 2^-23 of their absolute values.
    fn end(self) -> Uncertain {
        #[expect(clippy::cast_precision_loss, reason = "a count of terms")]
        let sums = (self.count + 1) as f64 * 2f64.powi(-23) * self.absolute;
        Uncertain::of(self.value, [self.squares.sqrt(), sums])
    }
}

/// A row of R times h, as the matrix units do it: see [`products`].
pub(super) fn product(weights: &[f64], hidden: &[Uncertain], element: Element) -> Uncertain {
    products(weights.iter().zip(hidden).map(|(&weight, &h)| [(Uncertain::exact(weight), h)]), element)
}

/// A sum of products as the matrix units have it: the second factors, and the first ones if they are fp32, rounded to a
/// factor of theirs, and the products added in fp32.
///
/// What the factors of a group are off by may have one source, and counts as if it all pointed one way; groups are
/// independent of each other, and so is each rounding.
pub(super) fn products<Group>(groups: impl IntoIterator<Item = Group>, element: Element) -> Uncertain
where
    Group: IntoIterator<Item = (Uncertain, Uncertain)>,
{
    let of_second = EVEN * factor_rounding(element);
    let of_first = if element == Element::Fp32 { of_second } else { 0.0 };
    let mut sum = Sum::default();
    for group in groups {
        let mut together = 0.0;
        for (first, second) in group {
            let term = first.value * second.value;
            together += (first.value * second.deviation).abs() + (second.value * first.deviation).abs();
            let rounded = term * term * (of_second.powi(2) + of_first.powi(2));
            sum.add(term, rounded + (first.value * tiny(element)).powi(2));
        }
        sum.squares += together * together;
    }
    sum.end()
}

/// A sum in fp32; what the numbers of a group are off by counts as in [`products`].
pub(super) fn sum<Group: IntoIterator<Item = Uncertain>>(groups: impl IntoIterator<Item = Group>) -> Uncertain {
    let mut sum = Sum::default();
    for group in groups {
        let mut together = 0.0;
        for term in group {
            together += term.deviation;
            sum.add(term.value, 0.0);
        }
        sum.squares += together * together;
    }
    sum.end()
}

/// The functions of a cell, with the errors of those that the kernel takes for an operand type (`device/math.cuh`).
#[derive(Clone, Copy)]
pub(super) struct Functions {
    tanh_relative: f64,
    sigmoid_absolute: f64,
}

impl Functions {
    pub(super) fn of(element: Element) -> Self {
        match element {
            Element::Bf16 => Self { tanh_relative: 2f64.powi(-11), sigmoid_absolute: 2f64.powi(-12) },
            Element::Fp16 | Element::Fp32 => Self { tanh_relative: 2f64.powi(-21), sigmoid_absolute: 2f64.powi(-21) },
        }
    }

    pub(super) fn tanh(self, x: Uncertain) -> Uncertain {
        let value = x.value.tanh();
        Uncertain::of(value, [x.deviation * (1.0 - value * value), self.tanh_relative * value])
    }

    pub(super) fn sigmoid(self, x: Uncertain) -> Uncertain {
        let value = 1.0 / (1.0 + (-x.value).exp());
        Uncertain::of(value, [x.deviation * value * (1.0 - value), self.sigmoid_absolute])
    }

    /// (2 + |x|) 2^-22 of the result.
    #[expect(clippy::unused_self, reason = "one call for all functions of a cell")]
    pub(super) fn exp(self, x: Uncertain) -> Uncertain {
        let value = x.value.exp();
        Uncertain::of(value, [x.deviation * value, (2.0 + x.value.abs()) * 2f64.powi(-22) * value])
    }

    /// 2^-21 absolute, and 2^-22 of the result.
    #[expect(clippy::unused_self, reason = "one call for all functions of a cell")]
    pub(super) fn log_sigmoid(self, x: Uncertain) -> Uncertain {
        let value = x.value.min(0.0) - (-x.value.abs()).exp().ln_1p();
        let slope = 1.0 / (1.0 + x.value.exp());
        Uncertain::of(value, [x.deviation * slope, 2f64.powi(-21) + 2f64.powi(-22) * value.abs()])
    }
}
