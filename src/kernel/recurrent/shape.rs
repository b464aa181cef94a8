//! The entries of the passes' shapes, the operand types, and what a pass needs of a GPU.

use super::cells;
use crate::diagnostic::Place;
use crate::hardware::Feature;
use crate::kernel::figures::{self, Figure};
use crate::kernel::{Instance, KernelError, KernelFault, ShapeKind, ShapeParameter};

/// The operand types, the default first, with the number that the kernels' macro `ELEMENT` has for each.
pub(super) const DTYPES: [&str; 3] = ["bf16", "fp16", "fp32"];

/// The macros of the sizes that a pass is told at run time.
pub(super) const RUN_TIME_MACROS: [&str; 3] = ["HEADS", "BATCH", "SEQUENCE"];

/// Refuses a GPU on which no pass runs, or of which a figure is not known that the predicted time rests on.
pub(super) fn demand(instance: &Instance) -> Result<(), KernelError> {
    let gpu = &instance.gpu;
    if !gpu.supports(Feature::CpAsync) || !gpu.supports(Feature::Ldmatrix) {
        let what = "asynchronous copies and bf16 matrix products (compute capability 8.0 and later)";
        return Err(Place::at("gpu").fault(KernelFault::KernelNeeds { what, gpu: gpu.name.clone() }));
    }
    let multiplied_as = if instance.dtype == "fp32" { "tf32" } else { instance.dtype };
    figures::require(gpu, &[Figure::BoostClock, Figure::TensorRateOfSm(multiplied_as)])
}

pub(super) const CELL: ShapeParameter = word("cell", "the recurrent cell", &cells::NAMES);
pub(super) const HEAD_DIM: ShapeParameter = size("head_dim", "units of a head", 1 << 13, None);
pub(super) const HEADS: ShapeParameter = size("heads", "heads, each with a recurrence of its own", 1 << 12, Some(1));
pub(super) const BATCH: ShapeParameter = size("batch", "sequences", 1 << 12, None);
pub(super) const SEQUENCE: ShapeParameter = size("sequence", "steps of a sequence", 1 << 24, None);
pub(super) const PASS: ShapeParameter =
    word("pass", "whether what a backward pass needs is saved", &["inference", "training"]);
pub(super) const CLIP: ShapeParameter = word("clip", "whether the forward pass clips h", &["none", "hidden"]);
pub(super) const ORDER: ShapeParameter =
    word("order", "whether the layer walks forward or in reverse through time", &["forward", "reverse"]);
pub(super) const GRADIENT_CLIP: ShapeParameter =
    word("gradient_clip", "whether the gradient of h is clipped between steps", &["none", "recurrent"]);
pub(super) const GRADIENT_CUT: ShapeParameter =
    word("gradient_cut", "whether no gradient goes from step to step through R", &["none", "recurrent"]);
pub(super) const GRADIENT_SUMS: ShapeParameter = word(
    "gradient_sums",
    "whether parts of the gradient of R are added in their order, to the same bits each time, or as they come",
    &["ordered", "atomic"],
);

const fn size(name: &'static str, meaning: &'static str, max: i64, default: Option<i64>) -> ShapeParameter {
    ShapeParameter { name, meaning, kind: ShapeKind::Size { min: 1, max, default } }
}

const fn word(name: &'static str, meaning: &'static str, words: &'static [&'static str]) -> ShapeParameter {
    ShapeParameter { name, meaning, kind: ShapeKind::Word { words } }
}
