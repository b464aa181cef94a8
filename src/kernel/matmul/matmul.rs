//! [`Matmul`]: what the kernel is called and takes, its resources and its source.

use super::limits::{hardware_limits, shape_limits};
use super::statement;
use super::tile::{Tile, Widths};
use crate::diagnostic::Place;
use crate::hardware::{Feature, KernelResources, occupancy};
use crate::kernel::device::{DEVICE, with_device};
use crate::kernel::figures::{self, Figure};
use crate::kernel::{
    Chosen, Instance, Kernel, KernelError, KernelFault, Launched, Limit, Part, Resources, ShapeKind, ShapeParameter,
    SourceFile, Statement, Verify, source,
};
use indexmap::IndexMap;

/// The matrix product.
#[derive(Clone, Copy, Debug)]
pub struct Matmul;

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

    fn state(&self, instance: &Instance) -> Result<Statement, KernelError> {
        let gpu = &instance.gpu;
        if !gpu.supports(Feature::CpAsync) || !gpu.supports(Feature::Ldmatrix) {
            let what = "asynchronous copies to shared memory (compute capability 8.0 and later)";
            return Err(Place::at("gpu").fault(KernelFault::KernelNeeds { what, gpu: gpu.name.clone() }));
        }
        figures::require(gpu, &[Figure::BoostClock, Figure::TensorRate("bf16")])?;
        // Each size may go up to 2^30, but picoseconds are counted in 64 bits.
        let product: i128 = ["m", "n", "k"].iter().map(|size| i128::from(instance.sizes[size])).product();
        if product > 1 << LOG2_LARGEST_PRODUCT {
            let fault = KernelFault::ShapeTooLarge { sizes: "m * n * k", log2_limit: LOG2_LARGEST_PRODUCT };
            return Err(Place::at("shape").fault(fault));
        }
        Ok(statement::state(instance, &Widths::of(instance)))
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

    fn parts(&self) -> &'static [Part] {
        const WHOLE: [Part; 1] = [Part::whole(&Matmul)];
        &WHOLE
    }
}

impl Launched for Matmul {
    fn resources(&self, instance: &Instance, values: &Chosen) -> Resources {
        let tile = Tile::of(values);
        let (threads, registers) = (tile.threads(), tile.registers(instance));
        let shared = tile.shared_memory_bytes();
        let launch = KernelResources::launched(threads, registers, shared);
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
        let tile = Tile::of(values);
        let shapes = shape_limits(&tile);
        if !shapes.iter().all(Limit::holds) {
            // The others have no meaning then.
            return shapes;
        }
        [shapes, hardware_limits(instance, &tile, &self.resources(instance, values))].concat()
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

    fn run_time_macros(&self) -> &'static [&'static str] {
        &["M", "N", "K"]
    }

    fn verification(&self) -> Option<&dyn Verify> {
        Some(self)
    }
}
