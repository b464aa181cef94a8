//! [`RnnBackward`]: what the kernel is called and takes, and its macros.

use super::sources::SOURCES;
use super::tile::{self, Tile};
use super::{limits, statement};
use crate::diagnostic::Place;
use crate::hardware::{Feature, KernelResources, occupancy};
use crate::kernel::figures::{self, Figure};
use crate::kernel::recurrent::cells;
use crate::kernel::recurrent::sizes;
use crate::kernel::{
    BoundedSize, Chosen, Confidence, Instance, Kernel, KernelError, KernelFault, Limit, Resources, ShapeKind,
    ShapeParameter, SourceFile, Statement, Verify,
};
use indexmap::IndexMap;

/// The backward pass of a recurrent layer.
#[derive(Clone, Copy, Debug)]
pub struct RnnBackward;

/// The operand types, the default first, with the number that the kernel's macro `ELEMENT` has for each.
const DTYPES: [&str; 3] = ["bf16", "fp16", "fp32"];

impl Kernel for RnnBackward {
    fn name(&self) -> &'static str {
        "rnn_backward"
    }

    fn summary(&self) -> &'static str {
        "gradients of a recurrent layer over a sequence, from what rnn_forward saved: lstm, gru, slstm, elman; bf16, fp16, fp32; 8.0 and later"
    }

    fn shape(&self) -> &'static [ShapeParameter] {
        const fn size(name: &'static str, meaning: &'static str, max: i64, default: Option<i64>) -> ShapeParameter {
            ShapeParameter { name, meaning, kind: ShapeKind::Size { min: 1, max, default } }
        }
        const fn word(name: &'static str, meaning: &'static str, words: &'static [&'static str]) -> ShapeParameter {
            ShapeParameter { name, meaning, kind: ShapeKind::Word { words } }
        }
        const SHAPE: [ShapeParameter; 8] = [
            word("cell", "the recurrent cell", &cells::NAMES),
            size("head_dim", "units of a head", 1 << 13, None),
            size("heads", "heads, each with a recurrence of its own", 1 << 12, Some(1)),
            size("batch", "sequences", 1 << 12, None),
            size("sequence", "steps of a sequence", 1 << 24, None),
            word("clip", "whether the forward pass clips h", &["none", "hidden"]),
            word("gradient_clip", "whether the gradient of h is clipped between steps", &["none", "recurrent"]),
            word("gradient_cut", "whether no gradient goes from step to step through R", &["none", "recurrent"]),
        ];
        &SHAPE
    }

    /// R has to be on chip. Units are handed out by groups of 16.
    fn bounded_sizes(&self) -> &'static [BoundedSize] {
        &[BoundedSize { name: "head_dim", step: 16 }]
    }

    fn dtypes(&self) -> &'static [&'static str] {
        &DTYPES
    }

    fn state(&self, instance: &Instance) -> Result<Statement, KernelError> {
        let gpu = &instance.gpu;
        if !gpu.supports(Feature::CpAsync) || !gpu.supports(Feature::Ldmatrix) {
            let what = "bf16 matrix products (compute capability 8.0 and later)";
            return Err(Place::at("gpu").fault(KernelFault::KernelNeeds { what, gpu: gpu.name.clone() }));
        }
        let multiplied_as = if instance.dtype == "fp32" { "tf32" } else { instance.dtype };
        figures::require(gpu, &[Figure::BoostClock, Figure::TensorRateOfSm(multiplied_as)])?;
        Ok(statement::state(instance))
    }

    fn confidence(&self, _instance: &Instance) -> Confidence {
        Confidence {
            range: Some(("time_low_ps", "time_high_ps")),
            measured: false,
            basis: "by machine code and published latencies, not measured on a GPU",
        }
    }

    fn resources(&self, instance: &Instance, values: &Chosen) -> Resources {
        let tile = Tile::of(instance, values);
        let (threads, registers, shared) = (tile.threads(), tile.registers(), tile.shared_memory_bytes());
        let launch = KernelResources::launched(threads, registers, shared);
        Resources {
            threads_per_block: threads,
            registers_per_thread: registers,
            shared_memory_per_block_bytes: shared,
            dynamic_shared_memory_bytes: shared,
            grid: tile.grid(),
            launches: tile.launches(),
            block: [threads, 1, 1],
            cluster: [1, 1, 1],
            occupancy: occupancy(&instance.gpu.sm_limits(), &launch).unwrap_or_default(),
        }
    }

    fn limits(&self, instance: &Instance, values: &Chosen) -> Vec<Limit> {
        let tile = Tile::of(instance, values);
        limits::limits(instance, &tile, &self.resources(instance, values))
    }

    fn macros(&self, instance: &Instance, values: &Chosen) -> IndexMap<String, i64> {
        let tile = Tile::of(instance, values);
        let resources = self.resources(instance, values);
        let element = DTYPES.iter().position(|dtype| *dtype == instance.dtype).unwrap_or(0);
        [
            ("CELL", tile.cell.code),
            ("ELEMENT", i64::try_from(element).unwrap_or(0)),
            ("HEAD_DIM", instance.sizes["head_dim"]),
            ("HEADS", instance.sizes["heads"]),
            ("BATCH", instance.sizes["batch"]),
            ("SEQUENCE", instance.sizes["sequence"]),
            ("CLIP", i64::from(instance.words["clip"] == "hidden")),
            ("GRADIENT_CLIP", i64::from(instance.words["gradient_clip"] == "recurrent")),
            ("GRADIENT_CUT", i64::from(instance.words["gradient_cut"] == "recurrent")),
            ("VARIANT", tile.variant),
            ("BATCH_TILES", tile.batch_tiles),
            ("GROUPS_PER_WARP", tile.groups_per_warp),
            ("WARPS_ALONG_UNITS", tile.warps_along_units),
            ("WARPS_ALONG_K", tile.warps_along_k),
            ("HEADS_PER_BLOCK", tile.heads_per_block),
            ("HEADS_PER_LAUNCH", tile.heads_per_launch()),
            ("BLOCKS_PER_HEAD", tile.blocks_per_head()),
            ("BATCH_BLOCKS", tile.batch_blocks()),
            ("REGISTER_STEPS", tile.register_steps),
            ("WEIGHT_PARTS", tile::weight_parts(instance)),
            ("VECTOR", sizes::vector(instance)),
            ("THREADS", resources.threads_per_block),
            ("REGISTERS", resources.registers_per_thread),
            ("MIN_BLOCKS_PER_SM", tile.blocks_per_sm),
            ("SHARED_MEMORY_BYTES", resources.dynamic_shared_memory_bytes),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
    }

    fn sources(&self) -> &'static [SourceFile] {
        &SOURCES
    }

    fn verification(&self) -> Option<&dyn Verify> {
        Some(self)
    }
}
