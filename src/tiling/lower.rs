//! [`lower`]: a problem, its GPU and its kernel become one model.

use super::lowering::Lowering;
use super::refusals::{refuse_kernel_fields, refuse_lists, refuse_names_of_the_kernel};
use super::stated::Stated;
use super::{Tiling, TilingError, TilingFault, described};
use crate::diagnostic::Place;
use crate::hardware::{Gpu, GpuSpec};
use crate::kernel::{self, Instance, Kernel};
use crate::problem::{KernelDescription, KernelSpec, Problem};
use constrint_solver::Values;
use indexmap::IndexMap;

/// Turns a problem into a model.
///
/// Expressions of the problem may use its constants and variables, those of the kernel, the sizes of the shape, and the
/// limits of the GPU as `gpu_<field>`, such as `gpu_shared_memory_per_sm_bytes`.
///
/// ```
/// let problem = constrint::Problem::from_json(
///     r#"{"version": 1, "gpu": "A100 SXM4 80GB", "variables": {"warps": {"min": 1, "max": 64}},
///         "constraints": ["warps * 32 * 40 <= gpu_registers_per_sm"], "objective": {"maximize": "warps"}}"#,
/// )?;
/// let tiling = constrint::tiling::lower(&problem)?;
/// assert_eq!(tiling.model.constraints().len(), 1);
/// # Ok::<(), constrint::Error>(())
/// ```
///
/// # Errors
/// [`TilingError`] that points at the field of the problem.
pub fn lower(problem: &Problem) -> Result<Tiling, TilingError> {
    lower_freed(problem, &IndexMap::new())
}

/// [`lower`] with some limits of the GPU, by the names that expressions use, as variables with these values instead of
/// numbers. They come after all other variables.
pub(crate) fn lower_freed(problem: &Problem, freed: &IndexMap<String, Values>) -> Result<Tiling, TilingError> {
    refuse_lists(problem)?;
    let gpu = problem.gpu.as_ref().map(GpuSpec::resolve).transpose()?;
    let kernel = Asked::of(problem, gpu.as_ref())?;
    let stated = kernel.state(problem)?;
    let name = problem.name.clone().unwrap_or_else(|| "problem".to_owned());
    let mut lowering = Lowering::new(name, gpu.clone(), kernel.shipped());
    lowering.add_constants(problem, &stated, freed)?;
    lowering.add_variables(problem, &stated)?;
    lowering.add_freed_limits(freed)?;
    lowering.add_definitions(&stated)?;
    if let Asked::Described(kernel, gpu) = &kernel {
        lowering.tiling.described = Some(described::configured(&lowering, problem, kernel, gpu)?);
    }
    lowering.add_occupancy(problem)?;
    lowering.add_constraints(problem, &stated)?;
    lowering.add_objectives(problem, &stated)?;
    Ok(lowering.tiling)
}

/// The kernel that a problem asks for.
enum Asked<'p> {
    Shipped(&'static dyn Kernel, Instance),
    Described(&'p KernelDescription, Gpu),
    None,
}

impl<'p> Asked<'p> {
    fn of(problem: &'p Problem, gpu: Option<&Gpu>) -> Result<Self, TilingError> {
        let known = || gpu.cloned().ok_or_else(|| Place::root().located(TilingFault::GpuMissing));
        Ok(match &problem.kernel {
            Some(KernelSpec::Shipped(name)) => {
                let kernel = kernel::find(name)?;
                Self::Shipped(kernel, Instance::new(kernel, known()?, &problem.shape, problem.dtype.as_deref())?)
            }
            Some(KernelSpec::Described(description)) => Self::Described(description, known()?),
            None => Self::None,
        })
    }

    /// Its side of the problem, and refuses what in the problem does not go with it.
    fn state(&self, problem: &Problem) -> Result<Stated, TilingError> {
        match self {
            Self::Shipped(kernel, instance) => {
                let stated = Stated::from(kernel.state(instance)?);
                refuse_names_of_the_kernel(problem, &stated)?;
                Ok(stated)
            }
            Self::Described(kernel, gpu) => {
                described::refuse(problem, kernel)?;
                Ok(described::state(problem, kernel, gpu))
            }
            Self::None => {
                refuse_kernel_fields(problem)?;
                Ok(Stated::default())
            }
        }
    }

    fn shipped(&self) -> Option<(&'static dyn Kernel, Instance)> {
        match self {
            Self::Shipped(kernel, instance) => Some((*kernel, instance.clone())),
            Self::Described(..) | Self::None => None,
        }
    }
}
