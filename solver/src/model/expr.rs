//! [`Expr`]: expressions over the variables of a model.

use super::rows::Rows;
use super::variable::VarId;
use smallvec::{SmallVec, smallvec};

/// The six ways to compare two numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
}

impl Comparison {
    /// The operator as the native language writes it.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessEqual => "<=",
            Self::Greater => ">",
            Self::GreaterEqual => ">=",
        }
    }

    /// The comparison with its sides exchanged: `a < b` is `b > a`.
    #[must_use]
    pub fn mirrored(self) -> Self {
        match self {
            Self::Less => Self::Greater,
            Self::LessEqual => Self::GreaterEqual,
            Self::Greater => Self::Less,
            Self::GreaterEqual => Self::LessEqual,
            Self::Equal | Self::NotEqual => self,
        }
    }

    /// Whether a left side that compares to the right side as `ordering` satisfies the comparison.
    pub fn holds(self, ordering: std::cmp::Ordering) -> bool {
        match self {
            Self::Equal => ordering.is_eq(),
            Self::NotEqual => ordering.is_ne(),
            Self::Less => ordering.is_lt(),
            Self::LessEqual => ordering.is_le(),
            Self::Greater => ordering.is_gt(),
            Self::GreaterEqual => ordering.is_ge(),
        }
    }
}

/// An expression over the variables of a model. Truth values are the numbers 0 and 1; a number is true unless zero.
///
/// Operations that are not defined everywhere (division by zero, `log2` of what is no power of two) make the nearest
/// enclosing comparison false, not the whole constraint: `x == 0 or y % x == 0` means what it says. `If` is defined
/// where its chosen branch is, `Element` where its chosen item is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Expr {
    /// A number.
    Constant(i64),
    /// The value of a variable.
    Variable(VarId),
    /// Sum of the terms; 0 if there are none.
    Sum(Vec<Expr>),
    /// Product of the factors; 1 if there are none.
    Product(Vec<Expr>),
    /// The number with its sign changed.
    Negate(Box<Expr>),
    /// Exact rational division `a / b`; undefined for `b == 0`.
    Quotient(Box<Expr>, Box<Expr>),
    /// `a // b`: the quotient rounded towards minus infinity; undefined for `b == 0`.
    FloorDivide(Box<Expr>, Box<Expr>),
    /// The quotient rounded towards plus infinity; undefined for `b == 0`.
    CeilDivide(Box<Expr>, Box<Expr>),
    /// `a % b`, with the sign of `b`, as in Python; undefined for `b == 0`.
    Remainder(Box<Expr>, Box<Expr>),
    /// `a ** b`; `0 ** 0` is 1, a negative exponent gives the exact fraction, `0 ** negative` is undefined.
    Power(Box<Expr>, Box<Expr>),
    /// Smallest of the operands, of which there is at least one.
    Minimum(Vec<Expr>),
    /// Largest of the operands, of which there is at least one.
    Maximum(Vec<Expr>),
    /// Absolute value.
    Absolute(Box<Expr>),
    /// Greatest common divisor, never negative; 0 of zeros.
    Gcd(Vec<Expr>),
    /// Least common multiple, never negative; 0 where an operand is 0.
    Lcm(Vec<Expr>),
    /// Base-two logarithm. As a whole side of a comparison it is compared exactly, for any positive argument; elsewhere
    /// it is defined for powers of two only, where it is an integer.
    Log2(Box<Expr>),
    /// The largest integer `e` with `2 ** e <= a`; undefined where `a` is no positive integer.
    FloorLog2(Box<Expr>),
    /// The largest integer `r` with `r ** degree <= a`, for a degree of at least 1; undefined where `a` is no integer or
    /// negative.
    FloorRoot(Box<Expr>, u32),
    /// `a & b`, the bits that both have, negative numbers in two's complement, as in Python; undefined where an operand is
    /// no integer.
    BitAnd(Box<Expr>, Box<Expr>),
    /// 1 where the comparison holds; 0 where it does not or a side is undefined.
    Compare(Comparison, Box<Expr>, Box<Expr>),
    /// `divides(a, b)`: 1 where b is a multiple of a. 0 divides only 0.
    Divides(Box<Expr>, Box<Expr>),
    /// 1 where the argument is 1, 2, 4, 8, …
    IsPowerOfTwo(Box<Expr>),
    /// 1 where the value is in the set.
    Member(Box<Expr>, MemberSet),
    /// 1 where all operands are defined and no two of them are equal; 1 if there are none.
    AllDifferent(Vec<Expr>),
    /// 1 where the values of the operands, of which there is at least one, are a row. A value that is no integer is in
    /// no row.
    Table(Vec<Expr>, Rows),
    /// 1 where all operands are true; 1 if there are none.
    And(Vec<Expr>),
    /// 1 where some operand is true; 0 if there are none.
    Or(Vec<Expr>),
    /// 1 where the operand is false.
    Not(Box<Expr>),
    /// `then if condition else otherwise`.
    If {
        /// Chooses the branch.
        condition: Box<Expr>,
        /// Value where the condition is true.
        then: Box<Expr>,
        /// Value where it is false.
        otherwise: Box<Expr>,
    },
    /// `items[index]`, counted from 0; a negative index counts from the end, as in Python. Undefined where the index is
    /// no integer or there is no such item; otherwise it is defined where the chosen item is.
    Element {
        /// Chooses the item.
        index: Box<Expr>,
        /// What there is to choose from: at least one.
        items: Vec<Expr>,
    },
}

