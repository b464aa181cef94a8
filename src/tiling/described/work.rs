//! The work of a described kernel: each formula as a definition of its own, and what the hardware makes of them.

use super::names::TIME;
use crate::diagnostic::Place;
use crate::hardware::Gpu;
use crate::kernel::{Named, work};
use crate::problem::{AccessSpec, FormulaSpec, WaitsSpec, WorkSpec};
use crate::tiling::TilingError;
use crate::tiling::stated::{Stated, StatedText};

/// Gives each formula a name, so that a slip is shown where it was made, and collects these.
struct Naming {
    definitions: Vec<StatedText>,
}

impl Naming {
    fn name(&mut self, place: &Place, name: String, formula: &FormulaSpec, meaning: &str) -> String {
        let text = StatedText::named(place.clone(), &name, formula.text(), meaning);
        self.definitions.push(StatedText { whole: true, ..text });
        name
    }

    fn optional(&mut self, place: &Place, field: &str, formula: Option<&FormulaSpec>, meaning: &str) -> Option<String> {
        formula.map(|formula| self.name(&place.field(field), format!("work_{field}"), formula, meaning))
    }

    fn accesses(&mut self, place: &Place, field: &str, accesses: &[AccessSpec]) -> Vec<work::Access> {
        let one = |(index, access)| self.access(&place.field(field).index(index), &format!("{field}_{index}"), access);
        accesses.iter().enumerate().map(one).collect()
    }

    fn access(&mut self, place: &Place, name: &str, access: &AccessSpec) -> work::Access {
        let mut of = |field: &str, formula: Option<&FormulaSpec>, meaning: &str| {
            formula.map(|formula| self.name(&place.field(field), format!("{name}_{field}"), formula, meaning))
        };
        work::Access {
            count: of("count", Some(&access.count), "accesses of a thread").unwrap_or_default(),
            bytes: of("bytes", access.bytes.as_ref(), "bytes of an access").unwrap_or_else(|| "4".to_owned()),
            lanes: of("lanes", access.lanes.as_ref(), "lanes in a row"),
            stride: of("stride", access.stride.as_ref(), "words between lanes"),
            row_stride: of("row_stride", access.row_stride.as_ref(), "words between rows of lanes"),
            wavefronts: of("wavefronts", access.wavefronts.as_ref(), "wavefronts of an access"),
        }
    }

    fn waits(&mut self, place: &Place, field: &str, waits: &WaitsSpec) -> work::Waits {
        let place = place.field(field);
        let mut of = |kind: &str, formula: Option<&FormulaSpec>| {
            formula.map(|formula| self.name(&place.field(kind), format!("{field}_{kind}"), formula, "waits in turn"))
        };
        work::Waits {
            shared: of("shared", waits.shared.as_ref()),
            l1: of("l1", waits.l1.as_ref()),
            l2: of("l2", waits.l2.as_ref()),
            memory: of("memory", waits.memory.as_ref()),
            clocks: of("clocks", waits.clocks.as_ref()),
        }
    }
}

/// States the work, the predicted time that follows from it, and its parts.
pub(super) fn state_work(stated: &mut Stated, spec: &WorkSpec, place: &Place, gpu: &Gpu) {
    let mut naming = Naming { definitions: Vec::new() };
    let work = named(&mut naming, spec, place);
    stated.definitions.extend(naming.definitions.into_iter().map(Ok));
    if let Err(error) = work::require(&work, gpu) {
        stated.definitions.push(Err(TilingError::from(error)));
        return;
    }
    stated.constants.extend(work::constants(&work, gpu));
    let text = |Named { name, it, meaning }: Named<String>| StatedText::named(place.field(&name), &name, it, meaning);
    stated.definitions.extend(work::definitions(&work, gpu).into_iter().map(text).map(Ok));
    stated.cost = Some(TIME.to_owned());
    stated.cost_parts = work::parts(&work).into_iter().map(str::to_owned).collect();
}

/// What the reader of the predicted time is told of it.
pub(super) fn basis(spec: &WorkSpec) -> String {
    work::basis(&named(&mut Naming { definitions: Vec::new() }, spec, &Place::at("kernel")))
}

fn named(naming: &mut Naming, spec: &WorkSpec, place: &Place) -> work::Work {
    let tensor = spec.tensor.as_ref();
    let reread = spec.reread.as_ref();
    work::Work {
        fp32: naming.optional(place, "fp32", spec.fp32.as_ref(), "fp32 instructions of a thread"),
        fp16: naming.optional(place, "fp16", spec.fp16.as_ref(), "fp16 instructions of a thread"),
        integer: naming.optional(place, "integer", spec.integer.as_ref(), "other instructions of a thread"),
        special: naming.optional(place, "special", spec.special.as_ref(), "special functions of a thread"),
        tensor_flops: naming.optional(&place.field("tensor"), "flops", tensor.map(|it| &it.flops), "FLOP of a block"),
        tensor_type: tensor.map(|it| it.operands.name().to_owned()),
        shared: naming.accesses(place, "shared", &spec.shared),
        global: naming.accesses(place, "global", &spec.global),
        spills: naming.optional(place, "spills", spec.spills.as_ref(), "registers stored and loaded again"),
        l2_bytes: naming.optional(place, "l2_bytes", spec.l2_bytes.as_ref(), "bytes of a block by L2"),
        memory_bytes: naming.optional(place, "memory_bytes", spec.memory_bytes.as_ref(), "bytes of a block by memory"),
        reread_bytes: naming.optional(&place.field("reread"), "bytes", reread.map(|it| &it.bytes), "bytes read again"),
        reread_distance_bytes: naming.optional(
            &place.field("reread"),
            "distance_bytes",
            reread.map(|it| &it.distance_bytes),
            "bytes between two reads",
        ),
        waits: naming.waits(place, "waits", &spec.waits),
        block_waits: naming.waits(place, "block_waits", &spec.block_waits),
        barriers: naming.optional(place, "barriers", spec.barriers.as_ref(), "barriers of a block"),
    }
}
