//! [`Element`]: element types as bits: rounding, reading and writing.
//!
//! By hand: the crate half drops the low bits of a number in double precision before it rounds, so that what lies just
//! beside the middle of two neighbours may go to the farther one.

/// How an element lies in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Element {
    /// 16 bits: sign, 8 of exponent, 7 of fraction.
    Bf16,
    /// 16 bits: sign, 5 of exponent, 10 of fraction.
    Fp16,
    /// 32 bits. Also what tf32 operands are kept in.
    Fp32,
}

impl Element {
    /// Bytes of an element.
    pub fn bytes(self) -> usize {
        match self {
            Self::Bf16 | Self::Fp16 => 2,
            Self::Fp32 => 4,
        }
    }

    /// Bits of the significand, the implicit one included. A normal number is off by at most 2^-bits of itself after rounding.
    pub fn significant_bits(self) -> i32 {
        match self {
            Self::Bf16 => 8,
            Self::Fp16 => 11,
            Self::Fp32 => 24,
        }
    }

    /// The exponent of the smallest normal number.
    fn least_exponent(self) -> i32 {
        match self {
            Self::Fp16 => -14,
            Self::Bf16 | Self::Fp32 => -126,
        }
    }

    /// The largest finite number.
    fn largest(self) -> f64 {
        let greatest_exponent = 1 - self.least_exponent();
        (2.0 - 2.0f64.powi(1 - self.significant_bits())) * 2.0f64.powi(greatest_exponent)
    }

    /// The nearest number of this type, ties to even; beyond the largest, infinity.
    ///
    /// ```
    /// use constrint::kernel::Element;
    /// assert_eq!(Element::Fp16.round(65519.0), 65504.0);
    /// assert_eq!(Element::Fp16.round(65520.0), f64::INFINITY);
    /// ```
    pub fn round(self, value: f64) -> f64 {
        if !value.is_finite() || value == 0.0 {
            return value;
        }
        // A power of two of the unit in the last place; subnormal numbers share the one of the smallest normal number.
        let unit = 2.0f64.powi(exponent(value).max(self.least_exponent()) + 1 - self.significant_bits());
        let rounded = (value / unit).round_ties_even() * unit;
        if rounded.abs() > self.largest() { f64::INFINITY.copysign(value) } else { rounded }
    }

    /// The bytes of numbers that the type holds exactly.
    pub fn encode(self, values: &[f64]) -> Vec<u8> {
        #[allow(clippy::cast_possible_truncation)] // Exact, as the caller promises.
        let single = |value: f64| (value as f32).to_bits();
        let mut bytes = Vec::with_capacity(values.len() * self.bytes());
        for &value in values {
            match self {
                Self::Fp32 => bytes.extend(single(value).to_le_bytes()),
                Self::Bf16 => bytes.extend(&single(value).to_le_bytes()[2..]),
                Self::Fp16 => bytes.extend(fp16_bits(value).to_le_bytes()),
            }
        }
        bytes
    }

    /// The numbers that bytes stand for; none where the length fits no whole number of elements.
    pub fn decode(self, bytes: &[u8]) -> Option<Vec<f64>> {
        if !bytes.len().is_multiple_of(self.bytes()) {
            return None;
        }
        let wide = |low: u8, high: u8| u16::from_le_bytes([low, high]);
        let value = |element: &[u8]| match (self, element) {
            (Self::Fp32, &[a, b, c, d]) => f64::from(f32::from_le_bytes([a, b, c, d])),
            (Self::Bf16, &[a, b]) => f64::from(f32::from_bits(u32::from(wide(a, b)) << 16)),
            (Self::Fp16, &[a, b]) => fp16_value(wide(a, b)),
            _ => unreachable!("as many bytes as the type has"),
        };
        Some(bytes.chunks_exact(self.bytes()).map(value).collect())
    }
}

