//! `matmul`: C[M, N] = A[M, K] · B[K, N], row-major, bf16 operands, fp32 sums, C in bf16 or fp32.
//!
//! Tensor cores by `mma.sync.m16n8k16`, fed by `ldmatrix` from shared memory, which `cp.async` fills `stages` tiles ahead.
//! Compute capability 8.0 and later; any M, N, K, with edges handled by zero fill and predicated stores.
//!
//! | file | holds |
//! | --- | --- |
//! | `mod.rs` | what the kernel is called and takes; resources and limits in plain arithmetic |
//! | `statement.rs` | variables, resources and constraints, in the expression language |
//! | `cost.rs` | the predicted time, likewise |
//! | `traffic.rs` | its count of bytes from memory against a simulated cache |
//! | `matmul.cu` and the `.cuh` beside it | the kernel |
//! | `verify.rs`, `matmul_driver.cu` | the reference in double precision, and a program that runs the kernel against it |
//! | `matmul_launch.cuh`, `example.cu` | a host launcher and a program that uses it |
//!
//! # Registers
//!
//! The model promises a number of registers, and the kernel holds the compiler to it with `__maxnreg__`; what counts is
//! that nothing spills. Sums and fragments are counted ([`MmaRegisters`]); 32 more, and one for each copy in flight beyond
//! 8 (at most 24), were fitted to the smallest limit without spills of 210 configurations (CUDA 13.5, six targets).
//! `tests/registers/matmul.csv` keeps what ptxas gave for more than 300 others, drawn at random for `sm_80`, `86`, `89`,
//! `90a`, `100a` and `120a`: none spills, and the promise exceeds what ptxas uses by 8 registers in the mean and 34 at
//! worst. `tests/registers.rs` holds the model against the table, and `tests/compile.rs` compiles 60 in each run of CI.
//!
//! # Tile sizes
//!
//! The tile sizes on offer are those that NVIDIA's analytical model for matrix products knows too, so that each pick can
//! be held against it.

mod cost;
mod statement;
#[cfg(test)]
mod traffic;
mod verify;

use super::device::{DEVICE, with_device};
use super::{
    Chosen, Instance, Kernel, Limit, Resources, ShapeKind, ShapeParameter, SourceFile, Statement, Verify, source,
};
use crate::config::launch_resources;
use crate::error::{Error, Place, ProblemFault};
use crate::hardware::{Feature, Gpu, MmaRegisters, occupancy};
use indexmap::IndexMap;

/// The matrix product.
#[derive(Clone, Copy, Debug)]
pub struct Matmul;

/// Bytes of one operand element, bf16.
const ELEMENT_BYTES: i64 = 2;

/// The logarithm of the largest m * n * k.
const LOG2_LARGEST_PRODUCT: u32 = 60;

