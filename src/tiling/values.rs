//! The values of a variable, from the ways in which a problem gives them.

use super::{TilingError, TilingFault};
use crate::diagnostic::Place;
use crate::problem::{ProblemFault, VariableSpec};
use constrint_solver::Values;

/// Lists of values longer than this are refused.
const MOST_LISTED_VALUES: u64 = 1 << 20;

/// The values that a problem states for a variable.
pub(super) fn values_of(spec: &VariableSpec, place: &Place) -> Result<Values, TilingError> {
    let fault = |error| place.fault(ProblemFault::Values { error });
    let between = |values: Values, min: Option<i64>, max: Option<i64>| {
        let (min, max) = (min.unwrap_or(i64::MIN), max.unwrap_or(i64::MAX));
        Values::list(values.iter().filter(|&value| min <= value && value <= max)).map_err(fault)
    };
    match spec {
        VariableSpec::List(spec) => listed(&spec.values, place),
        VariableSpec::Divisors(spec) => {
            between(Values::divisors_of(spec.divisors_of).map_err(fault)?, spec.min, spec.max)
        }
        VariableSpec::Powers(spec) if spec.powers_of < 2 => {
            Err(place.fault(TilingFault::PowerBase { base: spec.powers_of }))
        }
        VariableSpec::Powers(spec) => {
            let powers = std::iter::successors(Some(1i64), |power| power.checked_mul(spec.powers_of));
            let powers = Values::list(powers.take_while(|&power| power <= spec.max)).map_err(fault)?;
            between(powers, spec.min, None)
        }
        VariableSpec::Range(spec) => Values::range(spec.min, spec.max, spec.step.unwrap_or(1)).map_err(fault),
    }
}

/// The values of a list.
pub(super) fn listed(values: &[i64], place: &Place) -> Result<Values, TilingError> {
    let count = values.len() as u64;
    if count > MOST_LISTED_VALUES {
        return Err(place.fault(TilingFault::TooManyValues { count, limit: MOST_LISTED_VALUES }));
    }
    Values::list(values.iter().copied()).map_err(|error| place.fault(ProblemFault::Values { error }))
}

/// The kernel's values that the problem allows.
pub(super) fn narrowed(kernel: &Values, allowed: &Values, place: &Place) -> Result<Values, TilingError> {
    Values::list(kernel.iter().filter(|&value| allowed.contains(value)))
        .map_err(|_| place.fault(TilingFault::NoValueLeft { kernel_values: kernel.iter().collect() }))
}
