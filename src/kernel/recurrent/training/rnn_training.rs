//! [`RnnTraining`]: what the two passes take together, and their problems as one.

use crate::kernel::recurrent::forward::DEFERRED;
use crate::kernel::recurrent::{RnnBackward, RnnForward, again};
use crate::kernel::{
    BoundedSize, Confidence, Instance, Kernel, KernelError, Part, ShapeParameter, SourceFile, Statement, Stating,
    define, joined,
};
use std::sync::LazyLock;

/// Both passes of a recurrent layer.
#[derive(Clone, Copy, Debug)]
pub struct RnnTraining;

/// Decided once: what is saved.
const SHARED: &[&str] = &[again::NAME];

const PARTS: [Part; 2] = [
    Part { name: "forward", kernel: &RnnForward, words: &[("pass", "training")], shared: SHARED },
    Part { name: "backward", kernel: &RnnBackward, words: &[], shared: SHARED },
];

/// Definitions of the whole: the predicted time, and its range.
const TIME: &str = "time_ps";
const RANGE: (&str, &str) = ("time_low_ps", "time_high_ps");

impl Kernel for RnnTraining {
    fn name(&self) -> &'static str {
        "rnn_training"
    }

    fn summary(&self) -> &'static str {
        "rnn_forward and rnn_backward of the same layer, with one choice of what is saved between them"
    }

    fn shape(&self) -> &'static [ShapeParameter] {
        // That of the forward pass, but for what is decided here, and more.
        RnnBackward.shape()
    }

    fn bounded_sizes(&self) -> &'static [BoundedSize] {
        RnnBackward.bounded_sizes()
    }

    fn dtypes(&self) -> &'static [&'static str] {
        RnnForward.dtypes()
    }

    fn state(&self, instance: &Instance) -> Result<Statement, KernelError> {
        let state = |part: &'static Part| Ok(Stating::new(part, part.kernel.state(&part.instance(instance))?));
        let mut whole = joined(self.parts().iter().map(state).collect::<Result<_, _>>()?);
        let [of_forward, of_backward] = &PARTS;
        // What forward alone counts for the backward pass is in that pass's time.
        let deferred = of_forward.name_of(DEFERRED);
        whole.cost_parts.retain(|part| **part != deferred);
        let sum = |[forward, backward]: [&str; 2]| {
            format!("{} - {deferred} + {}", of_forward.name_of(forward), of_backward.name_of(backward))
        };
        whole.definitions.push(define(TIME, &sum([TIME; 2]), "predicted time of both passes"));
        let ranges: Option<Vec<_>> = self.parts().iter().map(|part| range(part, instance)).collect();
        if let Some([forward, backward]) = ranges.as_deref() {
            let (low, high) = (sum([forward.0, backward.0]), sum([forward.1, backward.1]));
            whole.definitions.push(define(RANGE.0, &low, "the least that the time may be"));
            whole.definitions.push(define(RANGE.1, &high, "the most that the time may be"));
        }
        whole.cost = TIME.into();
        Ok(whole)
    }

    fn confidence(&self, instance: &Instance) -> Confidence {
        let is_known = self.parts().iter().all(|part| range(part, instance).is_some());
        let [_, backward] = &PARTS;
        let surest = backward.kernel.confidence(&backward.instance(instance));
        Confidence { range: is_known.then_some(RANGE), ..surest }
    }

    fn sources(&self) -> &'static [SourceFile] {
        static SOURCES: LazyLock<Vec<SourceFile>> = LazyLock::new(|| {
            let mut all: Vec<SourceFile> = Vec::new();
            for source in PARTS.iter().flat_map(|part| part.kernel.sources()) {
                if all.iter().all(|known| known.path != source.path) {
                    all.push(*source);
                }
            }
            all
        });
        &SOURCES
    }

    fn parts(&self) -> &'static [Part] {
        static ALL: [Part; 2] = PARTS;
        &ALL
    }
}

/// The definitions of a part between which its time is expected.
fn range(part: &Part, instance: &Instance) -> Option<(&'static str, &'static str)> {
    part.kernel.confidence(&part.instance(instance)).range
}
