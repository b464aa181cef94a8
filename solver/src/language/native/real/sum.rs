//! [`Sum`]: multiples of roots and logarithms, added up.

use super::ratio::{constant, one, plus, power, raised, ratio, times};
use super::{BY_IRRATIONAL, EXPONENT, NOT_RATIONAL, Settled, Value, guarded};
use crate::arith::gcd;
use crate::model::{Comparison, Expr};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive, Zero};

const PRODUCT: &str = "a logarithm is multiplied by a root or another logarithm";
const LARGE: &str = "an exponent is too large, or has too large a denominator, for an exact comparison";

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

    fn atom(kind: Kind, defined: Expr) -> Self {
        let atoms = vec![Atom { coefficient: one(), kind }];
        Self { atoms, rational: Expr::Constant(0), defined: vec![defined] }
    }

    /// The sum, or the number that it comes down to.
    pub(super) fn value(self) -> Value {
        if self.atoms.is_empty() {
            Value::Rational(guarded(self.rational, &self.defined))
        } else {
            Value::Irrational(self)
        }
    }

    pub(super) fn size(&self) -> usize {
        self.atoms.len() + self.defined.len()
    }

    fn also_defined(mut self, conditions: &[Expr]) -> Self {
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

    pub(super) fn inverse(self) -> Settled<Value> {
        if self.atoms.is_empty() {
            return Ok(Self { rational: one() / self.rational.clone(), ..self }.value());
        }
        let [Atom { coefficient, kind: Kind::Root { base, exponent, degree } }] = &self.atoms[..] else {
            return Err(BY_IRRATIONAL);
        };
        if ratio(&self.rational).is_none_or(|rational| !rational.is_zero()) {
            return Err(BY_IRRATIONAL);
        }
        let kind = Kind::Root { base: base.clone(), exponent: -exponent, degree: *degree };
        let positive = base.clone().compare(Comparison::Greater, 0);
        let inverse = Self { atoms: vec![Atom { coefficient: one() / coefficient.clone(), kind }], ..self.clone() };
        Ok(inverse.also_defined(&[positive]).value())
    }

    /// The sum raised to a rational constant.
    pub(super) fn power(self, exponent: &BigRational) -> Settled<Value> {
        let (numerator, degree) = (exponent.numer().to_i64(), exponent.denom().to_i64());
        let (Some(numerator), Some(degree)) = (numerator, degree) else { return Err(LARGE) };
        if self.atoms.is_empty() && degree == 1 {
            return Ok(Self { rational: power(self.rational.clone(), numerator), ..self }.value());
        }
        if numerator.abs() > LARGEST_DEGREE || degree > LARGEST_DEGREE {
            return Err(LARGE);
        }
        match &self.atoms[..] {
            [] => Ok(root(self.rational, numerator, degree)?.also_defined(&self.defined).value()),
            [Atom { coefficient, kind: Kind::Root { base, exponent: inner, degree: of } }] if self.is_pure() => {
                let raised = times_roots(base, numerator * inner, degree * of)?;
                let factor = root(coefficient.clone(), numerator, degree)?;
                Ok(factor.times(&raised)?.also_defined(&self.defined).value())
            }
            _ if degree == 1 && numerator >= 0 => {
                let start = Self::rational(one()).also_defined(&self.defined);
                Ok((0..numerator).try_fold(start, |product, _| product.times(&self))?.value())
            }
            _ => Err(EXPONENT),
        }
    }

    /// `2 ** self`, where that is rational: multiples of logarithms become powers.
    pub(super) fn power_of_two(self) -> Settled<Value> {
        let mut factors = vec![Expr::Power(Box::new(Expr::Constant(2)), Box::new(self.rational.clone()))];
        if !super::evident_integer(&self.rational) {
            return Err(EXPONENT);
        }
        for atom in &self.atoms {
            let Kind::Logarithm(argument) = &atom.kind else { return Err(EXPONENT) };
            let multiple = ratio(&atom.coefficient).filter(BigRational::is_integer).and_then(|k| k.numer().to_i64());
            let multiple = multiple.filter(|multiple| multiple.abs() <= LARGEST_DEGREE).ok_or(EXPONENT)?;
            factors.push(power(argument.clone(), multiple));
        }
        let product = factors.into_iter().reduce(times).expect("a factor");
        Ok(Value::Rational(guarded(product, &self.defined)))
    }

    pub(super) fn logarithm(self) -> Settled<Value> {
        if self.atoms.is_empty() {
            let exact = ratio(&self.rational).and_then(|value| exponent_of_two(&value));
            let logarithm = if let Some(exponent) = exact {
                Self::rational(Expr::Constant(exponent))
            } else {
                let positive = self.rational.clone().compare(Comparison::Greater, 0);
                Self::atom(Kind::Logarithm(self.rational.clone()), positive)
            };
            return Ok(logarithm.also_defined(&self.defined).value());
        }
        // log2(base ** (p / q)) is p / q * log2(base).
        match &self.atoms[..] {
            [Atom { coefficient: Expr::Constant(1), kind: Kind::Root { base, exponent, degree } }]
                if self.is_pure() =>
            {
                let multiple = constant(&BigRational::new((*exponent).into(), (*degree).into()));
                let positive = base.clone().compare(Comparison::Greater, 0);
                let logarithm = Self::atom(Kind::Logarithm(base.clone()), positive);
                Ok(logarithm.scaled(&multiple).also_defined(&self.defined).value())
            }
            _ => Err(NOT_RATIONAL),
        }
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
fn times_roots(base: &Expr, exponent: i64, degree: i64) -> Settled<Sum> {
    let mut raised = root(base.clone(), exponent, degree)?;
    raised.defined.clear();
    Ok(raised)
}

/// `base ** (exponent / degree)`, where the base is not negative.
fn root(base: Expr, exponent: i64, degree: i64) -> Settled<Sum> {
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

/// `e` for `2 ** e`.
fn exponent_of_two(value: &BigRational) -> Option<i64> {
    let exponent =
        |number: &BigInt| number.trailing_zeros().filter(|&zeros| number.is_positive() && zeros + 1 == number.bits());
    let (above, below) = (exponent(value.numer())?, exponent(value.denom())?);
    if value.denom().is_one() {
        i64::try_from(above).ok()
    } else if value.numer().is_one() {
        Some(-i64::try_from(below).ok()?)
    } else {
        None
    }
}
