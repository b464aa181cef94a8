//! [`Described`]: a kernel of the user's own, known by formulas alone.
//!
//! What a configuration uses is computed from the formulas by exact evaluation; whether that keeps the hardware's limits is
//! decided here in plain arithmetic and by [`occupancy()`], apart from the constraints that are stated for the search.

mod arguments;

pub use arguments::{Call, ExpectedFile, Parameter, ParameterArray};

use super::{Chosen, Limit, Resources};
use crate::hardware::{Gpu, KernelResources, OptIn, occupancy};
use constrint_solver::{Expr, checker};
use indexmap::IndexMap;
use num_traits::ToPrimitive;
use std::path::PathBuf;

/// A kernel described by formulas over the variables of a problem.
#[derive(Clone, Debug)]
pub struct Described {
    /// Its name.
    pub name: String,
    /// Where to find its source, and how that is configured.
    pub source: UserSource,
    /// The GPU that it is configured for.
    pub gpu: Gpu,
    /// What stands before the name of each macro.
    pub macro_prefix: String,
    /// What it uses.
    pub formulas: Formulas,
    /// What its predicted time rests on, where that follows from the work.
    pub time_basis: Option<String>,
    /// The macros by name, without the prefix.
    pub macros: Vec<(String, Expr)>,
    /// How it is called.
    pub call: Call,
}

/// The source of a kernel that is not shipped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserSource {
    /// The file to compile.
    pub path: Option<PathBuf>,
    /// The `__global__` function that is configured.
    pub entry: String,
    /// The file that the source includes for its numbers; flags are given where there is none.
    pub header: Option<String>,
}

/// What a kernel uses, as expressions over the variables of a model.
#[derive(Clone, Debug)]
pub struct Formulas {
    /// Threads of a block along x, y and z.
    pub block: [Expr; 3],
    /// Blocks of the grid along x, y and z.
    pub grid: [Expr; 3],
    /// Blocks of a cluster along x, y and z.
    pub cluster: [Expr; 3],
    /// Registers of a thread.
    pub registers: Expr,
    /// Parts of a block with registers of their own.
    pub roles: Vec<Role>,
    /// Shared memory declared in the source.
    pub static_shared_memory: Expr,
    /// Shared memory given at launch.
    pub dynamic_shared_memory: Expr,
    /// Blocks of an SM that are counted on.
    pub min_blocks_per_sm: Expr,
    /// Launches that follow each other.
    pub launches: Expr,
}

/// Threads of a block that move registers by `setmaxnreg`.
#[derive(Clone, Debug)]
pub struct Role {
    /// Its name.
    pub name: String,
    /// How many threads it has.
    pub threads: Expr,
    /// Registers of each.
    pub registers: Expr,
}

/// A role's values.
struct RoleUses {
    name: String,
    threads: i64,
    registers: i64,
}

/// The formulas' values.
struct Uses {
    block: [i64; 3],
    grid: [i64; 3],
    cluster: [i64; 3],
    registers: i64,
    roles: Vec<RoleUses>,
    static_shared_memory: i64,
    dynamic_shared_memory: i64,
    min_blocks_per_sm: i64,
    launches: i64,
}

impl Uses {
    /// None where a formula is undefined, no whole number or beyond any GPU.
    fn of(formulas: &Formulas, values: &Chosen) -> Option<Self> {
        let row: Vec<i64> = values.values().copied().collect();
        let one = |expr: &Expr| whole(expr, &row).filter(|value| (-(1 << 40)..1 << 40).contains(value));
        let role = |role: &Role| {
            let (threads, registers) = (one(&role.threads)?, one(&role.registers)?);
            Some(RoleUses { name: role.name.clone(), threads, registers })
        };
        let three = |exprs: &[Expr; 3]| Some([one(&exprs[0])?, one(&exprs[1])?, one(&exprs[2])?]);
        Some(Self {
            block: three(&formulas.block)?,
            grid: three(&formulas.grid)?,
            cluster: three(&formulas.cluster)?,
            registers: one(&formulas.registers)?,
            roles: formulas.roles.iter().map(role).collect::<Option<_>>()?,
            static_shared_memory: one(&formulas.static_shared_memory)?,
            dynamic_shared_memory: one(&formulas.dynamic_shared_memory)?,
            min_blocks_per_sm: one(&formulas.min_blocks_per_sm)?,
            launches: one(&formulas.launches)?,
        })
    }

    /// The number of threads or blocks that three extents make; so many that no limit allows them where they overflow.
    fn volume(extents: [i64; 3]) -> i64 {
        extents.iter().try_fold(1i64, |product, &extent| product.checked_mul(extent)).unwrap_or(i64::MAX)
    }

    fn threads(&self) -> i64 {
        Self::volume(self.block)
    }

    fn shared_memory(&self) -> i64 {
        self.static_shared_memory + self.dynamic_shared_memory
    }

    fn kernel_resources(&self) -> KernelResources {
        KernelResources {
            static_shared_memory_bytes: self.static_shared_memory,
            dynamic_shared_memory_bytes: self.dynamic_shared_memory,
            opt_in: OptIn::AsNeeded,
            ..KernelResources::new(self.registers, self.threads())
        }
    }

