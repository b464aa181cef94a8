//! A described kernel in the model: its definitions, what follows from its formulas, and the hardware's limits on that.

use super::lowering::{Lowering, check_whole};
use super::stated::{Stated, StatedText};
use super::{TilingError, TilingFault};
use crate::diagnostic::Place;
use crate::hardware::{Gpu, OccupancyInputs, Quantity, occupancy_definitions};
use crate::kernel::described::{Described, Formulas, UserSource};
use crate::kernel::{KernelFault, ShapeValue};
use crate::problem::{CostSpec, FormulaSpec, KernelDescription, MacroCase, Problem, ProblemFault};
use constrint_solver::{Expr, language};
use std::path::PathBuf;

/// The name of the predicted time.
const TIME: &str = "time_ps";

/// What a described kernel calls the blocks that an SM holds at once: [`occupancy_definitions`] has them as
/// `blocks_per_sm`, which is what problems like to call the blocks that they count on.
const RESIDENT: &str = "resident_blocks";

/// What follows from the formulas, over and above occupancy: name, text, meaning.
const SHARED_MEMORY: (&str, &str, &str) =
    ("shared_memory_per_block_bytes", "static_shared_memory_bytes + dynamic_shared_memory_bytes", "bytes of a block");
const WAVES: (&str, &str, &str) =
    ("waves", "ceil_div(grid_blocks, gpu_sms * resident_blocks)", "rounds in which the blocks run");

/// The names of what follows from the formulas, on any GPU.
const DERIVED: [&str; 10] = [
    SHARED_MEMORY.0,
    "warps_per_block",
    "blocks_by_warps",
    "registers_per_warp",
    "blocks_by_registers",
    "shared_memory_allocated_bytes",
    "blocks_by_shared_memory",
    "blocks_by_barriers",
    RESIDENT,
    WAVES.0,
];

/// Occupancy by the rules of NVIDIA's `cuda_occupancy.h`, as for every other problem: a kernel that uses one barrier and has
/// opted in to the shared memory that it needs.
fn residency(gpu: &Gpu) -> Vec<Quantity> {
    let inputs = OccupancyInputs {
        static_shared_memory_bytes: "static_shared_memory_bytes".to_owned(),
        ..OccupancyInputs::new("threads_per_block", "registers_per_thread", "dynamic_shared_memory_bytes")
    };
    let mut quantities = occupancy_definitions(gpu, &inputs);
    // What comes after the blocks of an SM is not asked for here.
    let blocks = quantities.iter().position(|quantity| quantity.name == "blocks_per_sm").expect("defined on every GPU");
    quantities.truncate(blocks + 1);
    RESIDENT.clone_into(&mut quantities[blocks].name);
    quantities
}

/// The names that the formulas themselves get.
const FORMULAS: [&str; 6] = [
    "threads_per_block",
    "grid_blocks",
    "registers_per_thread",
    "static_shared_memory_bytes",
    "dynamic_shared_memory_bytes",
    "min_blocks_per_sm",
];

/// As many registers as `min_blocks_per_sm` blocks leave to each thread.
const DEFAULT_REGISTERS: &str = "min(gpu_max_registers_per_thread, \
    gpu_registers_per_sm // gpu_sub_partitions_per_sm \
    // ceil_div(min_blocks_per_sm * ceil_div(threads_per_block, gpu_warp_size), gpu_sub_partitions_per_sm) \
    // gpu_register_allocation_unit_per_warp * gpu_register_allocation_unit_per_warp // gpu_warp_size)";

/// The limits that need no axis: name, expression, reason.
const LIMITS: [(&str, &str, &str); 8] = [
    ("threads", "threads_per_block <= gpu_max_threads_per_block", "the hardware limits the threads of a block"),
    (
        "registers",
        "1 <= registers_per_thread and registers_per_thread <= gpu_max_registers_per_thread",
        "the instruction set names so many registers",
    ),
    (
        "static shared memory",
        "0 <= static_shared_memory_bytes and static_shared_memory_bytes <= gpu_shared_memory_per_block_default_bytes",
        "what a source declares must fit without opting in",
    ),
    (
        "shared memory",
        "0 <= dynamic_shared_memory_bytes and shared_memory_per_block_bytes <= gpu_shared_memory_per_block_optin_bytes",
        "the hardware limits the shared memory of a block",
    ),
    (
        "blocks of an SM",
        "1 <= min_blocks_per_sm and min_blocks_per_sm <= gpu_max_blocks_per_sm",
        "the hardware limits the blocks of an SM",
    ),
    ("warps of an SM", "min_blocks_per_sm <= blocks_by_warps", "the blocks of an SM share its warps"),
    ("registers of an SM", "min_blocks_per_sm <= blocks_by_registers", "the blocks of an SM share its registers"),
    (
        "shared memory of an SM",
        "min_blocks_per_sm <= blocks_by_shared_memory",
        "the blocks of an SM share its shared memory, and the driver reserves some for each",
    ),
];

