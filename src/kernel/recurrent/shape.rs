//! The entries of the passes' shapes.

use super::cells;
use crate::kernel::{ShapeKind, ShapeParameter};

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

const fn size(name: &'static str, meaning: &'static str, max: i64, default: Option<i64>) -> ShapeParameter {
    ShapeParameter { name, meaning, kind: ShapeKind::Size { min: 1, max, default } }
}

const fn word(name: &'static str, meaning: &'static str, words: &'static [&'static str]) -> ShapeParameter {
    ShapeParameter { name, meaning, kind: ShapeKind::Word { words } }
}
