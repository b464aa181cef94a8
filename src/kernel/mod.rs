//! The shipped kernels, and the trait that each of them implements.
//!
//! A kernel is a folder: `mod.rs` states its tile variables, constraints, resources and cost; the `.cu` and `.cuh` files
//! beside it are what the configuration is for. `device/` holds what all kernels share on the GPU, `emulator/` runs them
//! on a CPU.
//!
//! `described.rs` is the kernel of a user, who gives formulas in JSON instead of Rust.
//!
//! A [`Statement`] is written in the native expression language, so that `constrint check` and `constrint explain` can
//! show each constraint as it stands here.

pub mod described;
mod device;
pub(crate) mod emulator;
pub mod matmul;
pub mod rnn_forward;
mod verify;

use crate::error::{Error, Place, ProblemFault};
use crate::hardware::{Gpu, Occupancy};
use crate::problem::ShapeValue;
use constrint_solver::{ValueOrder, Values};
use indexmap::IndexMap;
use serde::Serialize;

pub use verify::{Array, Case, Element, Expected, Verify};

/// A kernel whose tile sizes the solver picks.
pub trait Kernel: Sync {
    /// As problems name it.
    fn name(&self) -> &'static str;

    /// What it computes, in a sentence.
    fn summary(&self) -> &'static str;

    /// The entries of `shape` that it takes.
    fn shape(&self) -> &'static [ShapeParameter];

    /// The operand types that it takes, the default first.
    fn dtypes(&self) -> &'static [&'static str];

    /// Variables, constraints and cost for one GPU and shape.
    ///
    /// # Errors
    /// [`Error::Problem`] when the kernel cannot run on that GPU.
    fn state(&self, instance: &Instance) -> Result<Statement, Error>;

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

/// One entry of a kernel's shape.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ShapeParameter {
    /// As problems name it.
    pub name: &'static str,
    /// What it is.
    pub meaning: &'static str,
    /// What it may be.
    pub kind: ShapeKind,
}

/// What an entry of a shape may be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ShapeKind {
    /// A whole number in a range; required unless there is a default.
    Size {
        /// Smallest.
        min: i64,
        /// Largest.
        max: i64,
        /// Taken where the entry is missing.
        default: Option<i64>,
    },
    /// One of several words, the default first.
    Word {
        /// The words.
        words: &'static [&'static str],
    },
}

/// What a kernel is configured for.
#[derive(Clone, Debug)]
pub struct Instance {
    /// The GPU.
    pub gpu: Gpu,
    /// Sizes of the shape.
    pub sizes: IndexMap<&'static str, i64>,
    /// Words of the shape.
    pub words: IndexMap<&'static str, &'static str>,
    /// The type of the operands.
    pub dtype: &'static str,
}

impl Instance {
    /// Checks a problem's shape and type against what the kernel takes.
    ///
    /// # Errors
    /// [`Error::Problem`] that points at the entry.
    pub fn new(
        kernel: &dyn Kernel,
        gpu: Gpu,
        shape: &IndexMap<String, ShapeValue>,
        dtype: Option<&str>,
    ) -> Result<Self, Error> {
        let parameters = kernel.shape();
        let known = || parameters.iter().map(|parameter| parameter.name).collect();
        if let Some(name) = shape.keys().find(|name| parameters.iter().all(|parameter| parameter.name != *name)) {
            return Err(Place::at("shape").field(name).fault(ProblemFault::ShapeUnknown { known: known() }));
        }
        let mut instance = Self { gpu, sizes: IndexMap::new(), words: IndexMap::new(), dtype: kernel.dtypes()[0] };
        for parameter in parameters {
            instance.take(parameter, shape.get(parameter.name))?;
        }
        if let Some(dtype) = dtype {
            let fault = || Place::at("dtype").fault(ProblemFault::ShapeWord { known: kernel.dtypes().to_vec() });
            instance.dtype = kernel.dtypes().iter().find(|known| **known == dtype).ok_or_else(fault)?;
        }
        Ok(instance)
    }

    fn take(&mut self, parameter: &ShapeParameter, value: Option<&ShapeValue>) -> Result<(), Error> {
        let place = Place::at("shape").field(parameter.name);
        match &parameter.kind {
            ShapeKind::Size { min, max, default } => {
                let missing = || {
                    Place::at("shape")
                        .fault(ProblemFault::ShapeMissing { name: parameter.name, meaning: parameter.meaning })
                };
                let size = match value {
                    Some(ShapeValue::Integer(size)) if (min..=max).contains(&size) => *size,
                    Some(_) => return Err(place.fault(ProblemFault::ShapeOutOfRange { min: *min, max: *max })),
                    None => default.ok_or_else(missing)?,
                };
                self.sizes.insert(parameter.name, size);
            }
            ShapeKind::Word { words } => {
                let word = match value {
                    None => words[0],
                    Some(ShapeValue::Word(word)) if words.contains(&word.as_str()) => {
                        words.iter().find(|known| *known == word).expect("contained")
                    }
                    Some(_) => return Err(place.fault(ProblemFault::ShapeWord { known: words.to_vec() })),
                };
                self.words.insert(parameter.name, word);
            }
        }
        Ok(())
    }
}

/// A chosen value for each variable, by name.
pub type Chosen = IndexMap<String, i64>;

