//! The `kernel` field: the name of a shipped kernel, or a kernel of the user's own, described by formulas.

use super::{ArgumentSpec, FormulaSpec, WorkSpec};
use indexmap::IndexMap;
#[cfg(feature = "schema")]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The kernel that a problem configures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(untagged)]
pub enum KernelSpec {
    /// A shipped kernel (`constrint kernels` lists them): its variables and constraints come from it.
    Shipped(String),
    /// A kernel of the user's own, whose variables are those of the problem.
    Described(Box<KernelDescription>),
}

impl KernelSpec {
    /// What the kernel is called.
    pub fn name(&self) -> &str {
        match self {
            Self::Shipped(name) => name,
            Self::Described(description) => &description.name,
        }
    }
}

impl From<&str> for KernelSpec {
    fn from(name: &str) -> Self {
        Self::Shipped(name.to_owned())
    }
}

impl From<String> for KernelSpec {
    fn from(name: String) -> Self {
        Self::Shipped(name)
    }
}

/// A kernel described by what it uses: each formula is an expression over the problem's variables, constants and sizes,
/// the GPU's limits (`gpu_…`) and the definitions here.
///
/// The hardware's limits follow from the formulas and are stated by constrint. Once they are known, these names mean:
/// `threads_per_block`, `warps_per_block`, `registers_per_thread`, `static_shared_memory_bytes`,
/// `dynamic_shared_memory_bytes`, `shared_memory_per_block_bytes`, `grid_blocks`, `min_blocks_per_sm` (counted on),
/// `resident_blocks` (blocks that an SM holds, by NVIDIA's occupancy rules; `blocks_per_sm` too, unless the problem has
/// that name for something else) and `waves` (rounds in which the grid runs). Definitions, the cost, the objective and the problem's own constraints may use them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct KernelDescription {
    /// A name of ASCII letters, digits and underscores.
    pub name: String,
    /// The CUDA source to compile, relative to the problem's file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The `__global__` function that is configured; the kernel's name if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<String>,
    /// Named expressions; each may use those before it.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub definitions: IndexMap<String, DefinitionSpec>,
    /// Threads of a block along x, y and z.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 3)))]
    pub block: Vec<FormulaSpec>,
    /// Blocks of the grid along x, y and z.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 3)))]
    pub grid: Vec<FormulaSpec>,
    /// Blocks of a cluster along x, y and z; no clusters if absent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schemars(length(max = 3)))]
    pub cluster: Vec<FormulaSpec>,
    /// Registers that the compiler may give a thread, as `-maxrregcount` has it. If absent, as many as
    /// `min_blocks_per_sm` blocks leave to each thread.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registers_per_thread: Option<FormulaSpec>,
    /// Parts of a block that move registers to each other by `setmaxnreg`, such as a producer and its consumers, by name.
    /// `registers_per_thread` is then what every thread is launched with.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub roles: IndexMap<String, RoleSpec>,
    /// Shared memory that the source declares with a fixed size; 0 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub static_shared_memory_bytes: Option<FormulaSpec>,
    /// Shared memory that the launch asks for; 0 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dynamic_shared_memory_bytes: Option<FormulaSpec>,
    /// Blocks that an SM must hold at once; 1 if absent. It is also the second argument for `__launch_bounds__`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_blocks_per_sm: Option<FormulaSpec>,
    /// The predicted time, which is minimised unless the problem has an objective.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<CostSpec>,
    /// In place of `cost`: what the kernel does, of which the predicted time is made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub work: Option<WorkSpec>,
    /// What the kernel is called with, in the order of its parameters: `bench` and `tune` need them to run it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub arguments: Vec<ArgumentSpec>,
    /// Launches that follow each other in a run, as `cost` counts them; 1 if absent. They have the same arguments.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub launches: Option<FormulaSpec>,
    /// Whether blocks wait for blocks, so that all of them must run at once: it is then launched as a cooperative grid.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cooperative: bool,
    /// How the numbers reach the source.
    #[serde(default, skip_serializing_if = "MacroSpec::is_default")]
    pub macros: MacroSpec,
}