impl Kernel for Matmul {
    fn name(&self) -> &'static str {
        "matmul"
    }

    fn summary(&self) -> &'static str {
        "C[m, n] = A[m, k] · B[k, n]: bf16 operands, fp32 sums, tensor cores; 8.0 and later"
    }

    fn shape(&self) -> &'static [ShapeParameter] {
        const fn size(name: &'static str, meaning: &'static str) -> ShapeParameter {
            ShapeParameter { name, meaning, kind: ShapeKind::Size { min: 1, max: 1 << 30, default: None } }
        }
        const SHAPE: [ShapeParameter; 4] = [
            size("m", "rows of A and of C"),
            size("n", "columns of B and of C"),
            size("k", "columns of A, rows of B"),
            ShapeParameter { name: "output", meaning: "type of C", kind: ShapeKind::Word { words: &["bf16", "fp32"] } },
        ];
        &SHAPE
    }

    fn dtypes(&self) -> &'static [&'static str] {
        &["bf16"]
    }

    fn state(&self, instance: &Instance) -> Result<Statement, Error> {
        let gpu = &instance.gpu;
        let lacks = |what| Err(Place::at("gpu").fault(ProblemFault::KernelNeeds { what, gpu: gpu.name.clone() }));
        if !gpu.supports(Feature::CpAsync) || !gpu.supports(Feature::Ldmatrix) {
            return lacks("asynchronous copies to shared memory (compute capability 8.0 and later)");
        }
        if gpu.tensor_flops_per_s.bf16.is_none() {
            return lacks("a bf16 rate of the tensor cores (`tensor_flops_per_s`)");
        }
        if gpu.boost_clock_mhz.is_none() {
            return lacks("a clock (`boost_clock_mhz`)");
        }
        // Each size may go up to 2^30, but picoseconds are counted in 64 bits.
        let product: i128 = ["m", "n", "k"].iter().map(|size| i128::from(instance.sizes[size])).product();
        if product > 1 << LOG2_LARGEST_PRODUCT {
            let fault = ProblemFault::ShapeTooLarge { sizes: "m * n * k", log2_limit: LOG2_LARGEST_PRODUCT };
            return Err(Place::at("shape").fault(fault));
        }
        Ok(statement::state(instance, &Widths::of(instance)))
    }

    fn resources(&self, instance: &Instance, values: &Chosen) -> Resources {
        let tile = Tile::of(values);
        let (threads, registers) = (tile.threads(), statement_registers(instance, values));
        let shared = tile.shared_memory_bytes();
        let launch = launch_resources(threads, registers, shared);
        Resources {
            threads_per_block: threads,
            registers_per_thread: registers,
            shared_memory_per_block_bytes: shared,
            dynamic_shared_memory_bytes: shared,
            grid: tile.grid(instance),
            launches: 1,
            block: [threads, 1, 1],
            cluster: [1, 1, 1],
            occupancy: occupancy(&instance.gpu.sm_limits(), &launch).unwrap_or_default(),
        }
    }

    fn limits(&self, instance: &Instance, values: &Chosen) -> Vec<Limit> {
        limits(instance, values)
    }

    fn macros(&self, instance: &Instance, values: &Chosen) -> IndexMap<String, i64> {
        let widths = Widths::of(instance);
        let resources = self.resources(instance, values);
        let renamed = values.iter().map(|(name, &value)| match name.as_str() {
            "blocks_per_sm" => ("MIN_BLOCKS_PER_SM".to_owned(), value),
            name => (name.to_uppercase(), value),
        });
        let known = statement::VARIABLES;
        let mut macros: IndexMap<String, i64> = renamed
            .zip(values.keys())
            .filter(|(_, name)| known.contains(&name.as_str()))
            .map(|(entry, _)| entry)
            .collect();
        for (name, value) in [
            ("VECTOR_A", widths.a),
            ("VECTOR_B", widths.b),
            ("VECTOR_C", widths.c),
            ("OUT_F32", i64::from(instance.words["output"] == "fp32")),
            ("THREADS", resources.threads_per_block),
            ("REGISTERS", resources.registers_per_thread),
            ("SHARED_MEMORY_BYTES", resources.dynamic_shared_memory_bytes),
            ("M", instance.sizes["m"]),
            ("N", instance.sizes["n"]),
            ("K", instance.sizes["k"]),
        ] {
            macros.insert(name.to_owned(), value);
        }
        macros
    }

    fn sources(&self) -> &'static [SourceFile] {
        const OWN: [SourceFile; 9] = [
            source!("matmul/matmul.cu", "matmul.cu"),
            source!("matmul/config.cuh", "config.cuh"),
            source!("matmul/epilogue.cuh", "epilogue.cuh"),
            source!("matmul/pipeline.cuh", "pipeline.cuh"),
            source!("matmul/schedule.cuh", "schedule.cuh"),
            source!("matmul/tile_copy.cuh", "tile_copy.cuh"),
            source!("matmul/warp_tile.cuh", "warp_tile.cuh"),
            source!("matmul/matmul_launch.cuh", "matmul_launch.cuh"),
            source!("matmul/example.cu", "example.cu"),
        ];
        const SOURCES: [SourceFile; OWN.len() + DEVICE.len()] = with_device(&OWN);
        &SOURCES
    }

    fn verification(&self) -> Option<&dyn Verify> {
        Some(self)
    }
}

