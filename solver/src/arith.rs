//! Exact integer arithmetic: rounding division, integer roots, and intervals that round outward.
//!
//! # Infinity
//! Bounds are `i64` in `-INFINITY..=INFINITY` with `INFINITY` = 2^62. A bound at that magnitude is read outward: as a
//! *lower* bound, [`INFINITY`] says "at least 2^62"; as an *upper* bound it says "no bound known". So an interval never
//! cuts off a value, however large, and a variable whose two bounds are `INFINITY` is huge but not fixed.

use num_integer::{Integer, Roots};

/// The largest absolute value that a variable may take: 2^53 - 1, exact in every JSON reader.
pub const MAX_VALUE: i64 = (1 << 53) - 1;

/// See the module documentation. Larger than every value that a variable of a model may take.
pub const INFINITY: i64 = 1 << 62;

/// Whether a bound stands for exactly itself.
pub fn is_finite(bound: i64) -> bool {
    -INFINITY < bound && bound < INFINITY
}

/// A wide intermediate result as a bound, rounded outward at [`INFINITY`].
pub fn clamp(value: i128) -> i64 {
    let infinity = i128::from(INFINITY);
    i64::try_from(value.clamp(-infinity, infinity)).expect("clamped to 2^62")
}

/// `a / b` rounded towards minus infinity; `b` is not 0.
pub fn floor_div(a: i128, b: i128) -> i128 {
    Integer::div_floor(&a, &b)
}

/// `a / b` rounded towards plus infinity; `b` is not 0.
pub fn ceil_div(a: i128, b: i128) -> i128 {
    Integer::div_ceil(&a, &b)
}

/// `a % b` with the sign of `b`; `b` is not 0.
pub fn floor_mod(a: i128, b: i128) -> i128 {
    Integer::mod_floor(&a, &b)
}

/// Greatest common divisor, never negative; `gcd(0, 0)` is 0.
pub fn gcd(a: i64, b: i64) -> i64 {
    i64::try_from(a.unsigned_abs().gcd(&b.unsigned_abs())).unwrap_or(i64::MAX)
}

/// `base ** exponent` for a non-negative exponent, `None` beyond `i128`. `0 ** 0` is 1.
pub fn power(base: i64, exponent: i64) -> Option<i128> {
    match base {
        0 => return Some(i128::from(exponent == 0)),
        1 => return Some(1),
        -1 => return Some(if exponent % 2 == 0 { 1 } else { -1 }),
        _ => {}
    }
    i128::from(base).checked_pow(u32::try_from(exponent).ok()?)
}

/// `base ** exponent` as a bound: beyond `i128` it becomes the infinity of its sign.
pub fn power_bound(base: i64, exponent: i64) -> i64 {
    let sign = if base < 0 && exponent % 2 != 0 { -1 } else { 1 };
    power(base, exponent).map_or(sign * INFINITY, clamp)
}

/// The largest `r >= 0` with `r ** degree <= value`, for `value >= 0` and `degree >= 1`.
pub fn root_floor(value: i64, degree: i64) -> i64 {
    if degree == 1 {
        return value;
    }
    value.max(0).nth_root(u32::try_from(degree).unwrap_or(u32::MAX))
}

/// The smallest `r >= 0` with `r ** degree >= value`, for `value >= 0` and `degree >= 1`.
pub fn root_ceil(value: i64, degree: i64) -> i64 {
    let root = root_floor(value, degree);
    if power(root, degree).is_some_and(|p| p == i128::from(value)) { root } else { root + 1 }
}

/// The positive divisors of a positive number, ascending.
pub fn divisors(number: i64) -> Vec<i64> {
    let mut divisors = vec![1];
    for (prime, exponent) in factorize(number) {
        let known = divisors.len();
        let mut multiple = 1;
        for _ in 0..exponent {
            multiple *= prime;
            for index in 0..known {
                divisors.push(divisors[index] * multiple);
            }
        }
    }
    divisors.sort_unstable();
    divisors
}