/// The exponent e of a finite number other than 0: 2^e <= |value| < 2^(e+1), exact also for subnormal numbers of f64.
fn exponent(value: f64) -> i32 {
    let biased = |value: f64| i32::try_from((value.to_bits() >> 52) & 0x7ff).expect("11 bits");
    match biased(value) {
        0 => biased(value * 2.0f64.powi(64)) - 1023 - 64,
        normal => normal - 1023,
    }
}

/// The bits of a number that fp16 holds exactly.
fn fp16_bits(value: f64) -> u16 {
    let sign = if value.is_sign_negative() { 0x8000 } else { 0 };
    if value.is_nan() {
        return 0x7fff;
    }
    if value.is_infinite() {
        return sign | 0x7c00;
    }
    let magnitude = value.abs();
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // A whole number below 2^11.
    let whole = |number: f64| number as u16;
    if magnitude < 2.0f64.powi(-14) {
        return sign | whole(magnitude * 2.0f64.powi(24));
    }
    let exponent = exponent(magnitude);
    let fraction = whole((magnitude * 2.0f64.powi(-exponent) - 1.0) * 1024.0);
    sign | u16::try_from(exponent + 15).expect("an exponent of fp16") << 10 | fraction
}

/// The number that bits of fp16 stand for.
fn fp16_value(bits: u16) -> f64 {
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1f), f64::from(bits & 0x3ff));
    let magnitude = match exponent {
        0 => fraction * 2.0f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1.0 + fraction / 1024.0) * 2.0f64.powi(exponent - 15),
    };
    if bits & 0x8000 == 0 { magnitude } else { -magnitude }
}

#[cfg(test)]
#[allow(clippy::float_cmp)] // Rounding is exact, or wrong.
mod tests {
    use super::*;

    #[test]
    fn all_bit_patterns_survive() {
        for element in [Element::Bf16, Element::Fp16] {
            let bytes: Vec<u8> = (0..=u16::MAX).flat_map(u16::to_le_bytes).collect();
            let values = element.decode(&bytes).unwrap();
            let again = element.decode(&element.encode(&values)).unwrap();
            let same = |(a, b): (&f64, &f64)| a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan());
            assert!(values.iter().zip(&again).all(same), "{element:?}");
            assert!(values.iter().all(|&value| element.round(value) == value || value.is_nan()), "{element:?}");
        }
    }

    /// Between two neighbours, the nearer one; in the middle, the one whose last bit is 0.
    #[test]
    fn rounds_to_the_nearer_neighbour() {
        for element in [Element::Bf16, Element::Fp16] {
            for bits in (0..0x7c00u16).filter(|bits| bits % 7 == 0) {
                let value = |bits: u16| element.decode(&bits.to_le_bytes()).unwrap()[0];
                let (low, high) = (value(bits), value(bits + 1));
                if !high.is_finite() {
                    continue;
                }
                let middle = f64::midpoint(low, high);
                let even = if bits % 2 == 0 { low } else { high };
                assert_eq!(element.round(middle), even, "{element:?} {bits:#x}");
                assert_eq!(element.round(-middle), -even);
                assert_eq!(element.round(middle.next_down()), low);
                assert_eq!(element.round(middle.next_up()), high);
            }
        }
    }

    #[test]
    fn fp32_as_the_language_rounds() {
        let mut random = crate::kernel::Random::new(3);
        for _ in 0..100_000 {
            let value = f64::from_bits(random.bits());
            #[allow(clippy::cast_possible_truncation)]
            let expected = f64::from(value as f32);
            let rounded = Element::Fp32.round(value);
            assert!(rounded == expected || value.is_nan(), "{value:e}: {rounded:e}, not {expected:e}");
        }
    }

    #[test]
    fn halves_of_elements_are_refused() {
        assert_eq!(Element::Fp32.decode(&[0; 6]), None);
        assert_eq!(Element::Bf16.decode(&[0; 3]), None);
    }
}
