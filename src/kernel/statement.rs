//! [`Statement`]: a kernel's variables, quantities, constraints and cost, in the native expression language.

use constrint_solver::{ValueOrder, Values};
use std::borrow::Cow;

/// A kernel's side of a tiling problem, for one instance.
#[derive(Clone, Debug, Default)]
pub struct Statement {
    /// Named numbers: sizes, rates, limits.
    pub constants: Vec<Named<i64>>,
    /// The tile variables, in the order in which they are shown.
    pub variables: Vec<Named<Values>>,
    /// The order in which the search had best decide the variables, and from which end; those left out come last.
    pub search: Vec<(Cow<'static, str>, ValueOrder)>,
    /// Named sub-expressions, each of which may use those before it.
    pub definitions: Vec<Named<String>>,
    /// What must hold: the meaning is the reason.
    pub constraints: Vec<Named<String>>,
    /// The definition to minimise, in picoseconds; how sure it is, the kernel's [`Confidence`](super::Confidence) says.
    pub cost: Cow<'static, str>,
    /// The definitions of which the cost is made, in picoseconds, for the report.
    pub cost_parts: Vec<Cow<'static, str>>,
}

/// Something with a name and a meaning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named<T> {
    /// As expressions use it.
    pub name: Cow<'static, str>,
    /// What it is.
    pub it: T,
    /// In a phrase, with its unit or its reason.
    pub meaning: String,
}

impl<T> Named<T> {
    /// All three.
    pub fn new(name: impl Into<Cow<'static, str>>, it: T, meaning: impl Into<String>) -> Self {
        Self { name: name.into(), it, meaning: meaning.into() }
    }
}

/// A named text of the expression language: a quantity or a constraint.
pub(crate) fn define(name: &'static str, text: &str, meaning: &str) -> Named<String> {
    Named::new(name, text.to_owned(), meaning)
}

/// Registers that `blocks_per_sm` blocks of `threads` leave to each thread: whole units for each warp, as many warps in each
/// sub-partition.
pub(crate) fn register_room() -> Named<String> {
    define(
        "register_room",
        "min(256, gpu_registers_per_sm // (128 * ceil_div(blocks_per_sm * threads, 128)) // 8 * 8)",
        "registers that the SM has for each thread",
    )
}

/// What a block with `shared_memory` takes: whole units, the driver's reserve included.
pub(crate) fn shared_memory_allocated() -> Named<String> {
    define(
        "shared_memory_allocated",
        "gpu_shared_memory_allocation_unit_bytes * ceil_div(shared_memory \
         + gpu_reserved_shared_memory_per_block_bytes, gpu_shared_memory_allocation_unit_bytes)",
        "bytes of shared memory that a block takes from its SM",
    )
}