/// A kernel's side of a tiling problem, for one instance.
#[derive(Clone, Debug, Default)]
pub struct Statement {
    /// Named numbers: sizes, rates, limits.
    pub constants: Vec<Named<i64>>,
    /// The tile variables, in the order in which they are shown.
    pub variables: Vec<Named<Values>>,
    /// The order in which the search had best decide the variables, and from which end; those left out come last.
    pub search: Vec<(&'static str, ValueOrder)>,
    /// Named sub-expressions, each of which may use those before it.
    pub definitions: Vec<Named<String>>,
    /// What must hold: the meaning is the reason.
    pub constraints: Vec<Named<String>>,
    /// The definition to minimise, in picoseconds.
    pub cost: &'static str,
    /// The definitions of which the cost is made, in picoseconds, for the report.
    pub cost_parts: Vec<&'static str>,
}

/// Something with a name and a meaning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named<T> {
    /// As expressions use it.
    pub name: &'static str,
    /// What it is.
    pub it: T,
    /// In a phrase, with its unit or its reason.
    pub meaning: String,
}

impl<T> Named<T> {
    /// All three.
    pub fn new(name: &'static str, it: T, meaning: impl Into<String>) -> Self {
        Self { name, it, meaning: meaning.into() }
    }
}

/// A named text of the expression language: a quantity or a constraint.
pub(crate) fn define(name: &'static str, text: &str, meaning: &str) -> Named<String> {
    Named::new(name, text.to_owned(), meaning)
}

/// Registers that `blocks_per_sm` blocks of `threads` leave to each thread: whole units for each warp, as many warps in each
/// sub-partition.
pub(crate) fn register_room() -> Named<String> {
    define(
        "register_room",
        "min(256, gpu_registers_per_sm // (128 * ceil_div(blocks_per_sm * threads, 128)) // 8 * 8)",
        "registers that the SM has for each thread",
    )
}

/// What a block with `shared_memory` takes: whole units, the driver's reserve included.
pub(crate) fn shared_memory_allocated() -> Named<String> {
    define(
        "shared_memory_allocated",
        "gpu_shared_memory_allocation_unit_bytes * ceil_div(shared_memory \
         + gpu_reserved_shared_memory_per_block_bytes, gpu_shared_memory_allocation_unit_bytes)",
        "bytes of shared memory that a block takes from its SM",
    )
}

/// What a configured kernel uses.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Resources {
    /// Threads of a block.
    pub threads_per_block: i64,
    /// Registers of a thread, as the compiler is told.
    pub registers_per_thread: i64,
    /// Shared memory of a block, static and dynamic, without the driver's reserve.
    pub shared_memory_per_block_bytes: i64,
    /// The part of it that is given at launch.
    #[serde(skip)]
    pub dynamic_shared_memory_bytes: i64,
    /// Blocks of the grid along x, y and z, of one launch.
    #[serde(skip)]
    pub grid: [i64; 3],
    /// Launches that follow each other, the last perhaps with fewer blocks.
    #[serde(skip)]
    pub launches: i64,
    /// Threads of a block along x, y and z.
    #[serde(skip)]
    pub block: [i64; 3],
    /// Blocks of a cluster along x, y and z.
    #[serde(skip)]
    pub cluster: [i64; 3],
    /// Occupancy by NVIDIA's rules.
    #[serde(skip)]
    pub occupancy: Occupancy,
}

impl Resources {
    /// The arguments for `__launch_bounds__`: threads of a block, and blocks of an SM, which is what its second argument
    /// means (CUDA C++ Programming Guide, "Launch Bounds"). The compiler then stays within the registers that so many
    /// blocks leave, which are no fewer than [`Self::registers_per_thread`]: that one is what `-maxrregcount` takes.
    pub fn launch_bounds(&self) -> [i64; 2] {
        [self.threads_per_block, self.occupancy.blocks_per_sm.max(1)]
    }
}

/// A limit with its two sides, in plain arithmetic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Limit {
    /// What is limited.
    pub name: String,
    /// What the configuration uses.
    pub used: i64,
    /// What there is.
    pub available: i64,
    /// Whether `used` must equal `available` instead of staying within it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub exact: bool,
}

impl Limit {
    /// `used <= available`.
    pub fn at_most(name: impl Into<String>, used: i64, available: i64) -> Self {
        Self { name: name.into(), used, available, exact: false }
    }

    /// `used == expected`.
    pub fn equal(name: impl Into<String>, used: i64, expected: i64) -> Self {
        Self { name: name.into(), used, available: expected, exact: true }
    }

    /// Whether it is kept.
    pub fn holds(&self) -> bool {
        if self.exact { self.used == self.available } else { self.used <= self.available }
    }
}

/// A file of a kernel's source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// Relative to the folder of all kernels, such as `matmul/matmul.cu`.
    pub path: &'static str,
    /// Its text.
    pub text: &'static str,
}

/// A file that lies beside the Rust file that names it: its path below the folder of all kernels, and its own name.
macro_rules! source {
    ($path:literal, $file:literal) => {
        $crate::kernel::SourceFile { path: $path, text: include_str!($file) }
    };
}
pub(crate) use source;

/// All shipped kernels.
pub fn kernels() -> &'static [&'static dyn Kernel] {
    &[&matmul::Matmul, &rnn_forward::RnnForward]
}

/// The kernel of that name.
///
/// # Errors
/// [`Error::Problem`] that lists the names.
pub fn find(name: &str) -> Result<&'static dyn Kernel, Error> {
    kernels().iter().copied().find(|kernel| kernel.name() == name).ok_or_else(|| {
        let known = kernels().iter().map(|kernel| kernel.name()).collect();
        Place::at("kernel").fault(ProblemFault::UnknownKernel { name: name.to_owned(), known })
    })
}
