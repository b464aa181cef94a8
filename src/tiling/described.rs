//! A described kernel in the model: its definitions, what follows from its formulas, and the hardware's limits on that.

use super::{Definition, Lowering};
use crate::error::{Error, Place, ProblemFault};
use crate::hardware::{Gpu, OccupancyInputs, Quantity, occupancy_definitions};
use crate::kernel::described::{Described, Formulas, UserSource};
use crate::problem::{CostSpec, DefinitionSpec, FormulaSpec, KernelDescription, MacroCase, Problem, ShapeValue};
use constrint_solver::{Constraint, Expr, language};
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
pub(super) fn refuse(problem: &Problem, kernel: &KernelDescription) -> Result<(), Error> {
    if problem.dtype.is_some() {
        return Err(Place::at("dtype").fault(ProblemFault::NeedsShippedKernel));
    }
    if let Some((name, _)) = problem.shape.iter().find(|(_, value)| matches!(value, ShapeValue::Word(_))) {
        return Err(Place::at("shape").field(name).fault(ProblemFault::NeedsShippedKernel));
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
fn check_names(kernel: &KernelDescription) -> Result<(), Error> {
    let refuse = |place: Place, name: &str| Err(place.fault(ProblemFault::MacroName { name: name.to_owned() }));
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

impl Lowering {
    /// Definitions, formulas, what follows from them, limits, macros.
    pub(super) fn describe(&mut self, problem: &Problem, kernel: &KernelDescription, gpu: &Gpu) -> Result<(), Error> {
        let place = Place::at("kernel");
        let late = self.early_definitions(kernel)?;
        let formulas = self.formulas(kernel)?;
        self.derive(gpu)?;
        for (name, definition) in late {
            let (text, meaning) = definition.parts();
            self.define(&place.field("definitions").field(name), name, text, meaning)?;
        }
        self.add_limits(kernel, gpu)?;
        self.add_cost(kernel.cost.as_ref())?;
        let macros = self.macros(problem, kernel)?;
        let prefix = || format!("CONSTRINT_{}_", kernel.name.to_uppercase());
        self.tiling.described = Some(Described {
            name: kernel.name.clone(),
            source: UserSource {
                path: kernel.source.as_ref().map(PathBuf::from),
                entry: kernel.entry.clone().unwrap_or_else(|| kernel.name.clone()),
                header: kernel.macros.header.clone(),
            },
            gpu: gpu.clone(),
            macro_prefix: kernel.macros.prefix.clone().unwrap_or_else(prefix),
            formulas,
            macros,
        });
        Ok(())
    }

    /// What follows from the formulas.
    fn derive(&mut self, gpu: &Gpu) -> Result<(), Error> {
        let place = Place::at("kernel");
        let own = |(name, text, meaning): (&str, &str, &'static str)| Quantity {
            name: name.to_owned(),
            text: text.to_owned(),
            meaning,
        };
        for Quantity { name, text, meaning } in
            std::iter::once(own(SHARED_MEMORY)).chain(residency(gpu)).chain([own(WAVES)])
        {
            self.define(&place.field(&name), &name, &text, meaning)?;
        }
        Ok(())
    }

    /// Adds the definitions that do not wait for what follows from the formulas, and gives back those that do.
    fn early_definitions<'a>(
        &mut self,
        kernel: &'a KernelDescription,
    ) -> Result<Vec<(&'a String, &'a DefinitionSpec)>, Error> {
        let mut late: Vec<(&String, &DefinitionSpec)> = Vec::new();
        for (name, definition) in &kernel.definitions {
            let (text, meaning) = definition.parts();
            if mentions(text, |word| is_derived(word) || late.iter().any(|(name, _)| *name == word)) {
                late.push((name, definition));
            } else {
                self.define(&Place::at("kernel").field("definitions").field(name), name, text, meaning)?;
            }
        }
        Ok(late)
    }

    fn define(&mut self, place: &Place, name: &str, text: &str, meaning: &str) -> Result<Expr, Error> {
        let expr = self.parse(place, text)?;
        self.name(place, name, "a quantity of the kernel", expr.clone())?;
        let definition = Definition { expr: expr.clone(), meaning: meaning.to_owned() };
        self.tiling.definitions.insert(name.to_owned(), definition);
        Ok(expr)
    }

    fn formulas(&mut self, kernel: &KernelDescription) -> Result<Formulas, Error> {
        let place = Place::at("kernel");
        let block = self.extents(&place.field("block"), &kernel.block)?;
        let grid = self.extents(&place.field("grid"), &kernel.grid)?;
        let cluster = self.extents(&place.field("cluster"), &kernel.cluster)?;
        self.volume("threads_per_block", &kernel.block, "threads of a block")?;
        self.volume("grid_blocks", &kernel.grid, "blocks of the grid")?;
        let mut one = |name: &str, formula: Option<&FormulaSpec>, otherwise: &str, meaning: &str| {
            let text = formula.map_or_else(|| otherwise.to_owned(), FormulaSpec::text);
            let expr = self.define(&place.field(name), name, &text, meaning)?;
            check_whole(&place.field(name), &expr)?;
            Ok::<_, Error>(expr)
        };
        let counted_on =
            one("min_blocks_per_sm", kernel.min_blocks_per_sm.as_ref(), "1", "blocks of an SM counted on")?;
        let registers = kernel.registers_per_thread.as_ref();
        let registers = one("registers_per_thread", registers, DEFAULT_REGISTERS, "registers of a thread")?;
        let fixed = kernel.static_shared_memory_bytes.as_ref();
        let fixed = one("static_shared_memory_bytes", fixed, "0", "bytes of shared memory declared in the source")?;
        let given = kernel.dynamic_shared_memory_bytes.as_ref();
        let given = one("dynamic_shared_memory_bytes", given, "0", "bytes of shared memory given at launch")?;
        Ok(Formulas {
            block,
            grid,
            cluster,
            registers,
            static_shared_memory: fixed,
            dynamic_shared_memory: given,
            min_blocks_per_sm: counted_on,
        })
    }

    /// Three extents; those that are left out are 1.
    fn extents(&self, place: &Place, formulas: &[FormulaSpec]) -> Result<[Expr; 3], Error> {
        let mut extents = [Expr::Constant(1), Expr::Constant(1), Expr::Constant(1)];
        if formulas.len() > extents.len() {
            return Err(place.fault(ProblemFault::ExtentsForm));
        }
        for (index, (extent, formula)) in extents.iter_mut().zip(formulas).enumerate() {
            *extent = self.parse(&place.index(index), &formula.text())?;
            check_whole(&place.index(index), extent)?;
        }
        Ok(extents)
    }

    fn volume(&mut self, name: &str, formulas: &[FormulaSpec], meaning: &str) -> Result<(), Error> {
        let factors: Vec<String> = formulas.iter().map(|formula| format!("({})", formula.text())).collect();
        self.define(&Place::at("kernel").field(name), name, &factors.join(" * "), meaning).map(drop)
    }

    fn add_limits(&mut self, kernel: &KernelDescription, gpu: &Gpu) -> Result<(), Error> {
        for (axis, formula) in kernel.block.iter().enumerate() {
            let text = format!("1 <= ({0}) and ({0}) <= gpu_max_block_dimensions_{axis}", formula.text());
            self.limit(&format!("block, axis {axis}"), text, "the hardware limits each side of a block")?;
        }
        for (axis, formula) in kernel.grid.iter().enumerate() {
            let text = format!("1 <= ({0}) and ({0}) <= gpu_max_grid_dimensions_{axis}", formula.text());
            self.limit(&format!("grid, axis {axis}"), text, "the hardware limits each side of a grid")?;
        }
        for (name, text, because) in LIMITS {
            self.limit(name, text.to_owned(), because)?;
        }
        if kernel.cluster.iter().all(|formula| *formula == FormulaSpec::Integer(1)) {
            return Ok(());
        }
        if gpu.max_cluster_blocks_portable.is_none() {
            let fault = ProblemFault::KernelNeeds { what: "clusters of blocks", gpu: gpu.name.clone() };
            return Err(Place::at("kernel.cluster").fault(fault));
        }
        self.add_cluster_limits(kernel)
    }

    fn add_cluster_limits(&mut self, kernel: &KernelDescription) -> Result<(), Error> {
        let factors: Vec<String> = kernel.cluster.iter().map(|formula| format!("({})", formula.text())).collect();
        let text = format!("{} <= gpu_max_cluster_blocks_portable", factors.join(" * "));
        self.limit("cluster", text, "the hardware limits the blocks of a cluster")?;
        for (axis, cluster) in factors.iter().enumerate() {
            let grid = kernel.grid.get(axis).map_or_else(|| "1".to_owned(), FormulaSpec::text);
            let text = format!("1 <= {cluster} and ({grid}) % {cluster} == 0");
            self.limit(&format!("cluster, axis {axis}"), text, "a grid is made of whole clusters")?;
        }
        Ok(())
    }

    fn limit(&mut self, name: &str, text: String, because: &str) -> Result<(), Error> {
        let expr = self.parse(&Place::at("kernel").field(name), &text)?;
        self.constraint(Constraint { name: name.to_owned(), expr, text, because: because.to_owned() }, true);
        Ok(())
    }

    fn add_cost(&mut self, cost: Option<&CostSpec>) -> Result<(), Error> {
        let Some(cost) = cost else { return Ok(()) };
        let place = Place::at("kernel").field("cost");
        let known: Vec<String> = self.tiling.definitions.keys().cloned().collect();
        for (index, part) in cost.parts.iter().enumerate() {
            if !known.contains(part) {
                return Err(place.field("parts").index(index).fault(ProblemFault::NoDefinition { known }));
            }
        }
        self.define(&place.field(TIME), TIME, &cost.time_ps, "predicted time")?;
        self.tiling.cost = Some(TIME.to_owned());
        self.tiling.cost_parts.clone_from(&cost.parts);
        Ok(())
    }

    fn macros(&self, problem: &Problem, kernel: &KernelDescription) -> Result<Vec<(String, Expr)>, Error> {
        let place = Place::at("kernel").field("macros");
        let known = |name: &str| self.parse(&place, name).map(|expr| (name.to_owned(), expr));
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
            let expr = self.parse(&place, &formula.text())?;
            check_whole(&place, &expr)?;
            add_macro(&mut macros, &place, name.clone(), expr)?;
        }
        Ok(macros)
    }
}

fn add_macro(macros: &mut Vec<(String, Expr)>, place: &Place, name: String, expr: Expr) -> Result<(), Error> {
    if !is_identifier(&name) {
        return Err(place.fault(ProblemFault::MacroName { name }));
    }
    if macros.iter().any(|(known, _)| *known == name) {
        return Err(place.fault(ProblemFault::MacroTwice { name }));
    }
    macros.push((name, expr));
    Ok(())
}

/// Whether one of the words of an expression is such a name.
fn mentions(text: &str, is_such: impl Fn(&str) -> bool) -> bool {
    text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').any(is_such)
}

/// Refuses a formula with a fraction somewhere in it: registers and bytes come in whole numbers.
fn check_whole(place: &Place, expr: &Expr) -> Result<(), Error> {
    let may_be_a_fraction = match expr {
        Expr::Quotient(..) => true,
        Expr::Power(_, exponent) => !matches!(**exponent, Expr::Constant(0..)),
        // Only its truth counts.
        Expr::Compare(..) => return Ok(()),
        _ => false,
    };
    if may_be_a_fraction {
        return Err(place.fault(ProblemFault::NotWhole));
    }
    expr.operands().into_iter().try_for_each(|operand| check_whole(place, operand))
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