/// The right side of `in`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum MemberSet {
    /// Any of these numbers, ascending, each once; may be empty.
    Values(Vec<i64>),
    /// Python's `range(start, stop, step)`, `stop` excluded; `step` is not 0; may be empty.
    Range {
        /// First value.
        start: i64,
        /// The first value beyond.
        stop: i64,
        /// Distance of neighbouring values; may be negative.
        step: i64,
    },
}

impl MemberSet {
    /// Whether `value` is in the set.
    pub fn contains(&self, value: i64) -> bool {
        match self {
            Self::Values(values) => values.binary_search(&value).is_ok(),
            Self::Range { start, stop, step } => {
                let inside =
                    if *step > 0 { value >= *start && value < *stop } else { value <= *start && value > *stop };
                inside && (i128::from(value) - i128::from(*start)) % i128::from(*step) == 0
            }
        }
    }
}

impl From<i64> for Expr {
    fn from(value: i64) -> Self {
        Self::Constant(value)
    }
}

impl From<VarId> for Expr {
    fn from(variable: VarId) -> Self {
        Self::Variable(variable)
    }
}

impl Expr {
    /// `self <comparison> right`, as 0 or 1.
    #[must_use]
    pub fn compare(self, comparison: Comparison, right: impl Into<Expr>) -> Self {
        Self::Compare(comparison, Box::new(self), Box::new(right.into()))
    }

    /// `self <= right`.
    #[must_use]
    pub fn at_most(self, right: impl Into<Expr>) -> Self {
        self.compare(Comparison::LessEqual, right)
    }

    /// `self >= right`.
    #[must_use]
    pub fn at_least(self, right: impl Into<Expr>) -> Self {
        self.compare(Comparison::GreaterEqual, right)
    }

    /// `self == right`.
    #[must_use]
    pub fn equals(self, right: impl Into<Expr>) -> Self {
        self.compare(Comparison::Equal, right)
    }

    /// A number of any size, as digits to the base 2^32 where it is too large for one constant.
    pub(crate) fn from_big(number: &num_bigint::BigInt) -> Self {
        if let Ok(small) = i64::try_from(number) {
            return Self::Constant(small);
        }
        let (sign, digits) = number.to_u32_digits();
        let place = |exponent| Self::Power(Box::new(Self::Constant(2)), Box::new(Self::Constant(exponent)));
        let digits = digits.iter().zip((0..).step_by(32));
        let magnitude = Self::Sum(
            digits
                .map(|(&digit, exponent)| Self::Product(vec![Self::Constant(digit.into()), place(exponent)]))
                .collect(),
        );
        if sign == num_bigint::Sign::Minus { Self::Negate(Box::new(magnitude)) } else { magnitude }
    }