/// Refuses what only a shipped kernel understands, and names that a described kernel's quantities have.
pub(super) fn refuse(problem: &Problem, kernel: &KernelDescription) -> Result<(), TilingError> {
    if problem.dtype.is_some() {
        return Err(Place::at("dtype").fault(TilingFault::NeedsShippedKernel));
    }
    if let Some((name, _)) = problem.shape.iter().find(|(_, value)| matches!(value, ShapeValue::Word(_))) {
        return Err(Place::at("shape").field(name).fault(TilingFault::NeedsShippedKernel));
    }
    let fields = [
        ("variables", problem.variables.keys().collect::<Vec<_>>()),
        ("tune_params", problem.tune_params.keys().collect()),
        ("constants", problem.constants.keys().collect()),
        ("shape", problem.shape.keys().collect()),
        ("kernel.definitions", kernel.definitions.keys().collect()),
    ];
    for (field, names) in fields {
        if let Some(name) = names.into_iter().find(|name| is_derived(name)) {
            let fault = ProblemFault::NameTaken { name: name.clone(), by: "a quantity of every described kernel" };
            return Err(Place::at(field).field(name).fault(fault));
        }
    }
    check_names(kernel)
}

fn is_derived(name: &str) -> bool {
    name == TIME || FORMULAS.contains(&name) || DERIVED.contains(&name)
}

/// The kernel's name, its prefix and its header end up in C++ and in the names of files.
fn check_names(kernel: &KernelDescription) -> Result<(), TilingError> {
    let refuse = |place: Place, name: &str| Err(place.fault(TilingFault::MacroName { name: name.to_owned() }));
    let place = Place::at("kernel");
    if !is_identifier(&kernel.name) {
        return refuse(place.field("name"), &kernel.name);
    }
    if let Some(entry) = kernel.entry.as_ref().filter(|entry| !is_identifier(entry)) {
        return refuse(place.field("entry"), entry);
    }
    let macros = place.field("macros");
    if let Some(prefix) = kernel.macros.prefix.as_ref().filter(|prefix| !prefix.is_empty() && !is_identifier(prefix)) {
        return refuse(macros.field("prefix"), prefix);
    }
    let is_file = |name: &str| {
        let harmless = |letter: char| letter.is_ascii_alphanumeric() || "_-.".contains(letter);
        name.chars().all(harmless) && name.starts_with(|letter: char| letter.is_ascii_alphanumeric())
    };
    match kernel.macros.header.as_ref().filter(|header| !is_file(header)) {
        Some(header) => refuse(macros.field("header"), header),
        None => Ok(()),
    }
}

fn is_identifier(name: &str) -> bool {
    name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
        && name.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_')
}