    fn resources(&self, gpu: &Gpu) -> Resources {
        Resources {
            threads_per_block: self.threads(),
            registers_per_thread: self.registers,
            shared_memory_per_block_bytes: self.shared_memory(),
            dynamic_shared_memory_bytes: self.dynamic_shared_memory,
            grid: self.grid,
            launches: self.launches,
            block: self.block,
            cluster: self.cluster,
            occupancy: occupancy(&gpu.sm_limits(), &self.kernel_resources()).unwrap_or_default(),
        }
    }

    fn limits(&self, gpu: &Gpu) -> Vec<Limit> {
        let resources = self.resources(gpu);
        let mut limits = vec![
            Limit::at_most("threads per block", self.threads(), gpu.max_threads_per_block),
            Limit::at_most("registers per thread", self.registers, gpu.max_registers_per_thread),
            Limit::at_most("least registers per thread", 1, self.registers),
            Limit::at_most(
                "static shared memory per block",
                self.static_shared_memory,
                gpu.shared_memory_per_block_default_bytes,
            ),
            Limit::at_most("shared memory per block", self.shared_memory(), gpu.shared_memory_per_block_optin_bytes),
            Limit::at_most("least shared memory", 0, self.static_shared_memory.min(self.dynamic_shared_memory)),
            Limit::at_most("least blocks per SM", 1, self.min_blocks_per_sm),
            Limit::at_most("blocks per SM counted on", self.min_blocks_per_sm, resources.occupancy.blocks_per_sm),
        ];
        for (axis, name) in ["x", "y", "z"].into_iter().enumerate() {
            let (block, grid) = (self.block[axis], self.grid[axis]);
            limits.push(Limit::at_most(format!("block {name}"), block, gpu.max_block_dimensions[axis]));
            limits.push(Limit::at_most(format!("least block {name}"), 1, block));
            limits.push(Limit::at_most(format!("grid {name}"), grid, gpu.max_grid_dimensions[axis]));
            limits.push(Limit::at_most(format!("least grid {name}"), 1, grid));
        }
        limits.extend(self.cluster_limits(gpu));
        limits.extend(self.role_limits(gpu, resources.occupancy.allocated_registers_per_block));
        limits
    }

    /// Of `setmaxnreg` (PTX ISA): executed by whole warp groups of four warps, with 24 to 256 registers in steps of 8, from
    /// the registers that the block holds since its launch.
    fn role_limits(&self, gpu: &Gpu, launched_with: i64) -> Vec<Limit> {
        let mut limits = Vec::new();
        let (mut threads, mut registers) = (0i64, 0i64);
        for role in &self.roles {
            let name = &role.name;
            let group = 4 * gpu.warp_size;
            limits.push(Limit::at_most(format!("least threads of {name}"), 1, role.threads));
            limits.push(Limit::equal(format!("rest of threads of {name} by warp groups"), role.threads % group, 0));
            limits.push(Limit::at_most(format!("least registers of {name}"), 24, role.registers));
            limits.push(Limit::at_most(format!("registers of {name}"), role.registers, 256));
            limits.push(Limit::equal(format!("rest of registers of {name} by 8"), role.registers % 8, 0));
            threads = threads.saturating_add(role.threads);
            registers = registers.saturating_add(role.threads.saturating_mul(role.registers));
        }
        if !self.roles.is_empty() {
            limits.push(Limit::equal("threads of all roles", threads, self.threads()));
            limits.push(Limit::at_most("registers of all roles", registers, launched_with));
        }
        limits
    }

    fn cluster_limits(&self, gpu: &Gpu) -> Vec<Limit> {
        if self.cluster == [1; 3] {
            return Vec::new();
        }
        let most = gpu.max_cluster_blocks_portable.unwrap_or(1);
        let mut limits = vec![Limit::at_most("blocks of a cluster", Self::volume(self.cluster), most)];
        for (axis, name) in ["x", "y", "z"].into_iter().enumerate() {
            let cluster = self.cluster[axis];
            limits.push(Limit::at_most(format!("least cluster {name}"), 1, cluster));
            let rest = if cluster > 0 { self.grid[axis] % cluster } else { self.grid[axis] };
            limits.push(Limit::equal(format!("rest of grid {name} by the cluster"), rest, 0));
        }
        limits
    }
}

impl Described {
    /// What a configuration uses; none where a formula is undefined there.
    pub fn resources(&self, values: &Chosen) -> Option<Resources> {
        Uses::of(&self.formulas, values).map(|uses| uses.resources(&self.gpu))
    }

    /// The limits that a configuration must keep: each with its two sides.
    pub fn limits(&self, values: &Chosen) -> Vec<Limit> {
        match Uses::of(&self.formulas, values) {
            Some(uses) => uses.limits(&self.gpu),
            None => vec![Limit::equal("formulas that are no whole numbers of a GPU's size", 1, 0)],
        }
    }

    /// The numbers that the source reads, by the names of its macros without their prefix.
    pub fn macro_values(&self, values: &Chosen) -> IndexMap<String, i64> {
        let row: Vec<i64> = values.values().copied().collect();
        self.macros.iter().filter_map(|(name, expr)| Some((name.clone(), whole(expr, &row)?))).collect()
    }
}

/// The nearest number of double precision.
fn number(expr: &Expr, row: &[i64]) -> Option<f64> {
    checker::evaluate(expr, row).ok().flatten()?.to_f64()
}

fn whole(expr: &Expr, row: &[i64]) -> Option<i64> {
    let value = checker::evaluate(expr, row).ok().flatten()?;
    value.is_integer().then(|| i64::try_from(value.to_integer()).ok()).flatten()
}
