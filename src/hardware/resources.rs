//! What a kernel asks of an SM.

use super::OccupancyError;

/// What a block of a kernel asks of an SM.
///
/// ```
/// use constrint::hardware::KernelResources;
///
/// let kernel = KernelResources { static_shared_memory_bytes: 4096, ..KernelResources::new(128, 256) };
/// assert_eq!(kernel.named_barriers, 1);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KernelResources {
    /// 32-bit registers that ptxas gives each thread; 0 if unknown.
    pub registers_per_thread: i64,
    /// Threads of a block.
    pub threads_per_block: i64,
    /// Shared memory asked for at launch, in bytes a block.
    pub dynamic_shared_memory_bytes: i64,
    /// Shared memory declared in the kernel, in bytes a block.
    pub static_shared_memory_bytes: i64,
    /// The kernel's wish for the share of shared memory in the unified cache, 0 to 100; `None` leaves all of it.
    pub carveout_percent: Option<i64>,
    /// Named barriers that a block uses, `__syncthreads` included.
    pub named_barriers: i64,
    /// What the header calls virtual resources of a block; 0 unless known.
    pub virtual_resources: i64,
    /// How much dynamic shared memory the kernel has opted in to.
    pub opt_in: OptIn,
}

impl KernelResources {
    /// A kernel without shared memory that uses one barrier and opts in as needed.
    pub fn new(registers_per_thread: i64, threads_per_block: i64) -> Self {
        Self {
            registers_per_thread,
            threads_per_block,
            dynamic_shared_memory_bytes: 0,
            static_shared_memory_bytes: 0,
            carveout_percent: None,
            named_barriers: 1,
            virtual_resources: 0,
            opt_in: OptIn::AsNeeded,
        }
    }

    /// A kernel as it is launched: with dynamic shared memory that it opts in to as needed.
    pub fn launched(threads_per_block: i64, registers_per_thread: i64, dynamic_shared_memory_bytes: i64) -> Self {
        Self { dynamic_shared_memory_bytes, ..Self::new(registers_per_thread, threads_per_block) }
    }

    /// Refuses what no kernel can have. The header takes a negative size for a huge one, see `occupancy::as_header`.
    ///
    /// # Errors
    /// [`OccupancyError::OutOfRange`] for a negative number or one that does not fit the 32 bits of the header.
    pub(super) fn check_ranges(&self) -> Result<(), OccupancyError> {
        let opted_in_bytes = if let OptIn::UpTo(bytes) = self.opt_in { bytes } else { 0 };
        let sizes = [
            self.registers_per_thread,
            self.threads_per_block,
            self.dynamic_shared_memory_bytes,
            self.static_shared_memory_bytes,
            self.named_barriers,
            self.virtual_resources,
            opted_in_bytes,
        ];
        let largest = i64::from(i32::MAX) / 4;
        if sizes.iter().all(|size| (0..=largest).contains(size)) { Ok(()) } else { Err(OccupancyError::OutOfRange) }
    }

    /// The attribute `MaxDynamicSharedMemorySize` that the launch sees, in bytes.
    pub(super) fn max_dynamic_shared_memory_bytes(&self) -> i64 {
        match self.opt_in {
            OptIn::AsNeeded => self.dynamic_shared_memory_bytes,
            OptIn::Never => 0,
            OptIn::UpTo(bytes) => bytes,
        }
    }
}

/// Whether and how far a kernel has raised its limit of dynamic shared memory above the default of 48 KiB a block
/// (`cudaFuncSetAttribute` with `cudaFuncAttributeMaxDynamicSharedMemorySize`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptIn {
    /// To what the launch asks for.
    AsNeeded,
    /// Not at all.
    Never,
    /// To this many bytes.
    UpTo(i64),
}