/// Elements in one access to global memory: as many as divide a row, up to 16 bytes.
struct Widths {
    a: i64,
    b: i64,
    c: i64,
}

impl Widths {
    fn of(instance: &Instance) -> Self {
        let widest = |row: i64, most: i64| if row % most == 0 { most } else { 1 << row.trailing_zeros() };
        let (n, k) = (instance.sizes["n"], instance.sizes["k"]);
        Self { a: widest(k, 8), b: widest(n, 8), c: widest(n, 2) }
    }
}

/// The chosen tile, in plain arithmetic.
struct Tile {
    block: [i64; 3],
    warp: [i64; 2],
    stages: i64,
    split_k: i64,
    padding: [i64; 2],
    fragment_buffers: i64,
    blocks_per_sm: i64,
    swizzle: i64,
}

impl Tile {
    fn of(values: &Chosen) -> Self {
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

    fn warps(&self) -> i64 {
        (self.block[0] / self.warp[0]) * (self.block[1] / self.warp[1])
    }

    fn threads(&self) -> i64 {
        self.warps() * 32
    }

    /// Elements from one row in shared memory to the next, of A and of B.
    fn row_elements(&self) -> [i64; 2] {
        [self.block[2] + self.padding[0], self.block[1] + self.padding[1]]
    }

    fn shared_memory_bytes(&self) -> i64 {
        let [row_a, row_b] = self.row_elements();
        self.stages * (self.block[0] * row_a + self.block[2] * row_b) * ELEMENT_BYTES
    }

    fn grid(&self, instance: &Instance) -> [i64; 3] {
        let tiles = |size: &str, tile: i64| (instance.sizes[size] + tile - 1) / tile;
        [tiles("m", self.block[0]) * tiles("n", self.block[1]), 1, self.split_k]
    }

    /// Registers for the sums, and for the operands of one step; of a tile that the instruction does not fill, as if it did.
    fn mma_registers(&self) -> (i64, i64) {
        let whole = [self.warp[0] / 16 * 16, self.warp[1] / 8 * 8].map(|side| side.max(16));
        MmaRegisters::of([16, 8, 16], 8 * ELEMENT_BYTES, 32).warp_tile(whole).expect("whole instructions")
    }

    /// Copies of a thread for each tile of A and of B that are in flight at once.
    fn copies(&self, widths: &Widths) -> i64 {
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
    fn registers_needed(&self, widths: &Widths) -> i64 {
        let copies = (self.copies(widths) - 8).clamp(0, 24);
        let (sums, operands) = self.mma_registers();
        let needed = sums + self.fragment_buffers * operands + 32 + copies;
        (needed + 7) / 8 * 8
    }

    /// Registers that a thread may have with `blocks_per_sm` blocks on an SM.
    fn register_limit(&self, instance: &Instance) -> i64 {
        let gpu = &instance.gpu;
        let threads = (self.blocks_per_sm * self.threads() + 127) / 128 * 128;
        (gpu.registers_per_sm / threads / 8 * 8).min(gpu.max_registers_per_thread)
    }
}

/// For 10.0 and later, ptxas loads fragments ahead even where the kernel keeps one set, and now and then spills: seen
/// in 3 of 300 random configurations with CUDA 13.5, all with one set on `sm_100a` or `sm_120a`.
fn least_fragment_buffers(gpu: &Gpu) -> i64 {
    if gpu.compute_capability.major >= 10 { 2 } else { 1 }
}

/// The registers that the compiler is told to stay within.
fn statement_registers(instance: &Instance, values: &Chosen) -> i64 {
    let tile = Tile::of(values);
    (tile.registers_needed(&Widths::of(instance)) + statement::REGISTER_SLACK * (3 - tile.fragment_buffers))
        .min(tile.register_limit(instance))
}

/// Every limit of the kernel and the hardware, with its two sides. Where the tiles do not fit into each other, only the
/// limits that say so: the others have no meaning then.
fn limits(instance: &Instance, values: &Chosen) -> Vec<Limit> {
    let tile = Tile::of(values);
    let shapes = shape_limits(&tile);
    if shapes.iter().all(Limit::holds) { [shapes, hardware_limits(instance, values, &tile)].concat() } else { shapes }
}

fn shape_limits(tile: &Tile) -> Vec<Limit> {
    let divides = |name: &str, size: i64, part: i64| {
        // A part larger than the whole leaves the whole as the rest.
        Limit::equal(name, if part > 0 { size % part } else { size }, 0)
    };
    vec![
        divides("rest of block_m by warp_m", tile.block[0], tile.warp[0]),
        divides("rest of block_n by warp_n", tile.block[1], tile.warp[1]),
        divides("rest of warp_m by the instruction's 16 rows", tile.warp[0], 16),
        divides("rest of warp_n by the instruction's 8 columns", tile.warp[1], 8),
        divides("rest of block_k by the instruction's depth 16", tile.block[2], 16),
    ]
}

fn hardware_limits(instance: &Instance, values: &Chosen, tile: &Tile) -> Vec<Limit> {
    let (gpu, widths) = (&instance.gpu, Widths::of(instance));
    let [row_a, row_b] = tile.row_elements();
    let resources = Matmul.resources(instance, values);
    let grid = tile.grid(instance);
    let tiles_of_k = (instance.sizes["k"] + tile.block[2] - 1) / tile.block[2];
    // 255 registers can be named; a need of 256 still fits them, as its last few are slack.
    let register_limit = (tile.register_limit(instance) + 7) / 8 * 8;
    let sixteen_bytes = |elements: i64| elements * ELEMENT_BYTES / 16;
    // A second set of fragments is filled from a tile that must have arrived, and a tile starts with the first set.
    let steps = tile.block[2] / 16;
    let most_buffers = if tile.stages >= 3 && steps % 2 == 0 { 2 } else { 1 };
    vec![
        Limit::at_most("sets of fragments", tile.fragment_buffers, most_buffers),
        Limit::at_most("sets of fragments that ptxas makes", least_fragment_buffers(gpu), tile.fragment_buffers),
        Limit::at_most("threads per block", tile.threads(), gpu.max_threads_per_block),
        Limit::at_most("registers needed per thread", tile.registers_needed(&widths), register_limit),
        Limit::at_most("registers per thread", resources.registers_per_thread, gpu.max_registers_per_thread),
        Limit::at_most("shared memory per block", tile.shared_memory_bytes(), gpu.shared_memory_per_block_optin_bytes),
        Limit::equal("parity of A's rows in units of 16 bytes", sixteen_bytes(row_a) % 2, 1),
        Limit::equal("parity of B's rows in units of 16 bytes", sixteen_bytes(row_b) % 2, 1),
        Limit::at_most("blocks per SM counted on", tile.blocks_per_sm, resources.occupancy.blocks_per_sm),
        Limit::at_most("grid x", grid[0], gpu.max_grid_dimensions[0]),
        Limit::at_most("grid z", grid[2], gpu.max_grid_dimensions[2]),
        Limit::at_most("slices of k", tile.split_k, tiles_of_k),
        Limit::at_most("L2 working set of a wave", wave_bytes(instance, tile), gpu.l2_bytes),
    ]
}

/// Bytes of A and B that the blocks running at once have in flight.
fn wave_bytes(instance: &Instance, tile: &Tile) -> i64 {
    let gpu = &instance.gpu;
    let tiles = |size: &str, tile: i64| (instance.sizes[size] + tile - 1) / tile;
    let (rows, columns) = (tiles("m", tile.block[0]), tiles("n", tile.block[1]));
    let running = (gpu.sms * tile.blocks_per_sm).min(rows * columns * tile.split_k);
    let across = columns.min(tile.swizzle);
    let down = rows.min((running + across - 1) / across);
    (down * tile.block[0] + across * tile.block[1]) * tile.block[2] * tile.stages * ELEMENT_BYTES
}
