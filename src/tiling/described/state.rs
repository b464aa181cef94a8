//! The side of a described kernel: definitions, formulas, what follows from them, cost.

use super::limits::{lacks_clusters, limits};
use super::names::{SHARED_MEMORY, TIME, WAVES, is_derived, residency};
use super::work::state_work;
use crate::diagnostic::Place;
use crate::hardware::{Gpu, Quantity};
use crate::problem::{CostSpec, FormulaSpec, KernelDescription, ProblemFault};
use crate::tiling::stated::{Stated, StatedText};
use crate::tiling::{TilingError, TilingFault};

/// As many registers as `min_blocks_per_sm` blocks leave to each thread.
const DEFAULT_REGISTERS: &str = "min(gpu_max_registers_per_thread, \
    gpu_registers_per_sm // gpu_sub_partitions_per_sm \
    // ceil_div(min_blocks_per_sm * ceil_div(threads_per_block, gpu_warp_size), gpu_sub_partitions_per_sm) \
    // gpu_register_allocation_unit_per_warp * gpu_register_allocation_unit_per_warp // gpu_warp_size)";

/// Its side of the problem: definitions, formulas, what follows from them, limits, cost.
pub(in crate::tiling) fn state(kernel: &KernelDescription, gpu: &Gpu) -> Stated {
    let place = Place::at("kernel");
    let (early, late) = definitions(kernel);
    let mut definitions: Vec<_> = early.into_iter().map(Ok).chain(formulas(kernel)).collect();
    definitions.extend(
        derived(gpu)
            .map(|Quantity { name, text, meaning }| Ok(StatedText::named(place.field(&name), &name, text, meaning))),
    );
    definitions.extend(late.into_iter().map(Ok));
    definitions.extend(lacks_clusters(kernel, gpu).map(Err));
    let mut stated = Stated { definitions, constraints: limits(kernel), ..Stated::default() };
    if let Some(cost) = &kernel.cost {
        state_cost(&mut stated, cost, &place.field("cost"));
    }
    if let Some(work) = &kernel.work {
        state_work(&mut stated, work, &place.field("work"), gpu);
    }
    stated
}

/// What follows from the formulas.
fn derived(gpu: &Gpu) -> impl Iterator<Item = Quantity> {
    let own = |(name, text, meaning): (&str, &str, &'static str)| Quantity {
        name: name.to_owned(),
        text: text.to_owned(),
        meaning,
    };
    std::iter::once(own(SHARED_MEMORY)).chain(residency(gpu)).chain([own(WAVES)])
}

/// The definitions of the description: those that do not wait for what follows from the formulas, and those that do.
fn definitions(kernel: &KernelDescription) -> (Vec<StatedText>, Vec<StatedText>) {
    let place = Place::at("kernel").field("definitions");
    let (mut early, mut late): (Vec<StatedText>, Vec<StatedText>) = (Vec::new(), Vec::new());
    for (name, definition) in &kernel.definitions {
        let (text, meaning) = definition.parts();
        let is_late = |word: &str| late.iter().any(|known| known.name.as_deref() == Some(word));
        let waits = mentions(text, |word| is_derived(word) || is_late(word));
        let stated = StatedText::named(place.field(name), name, text, meaning);
        if waits { late.push(stated) } else { early.push(stated) }
    }
    (early, late)
}

fn formulas(kernel: &KernelDescription) -> Vec<Result<StatedText, TilingError>> {
    let place = Place::at("kernel");
    let mut stated = Vec::new();
    for (field, extents) in [("block", &kernel.block), ("grid", &kernel.grid), ("cluster", &kernel.cluster)] {
        stated.extend(state_extents(&place.field(field), extents));
    }
    stated.push(Ok(volume("threads_per_block", &kernel.block, "threads of a block")));
    stated.push(Ok(volume("grid_blocks", &kernel.grid, "blocks of the grid")));
    let of = |name: &str, formula: Option<&FormulaSpec>, otherwise: &str, meaning: &str| {
        let text = formula.map_or_else(|| otherwise.to_owned(), FormulaSpec::text);
        Ok(StatedText { whole: true, ..StatedText::named(place.field(name), name, text, meaning) })
    };
    let counted_on = kernel.min_blocks_per_sm.as_ref();
    stated.push(of("min_blocks_per_sm", counted_on, "1", "blocks of an SM counted on"));
    let registers = kernel.registers_per_thread.as_ref();
    stated.push(of("registers_per_thread", registers, DEFAULT_REGISTERS, "registers of a thread"));
    let declared = kernel.static_shared_memory_bytes.as_ref();
    stated.push(of("static_shared_memory_bytes", declared, "0", "bytes of shared memory declared in the source"));
    let given = kernel.dynamic_shared_memory_bytes.as_ref();
    stated.push(of("dynamic_shared_memory_bytes", given, "0", "bytes of shared memory given at launch"));
    stated
}

/// The formulas of three extents, so that each is refused where it stands.
fn state_extents(place: &Place, formulas: &[FormulaSpec]) -> Vec<Result<StatedText, TilingError>> {
    if formulas.len() > 3 {
        return vec![Err(place.fault(ProblemFault::ExtentsForm))];
    }
    let one = |(index, formula): (usize, &FormulaSpec)| {
        let (place, text) = (place.index(index), formula.text());
        Ok(StatedText { place, name: None, text, meaning: String::new(), whole: true })
    };
    formulas.iter().enumerate().map(one).collect()
}

fn volume(name: &str, formulas: &[FormulaSpec], meaning: &str) -> StatedText {
    let factors: Vec<String> = formulas.iter().map(|formula| format!("({})", formula.text())).collect();
    StatedText::named(Place::at("kernel").field(name), name, factors.join(" * "), meaning)
}

fn state_cost(stated: &mut Stated, cost: &CostSpec, place: &Place) {
    let known: Vec<String> = stated.names().cloned().collect();
    if let Some(index) = cost.parts.iter().position(|part| !known.contains(part)) {
        stated.definitions.push(Err(place.field("parts").index(index).fault(TilingFault::NoDefinition { known })));
    }
    stated.definitions.push(Ok(StatedText::named(place.field(TIME), TIME, &cost.time_ps, "predicted time")));
    stated.cost = Some(TIME.to_owned());
    stated.cost_parts.clone_from(&cost.parts);
}

/// Whether one of the words of an expression is such a name.
fn mentions(text: &str, is_such: impl Fn(&str) -> bool) -> bool {
    text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').any(is_such)
}