/// A part of a block with registers of its own: `{"threads": 128, "registers_per_thread": 40}`.
///
/// They become known as `<role>_threads` and `<role>_registers_per_thread`, to expressions and, in capitals, to the source.
/// All roles together have the threads of the block, and no more registers than those that it is launched with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RoleSpec {
    /// Threads of the role: whole warp groups of 128.
    pub threads: FormulaSpec,
    /// Registers of each after `setmaxnreg`: 24 to 256, a multiple of 8.
    pub registers_per_thread: FormulaSpec,
}

/// A named expression, alone or with what it means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(untagged)]
pub enum DefinitionSpec {
    /// `"block_x * tile_x"`
    Text(String),
    /// `{"expr": "block_x * tile_x", "meaning": "columns that a block computes"}`
    Meant(MeantSpec),
}

impl DefinitionSpec {
    /// The expression and what it means, which may be nothing.
    pub fn parts(&self) -> (&str, &str) {
        match self {
            Self::Text(text) => (text, ""),
            Self::Meant(spec) => (&spec.expr, &spec.meaning),
        }
    }
}

/// A named expression with what it means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct MeantSpec {
    /// The expression.
    pub expr: String,
    /// What it is, in a phrase.
    pub meaning: String,
}

/// The predicted time of a kernel, in picoseconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CostSpec {
    /// The expression to minimise, in picoseconds.
    pub time_ps: String,
    /// Definitions of which it is made, in picoseconds: `solve` shows each of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<String>,
}

/// How the numbers are named in the source.
///
/// Each variable and each size of the shape is a macro, and so are `THREADS_PER_BLOCK`, `MIN_BLOCKS_PER_SM`,
/// `REGISTERS_PER_THREAD` and `DYNAMIC_SHARED_MEMORY_BYTES`, and for each role `<ROLE>_THREADS` and
/// `<ROLE>_REGISTERS_PER_THREAD`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct MacroSpec {
    /// Before each name; `CONSTRINT_<NAME OF THE KERNEL>_` if absent, and it may be empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// Whether names are written in capitals.
    pub case: MacroCase,
    /// Other names for some of them, without the prefix; `null` leaves one out.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub names: IndexMap<String, Option<String>>,
    /// Further macros with the expressions that they stand for.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub extra: IndexMap<String, FormulaSpec>,
    /// The file that the source includes for its numbers; if absent, `compile` gives them as `-D` flags.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header: Option<String>,
}

impl MacroSpec {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// How a variable's name becomes that of a macro.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum MacroCase {
    /// In capitals.
    #[default]
    Upper,
    /// As it is.
    AsIs,
}

impl super::Problem {
    /// Takes the paths in the problem as relative to this folder, that of the problem's file.
    ///
    /// ```
    /// let mut problem = constrint::Problem::from_json(
    ///     r#"{"version": 1, "gpu": "T4", "variables": {"x": {"values": [32]}},
    ///         "kernel": {"name": "mine", "source": "mine.cu", "block": ["x"], "grid": [1]}}"#,
    /// )?;
    /// problem.relative_to(std::path::Path::new("kernels"));
    /// let Some(constrint::problem::KernelSpec::Described(kernel)) = &problem.kernel else { panic!() };
    /// assert_eq!(kernel.source.as_deref(), Some("kernels/mine.cu"));
    /// # Ok::<(), constrint::Error>(())
    /// ```
    pub fn relative_to(&mut self, folder: &Path) {
        if let Some(gpu) = &mut self.gpu {
            gpu.relative_to(folder);
        }
        if let Some(KernelSpec::Described(kernel)) = &mut self.kernel {
            let files = kernel.arguments.iter_mut().flat_map(ArgumentSpec::files_mut);
            for file in kernel.source.iter_mut().chain(files) {
                *file = folder.join(&*file).display().to_string();
            }
        }
    }
}
