//! [`Relation`]: how a number is compared with 0.

use std::cmp::Ordering;

/// How a linear form is compared with 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::space) enum Relation {
    Equal,
    NotEqual,
    AtMost,
    Below,
}

impl Relation {
    /// Whether a number that compares with 0 as `sign` satisfies it.
    pub(super) fn holds(self, sign: Ordering) -> bool {
        match self {
            Self::Equal => sign.is_eq(),
            Self::NotEqual => sign.is_ne(),
            Self::AtMost => sign.is_le(),
            Self::Below => sign.is_lt(),
        }
    }

    /// What the signs of the bounds decide.
    pub(super) fn decided(self, lo: Ordering, hi: Ordering) -> Option<bool> {
        match self {
            Self::Equal if lo.is_gt() || hi.is_lt() => Some(false),
            Self::Equal if lo.is_eq() && hi.is_eq() => Some(true),
            Self::NotEqual => Self::Equal.decided(lo, hi).map(|equal| !equal),
            Self::AtMost if hi.is_le() => Some(true),
            Self::AtMost if lo.is_gt() => Some(false),
            Self::Below if hi.is_lt() => Some(true),
            Self::Below if lo.is_ge() => Some(false),
            _ => None,
        }
    }
}
