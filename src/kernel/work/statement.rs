//! What is made of a [`Work`] on a GPU: rates, formulas, parts; what is unknown of it.

use super::given::Work;
use super::{paths, rates, waves};
use crate::hardware::Gpu;
use crate::kernel::figures::{self, Figure};
use crate::kernel::{KernelError, Named};

/// Refuses a GPU of which a figure is not known that the time needs.
///
/// # Errors
/// [`KernelError`] that says in which fields a problem gives them.
pub(crate) fn require(work: &Work, gpu: &Gpu) -> Result<(), KernelError> {
    let clock = std::iter::once(Figure::BoostClock);
    let tensor = work.tensor_type.as_deref().and_then(rates::tensor_type).map(Figure::TensorRate);
    figures::require(gpu, &clock.chain(tensor).collect::<Vec<_>>())
}

/// The rates of the GPU by which the time is made.
pub(crate) fn constants(work: &Work, gpu: &Gpu) -> Vec<Named<i64>> {
    rates::constants(gpu, work.tensor_type.as_deref())
}

/// What the predicted time is made of, each over those before it; the last is the predicted time.
pub(crate) fn definitions(work: &Work, gpu: &Gpu) -> Vec<Named<String>> {
    [paths::definitions(work), waves::definitions(work, gpu)].concat()
}

/// What is estimated or not counted as the author left it out, in a phrase for the reader of the time.
pub(crate) fn basis(work: &Work) -> String {
    let is_estimated = work.l2_bytes.is_none() && !work.global.is_empty();
    let unknown = unknown(work).join(", ");
    let told = [
        Some("from the kernel's work by published figures, not measured on a GPU".to_owned()),
        is_estimated.then(|| "bytes from L2 estimated as if L1 kept nothing".to_owned()),
        (!unknown.is_empty()).then(|| format!("unknown and not counted: {unknown}")),
    ];
    told.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

/// What is neither given nor follows from the rest.
fn unknown(work: &Work) -> Vec<&'static str> {
    let arithmetic = [&work.fp32, &work.fp16, &work.special, &work.tensor_flops];
    let kinds = [
        (arithmetic.iter().any(|kind| kind.is_some()), "arithmetic"),
        (work.integer.is_some(), "addresses and branches"),
        (!work.shared.is_empty() || !work.global.is_empty(), "loads and stores"),
        (work.l2_bytes.is_some() || !work.global.is_empty(), "bytes from L2"),
        (work.memory_bytes.is_some(), "bytes from memory"),
        (work.waits.any() || work.block_waits.any(), "waits"),
    ];
    kinds.iter().filter(|(known, _)| !known).map(|(_, what)| *what).collect()
}

/// The definitions that a reader sees as the parts of the time: those of the paths of which something is known.
pub(crate) fn parts(work: &Work) -> Vec<&'static str> {
    let accesses = !work.shared.is_empty() || !work.global.is_empty();
    let instructions = [&work.fp32, &work.fp16, &work.integer, &work.special];
    let known = [
        ("launch_ps", true),
        ("load_store_ps", accesses || work.spills.is_some()),
        ("issue_ps", accesses || instructions.iter().any(|kind| kind.is_some())),
        ("fp32_ps", work.fp32.is_some()),
        ("fp16_ps", work.fp16.is_some()),
        ("integer_ps", work.integer.is_some()),
        ("special_ps", work.special.is_some()),
        ("tensor_ps", work.tensor_flops.is_some()),
        ("l2_ps", work.l2_bytes.is_some() || !work.global.is_empty()),
        ("memory_ps", work.memory_bytes.is_some() || work.reread_bytes.is_some()),
        ("waits_ps", work.waits.any() || work.block_waits.any() || work.barriers.is_some()),
    ];
    known.iter().filter(|(_, known)| *known).map(|(part, _)| *part).collect()
}
