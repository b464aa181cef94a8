//! Binary logarithms of integers as fixed-point numbers, rounded down or up for certain.

/// The unit of the results: they count parts of this many.
pub(super) const UNIT: i64 = 1 << FRACTION_BITS;
const FRACTION_BITS: u32 = 16;
/// Bits behind the point while squaring.
const POINT: u32 = 62;

/// `floor(UNIT * log2(number))`, or a little less; `number >= 1`.
pub(super) fn below(number: i128) -> i64 {
    digits(number, |value, bits| value >> bits)
}

/// `ceil(UNIT * log2(number))`, or a little more; `number >= 1`.
pub(super) fn above(number: i128) -> i64 {
    let digits = digits(number, |value, bits| (value + (1 << bits) - 1) >> bits);
    if number.count_ones() == 1 { digits } else { digits + 1 }
}

/// The digits of the logarithm, by squaring: the square of a number in `1..2` has twice its logarithm, so that whether it
/// reaches 2 is the next digit. `shift` says which way to round, and all roundings go that way.
fn digits(number: i128, shift: fn(u128, u32) -> u128) -> i64 {
    let number = number.unsigned_abs();
    let whole = number.ilog2();
    let mut mantissa = if whole <= POINT { number << (POINT - whole) } else { shift(number, whole - POINT) };
    let mut result = i64::from(whole) << FRACTION_BITS;
    for bit in (0..FRACTION_BITS).rev() {
        mantissa = shift(mantissa * mantissa, POINT);
        if mantissa >= 2 << POINT {
            mantissa = shift(mantissa, 1);
            result += 1 << bit;
        }
    }
    result
}

/// The largest number up to `most` whose logarithm may be at most `limit`; `most >= 1`, and at least 1 fits.
pub(super) fn largest_within(limit: i64, most: i64) -> i64 {
    let (mut fits, mut beyond) = (1i64, most.saturating_add(1));
    while beyond - fits > 1 {
        let middle = fits + (beyond - fits) / 2;
        if below(middle.into()) <= limit {
            fits = middle;
        } else {
            beyond = middle;
        }
    }
    fits
}

/// The smallest number from `least` on whose logarithm may be at least `limit`; none up to 2^62.
pub(super) fn smallest_beyond(limit: i64, least: i64) -> Option<i64> {
    let (mut short, mut reaches) = (least - 1, 1i64 << 62);
    if above(reaches.into()) < limit {
        return None;
    }
    while reaches - short > 1 {
        let middle = short + (reaches - short) / 2;
        if above(middle.into()) >= limit {
            reaches = middle;
        } else {
            short = middle;
        }
    }
    Some(reaches)
}

#[cfg(test)]
mod tests {
    use super::*;
    use num_bigint::BigUint;

    /// Whether `2 ** (limit / 64)` is at most `number`, by powers of integers.
    fn reaches(number: i128, limit: i64) -> bool {
        let (limit, power) = (u32::try_from(limit).unwrap(), 64);
        BigUint::from(number.unsigned_abs()).pow(power) >= BigUint::from(2u32).pow(limit)
    }

    #[test]
    fn logarithms_are_enclosed() {
        let coarse = UNIT / 64;
        for number in (1..300).chain([1 << 40, (1 << 40) + 1, 999_999_999_989, i128::from(i64::MAX), (1 << 100) - 1]) {
            let (low, high) = (below(number), above(number));
            assert!(low <= high && high - low <= 3, "{number}: {low} to {high}");
            // In units of 1/64 so that the powers stay small: low / UNIT <= log2 <= high / UNIT.
            assert!(reaches(number, low.div_euclid(coarse)), "{number}: {low}");
            let over = (high + coarse - 1).div_euclid(coarse);
            assert!(!reaches(number, over + 1), "{number}: {high}");
        }
        assert_eq!((below(1 << 20), above(1 << 20)), (20 * UNIT, 20 * UNIT));
    }

    #[test]
    fn numbers_come_back() {
        for number in [1i64, 2, 3, 7, 1000, 123_456_789] {
            assert!(largest_within(above(number.into()), 1 << 40) >= number);
            assert!(largest_within(below(number.into()) - 3, 1 << 40) < number || number == 1);
            assert!(smallest_beyond(below(number.into()), 1).unwrap() <= number);
        }
    }
}
