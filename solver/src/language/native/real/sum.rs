//! [`Sum`]: multiples of roots and logarithms, added up.

use super::ratio::{constant, one, plus, power, raised, ratio, times};
use super::refusal::{LARGE, Settled};
use crate::arith::gcd;
use crate::model::{Comparison, Expr};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{Signed, Zero};

const PRODUCT: &str = "a logarithm is multiplied by a root or another logarithm";

/// Degrees of roots and exponents beyond this are refused: what they are raised to would be huge.
pub(super) const LARGEST_DEGREE: i64 = 64;

/// `Σ coefficient · atom + rational`.
#[derive(Debug, Clone)]
pub(super) struct Sum {
    pub(super) atoms: Vec<Atom>,
    pub(super) rational: Expr,
    /// It is undefined where one of these does not hold.
    pub(super) defined: Vec<Expr>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Atom {
    /// A rational number.
    pub(super) coefficient: Expr,
    pub(super) kind: Kind,
}

/// What is irrational.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    /// `base ** (exponent / degree)`, in lowest terms, for a degree of at least 2 and a base that is not negative.
    Root { base: Expr, exponent: i64, degree: i64 },
    /// `log2` of what is positive.
    Logarithm(Expr),
}

impl Sum {
    pub(super) fn rational(value: Expr) -> Self {
        Self { atoms: Vec::new(), rational: value, defined: Vec::new() }
    }

    pub(super) fn atom(kind: Kind, defined: Expr) -> Self {
        let atoms = vec![Atom { coefficient: one(), kind }];
        Self { atoms, rational: Expr::Constant(0), defined: vec![defined] }
    }

    pub(super) fn size(&self) -> usize {
        self.atoms.len() + self.defined.len()
    }

    pub(super) fn also_defined(mut self, conditions: &[Expr]) -> Self {
        for condition in conditions {
            if !self.defined.contains(condition) {
                self.defined.push(condition.clone());
            }
        }
        self
    }

    pub(super) fn plus(mut self, other: Self) -> Self {
        for atom in other.atoms {
            match self.atoms.iter_mut().find(|known| known.kind == atom.kind) {
                Some(known) => known.coefficient = plus(known.coefficient.clone(), atom.coefficient),
                None => self.atoms.push(atom),
            }
        }
        self.atoms.retain(|atom| ratio(&atom.coefficient).is_none_or(|coefficient| !coefficient.is_zero()));
        self.rational = plus(self.rational, other.rational);
        self.also_defined(&other.defined)
    }

    /// The sum times a rational number.
    pub(super) fn scaled(mut self, factor: &Expr) -> Self {
        for atom in &mut self.atoms {
            atom.coefficient = times(factor.clone(), atom.coefficient.clone());
        }
        self.atoms.retain(|atom| ratio(&atom.coefficient).is_none_or(|coefficient| !coefficient.is_zero()));
        self.rational = times(factor.clone(), self.rational);
        self
    }

    /// Each part times each.
    pub(super) fn times(&self, other: &Self) -> Settled<Self> {
        let mut product = self.clone().scaled(&other.rational).also_defined(&other.defined);
        for b in &other.atoms {
            let multiple = Self { atoms: vec![b.clone()], rational: Expr::Constant(0), defined: Vec::new() };
            product = product.plus(multiple.scaled(&self.rational));
            for a in &self.atoms {
                product = product.plus(a.times(b)?);
            }
        }
        Ok(product)
    }

    /// Whether nothing rational is added.
    pub(super) fn is_pure(&self) -> bool {
        ratio(&self.rational).is_some_and(|rational| rational.is_zero())
    }
}

impl Atom {
    fn times(&self, other: &Self) -> Settled<Sum> {
        let coefficient = times(self.coefficient.clone(), other.coefficient.clone());
        let product = match (&self.kind, &other.kind) {
            (Kind::Root { base: a, exponent: p, degree: q }, Kind::Root { base: b, exponent: r, degree: s })
                if a == b =>
            {
                times_roots(a, p * s + r * q, q * s)?
            }
            (Kind::Root { base: a, exponent: p, degree: q }, Kind::Root { base: b, exponent: r, degree: s }) => {
                let degree = common_multiple(*q, *s);
                let inside = times(power(a.clone(), p * (degree / q)), power(b.clone(), r * (degree / s)));
                times_roots(&inside, 1, degree)?
            }
            _ => return Err(PRODUCT),
        };
        Ok(product.scaled(&coefficient))
    }
}

/// `base ** (exponent / degree)`, of a base of which another condition says that it is not negative.
pub(super) fn times_roots(base: &Expr, exponent: i64, degree: i64) -> Settled<Sum> {
    let mut raised = root(base.clone(), exponent, degree)?;
    raised.defined.clear();
    Ok(raised)
}

/// `base ** (exponent / degree)`, where the base is not negative.
pub(super) fn root(base: Expr, exponent: i64, degree: i64) -> Settled<Sum> {
    let common = gcd(exponent, degree);
    let (exponent, degree) = (exponent / common, degree / common);
    if exponent.abs() > LARGEST_DEGREE || degree > LARGEST_DEGREE {
        return Err(LARGE);
    }
    if degree == 1 {
        return Ok(Sum::rational(power(base, exponent)));
    }
    if let Some(exact) = ratio(&base).and_then(|base| exact_root(&base, degree)) {
        return Ok(Sum::rational(match raised(&exact, exponent) {
            Some(power) => constant(&power),
            None => power(constant(&exact), exponent),
        }));
    }
    let least = if exponent < 0 { Comparison::Greater } else { Comparison::GreaterEqual };
    let defined = base.clone().compare(least, 0);
    Ok(Sum::atom(Kind::Root { base, exponent, degree }, defined))
}

/// The least common multiple of two positive numbers that are small.
pub(super) fn common_multiple(a: i64, b: i64) -> i64 {
    a / gcd(a, b) * b
}

/// The root of a constant, if it is rational.
fn exact_root(value: &BigRational, degree: i64) -> Option<BigRational> {
    let degree = u32::try_from(degree).ok()?;
    let of = |number: &BigInt| Some(number.nth_root(degree)).filter(|root| root.pow(degree) == *number);
    if value.is_negative() { None } else { Some(BigRational::new(of(value.numer())?, of(value.denom())?)) }
}
