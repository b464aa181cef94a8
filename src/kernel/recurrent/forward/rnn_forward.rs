//! [`RnnForward`]: what the kernel is called and takes, and its macros.

use super::sources::SOURCES;
use super::statement;
use super::tile::ForwardTile;
use crate::kernel::recurrent::{clocks, limits, shape};
use crate::kernel::{
    BoundedSize, Chosen, Confidence, Instance, Kernel, KernelError, Launched, Limit, Part, Resources, ShapeParameter,
    SourceFile, Statement, Verify,
};
use indexmap::IndexMap;

/// The forward pass of a recurrent layer.
#[derive(Clone, Copy, Debug)]
pub struct RnnForward;

impl Kernel for RnnForward {
    fn name(&self) -> &'static str {
        "rnn_forward"
    }

    fn summary(&self) -> &'static str {
        "recurrent layer over a sequence, h = cell(R · h + Wx + b): lstm, gru, slstm, elman; bf16, fp16, fp32; 8.0 and later"
    }

    fn shape(&self) -> &'static [ShapeParameter] {
        const SHAPE: [ShapeParameter; 8] = [
            shape::CELL,
            shape::HEAD_DIM,
            shape::HEADS,
            shape::BATCH,
            shape::SEQUENCE,
            shape::PASS,
            shape::CLIP,
            shape::ORDER,
        ];
        &SHAPE
    }

    /// R has to be on chip. Units are handed out by groups of 8 or 16, and copied by up to 8.
    fn bounded_sizes(&self) -> &'static [BoundedSize] {
        &[BoundedSize { name: "head_dim", step: 8 }]
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
        const WHOLE: [Part; 1] = [Part::whole(&RnnForward)];
        &WHOLE
    }
}

impl Launched for RnnForward {
    fn resources(&self, instance: &Instance, values: &Chosen) -> Resources {
        let tile = ForwardTile::of(instance, values);
        tile.tile.resources(tile.registers(), tile.shared_memory_bytes())
    }

    fn limits(&self, instance: &Instance, values: &Chosen) -> Vec<Limit> {
        let tile = ForwardTile::of(instance, values);
        limits::limits(&tile.tile, &tile.own_limits(), &self.resources(instance, values))
    }

    fn macros(&self, instance: &Instance, values: &Chosen) -> IndexMap<String, i64> {
        let tile = ForwardTile::of(instance, values);
        let own = [("TRAINING", i64::from(instance.words["pass"] == "training")), ("STAGES", tile.stages)];
        tile.tile.macros(&own, &self.resources(instance, values))
    }

    fn run_time_macros(&self) -> &'static [&'static str] {
        &shape::RUN_TIME_MACROS
    }

    fn verification(&self) -> Option<&dyn Verify> {
        Some(self)
    }
}
