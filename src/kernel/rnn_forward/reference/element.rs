//! The operand types, as bytes and as exact numbers.

/// A type of Wx, R and h.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Element {
    /// 8 bits of exponent, 8 of precision.
    Bf16,
    /// 5 bits of exponent, 11 of precision.
    Fp16,
    /// 8 bits of exponent, 24 of precision; multiplied with 11 (tf32).
    Fp32,
}

impl Element {
    /// The type that problems call so.
    pub fn find(dtype: &str) -> Option<Self> {
        match dtype {
            "bf16" => Some(Self::Bf16),
            "fp16" => Some(Self::Fp16),
            "fp32" => Some(Self::Fp32),
            _ => None,
        }
    }

    /// Bytes of one.
    pub fn bytes(self) -> usize {
        if self == Self::Fp32 { 4 } else { 2 }
    }

    /// The largest relative error of rounding to nearest, for numbers that are not tiny.
    pub fn rounding(self) -> f64 {
        match self {
            Self::Bf16 => 2f64.powi(-8),
            Self::Fp16 => 2f64.powi(-11),
            Self::Fp32 => 2f64.powi(-24),
        }
    }

    /// The same of a factor of the matrix units.
    pub(super) fn factor_rounding(self) -> f64 {
        if self == Self::Fp32 { 2f64.powi(-11) } else { self.rounding() }
    }

    /// Half of the smallest positive number.
    pub(super) fn tiny(self) -> f64 {
        if self == Self::Fp16 { 2f64.powi(-25) } else { 2f64.powi(-134) }
    }

    /// Rounds to nearest, ties to even, and writes the bytes, the lowest first. Beyond the largest: infinite.
    pub fn encode(self, value: f64) -> Vec<u8> {
        match self {
            Self::Bf16 => round_bits(value, 8, 7).to_le_bytes()[..2].to_vec(),
            Self::Fp16 => round_bits(value, 5, 10).to_le_bytes()[..2].to_vec(),
            Self::Fp32 => round_bits(value, 8, 23).to_le_bytes().to_vec(),
        }
    }

    /// The numbers of these bytes, exact.
    ///
    /// # Panics
    /// Where the last one is cut off.
    pub fn decode(self, bytes: &[u8]) -> Vec<f64> {
        assert_eq!(bytes.len() % self.bytes(), 0, "whole elements");
        let of = |bytes: &[u8]| {
            let bits = bytes.iter().rev().fold(0u32, |bits, &byte| bits << 8 | u32::from(byte));
            match self {
                Self::Bf16 => f64::from(f32::from_bits(bits << 16)),
                Self::Fp16 => number(bits, 5, 10),
                Self::Fp32 => f64::from(f32::from_bits(bits)),
            }
        };
        bytes.chunks_exact(self.bytes()).map(of).collect()
    }
}

/// The bits of the nearest number with so many bits of exponent and fraction.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small whole number by then")]
fn round_bits(value: f64, exponent_bits: u32, fraction_bits: u32) -> u32 {
    let sign = u32::from(value.is_sign_negative()) << (exponent_bits + fraction_bits);
    let bias = (1i32 << (exponent_bits - 1)) - 1;
    let infinite = ((1u32 << exponent_bits) - 1) << fraction_bits;
    if value.is_nan() {
        return sign | infinite | 1;
    }
    let magnitude = value.abs();
    if magnitude.is_infinite() {
        return sign | infinite;
    }
    // Numbers below the smallest normal one have its unit in the last place.
    let exponent = ((magnitude.to_bits() >> 52) as i32 - 1023).max(1 - bias);
    let units = (magnitude * 2f64.powi(fraction_bits as i32 - exponent)).round_ties_even() as u32;
    // A carry out of the fraction raises the exponent by itself.
    let bits = if units >> fraction_bits == 0 { units } else { units + (((exponent + bias - 1) as u32) << fraction_bits) };
    sign | bits.min(infinite)
}

/// The number of these bits.
fn number(bits: u32, exponent_bits: u32, fraction_bits: u32) -> f64 {
    let bias = (1i32 << (exponent_bits - 1)) - 1;
    let fraction = f64::from(bits & ((1 << fraction_bits) - 1)) / f64::from(1u32 << fraction_bits);
    let exponent = bits >> fraction_bits & ((1 << exponent_bits) - 1);
    let sign = if bits >> (exponent_bits + fraction_bits) & 1 == 1 { -1.0 } else { 1.0 };
    let power = |exponent: i32| 2f64.powi(exponent - bias);
    let exponent = i32::try_from(exponent).expect("a few bits");
    sign * match exponent {
        0 => fraction * power(1),
        _ if exponent == (1 << exponent_bits) - 1 => {
            if fraction == 0.0 {
                f64::INFINITY
            } else {
                f64::NAN
            }
        }
        _ => (1.0 + fraction) * power(exponent),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_16_bit_number_survives() {
        for element in [Element::Bf16, Element::Fp16] {
            for bits in 0..=u16::MAX {
                let value = element.decode(&bits.to_le_bytes())[0];
                let back = element.encode(value);
                assert!(value.is_nan() || back == bits.to_le_bytes(), "{element:?} {bits:#x} {value} {back:?}");
            }
        }
    }

    #[test]
    fn fp32_rounds_as_the_language_does() {
        let mut bits = 1u64;
        for _ in 0..100_000 {
            bits = bits.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            // Exponents around those of fp32, subnormal and infinite ones too.
            let value = f64::from_bits((bits & !(0x7ff << 52)) | (1023 - 160 + (bits >> 20) % 300) << 52);
            #[expect(clippy::cast_possible_truncation, reason = "the rounding that is compared with")]
            let expected = value as f32;
            assert_eq!(Element::Fp32.encode(value), expected.to_le_bytes(), "{value:e}");
        }
    }

    #[test]
    fn ties_go_to_even_and_the_largest_to_infinity() {
        assert_eq!(Element::Bf16.encode(1.0 + 2f64.powi(-8)), 0x3f80u16.to_le_bytes());
        assert_eq!(Element::Bf16.encode(1.0 + 3.0 * 2f64.powi(-8)), 0x3f82u16.to_le_bytes());
        assert_eq!(Element::Fp16.encode(65_519.9), 0x7bffu16.to_le_bytes());
        assert_eq!(Element::Fp16.encode(65_520.0), 0x7c00u16.to_le_bytes());
        assert_eq!(Element::Fp16.encode(-2f64.powi(-25)), 0x8000u16.to_le_bytes());
    }
}