    /// Whether it is a test, whose value is 1 where it holds and 0 elsewhere, whatever its operands are.
    pub fn is_test(&self) -> bool {
        matches!(
            self,
            Self::Compare(..)
                | Self::Divides(..)
                | Self::IsPowerOfTwo(_)
                | Self::Member(..)
                | Self::AllDifferent(_)
                | Self::Table(..)
                | Self::And(_)
                | Self::Or(_)
                | Self::Not(_)
        )
    }

    /// The operands, in the order in which they are written.
    pub fn operands(&self) -> SmallVec<[&Expr; 3]> {
        match self {
            Self::Constant(_) | Self::Variable(_) => SmallVec::new(),
            Self::Sum(list)
            | Self::Product(list)
            | Self::Minimum(list)
            | Self::Maximum(list)
            | Self::Gcd(list)
            | Self::Lcm(list)
            | Self::AllDifferent(list)
            | Self::Table(list, _)
            | Self::And(list)
            | Self::Or(list) => list.iter().collect(),
            Self::Negate(a)
            | Self::Absolute(a)
            | Self::Log2(a)
            | Self::FloorLog2(a)
            | Self::FloorRoot(a, _)
            | Self::IsPowerOfTwo(a)
            | Self::Not(a)
            | Self::Member(a, _) => {
                smallvec![&**a]
            }
            Self::Quotient(a, b)
            | Self::FloorDivide(a, b)
            | Self::CeilDivide(a, b)
            | Self::Remainder(a, b)
            | Self::Power(a, b)
            | Self::BitAnd(a, b)
            | Self::Compare(_, a, b)
            | Self::Divides(a, b) => smallvec![&**a, &**b],
            Self::If { condition, then, otherwise } => smallvec![&**condition, &**then, &**otherwise],
            Self::Element { index, items } => items.iter().chain([&**index]).collect(),
        }
    }

    /// Whether every value that it has is an integer, as far as its form tells.
    pub(crate) fn is_whole(&self) -> bool {
        match self {
            Self::Quotient(..) => false,
            Self::Power(base, exponent) => matches!(**exponent, Self::Constant(0..)) && base.is_whole(),
            Self::If { then, otherwise, .. } => then.is_whole() && otherwise.is_whole(),
            Self::Element { items, .. } => items.iter().all(Self::is_whole),
            Self::Sum(operands) | Self::Product(operands) | Self::Minimum(operands) | Self::Maximum(operands) => {
                operands.iter().all(Self::is_whole)
            }
            Self::Negate(operand) | Self::Absolute(operand) => operand.is_whole(),
            Self::Remainder(a, b) => a.is_whole() && b.is_whole(),
            // Numbers rounded or whole by definition, and truths.
            _ => true,
        }
    }

    /// The variables that occur, ascending, each once.
    pub fn variables(&self) -> Vec<VarId> {
        let mut found = Vec::new();
        let mut pending = vec![self];
        while let Some(expr) = pending.pop() {
            if let Self::Variable(variable) = expr {
                found.push(*variable);
            }
            pending.extend(expr.operands());
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

macro_rules! binary_operator {
    ($trait:ident, $method:ident, $left:ident, $right:ident => $result:expr) => {
        impl<T: Into<Expr>> std::ops::$trait<T> for Expr {
            type Output = Expr;
            fn $method(self, right: T) -> Expr {
                let ($left, $right) = (self, right.into());
                $result
            }
        }
    };
}

binary_operator!(Add, add, a, b => Expr::Sum(vec![a, b]));
binary_operator!(Sub, sub, a, b => Expr::Sum(vec![a, Expr::Negate(Box::new(b))]));
binary_operator!(Mul, mul, a, b => Expr::Product(vec![a, b]));
binary_operator!(Div, div, a, b => Expr::Quotient(Box::new(a), Box::new(b)));
binary_operator!(Rem, rem, a, b => Expr::Remainder(Box::new(a), Box::new(b)));