/// Its side of the problem: definitions, formulas, what follows from them, limits, cost.
pub(super) fn state(kernel: &KernelDescription, gpu: &Gpu) -> Result<Stated, TilingError> {
    let place = Place::at("kernel");
    let (early, late) = definitions(kernel);
    let mut definitions = [early, formulas(kernel)?].concat();
    definitions.extend(
        derived(gpu)
            .map(|Quantity { name, text, meaning }| StatedText::named(place.field(&name), &name, text, meaning)),
    );
    definitions.extend(late);
    let mut stated = Stated { definitions, constraints: limits(kernel, gpu)?, ..Stated::default() };
    if let Some(cost) = &kernel.cost {
        state_cost(&mut stated, cost, &place.field("cost"))?;
    }
    Ok(stated)
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

fn formulas(kernel: &KernelDescription) -> Result<Vec<StatedText>, TilingError> {
    let place = Place::at("kernel");
    let mut stated = Vec::new();
    for (field, extents) in [("block", &kernel.block), ("grid", &kernel.grid), ("cluster", &kernel.cluster)] {
        stated.extend(state_extents(&place.field(field), extents)?);
    }
    stated.push(volume("threads_per_block", &kernel.block, "threads of a block"));
    stated.push(volume("grid_blocks", &kernel.grid, "blocks of the grid"));
    let of = |name: &str, formula: Option<&FormulaSpec>, otherwise: &str, meaning: &str| {
        let text = formula.map_or_else(|| otherwise.to_owned(), FormulaSpec::text);
        StatedText { whole: true, ..StatedText::named(place.field(name), name, text, meaning) }
    };
    let counted_on = kernel.min_blocks_per_sm.as_ref();
    stated.push(of("min_blocks_per_sm", counted_on, "1", "blocks of an SM counted on"));
    let registers = kernel.registers_per_thread.as_ref();
    stated.push(of("registers_per_thread", registers, DEFAULT_REGISTERS, "registers of a thread"));
    let declared = kernel.static_shared_memory_bytes.as_ref();
    stated.push(of("static_shared_memory_bytes", declared, "0", "bytes of shared memory declared in the source"));
    let given = kernel.dynamic_shared_memory_bytes.as_ref();
    stated.push(of("dynamic_shared_memory_bytes", given, "0", "bytes of shared memory given at launch"));
    Ok(stated)
}

/// The formulas of three extents, so that each is refused where it stands.
fn state_extents(place: &Place, formulas: &[FormulaSpec]) -> Result<Vec<StatedText>, TilingError> {
    if formulas.len() > 3 {
        return Err(place.fault(ProblemFault::ExtentsForm));
    }
    let one = |(index, formula): (usize, &FormulaSpec)| StatedText {
        place: place.index(index),
        name: None,
        text: formula.text(),
        meaning: String::new(),
        whole: true,
    };
    Ok(formulas.iter().enumerate().map(one).collect())
}

fn volume(name: &str, formulas: &[FormulaSpec], meaning: &str) -> StatedText {
    let factors: Vec<String> = formulas.iter().map(|formula| format!("({})", formula.text())).collect();
    StatedText::named(Place::at("kernel").field(name), name, factors.join(" * "), meaning)
}

fn limits(kernel: &KernelDescription, gpu: &Gpu) -> Result<Vec<StatedText>, TilingError> {
    let mut limits = Vec::new();
    for (axis, formula) in kernel.block.iter().enumerate() {
        let text = format!("1 <= ({0}) and ({0}) <= gpu_max_block_dimensions_{axis}", formula.text());
        limits.push(limit(&format!("block, axis {axis}"), text, "the hardware limits each side of a block"));
    }
    for (axis, formula) in kernel.grid.iter().enumerate() {
        let text = format!("1 <= ({0}) and ({0}) <= gpu_max_grid_dimensions_{axis}", formula.text());
        limits.push(limit(&format!("grid, axis {axis}"), text, "the hardware limits each side of a grid"));
    }
    limits.extend(LIMITS.map(|(name, text, because)| limit(name, text, because)));
    if kernel.cluster.iter().all(|formula| *formula == FormulaSpec::Integer(1)) {
        return Ok(limits);
    }
    if gpu.max_cluster_blocks_portable.is_none() {
        let fault = KernelFault::KernelNeeds { what: "clusters of blocks", gpu: gpu.name.clone() };
        return Err(Place::at("kernel.cluster").fault(fault));
    }
    limits.extend(cluster_limits(kernel));
    Ok(limits)
}

fn cluster_limits(kernel: &KernelDescription) -> Vec<StatedText> {
    let factors: Vec<String> = kernel.cluster.iter().map(|formula| format!("({})", formula.text())).collect();
    let text = format!("{} <= gpu_max_cluster_blocks_portable", factors.join(" * "));
    let mut limits = vec![limit("cluster", text, "the hardware limits the blocks of a cluster")];
    for (axis, cluster) in factors.iter().enumerate() {
        let grid = kernel.grid.get(axis).map_or_else(|| "1".to_owned(), FormulaSpec::text);
        let text = format!("1 <= {cluster} and ({grid}) % {cluster} == 0");
        limits.push(limit(&format!("cluster, axis {axis}"), text, "a grid is made of whole clusters"));
    }
    limits
}

fn limit(name: &str, text: impl Into<String>, because: &str) -> StatedText {
    StatedText::named(Place::at("kernel").field(name), name, text, because)
}

fn state_cost(stated: &mut Stated, cost: &CostSpec, place: &Place) -> Result<(), TilingError> {
    let known: Vec<String> = stated.definitions.iter().filter_map(|definition| definition.name.clone()).collect();
    if let Some(index) = cost.parts.iter().position(|part| !known.contains(part)) {
        return Err(place.field("parts").index(index).fault(TilingFault::NoDefinition { known }));
    }
    stated.definitions.push(StatedText::named(place.field(TIME), TIME, &cost.time_ps, "predicted time"));
    stated.cost = Some(TIME.to_owned());
    stated.cost_parts.clone_from(&cost.parts);
    Ok(())
}

/// The kernel with what it uses and its macros as expressions, once all its names have their meaning.
pub(super) fn configured(
    lowering: &Lowering,
    problem: &Problem,
    kernel: &KernelDescription,
    gpu: &Gpu,
) -> Result<Described, TilingError> {
    let prefix = || format!("CONSTRINT_{}_", kernel.name.to_uppercase());
    Ok(Described {
        name: kernel.name.clone(),
        source: UserSource {
            path: kernel.source.as_ref().map(PathBuf::from),
            entry: kernel.entry.clone().unwrap_or_else(|| kernel.name.clone()),
            header: kernel.macros.header.clone(),
        },
        gpu: gpu.clone(),
        macro_prefix: kernel.macros.prefix.clone().unwrap_or_else(prefix),
        formulas: uses(lowering, kernel)?,
        macros: macros(lowering, problem, kernel)?,
    })
}

fn uses(lowering: &Lowering, kernel: &KernelDescription) -> Result<Formulas, TilingError> {
    let place = Place::at("kernel");
    let known = |name: &str| lowering.parse(&place.field(name), name);
    Ok(Formulas {
        block: extents(lowering, &place.field("block"), &kernel.block)?,
        grid: extents(lowering, &place.field("grid"), &kernel.grid)?,
        cluster: extents(lowering, &place.field("cluster"), &kernel.cluster)?,
        registers: known("registers_per_thread")?,
        static_shared_memory: known("static_shared_memory_bytes")?,
        dynamic_shared_memory: known("dynamic_shared_memory_bytes")?,
        min_blocks_per_sm: known("min_blocks_per_sm")?,
    })
}

/// Three extents; those that are left out are 1.
fn extents(lowering: &Lowering, place: &Place, formulas: &[FormulaSpec]) -> Result<[Expr; 3], TilingError> {
    let mut extents = [Expr::Constant(1), Expr::Constant(1), Expr::Constant(1)];
    for (index, (extent, formula)) in extents.iter_mut().zip(formulas).enumerate() {
        *extent = lowering.parse(&place.index(index), &formula.text())?;
    }
    Ok(extents)
}

fn macros(
    lowering: &Lowering,
    problem: &Problem,
    kernel: &KernelDescription,
) -> Result<Vec<(String, Expr)>, TilingError> {
    let place = Place::at("kernel").field("macros");
    let known = |name: &str| lowering.parse(&place, name).map(|expr| (name.to_owned(), expr));
    let own = ["threads_per_block", "min_blocks_per_sm", "registers_per_thread", "dynamic_shared_memory_bytes"];
    let chosen = problem.variables.keys().chain(problem.tune_params.keys());
    let names = chosen.chain(problem.shape.keys()).map(String::as_str).chain(own);
    let mut macros: Vec<(String, Expr)> = Vec::new();
    let all: Vec<(String, Expr)> = names.map(known).collect::<Result<_, _>>()?;
    if let Some(name) = kernel.macros.names.keys().find(|name| all.iter().all(|(known, _)| known != *name)) {
        let nearest = language::nearest(name, all.iter().map(|(known, _)| known.clone()));
        let fault = ProblemFault::UnknownName { name: name.clone(), nearest };
        return Err(place.field("names").field(name).fault(fault));
    }
    for (name, expr) in all {
        let own = match kernel.macros.case {
            MacroCase::Upper => name.to_uppercase(),
            MacroCase::AsIs => name.clone(),
        };
        add_macro(&mut macros, &place, kernel.macros.names.get(&name).cloned().unwrap_or(own), expr)?;
    }
    for (name, formula) in &kernel.macros.extra {
        let place = place.field("extra").field(name);
        let expr = lowering.parse(&place, &formula.text())?;
        check_whole(&place, &expr)?;
        add_macro(&mut macros, &place, name.clone(), expr)?;
    }
    Ok(macros)
}

fn add_macro(macros: &mut Vec<(String, Expr)>, place: &Place, name: String, expr: Expr) -> Result<(), TilingError> {
    if !is_identifier(&name) {
        return Err(place.fault(TilingFault::MacroName { name }));
    }
    if macros.iter().any(|(known, _)| *known == name) {
        return Err(place.fault(TilingFault::MacroTwice { name }));
    }
    macros.push((name, expr));
    Ok(())
}

/// Whether one of the words of an expression is such a name.
fn mentions(text: &str, is_such: impl Fn(&str) -> bool) -> bool {
    text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').any(is_such)
}

#[cfg(test)]
mod tests {
    use super::{DERIVED, SHARED_MEMORY, WAVES, residency};
    use crate::hardware::catalog;
    use std::collections::BTreeSet;

    #[test]
    fn what_follows_has_the_names_that_are_taken() {
        let mut names = BTreeSet::from([SHARED_MEMORY.0.to_owned(), WAVES.0.to_owned()]);
        names.extend(catalog().gpus().iter().flat_map(residency).map(|quantity| quantity.name));
        assert_eq!(names, DERIVED.map(str::to_owned).into());
    }
}
