//! Numbers and truths all of whose variables are known.

use super::super::machine::Value;
use super::super::term::{Position, Term, TermId, Terms};
use super::meter::Unsolved;
use smallvec::SmallVec;

/// A number is `c * last + k`, or undefined for all values.
pub(super) type Affine = Option<(i128, i128)>;

impl Terms {
    /// Of a number that is known to be one: by its values at 0 and 1.
    pub(super) fn affine_at(&self, number: TermId, values: &mut [(Position, i64)]) -> Option<Affine> {
        let place = values.len() - 1;
        values[place].1 = 0;
        let Some(constant) = self.number_at(number, values)? else { return Some(None) };
        values[place].1 = 1;
        let Some(sum) = self.number_at(number, values)? else { return Some(None) };
        Some(Some((sum.checked_sub(constant)?, constant)))
    }

    /// The value of a number, or that of the polynomial that a truth compares with 0.
    pub(super) fn number_at(&self, term: TermId, values: &[(Position, i64)]) -> Option<Value> {
        match self.get(term) {
            Term::Polynomial(_, shape, coefficients) => self.polynomial_value(*shape, coefficients, values).map(Some),
            _ => self.machine_value(term, values),
        }
    }

    /// Whether a truth holds, all of whose variables are known, in the order of their positions or not.
    pub(super) fn holds(&mut self, truth: TermId, values: &[(Position, i64)]) -> Result<bool, Unsolved> {
        if let Some(value) = self.machine_value(truth, values) {
            return Ok(value.is_some_and(|value| value != 0));
        }
        let mut ordered: SmallVec<[(Position, i64); 4]> = values.into();
        ordered.sort_unstable();
        match ordered.iter().fold(truth, |left, &(position, value)| self.substitute(left, position, value)) {
            Self::TOO_LARGE => Err(Unsolved::TooLarge),
            left => Ok(left == Self::TRUE),
        }
    }
}
