//! Occupancy as formulas of the native expression language, for models in which registers, threads and shared memory
//! are still open.
//!
//! The formulas restate the rules of [`occupancy()`](super::occupancy()), which are those of NVIDIA's
//! `cuda_occupancy.h` of CUDA 13.5; `tests/occupancy/constraints.rs` holds the two against each other. A formula names a
//! limit of the GPU as problems do, `gpu_` before its field ([`Gpu::numbers`]), so that explanations can tell which limit
//! a constraint rests on.

use super::{Gpu, OccupancyInputs, OptIn};

/// A named formula.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quantity {
    /// As later formulas and constraints use it.
    pub name: String,
    /// In the native expression language.
    pub text: String,
    /// What it is, with its unit.
    pub meaning: &'static str,
}

/// The steps from what a block asks for to `blocks_per_sm` and `warps_per_sm`: each formula may use those before it, the
/// names in the inputs, and [`Gpu::numbers`].
///
/// At given values `blocks_per_sm` is what [`occupancy()`](super::occupancy()) answers, and 0 where that refuses a
/// number below zero, a block without threads or a carve-out that is no percentage. The blocks that each resource alone
/// allows are `blocks_by_warps`, `blocks_by_registers`, `blocks_by_shared_memory`, `blocks_by_barriers` and
/// `blocks_by_virtual_resources`, the latter two where the GPU counts them; a resource that sets no limit allows
/// `gpu_max_blocks_per_sm`. `l1_bytes`, the last, is what L1 has left beside the shared memory of those blocks
/// ([`Gpu::l1_bytes_beside`]): `working_set <= l1_bytes` keeps a working set in L1.
///
/// ```
/// use constrint::hardware::{OccupancyInputs, find, occupancy_definitions};
///
/// let quantities = occupancy_definitions(find("A100 SXM4 80GB")?, &OccupancyInputs::new("threads", "registers", "0"));
/// let names: Vec<&str> = quantities.iter().map(|quantity| quantity.name.as_str()).collect();
/// assert_eq!(names[names.len() - 3..], ["blocks_per_sm", "warps_per_sm", "l1_bytes"]);
/// # Ok::<(), constrint::Error>(())
/// ```
pub fn occupancy_definitions(gpu: &Gpu, inputs: &OccupancyInputs) -> Vec<Quantity> {
    let formulas = Formulas { gpu, prefix: &inputs.prefix, inputs: &inputs.bracketed() };
    let mut quantities = formulas.by_warps();
    quantities.extend(formulas.by_registers());
    quantities.extend(formulas.by_shared_memory());
    quantities.extend(formulas.by_barriers());
    quantities.extend(formulas.by_virtual_resources());
    let limits: Vec<String> = quantities.iter().map(|quantity| quantity.name.clone()).collect();
    quantities.extend(formulas.together(&limits));
    quantities
}

/// The rules for one GPU and one kernel, in the order in which `occupancy.rs` numbers them.
struct Formulas<'a> {
    gpu: &'a Gpu,
    prefix: &'a str,
    inputs: &'a OccupancyInputs,
}

