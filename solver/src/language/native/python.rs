//! [`InPython`]: what Python would make of a number, so that a reader can tell where its answer may be another.

/// How Python would see a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct InPython {
    /// How often it would be rounded.
    pub(super) rounded: Rounded,
    /// Whether it would be an operand of `and` or `or` instead of a truth.
    pub(super) operand: bool,
    /// Whether `&`, `^` or `|` was applied last, outside of brackets.
    pub(super) bits: bool,
}

/// How often binary floating point would round a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) enum Rounded {
    /// Never: integers, and fractions over powers of two.
    #[default]
    Never,
    /// Once: compared with another such number, it compares as it does exactly.
    Once,
    /// More than once.
    Often,
}

impl InPython {
    /// What is true of either.
    pub(super) fn worse(self, other: Self) -> Self {
        Self { rounded: self.rounded.max(other.rounded), operand: self.operand || other.operand, bits: false }
    }

    /// Rounded that often.
    pub(super) fn rounded(rounded: Rounded) -> Self {
        Self { rounded, ..Self::default() }
    }

    /// The result of a sum or product of such numbers.
    pub(super) fn arithmetic(self, other: Self) -> Self {
        let rounded = if self.rounded == Rounded::Never && other.rounded == Rounded::Never {
            Rounded::Never
        } else {
            Rounded::Often
        };
        Self::rounded(rounded)
    }
}
