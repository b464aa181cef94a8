//! The part of a GPU's limits that decides how many blocks one SM holds.

use serde::Deserialize;

/// Limits of one SM: all that the occupancy rules read.
///
/// Both a [`Gpu`](super::Gpu) and a bare compute capability of the [catalog](super::Catalog::capability) give one. The
/// fields mean what the fields of the same names mean in [`Gpu`](super::Gpu), and are taken to be checked as those of a
/// resolved [`GpuSpec`](super::GpuSpec) are: a warp size of 0, say, makes the rules divide by it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct SmLimits {
    /// Threads in a warp.
    pub warp_size: i64,
    /// Threads that one block may have.
    pub max_threads_per_block: i64,
    /// Threads resident on one SM.
    pub max_threads_per_sm: i64,
    /// Blocks resident on one SM.
    pub max_blocks_per_sm: i64,
    /// Parts of an SM that each hold their own registers.
    pub sub_partitions_per_sm: i64,
    /// 32-bit registers of one SM.
    pub registers_per_sm: i64,
    /// 32-bit registers that one block may hold.
    pub registers_per_block: i64,
    /// Registers a thread above which a launch is refused.
    pub max_registers_per_thread_at_launch: i64,
    /// Registers are given to a warp in multiples of this.
    pub register_allocation_unit_per_warp: i64,
    /// Shared memory of one SM, in bytes, the driver's reserve included.
    pub shared_memory_per_sm_bytes: i64,
    /// Shared memory of a block whose kernel has opted in, in bytes, without the driver's reserve.
    pub shared_memory_per_block_optin_bytes: i64,
    /// Shared memory of a block whose kernel has not, in bytes.
    pub shared_memory_per_block_default_bytes: i64,
    /// Shared memory that the driver takes for itself in each block, in bytes.
    pub reserved_shared_memory_per_block_bytes: i64,
    /// Shared memory is given to a block in multiples of this many bytes.
    pub shared_memory_allocation_unit_bytes: i64,
    /// The sizes that an SM's shared memory can be set to, in bytes, ascending.
    pub shared_memory_carveout_steps_bytes: Vec<i64>,
    /// Named barriers that the blocks of an SM share.
    pub named_barriers_per_sm: i64,
    /// Whether that pool bounds the blocks of an SM.
    pub named_barriers_limit_blocks: bool,
    /// Pool of virtual resources of an SM.
    pub virtual_resources_per_sm: Option<i64>,
}

impl SmLimits {
    /// Warps resident on one SM.
    pub fn max_warps_per_sm(&self) -> i64 {
        self.max_threads_per_sm / self.warp_size
    }

    /// The smallest size that shared memory can be set to and that holds `bytes`; `None` if none does.
    pub fn carveout_step_bytes(&self, bytes: i64) -> Option<i64> {
        self.shared_memory_carveout_steps_bytes.iter().copied().find(|&step| step >= bytes)
    }
}
