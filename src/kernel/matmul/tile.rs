//! The chosen tile in plain arithmetic, which shares no code with the statement.

use crate::hardware::{Gpu, MmaRegisters};
use crate::kernel::{Chosen, Instance};

/// Bytes of one operand element, bf16.
pub(super) const ELEMENT_BYTES: i64 = 2;

/// Registers that the compiler may use beyond what it needs, where the SM has them: it schedules better with a few. Twice
/// as many where it has one set of fragments to work with.
pub(super) const REGISTER_SLACK: i64 = 8;

/// Elements in one access to global memory: as many as divide a row, up to 16 bytes.
pub(super) struct Widths {
    pub(super) a: i64,
    pub(super) b: i64,
    pub(super) c: i64,
}

impl Widths {
    pub(super) fn of(instance: &Instance) -> Self {
        let widest = |row: i64, most: i64| if row % most == 0 { most } else { 1 << row.trailing_zeros() };
        let (n, k) = (instance.sizes["n"], instance.sizes["k"]);
        Self { a: widest(k, 8), b: widest(n, 8), c: widest(n, 2) }
    }
}

/// The chosen tile, in plain arithmetic.
pub(super) struct Tile {
    pub(super) block: [i64; 3],
    pub(super) warp: [i64; 2],
    pub(super) stages: i64,
    pub(super) split_k: i64,
    pub(super) padding: [i64; 2],
    pub(super) fragment_buffers: i64,
    pub(super) blocks_per_sm: i64,
    pub(super) swizzle: i64,
}

impl Tile {
    pub(super) fn of(values: &Chosen) -> Self {
        let value = |name: &str| values.get(name).copied().unwrap_or(0);
        Self {
            block: [value("block_m"), value("block_n"), value("block_k")],
            warp: [value("warp_m"), value("warp_n")],
            stages: value("stages"),
            split_k: value("split_k"),
            padding: [value("padding_a"), value("padding_b")],
            fragment_buffers: value("fragment_buffers"),
            blocks_per_sm: value("blocks_per_sm"),
            swizzle: value("swizzle"),
        }
    }

    pub(super) fn warps(&self) -> i64 {
        (self.block[0] / self.warp[0]) * (self.block[1] / self.warp[1])
    }

    pub(super) fn threads(&self) -> i64 {
        self.warps() * 32
    }

    /// Elements from one row in shared memory to the next, of A and of B.
    pub(super) fn row_elements(&self) -> [i64; 2] {
        [self.block[2] + self.padding[0], self.block[1] + self.padding[1]]
    }

    pub(super) fn shared_memory_bytes(&self) -> i64 {
        let [row_a, row_b] = self.row_elements();
        self.stages * (self.block[0] * row_a + self.block[2] * row_b) * ELEMENT_BYTES
    }

    pub(super) fn grid(&self, instance: &Instance) -> [i64; 3] {
        let tiles = |size: &str, tile: i64| (instance.sizes[size] + tile - 1) / tile;
        [tiles("m", self.block[0]) * tiles("n", self.block[1]), 1, self.split_k]
    }

    /// Registers for the sums, and for the operands of one step; of a tile that the instruction does not fill, as if it did.
    pub(super) fn mma_registers(&self) -> (i64, i64) {
        let whole = [self.warp[0] / 16 * 16, self.warp[1] / 8 * 8].map(|side| side.max(16));
        MmaRegisters::of([16, 8, 16], 8 * ELEMENT_BYTES, 32).warp_tile(whole).expect("whole instructions")
    }

    /// Copies of a thread for each tile of A and of B that are in flight at once.
    pub(super) fn copies(&self, widths: &Widths) -> i64 {
        let passes = |rows: i64, vectors: i64| {
            let across = vectors.min(self.threads());
            let down = self.threads() / across;
            ((vectors + across - 1) / across) * ((rows + down - 1) / down)
        };
        // Single elements go through registers, four at a time; vectors go past them.
        let of_operand = |width: i64, rows: i64, row: i64| if width > 1 { passes(rows, row / width) } else { 4 };
        of_operand(widths.a, self.block[0], self.block[2]) + of_operand(widths.b, self.block[2], self.block[1])
    }

    /// Registers that the fragments, sums and addresses need without spilling.
    pub(super) fn registers_needed(&self, widths: &Widths) -> i64 {
        let copies = (self.copies(widths) - 8).clamp(0, 24);
        let (sums, operands) = self.mma_registers();
        let needed = sums + self.fragment_buffers * operands + 32 + copies;
        (needed + 7) / 8 * 8
    }

    /// Registers that a thread may have with `blocks_per_sm` blocks on an SM.
    pub(super) fn register_limit(&self, instance: &Instance) -> i64 {
        let gpu = &instance.gpu;
        let threads = (self.blocks_per_sm * self.threads() + 127) / 128 * 128;
        (gpu.registers_per_sm / threads / 8 * 8).min(gpu.max_registers_per_thread)
    }

    /// The registers that the compiler is told to stay within.
    pub(super) fn registers(&self, instance: &Instance) -> i64 {
        (self.registers_needed(&Widths::of(instance)) + REGISTER_SLACK * (3 - self.fragment_buffers))
            .min(self.register_limit(instance))
    }
}

/// For 10.0 and later, ptxas loads fragments ahead even where the kernel keeps one set, and now and then spills: seen
/// in 3 of 300 random configurations with CUDA 13.5, all with one set on `sm_100a` or `sm_120a`.
pub(super) fn least_fragment_buffers(gpu: &Gpu) -> i64 {
    if gpu.compute_capability.major >= 10 { 2 } else { 1 }
}
