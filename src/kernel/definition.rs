//! [`Kernel`]: what a kernel says of itself.

use super::{
    BoundedSize, Chosen, Confidence, Instance, KernelError, Limit, Resources, ShapeParameter, ShapeValue, SourceFile,
    Statement, Verify,
};
use crate::hardware::Gpu;
use indexmap::IndexMap;

/// A kernel whose tile sizes the solver picks.
pub trait Kernel: Sync {
    /// As problems name it.
    fn name(&self) -> &'static str;

    /// What it computes, in a sentence.
    fn summary(&self) -> &'static str;

    /// The entries of `shape` that it takes.
    fn shape(&self) -> &'static [ShapeParameter];

    /// The sizes of its shape of which a GPU may have too little room. Where there is no configuration, an explanation asks
    /// which sizes, types and GPUs have one; a kernel that names none is not asked.
    fn bounded_sizes(&self) -> &'static [BoundedSize] {
        &[]
    }

    /// The operand types that it takes, the default first.
    fn dtypes(&self) -> &'static [&'static str];

    /// Variables, constraints and cost for one GPU and shape.
    ///
    /// # Errors
    /// [`KernelError`] when the kernel cannot run on that GPU.
    fn state(&self, instance: &Instance) -> Result<Statement, KernelError>;

    /// How sure the cost of [`state`](Self::state) is as a time.
    fn confidence(&self, _instance: &Instance) -> Confidence {
        Confidence::UNMEASURED
    }

    /// What a configuration uses, in plain arithmetic that shares no code with the statement.
    fn resources(&self, instance: &Instance, values: &Chosen) -> Resources;

    /// The limits that a configuration must keep, in plain arithmetic: each with its two sides.
    fn limits(&self, instance: &Instance, values: &Chosen) -> Vec<Limit>;

    /// The numbers that the kernel's source reads, by the names of its macros without their prefix.
    fn macros(&self, instance: &Instance, values: &Chosen) -> IndexMap<String, i64>;

    /// The files of its source, the one to compile first.
    fn sources(&self) -> &'static [SourceFile];

    /// How to run it and hold it against a reference, if it can be.
    fn verification(&self) -> Option<&dyn Verify> {
        None
    }
}

impl Instance {
    /// Checks a problem's shape and type against what the kernel takes.
    ///
    /// # Errors
    /// [`KernelError`] that points at the entry.
    pub fn new(
        kernel: &dyn Kernel,
        gpu: Gpu,
        shape: &IndexMap<String, ShapeValue>,
        dtype: Option<&str>,
    ) -> Result<Self, KernelError> {
        Self::checked(kernel.shape(), kernel.dtypes(), gpu, shape, dtype)
    }
}
