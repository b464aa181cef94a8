//! From a model to its space, or to the number of its solutions.

use super::count::Counting;
use super::root::{Order, root_domains};
use crate::model::Model;
use crate::search::Limits;
use crate::simplify::simplified;
use crate::space::diagram::{Growing, NOTHING};
use crate::space::error::SpaceError;
use crate::space::solutions::SolutionSpace;
use crate::space::stack;
use num_bigint::BigUint;
use num_traits::Zero;

impl SolutionSpace {
    /// Builds the space of a model. Of the limits, `nodes` counts residual problems and `memory_bytes` is what the
    /// building may hold, estimated.
    ///
    /// # Errors
    /// [`SpaceError`] when a limit is reached, a power is too large to be computed, or a variable with more than 2^16 values
    /// depends on several others that are not known before it, or takes values that are neither few nor a progression.
    pub fn build(model: &Model, limits: &Limits) -> Result<Self, SpaceError> {
        let deadline = limits.end();
        let simple = simplified(model);
        let model = simple.as_ref().unwrap_or(model);
        let Some(domains) = root_domains(model, limits, deadline)? else { return Ok(Self::empty(model)) };
        let order = Order::new(&domains);
        stack::with_room_for(order.variables.len(), || order.build(model, limits, deadline, &domains))
    }

    /// How many solutions a model has, without a diagram. Variables that an equation defines by others are left out, the
    /// others may come in another order, and the values of the last ones are found as intervals, residues and divisors
    /// rather than tried. What is kept to be met again is forgotten beyond 96 MiB, or half of the limit on memory where
    /// that is less, so that a count takes time where a diagram would take memory.
    ///
    /// ```
    /// use constrint_solver::{Limits, Model, SolutionSpace, Values, language};
    ///
    /// let mut model = Model::new();
    /// for name in ["x", "y"] {
    ///     model.add_variable(name, Values::range(1, 1_000_000, 1)?)?;
    /// }
    /// let expr = language::parse("3 * x + 5 * y <= 10 ** 6", &model)?;
    /// model.require(expr);
    /// assert_eq!(SolutionSpace::count(&model, &Limits::default())?, 33_333_100_000u64.into());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`SolutionSpace::build`].
    pub fn count(model: &Model, limits: &Limits) -> Result<BigUint, SpaceError> {
        let deadline = limits.end();
        let simple = simplified(model);
        let model = simple.as_ref().unwrap_or(model);
        let Some(domains) = root_domains(model, limits, deadline)? else { return Ok(BigUint::zero()) };
        let open = domains.iter().filter(|domain| domain.fixed().is_none()).count();
        stack::with_room_for(open, || Counting { model, domains: &domains, limits, deadline }.count())
    }

    fn empty(model: &Model) -> Self {
        let diagram = Growing::new().diagram;
        let fixed = vec![0; model.variables().len()];
        Self { diagram, root: NOTHING, fixed, open: Vec::new(), variables: model.variables().into() }
    }
}
