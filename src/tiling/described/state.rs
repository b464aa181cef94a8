//! The side of a described kernel: definitions, formulas, what follows from them, cost.

use super::limits::{lacks_clusters, lacks_roles, limits};
use super::names::{
    BLOCKS_PER_SM, RESIDENT, SHARED_MEMORY, TIME, WAVES, is_derived, residency, role_registers, role_threads,
};
use super::work::state_work;
use crate::diagnostic::Place;
use crate::hardware::{Gpu, Quantity};
use crate::problem::{CostSpec, FormulaSpec, KernelDescription, Problem, ProblemFault};
use crate::tiling::stated::{Stated, StatedText};
use crate::tiling::{TilingError, TilingFault};

/// As many registers as `min_blocks_per_sm` blocks leave to each thread.
const DEFAULT_REGISTERS: &str = "min(gpu_max_registers_per_thread, \
    gpu_registers_per_sm // gpu_sub_partitions_per_sm \
    // ceil_div(min_blocks_per_sm * ceil_div(threads_per_block, gpu_warp_size), gpu_sub_partitions_per_sm) \
    // gpu_register_allocation_unit_per_warp * gpu_register_allocation_unit_per_warp // gpu_warp_size)";

/// Its side of the problem: definitions, formulas, what follows from them, limits, cost.
pub(in crate::tiling) fn state(problem: &Problem, kernel: &KernelDescription, gpu: &Gpu) -> Stated {
    let place = Place::at("kernel");
    let has_own = has_own_blocks_per_sm(problem, kernel);
    let (early, late) = definitions(kernel, has_own);
    let mut definitions: Vec<_> = early.into_iter().map(Ok).chain(formulas(kernel)).collect();
    let same =
        Quantity { name: BLOCKS_PER_SM.to_owned(), text: RESIDENT.to_owned(), meaning: "blocks of an SM at once" };
    definitions.extend(
        derived(gpu)
            .chain((!has_own).then_some(same))
            .map(|Quantity { name, text, meaning }| Ok(StatedText::named(place.field(&name), &name, text, meaning))),
    );
    definitions.extend(late.into_iter().map(Ok));
    definitions.extend(lacks_clusters(kernel, gpu).or_else(|| lacks_roles(kernel, gpu)).map(Err));
    let mut stated = Stated { definitions, constraints: limits(kernel), ..Stated::default() };
    if let Some(cost) = &kernel.cost {
        state_cost(&mut stated, cost, &place.field("cost"));
    }
    if let Some(work) = &kernel.work {
        state_work(&mut stated, work, &place.field("work"), gpu);
    }
    stated
}

/// Whether the problem means something of its own by `blocks_per_sm`.
fn has_own_blocks_per_sm(problem: &Problem, kernel: &KernelDescription) -> bool {
    let name = BLOCKS_PER_SM;
    problem.variables.contains_key(name)
        || problem.tune_params.contains_key(name)
        || problem.constants.contains_key(name)
        || problem.shape.contains_key(name)
        || kernel.definitions.contains_key(name)
        || problem.occupancy.is_some()
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
fn definitions(kernel: &KernelDescription, has_own: bool) -> (Vec<StatedText>, Vec<StatedText>) {
    let place = Place::at("kernel").field("definitions");
    let (mut early, mut late): (Vec<StatedText>, Vec<StatedText>) = (Vec::new(), Vec::new());
    for (name, definition) in &kernel.definitions {
        let (text, meaning) = definition.parts();
        let is_late = |word: &str| late.iter().any(|known| known.name.as_deref() == Some(word));
        let follows = |word: &str| is_derived(word) || !has_own && word == BLOCKS_PER_SM || is_role(kernel, word);
        let waits = mentions(text, |word| follows(word) || is_late(word));
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
    stated.extend(roles(kernel));
    stated
}

/// The threads and the registers of each role.
fn roles(kernel: &KernelDescription) -> impl Iterator<Item = Result<StatedText, TilingError>> {
    kernel.roles.iter().flat_map(|(role, spec)| {
        let place = Place::at("kernel").field("roles").field(role);
        let of = |field: &str, name: String, formula: &FormulaSpec, meaning: &str| {
            let stated = StatedText::named(place.field(field), &name, formula.text(), meaning);
            Ok(StatedText { whole: true, ..stated })
        };
        [
            of("threads", role_threads(role), &spec.threads, "threads of the role"),
            of("registers_per_thread", role_registers(role), &spec.registers_per_thread, "registers of each of them"),
        ]
    })
}

/// Whether a name is that of a role's threads or registers.
fn is_role(kernel: &KernelDescription, name: &str) -> bool {
    kernel.roles.keys().any(|role| role_threads(role) == name || role_registers(role) == name)
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
