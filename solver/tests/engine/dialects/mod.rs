//! Texts against evaluators that know nothing of the solver's parser, its expressions or its checker.
//!
//! | file | evaluates |
//! | --- | --- |
//! | `term.rs` | trees of the native language, and writes them with all brackets or as few as its table of operators asks for |
//! | `native.rs` | holds parser, checker and search against `term.rs` |
//! | `constrint.rs` | texts of the `ConstrINT` dialect as they stand: cut at the loosest operator, again and again |

mod constrint;
mod native;
mod term;

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive, Zero};

/// A number beyond what these tests compute.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Huge;

/// A number, or none where it is undefined.
type Value = Result<Option<BigRational>, Huge>;

fn whole(value: i64) -> BigRational {
    BigRational::from_integer(value.into())
}

/// The largest integer that is not above, by division with remainder alone.
fn floor(value: &BigRational) -> BigInt {
    let (quotient, rest) = (value.numer() / value.denom(), value.numer() % value.denom());
    if rest.is_negative() { quotient - 1 } else { quotient }
}

/// `a - b * floor(a / b)`
fn remainder(a: &BigRational, b: &BigRational) -> Option<BigRational> {
    if b.is_zero() {
        return None;
    }
    Some(a - b * BigRational::from_integer(floor(&(a / b))))
}

/// By repeated multiplication; a fraction for a negative exponent, nothing for one that is no integer.
fn power(base: &BigRational, exponent: &BigRational) -> Value {
    if !exponent.is_integer() || (base.is_zero() && exponent.is_negative()) {
        return Ok(None);
    }
    let times = exponent.to_integer();
    let bits = base.numer().bits().max(base.denom().bits());
    if base.is_zero() || base.abs().is_one() {
        let odd = (&times % 2u8) != BigInt::zero();
        return Ok(Some(if times.is_zero() || (base.is_negative() && !odd) {
            BigRational::one()
        } else {
            base.clone()
        }));
    }
    let count = times.abs().to_u64().filter(|count| count.saturating_mul(bits) < 3000).ok_or(Huge)?;
    let product = (0..count).fold(BigRational::one(), |product, _| product * base);
    Ok(Some(if times.is_negative() { product.recip() } else { product }))
}

/// All rows of values, the last place changing fastest.
fn rows(columns: &[Vec<i64>]) -> Vec<Vec<i64>> {
    columns.iter().fold(vec![vec![]], |rows, column| {
        rows.iter().flat_map(|row| column.iter().map(|&value| [row.clone(), vec![value]].concat())).collect()
    })
}
