//! [`Kernel`]: what a kernel says of itself; [`Launched`] and [`Part`]: what of it is launched.

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

    /// The files of its source, the one to compile first.
    fn sources(&self) -> &'static [SourceFile];

    /// What of it is launched: itself alone, or the kernels that it configures together.
    fn parts(&self) -> &'static [Part];
}

/// A kernel with launches of its own, by itself or as a [`Part`] of another.
pub trait Launched: Kernel {
    /// What a configuration uses, in plain arithmetic that shares no code with the statement.
    fn resources(&self, instance: &Instance, values: &Chosen) -> Resources;

    /// The limits that a configuration must keep, in plain arithmetic: each with its two sides.
    fn limits(&self, instance: &Instance, values: &Chosen) -> Vec<Limit>;

    /// The numbers that the kernel's source reads, by the names of its macros without their prefix.
    fn macros(&self, instance: &Instance, values: &Chosen) -> IndexMap<String, i64>;

    /// Of these macros, the sizes that the kernel is told at run time: configurations that differ in them alone are the
    /// same code.
    fn run_time_macros(&self) -> &'static [&'static str] {
        &[]
    }

    /// How to run it and hold it against a reference, if it can be.
    fn verification(&self) -> Option<&dyn Verify> {
        None
    }
}

/// What of a kernel is launched: the kernel itself, or one of those that it configures together.
#[derive(Clone, Copy)]
pub struct Part {
    /// What it is called among the others, such as `forward`; empty where it is all there is.
    pub name: &'static str,
    /// What is launched.
    pub kernel: &'static dyn Launched,
    /// Words of its shape that the whole decides.
    pub words: &'static [(&'static str, &'static str)],
    /// Variables of which all parts that have them take one value.
    pub shared: &'static [&'static str],
}

impl Part {
    /// A kernel that is all there is.
    pub const fn whole(kernel: &'static dyn Launched) -> Self {
        Self { name: "", kernel, words: &[], shared: &[] }
    }

    /// What the part is configured for.
    pub fn instance(&self, whole: &Instance) -> Instance {
        let takes = |name: &str| self.kernel.shape().iter().any(|entry| entry.name == name);
        let mut instance = whole.clone();
        instance.sizes.retain(|name, _| takes(name));
        instance.words.retain(|name, _| takes(name));
        instance.words.extend(self.words.iter().copied());
        instance
    }

    /// The part's values, by its own names for them.
    pub fn values(&self, whole: &Chosen) -> Chosen {
        whole.iter().filter_map(|(name, &value)| Some((self.own_name(name)?.to_owned(), value))).collect()
    }

    /// What the part calls something that the whole has of it; nothing where that is another part's.
    pub fn own_name<'a>(&self, name: &'a str) -> Option<&'a str> {
        if self.name.is_empty() || self.shared.contains(&name) {
            return Some(name);
        }
        name.strip_prefix(self.name)?.strip_prefix('_')
    }

    /// What the whole calls a name of the part: `forward_variant`.
    pub fn name_of(&self, own: &str) -> String {
        let is_same = self.name.is_empty() || self.shared.contains(&own);
        if is_same { own.to_owned() } else { format!("{}_{own}", self.name) }
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