impl Formulas<'_> {
    fn name(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    fn define(&self, name: &str, text: String, meaning: &'static str) -> Quantity {
        Quantity { name: self.name(name), text, meaning }
    }

    /// Rule 2.
    fn by_warps(&self) -> Vec<Quantity> {
        let (threads, warps) = (&self.inputs.threads_per_block, self.name("warps_per_block"));
        vec![
            self.define("warps_per_block", format!("ceil_div({threads}, gpu_warp_size)"), "warps of a block"),
            self.define(
                "blocks_by_warps",
                format!("gpu_max_warps_per_sm // {warps} if {threads} <= gpu_max_threads_per_block else 0"),
                "blocks of an SM that its warp slots allow",
            ),
        ]
    }

    /// Rule 1: whole units for each warp, divided within a sub-partition; a launch is checked as if all sub-partitions
    /// gave registers to equally many warps.
    fn by_registers(&self) -> Vec<Quantity> {
        let registers = &self.inputs.registers_per_thread;
        let (warps, of_warp) = (self.name("warps_per_block"), self.name("registers_per_warp"));
        let unit = "gpu_register_allocation_unit_per_warp";
        let parts = "gpu_sub_partitions_per_sm";
        let at_launch = format!("{of_warp} * {parts} * ceil_div({warps}, {parts})");
        let refused =
            format!("{registers} > gpu_max_registers_per_thread_at_launch or {at_launch} > gpu_registers_per_block");
        let blocks = format!("gpu_registers_per_sm // {parts} // {of_warp} * {parts} // {warps}");
        let blocks = unless_zero(registers, &format!("0 if {refused} else {blocks}"));
        vec![
            self.define(
                "registers_per_warp",
                format!("{unit} * ceil_div({registers} * gpu_warp_size, {unit})"),
                "registers that a warp takes",
            ),
            self.define("blocks_by_registers", blocks, "blocks of an SM that its registers allow"),
        ]
    }

    /// Rule 4: whole units out of the carve-out, the driver's reserve included.
    fn by_shared_memory(&self) -> Vec<Quantity> {
        let taken = self.name("shared_memory_allocated_bytes");
        let unit = "gpu_shared_memory_allocation_unit_bytes";
        let asked = self.with_dynamic(&self.inputs.dynamic_shared_memory_bytes);
        let mut quantities = vec![self.define(
            "shared_memory_allocated_bytes",
            format!("{unit} * ceil_div({asked}, {unit})"),
            "bytes of shared memory that a block takes",
        )];
        let pool = match &self.inputs.carveout_percent {
            None => "gpu_shared_memory_per_sm_bytes".to_owned(),
            Some(percent) => {
                let wished = self.define(
                    "shared_memory_wished_bytes",
                    format!("max({taken}, {percent} * gpu_shared_memory_per_sm_bytes // 100)"),
                    "bytes of shared memory that an SM must at least be set to",
                );
                let pool = self.carveout_step(&wished.name);
                quantities.push(wished);
                pool
            }
        };
        let blocks = format!("0 if {} else {pool} // max(1, {taken})", self.too_much_shared_memory(&taken));
        let blocks = match self.gpu.reserved_shared_memory_per_block_bytes {
            0 => unless_zero(&taken, &blocks),
            _ => blocks,
        };
        quantities.push(self.define(
            "blocks_by_shared_memory",
            blocks,
            "blocks of an SM that its shared memory allows",
        ));
        quantities
    }

    /// Static shared memory, the driver's reserve and what a launch asks for.
    fn with_dynamic(&self, dynamic_bytes: &str) -> String {
        let static_bytes = &self.inputs.static_shared_memory_bytes;
        format!("{static_bytes} + gpu_reserved_shared_memory_per_block_bytes + {dynamic_bytes}")
    }

    /// When a block takes more than it may have: a kernel that opts in gets the larger limit only if its own maximum
    /// needs it.
    fn too_much_shared_memory(&self, taken: &str) -> String {
        let (default, opt_in) =
            ("gpu_shared_memory_per_block_default_bytes", "gpu_shared_memory_per_block_optin_bytes");
        let dynamic_bytes = &self.inputs.dynamic_shared_memory_bytes;
        let raised = |most: &str| format!("({opt_in} if {} > {default} else {default})", self.with_dynamic(most));
        let (limit, beyond) = match self.inputs.opt_in {
            OptIn::AsNeeded => (raised(dynamic_bytes), String::new()),
            OptIn::Never => (default.to_owned(), String::new()),
            OptIn::UpTo(most) => (raised(&format!("({most})")), format!("{dynamic_bytes} > {most} or ")),
        };
        format!("{beyond}{taken} > {limit} + gpu_reserved_shared_memory_per_block_bytes")
    }

    /// The smallest carve-out that holds so many bytes; the largest holds whatever a block may have.
    fn carveout_step(&self, wished: &str) -> String {
        let count = self.gpu.shared_memory_carveout_steps_bytes.len();
        let steps: Vec<String> =
            (0..count).map(|step| format!("gpu_shared_memory_carveout_steps_bytes_{step}")).collect();
        let smaller: Vec<String> =
            steps.iter().take(count.saturating_sub(1)).map(|step| format!("({wished} > {step})")).collect();
        format!("[{}][sum([{}])]", steps.join(", "), smaller.join(", "))
    }

    /// Rule 6.
    fn by_barriers(&self) -> Option<Quantity> {
        let blocks = unless_zero(
            &self.inputs.named_barriers,
            &format!("gpu_named_barriers_per_sm // {}", self.inputs.named_barriers),
        );
        let meaning = "blocks of an SM that its named barriers allow";
        self.gpu.named_barriers_limit_blocks.then(|| self.define("blocks_by_barriers", blocks, meaning))
    }

    /// Rule 5.
    fn by_virtual_resources(&self) -> Option<Quantity> {
        let (needed, _) = self.inputs.virtual_resources.as_ref().zip(self.gpu.virtual_resources_per_sm)?;
        let blocks = unless_zero(needed, &format!("gpu_virtual_resources_per_sm // {needed}"));
        Some(self.define("blocks_by_virtual_resources", blocks, "blocks of an SM that its virtual resources allow"))
    }

    /// The smallest of all limits, rule 3 among them.
    fn together(&self, quantities: &[String]) -> [Quantity; 3] {
        let is_limit = |name: &&String| name[self.prefix.len()..].starts_with("blocks_by_");
        let limits: Vec<&str> = quantities.iter().filter(is_limit).map(String::as_str).collect();
        let smallest = format!("min(gpu_max_blocks_per_sm, {})", limits.join(", "));
        let requirements = self.inputs.requirements();
        let blocks = if requirements.is_empty() {
            smallest
        } else {
            format!("{smallest} if {} else 0", requirements.join(" and "))
        };
        let warps = format!("{} * {}", self.name("blocks_per_sm"), self.name("warps_per_block"));
        let in_use = format!("{} * {}", self.name("blocks_per_sm"), self.name("shared_memory_allocated_bytes"));
        let in_use = match self.inputs.carveout_percent {
            None => in_use,
            Some(_) => format!("max({}, {in_use})", self.name("shared_memory_wished_bytes")),
        };
        let l1 = format!("max(0, gpu_l1_and_shared_memory_bytes - {})", self.carveout_step(&in_use));
        [
            self.define("blocks_per_sm", blocks, "blocks resident on an SM"),
            self.define("warps_per_sm", warps, "warps resident on an SM"),
            self.define("l1_bytes", l1, "bytes of L1 that an SM has left beside their shared memory"),
        ]
    }
}

/// `blocks`, or no limit where nothing of the resource is asked for.
fn unless_zero(asked: &str, blocks: &str) -> String {
    match asked.parse::<i64>() {
        Ok(0) => "gpu_max_blocks_per_sm".to_owned(),
        Ok(_) => blocks.to_owned(),
        Err(_) => format!("gpu_max_blocks_per_sm if {asked} == 0 else ({blocks})"),
    }
}