/// The prime factors of a positive number with their exponents, ascending, by trial division.
pub fn factorize(number: i64) -> Vec<(i64, u32)> {
    let mut factors = Vec::new();
    let (mut rest, mut candidate) = (number, 2);
    while candidate * candidate <= rest {
        let mut exponent = 0;
        while rest % candidate == 0 {
            rest /= candidate;
            exponent += 1;
        }
        if exponent > 0 {
            factors.push((candidate, exponent));
        }
        candidate += if candidate == 2 { 1 } else { 2 };
    }
    if rest > 1 {
        factors.push((rest, 1));
    }
    factors
}

/// All integers between two bounds, both included, in the sense of [`INFINITY`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval {
    /// Lower bound.
    pub lo: i64,
    /// Upper bound; below `lo` the interval is empty.
    pub hi: i64,
}

impl Interval {
    /// Everything.
    pub const ALL: Self = Self { lo: -INFINITY, hi: INFINITY };

    /// The interval from `lo` to `hi`.
    pub fn new(lo: i64, hi: i64) -> Self {
        Self { lo, hi }
    }

    /// The interval of one number.
    pub fn point(value: i64) -> Self {
        Self::new(value, value)
    }

    /// Whether no number is inside.
    pub fn is_empty(self) -> bool {
        self.lo > self.hi
    }

    /// Whether `value` is inside.
    pub fn contains(self, value: i64) -> bool {
        self.lo <= value && value <= self.hi
    }

    /// The smallest interval that holds both.
    #[must_use]
    pub fn hull(self, other: Self) -> Self {
        if self.is_empty() {
            return other;
        }
        if other.is_empty() {
            return self;
        }
        Self::new(self.lo.min(other.lo), self.hi.max(other.hi))
    }

    /// What both hold; may be empty.
    #[must_use]
    pub fn intersect(self, other: Self) -> Self {
        Self::new(self.lo.max(other.lo), self.hi.min(other.hi))
    }

    /// `-x`.
    #[must_use]
    pub fn negate(self) -> Self {
        Self::new(-self.hi, -self.lo)
    }

    /// `x * y`.
    #[must_use]
    pub fn multiply(self, other: Self) -> Self {
        let product = |a: i64, b: i64| i128::from(a) * i128::from(b);
        let corners = [
            product(self.lo, other.lo),
            product(self.lo, other.hi),
            product(self.hi, other.lo),
            product(self.hi, other.hi),
        ];
        let lo = corners.into_iter().min().expect("four corners");
        let hi = corners.into_iter().max().expect("four corners");
        Self::new(clamp(lo), clamp(hi))
    }

    /// The part below 0 and the part above.
    pub fn without_zero(self) -> [Self; 2] {
        [self.intersect(Self::new(-INFINITY, -1)), self.intersect(Self::new(1, INFINITY))]
    }

    /// Hull of the real quotients `x / y` over all `y != 0`, each end rounded by `round_lo` and `round_hi`.
    fn quotient(self, divisor: Self, round_lo: Rounding, round_hi: Rounding) -> Self {
        let [negative, positive] = divisor.without_zero();
        let by_positive = |x: Self, y: Self| {
            if y.is_empty() || x.is_empty() {
                return Self::new(1, 0);
            }
            let lo = if x.lo >= 0 { y.hi } else { y.lo };
            let hi = if x.hi >= 0 { y.lo } else { y.hi };
            Self::new(
                if x.lo == -INFINITY {
                    -INFINITY
                } else if lo == INFINITY {
                    // An unlimited divisor brings the quotient as near to zero as one likes.
                    clamp(round_lo(i128::from(x.lo.signum()), 2))
                } else {
                    clamp(round_lo(i128::from(x.lo), i128::from(lo)))
                },
                if x.hi == INFINITY { INFINITY } else { clamp(round_hi(i128::from(x.hi), i128::from(hi))) },
            )
        };
        by_positive(self, positive).hull(by_positive(self.negate(), negative.negate()))
    }

