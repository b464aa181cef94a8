//! [`Tiling`]: a model, and what its parts mean.

use super::Residency;
use crate::diagnostic::Place;
use crate::hardware::Gpu;
use crate::kernel::described::Described;
use crate::kernel::{Instance, Kernel};
use constrint_solver::{Expr, Model, ValueOrder, VarId};
use indexmap::IndexMap;

/// A model, and what its parts mean.
pub struct Tiling {
    /// Its variables are those of the kernel, then those of the problem.
    pub model: Model,
    /// The problem's name, or `problem`.
    pub name: String,
    /// The shipped kernel with what it is configured for.
    pub kernel: Option<(&'static dyn Kernel, Instance)>,
    /// The kernel that the problem itself describes.
    pub described: Option<Described>,
    /// The GPU, if the problem names one.
    pub gpu: Option<Gpu>,
    /// Named numbers of the problem and the kernel.
    pub constants: IndexMap<String, i64>,
    /// Named sub-expressions of the kernel, with what they are.
    pub definitions: IndexMap<String, Definition>,
    /// What the problem's `occupancy` asks of an SM.
    pub residency: Option<Residency>,
    /// The definition that is the kernel's predicted time.
    pub cost: Option<String>,
    /// The definitions of which it is made.
    pub cost_parts: Vec<String>,
    /// The kernel's advice on the order of decisions.
    pub search: Vec<(VarId, ValueOrder)>,
    /// For each constraint of the model: whether it comes from the kernel.
    pub from_kernel: Vec<bool>,
    /// For each constraint of the model: the field of the problem that states it.
    pub places: Vec<Place>,
}

impl Tiling {
    /// What the kernel is called, shipped or described.
    pub fn kernel_name(&self) -> Option<&str> {
        let shipped = self.kernel.as_ref().map(|(kernel, _)| kernel.name());
        shipped.or(self.described.as_ref().map(|kernel| kernel.name.as_str()))
    }
}

/// A named sub-expression.
#[derive(Clone, Debug)]
pub struct Definition {
    /// Over the variables of the model.
    pub expr: Expr,
    /// What it is, with its unit.
    pub meaning: String,
}

impl std::fmt::Debug for Tiling {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut form = formatter.debug_struct("Tiling");
        form.field("name", &self.name).field("kernel", &self.kernel_name()).finish_non_exhaustive()
    }
}
