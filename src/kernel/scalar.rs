//! [`Scalar`]: the types of numbers that a kernel takes, one by one or in arrays.

use super::Element;
#[cfg(feature = "schema")]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A type of numbers, as it lies in a GPU's memory: little-endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Scalar {
    /// 16 bits: sign, 8 of exponent, 7 of fraction.
    Bf16,
    /// 16 bits: sign, 5 of exponent, 10 of fraction.
    Fp16,
    /// `float`
    Fp32,
    /// `double`
    Fp64,
    /// `signed char`
    Int8,
    /// `unsigned char`
    Uint8,
    /// `int`
    Int32,
    /// `unsigned`
    Uint32,
    /// `long long`
    Int64,
    /// `unsigned long long`
    Uint64,
}

impl Scalar {
    /// Bytes of a number.
    pub fn bytes(self) -> i64 {
        match self {
            Self::Int8 | Self::Uint8 => 1,
            Self::Bf16 | Self::Fp16 => 2,
            Self::Fp32 | Self::Int32 | Self::Uint32 => 4,
            Self::Fp64 | Self::Int64 | Self::Uint64 => 8,
        }
    }

    /// Whether it holds whole numbers alone.
    pub fn is_whole(self) -> bool {
        !matches!(self, Self::Bf16 | Self::Fp16 | Self::Fp32 | Self::Fp64)
    }

    /// The bytes of the nearest number of this type.
    ///
    /// ```
    /// use constrint::kernel::Scalar;
    /// assert_eq!(Scalar::Int32.encode(-2.0), [0xfe, 0xff, 0xff, 0xff]);
    /// assert_eq!(Scalar::Bf16.encode(1.003), [0x80, 0x3f]);
    /// ```
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // What is too large for the type becomes its largest.
    pub fn encode(self, value: f64) -> Vec<u8> {
        match self {
            Self::Bf16 => rounded(Element::Bf16, value),
            Self::Fp16 => rounded(Element::Fp16, value),
            Self::Fp32 => (value as f32).to_le_bytes().to_vec(),
            Self::Fp64 => value.to_le_bytes().to_vec(),
            Self::Int8 => (value as i8).to_le_bytes().to_vec(),
            Self::Uint8 => (value as u8).to_le_bytes().to_vec(),
            Self::Int32 => (value as i32).to_le_bytes().to_vec(),
            Self::Uint32 => (value as u32).to_le_bytes().to_vec(),
            Self::Int64 => (value as i64).to_le_bytes().to_vec(),
            Self::Uint64 => (value as u64).to_le_bytes().to_vec(),
        }
    }

    /// The numbers that bytes stand for; none where the length fits no whole number of them. Beyond 2^53 whole numbers are rounded.
    pub fn decode(self, bytes: &[u8]) -> Option<Vec<f64>> {
        match self {
            Self::Bf16 => Element::Bf16.decode(bytes),
            Self::Fp16 => Element::Fp16.decode(bytes),
            Self::Fp32 => Element::Fp32.decode(bytes),
            Self::Fp64 => numbers(bytes, f64::from_le_bytes),
            Self::Int8 => numbers(bytes, |byte: [u8; 1]| f64::from(i8::from_le_bytes(byte))),
            Self::Uint8 => numbers(bytes, |byte: [u8; 1]| f64::from(byte[0])),
            Self::Int32 => numbers(bytes, |four| f64::from(i32::from_le_bytes(four))),
            Self::Uint32 => numbers(bytes, |four| f64::from(u32::from_le_bytes(four))),
            #[allow(clippy::cast_precision_loss)] // As documented.
            Self::Int64 => numbers(bytes, |eight| i64::from_le_bytes(eight) as f64),
            #[allow(clippy::cast_precision_loss)]
            Self::Uint64 => numbers(bytes, |eight| u64::from_le_bytes(eight) as f64),
        }
    }
}

fn rounded(element: Element, value: f64) -> Vec<u8> {
    element.encode(&[element.round(value)])
}

fn numbers<const N: usize>(bytes: &[u8], number: impl Fn([u8; N]) -> f64) -> Option<Vec<f64>> {
    let (whole, rest) = bytes.as_chunks::<N>();
    rest.is_empty().then(|| whole.iter().map(|&bytes| number(bytes)).collect())
}

impl From<Element> for Scalar {
    fn from(element: Element) -> Self {
        match element {
            Element::Bf16 => Self::Bf16,
            Element::Fp16 => Self::Fp16,
            Element::Fp32 => Self::Fp32,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_survive_their_bytes() {
        let all = [
            Scalar::Bf16,
            Scalar::Fp16,
            Scalar::Fp32,
            Scalar::Fp64,
            Scalar::Int8,
            Scalar::Uint8,
            Scalar::Int32,
            Scalar::Uint32,
            Scalar::Int64,
            Scalar::Uint64,
        ];
        for scalar in all {
            let bytes: Vec<u8> = [1.0, 100.0].iter().flat_map(|&value| scalar.encode(value)).collect();
            assert_eq!(i64::try_from(bytes.len()), Ok(2 * scalar.bytes()), "{scalar:?}");
            assert_eq!(scalar.decode(&bytes), Some(vec![1.0, 100.0]), "{scalar:?}");
            assert_eq!(scalar.decode(&bytes[1..]).is_some(), scalar.bytes() == 1, "{scalar:?}");
        }
        assert_eq!(Scalar::Int8.decode(&Scalar::Int8.encode(-3.0)), Some(vec![-3.0]));
        assert_eq!(Scalar::Fp16.decode(&Scalar::Fp16.encode(1e9)), Some(vec![f64::INFINITY]));
    }
}
