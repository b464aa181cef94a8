//! [`RnnBackward`]: what the kernel is called and takes, and its macros.

use super::sources::SOURCES;
use super::statement;
use super::tile::BackwardTile;
use super::weights::Product;
use crate::kernel::recurrent::{clocks, limits, shape};
use crate::kernel::{
    BoundedSize, Chosen, Confidence, Instance, Kernel, KernelError, Launched, Limit, Part, Resources, ShapeParameter,
    SourceFile, Statement, Verify,
};
use indexmap::IndexMap;

/// The backward pass of a recurrent layer.
#[derive(Clone, Copy, Debug)]
pub struct RnnBackward;

impl Kernel for RnnBackward {
    fn name(&self) -> &'static str {
        "rnn_backward"
    }

    fn summary(&self) -> &'static str {
        "gradients of a recurrent layer over a sequence, from what rnn_forward saved: lstm, gru, slstm, elman; bf16, fp16, fp32; 8.0 and later"
    }

    fn shape(&self) -> &'static [ShapeParameter] {
        const SHAPE: [ShapeParameter; 10] = [
            shape::CELL,
            shape::HEAD_DIM,
            shape::HEADS,
            shape::BATCH,
            shape::SEQUENCE,
            shape::CLIP,
            shape::GRADIENT_CLIP,
            shape::GRADIENT_CUT,
            shape::GRADIENT_SUMS,
            shape::ORDER,
        ];
        &SHAPE
    }

    /// R has to be on chip. Units are handed out by groups of 16.
    fn bounded_sizes(&self) -> &'static [BoundedSize] {
        &[BoundedSize { name: "head_dim", step: 16 }]
    }

    fn dtypes(&self) -> &'static [&'static str] {
        &shape::DTYPES
    }

    fn state(&self, instance: &Instance) -> Result<Statement, KernelError> {
        shape::demand(instance)?;
        Ok(statement::state(instance))
    }

    fn confidence(&self, _instance: &Instance) -> Confidence {
        clocks::CONFIDENCE
    }

    fn sources(&self) -> &'static [SourceFile] {
        &SOURCES
    }

    fn parts(&self) -> &'static [Part] {
        const WHOLE: [Part; 1] = [Part::whole(&RnnBackward)];
        &WHOLE
    }
}

impl Launched for RnnBackward {
    fn resources(&self, instance: &Instance, values: &Chosen) -> Resources {
        let tile = BackwardTile::of(instance, values);
        tile.tile.resources(tile.registers(), tile.shared_memory_bytes())
    }

    fn limits(&self, instance: &Instance, values: &Chosen) -> Vec<Limit> {
        let tile = BackwardTile::of(instance, values);
        limits::limits(&tile.tile, &tile.own_limits(), &self.resources(instance, values))
    }

    fn macros(&self, instance: &Instance, values: &Chosen) -> IndexMap<String, i64> {
        let (tile, product) = (BackwardTile::of(instance, values), Product::of(instance));
        let own = [
            ("GRADIENT_CLIP", i64::from(instance.words["gradient_clip"] == "recurrent")),
            ("GRADIENT_CUT", i64::from(instance.words["gradient_cut"] == "recurrent")),
            ("GRADIENT_SUMS_ATOMIC", i64::from(instance.words["gradient_sums"] == "atomic")),
            ("WEIGHT_TILE", product.tile),
            ("WEIGHT_PARTS", product.parts),
        ];
        tile.tile.macros(&own, &self.resources(instance, values))
    }

    fn run_time_macros(&self) -> &'static [&'static str] {
        &shape::RUN_TIME_MACROS
    }

    fn verification(&self) -> Option<&dyn Verify> {
        Some(self)
    }
}
