//! The propagators, one family a file; none imports another.
//!
//! What is `z = f(x, y)`, such as `division.rs`, says what intervals become under `f`, and `crate::function` makes a propagator
//! of it. [`crate::post`] posts them all.
//!
//! | file | constraint |
//! | --- | --- |
//! | [`implied`] | a literal that a constraint follows from, and nothing else |
//! | [`linear`] | `Σ c·x <= k`, `== k`, `!= k`, also as the meaning of a literal |
//! | [`monomial`] | `c · Π x^e <= d · Π y^f`, or `==` |
//! | [`product`] | `z = x * y` |
//! | [`division`] | `z = x // y`, rounded down or up |
//! | [`remainder`] | `z = x % y` |
//! | [`divides`] | `d` divides `x` |
//! | [`power`] | `z = x ** y` |
//! | [`rounded`] | `z` is the floor of a root of `x`, or of a logarithm |
//! | [`bitwise`] | `z = x & y` |
//! | [`gcd`] | greatest common divisor, least common multiple |
//! | [`absolute`] | `z = abs(x)` |
//! | [`extremum`] | `z = max(x, …)`; a minimum is one of negated operands |
//! | [`logic`] | a literal means that one of several literals is true |
//! | [`member`] | a literal means that `x` is in a set |
//! | [`choice`] | `z = a if c else b` |
//! | [`all_different`] | no two of several variables are equal |
//! | [`table`] | several variables are a row of a table, also as the meaning of a literal |
//! | [`element`] | `z = items[i]` |
//!
//! `contract` tests them all in the same way.

pub(crate) mod absolute;
pub(crate) mod all_different;
pub(crate) mod bitwise;
pub(crate) mod choice;
pub(crate) mod divides;
pub(crate) mod division;
pub(crate) mod element;
pub(crate) mod extremum;
pub(crate) mod gcd;
pub(crate) mod implied;
pub(crate) mod linear;
pub(crate) mod logic;
pub(crate) mod member;
pub(crate) mod monomial;
pub(crate) mod power;
pub(crate) mod product;
pub(crate) mod remainder;
pub(crate) mod rounded;
pub(crate) mod table;

#[cfg(test)]
mod contract;
