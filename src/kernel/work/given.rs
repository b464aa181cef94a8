//! [`Work`]: what a kernel does, as far as its author knows it.

/// What a kernel does, as far as its author knows it. Each text is a name or a number.
#[derive(Clone, Debug, Default)]
pub(crate) struct Work {
    /// Instructions of a thread: multiply-adds, multiplications and additions in fp32.
    pub(crate) fp32: Option<String>,
    /// The same in fp16 or bf16, two at a time.
    pub(crate) fp16: Option<String>,
    /// Whole numbers, addresses, comparisons, moves, branches.
    pub(crate) integer: Option<String>,
    /// Special functions and conversions.
    pub(crate) special: Option<String>,
    /// FLOP of a block on the tensor cores.
    pub(crate) tensor_flops: Option<String>,
    /// The operands' type there.
    pub(crate) tensor_type: Option<String>,
    /// Accesses to shared memory.
    pub(crate) shared: Vec<Access>,
    /// Accesses to global memory.
    pub(crate) global: Vec<Access>,
    /// Times that a thread stores a register to local memory and loads it again.
    pub(crate) spills: Option<String>,
    /// Bytes of a block from L2 and to it.
    pub(crate) l2_bytes: Option<String>,
    /// Bytes of a block from device memory and to it.
    pub(crate) memory_bytes: Option<String>,
    /// Bytes of a block that other blocks have read before it.
    pub(crate) reread_bytes: Option<String>,
    /// What passes L2 between two reads of these.
    pub(crate) reread_distance_bytes: Option<String>,
    /// How often a warp waits, while others go on.
    pub(crate) waits: Waits,
    /// How often all warps of a block wait together.
    pub(crate) block_waits: Waits,
    /// Barriers of a block.
    pub(crate) barriers: Option<String>,
}

/// Equal accesses of each thread.
#[derive(Clone, Debug)]
pub(crate) struct Access {
    /// How many of each thread.
    pub(crate) count: String,
    /// Bytes of each.
    pub(crate) bytes: String,
    /// Lanes of a warp in a row.
    pub(crate) lanes: Option<String>,
    /// Words from a lane to the next.
    pub(crate) stride: Option<String>,
    /// Words from a row of lanes to the next.
    pub(crate) row_stride: Option<String>,
    /// Wavefronts of an access by a warp, where the strides do not say it.
    pub(crate) wavefronts: Option<String>,
}

/// How often somebody waits for a result, one wait after the other.
#[derive(Clone, Debug, Default)]
pub(crate) struct Waits {
    /// For shared memory.
    pub(crate) shared: Option<String>,
    /// For L1.
    pub(crate) l1: Option<String>,
    /// For L2.
    pub(crate) l2: Option<String>,
    /// For device memory.
    pub(crate) memory: Option<String>,
    /// Other clocks, such as those of dependent arithmetic.
    pub(crate) clocks: Option<String>,
}

impl Waits {
    /// Whether there is any.
    pub(super) fn any(&self) -> bool {
        [&self.shared, &self.l1, &self.l2, &self.memory, &self.clocks].iter().any(|wait| wait.is_some())
    }
}