    /// The integers `q` with `q * y = x` for some real `x` and `y != 0` inside: the real quotients, rounded inward.
    #[must_use]
    pub fn exact_quotient(self, divisor: Self) -> Self {
        self.quotient(divisor, ceil_div, floor_div)
    }

    /// `x // y` over all `y != 0`.
    #[must_use]
    pub fn floor_quotient(self, divisor: Self) -> Self {
        self.quotient(divisor, floor_div, floor_div)
    }
}

type Rounding = fn(i128, i128) -> i128;

#[cfg(test)]
mod tests {
    use super::*;
    use itertools::iproduct;

    #[test]
    fn division_rounds_as_python_does() {
        for (a, b) in iproduct!(-20i128..=20, (-7i128..=7).filter(|&b| b != 0)) {
            let (q, r) = (floor_div(a, b), floor_mod(a, b));
            assert_eq!(q * b + r, a);
            assert!(r == 0 || (r < 0) == (b < 0), "{a} % {b} = {r}");
            assert!(r.abs() < b.abs());
            assert_eq!(ceil_div(a, b), if r == 0 { q } else { q + 1 });
        }
    }

    #[test]
    fn roots_are_exact() {
        for (value, degree) in iproduct!(0i64..=1100, 1i64..=6) {
            let root = root_floor(value, degree);
            let exact = |r: i64| power(r, degree).expect("small");
            assert!(exact(root) <= i128::from(value) && exact(root + 1) > i128::from(value));
            let ceil = root_ceil(value, degree);
            assert!(exact(ceil) >= i128::from(value) && (ceil == 0 || exact(ceil - 1) < i128::from(value)));
        }
        assert_eq!(root_floor(INFINITY, 2), 1 << 31);
        assert_eq!(root_floor(1_000_000_007 * 1_000_000_007 - 1, 2), 1_000_000_006);
    }

    #[test]
    fn divisors_are_all_and_sorted() {
        for number in 1..=400 {
            let expected: Vec<i64> = (1..=number).filter(|d| number % d == 0).collect();
            assert_eq!(divisors(number), expected);
        }
        assert_eq!(divisors(9_007_199_254_740_881).len(), 2, "the largest prime below 2^53");
    }

    #[test]
    fn intervals_hold_every_result() {
        let range = -4i64..=4;
        for (a, b, c, d) in iproduct!(range.clone(), range.clone(), range.clone(), range) {
            if a > b || c > d {
                continue;
            }
            let (x, y) = (Interval::new(a, b), Interval::new(c, d));
            let product = x.multiply(y);
            let floor = x.floor_quotient(y);
            let mut tight = (i64::MAX, i64::MIN);
            for (u, v) in iproduct!(a..=b, c..=d) {
                assert!(product.contains(u * v));
                if v != 0 {
                    let q = clamp(floor_div(i128::from(u), i128::from(v)));
                    tight = (tight.0.min(q), tight.1.max(q));
                }
            }
            if !floor.is_empty() {
                assert_eq!((floor.lo, floor.hi), tight, "[{a}, {b}] // [{c}, {d}]");
            }
        }
    }

    #[test]
    fn infinity_is_read_outward() {
        let huge = Interval::new(INFINITY, INFINITY);
        assert_eq!(huge.multiply(Interval::new(-1, 2)), Interval::ALL);
        assert_eq!(Interval::new(7, INFINITY).exact_quotient(Interval::new(2, 2)), Interval::new(4, INFINITY));
        assert_eq!(huge.exact_quotient(Interval::new(2, INFINITY)), Interval::new(1, INFINITY));
        assert_eq!(Interval::new(5, 9).multiply(Interval::new(0, INFINITY)), Interval::new(0, INFINITY));
    }
}
