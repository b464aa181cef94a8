//! [`Values`]: what a variable may be before any constraint is looked at.

use super::error::ModelError;
use crate::arith::MAX_VALUE;

/// The values that a variable may take before any constraint is looked at. Never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Values {
    /// `min, min + step, …` up to `max`; `step >= 1` and `max` is reached exactly.
    Range {
        /// Smallest value.
        min: i64,
        /// Largest value, a whole number of steps above `min`.
        max: i64,
        /// Distance of neighbouring values.
        step: i64,
    },
    /// Ascending, each value once.
    List(Vec<i64>),
}

impl Values {
    /// `min..=max` in steps of `step`, with `max` lowered to the last value reached.
    ///
    /// # Errors
    /// [`ModelError`] when the range holds no value, the step is not positive, or a bound lies beyond [`MAX_VALUE`].
    pub fn range(min: i64, max: i64, step: i64) -> Result<Self, ModelError> {
        check_magnitude(min)?;
        check_magnitude(max)?;
        if step < 1 {
            return Err(ModelError::StepNotPositive { step });
        }
        if min > max {
            return Err(ModelError::NoValues);
        }
        Ok(Self::Range { min, max: max - (max - min) % step, step })
    }

    /// The given values, in any order and with repetitions.
    ///
    /// # Errors
    /// [`ModelError`] when there is none or one lies beyond [`MAX_VALUE`].
    pub fn list(values: impl IntoIterator<Item = i64>) -> Result<Self, ModelError> {
        let mut values: Vec<i64> = values.into_iter().collect();
        values.iter().try_for_each(|&value| check_magnitude(value))?;
        values.sort_unstable();
        values.dedup();
        if values.is_empty() {
            return Err(ModelError::NoValues);
        }
        Ok(Self::List(values))
    }

    /// The positive divisors of `number`, ascending.
    ///
    /// # Errors
    /// [`ModelError`] when `number` is not in `1..=MAX_VALUE`.
    pub fn divisors_of(number: i64) -> Result<Self, ModelError> {
        check_magnitude(number)?;
        if number < 1 {
            return Err(ModelError::NotPositive { value: number });
        }
        Ok(Self::List(crate::arith::divisors(number)))
    }

    /// How many values there are.
    pub fn len(&self) -> u64 {
        match self {
            Self::Range { min, max, step } => ((max - min) / step + 1).unsigned_abs(),
            Self::List(values) => values.len() as u64,
        }
    }

    /// Always false: a variable without values is refused when it is stated.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// The values, ascending.
    pub fn iter(&self) -> Box<dyn Iterator<Item = i64> + '_> {
        match self {
            Self::Range { min, max, step } => {
                let (min, step) = (*min, *step);
                Box::new((0..=(max - min) / step).map(move |k| min + k * step))
            }
            Self::List(values) => Box::new(values.iter().copied()),
        }
    }

    /// Whether `value` is one of them.
    pub fn contains(&self, value: i64) -> bool {
        match self {
            Self::Range { min, max, step } => *min <= value && value <= *max && (value - min) % step == 0,
            Self::List(values) => values.binary_search(&value).is_ok(),
        }
    }
}

fn check_magnitude(value: i64) -> Result<(), ModelError> {
    if value.checked_abs().is_some_and(|magnitude| magnitude <= MAX_VALUE) {
        Ok(())
    } else {
        Err(ModelError::TooLarge { value })
    }
}

impl<'a> IntoIterator for &'a Values {
    type Item = i64;
    type IntoIter = Box<dyn Iterator<Item = i64> + 'a>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
