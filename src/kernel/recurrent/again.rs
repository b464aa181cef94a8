//! The variable `recompute` of both passes: whether the backward pass computes again what forward would save beside the states.
//!
//! Forward saves nothing else then, `saved_bytes` is less, and the backward pass begins with a kernel that multiplies h of all steps
//! by R (`backward/saved_again.cuh`). What that takes, `recompute_ps`, is stated here once. The backward pass spends it; the forward
//! pass alone counts no less than it would gain (`forward/cost.rs`), so that each pass by itself has them saved unless a limit on
//! `saved_bytes` or the variable says otherwise, and `rnn_training` may choose either.

use super::cells::Cell;
use super::sizes::{self, ceil_div};
use crate::kernel::terms;
use crate::kernel::{Instance, Named, define};
use constrint_solver::Values;

/// The variable's name.
pub(super) const NAME: &str = "recompute";

/// The definition of its price.
pub(super) const PRICE: &str = "recompute_ps";

/// Rows (b, t) and units of a block, at most and of a head that fills no more, and old units of a chunk: as `saved_again.cuh` has
/// them.
const ROWS: i64 = 64;
const UNITS: [i64; 2] = [32, 16];
const CHUNK: i64 = 32;

/// Whether there is a backward pass, and its cell has something to compute again.
pub(super) fn is_possible(instance: &Instance) -> bool {
    let is_inference = instance.words.get("pass").is_some_and(|&pass| pass == "inference");
    !is_inference && Cell::of(instance).saved > 0
}

pub(super) fn variable(instance: &Instance) -> Named<Values> {
    let most = i64::from(is_possible(instance));
    Named::new(
        NAME,
        Values::range(0, most, 1).expect("0 is there"),
        "in training 0: forward saves what the backward pass needs, 1: that computes it again from h",
    )
}

/// The price's name where there is any, for the parts of a cost.
pub(super) fn parts(instance: &Instance) -> Option<&'static str> {
    is_possible(instance).then_some(PRICE)
}

pub(super) fn constants(instance: &Instance) -> Vec<Named<i64>> {
    let cell = Cell::of(instance);
    let head_dim = instance.sizes["head_dim"];
    let units = UNITS[usize::from(head_dim <= UNITS[1])];
    let is_training = instance.words.get("pass").is_none_or(|&pass| pass == "training");
    let where_kept = |bytes: i64| if is_training { bytes } else { 0 };
    vec![
        Named::new(
            "saved_unit_bytes",
            where_kept(sizes::element_bytes(instance) * cell.saved),
            "bytes of a unit, sequence and step that forward saves unless they are computed again",
        ),
        Named::new(
            "state_unit_bytes",
            where_kept(4 * (cell.states - 1)),
            "bytes of a unit, sequence and step that forward stores of the other states",
        ),
        Named::new("again_unit_tiles", ceil_div(head_dim, units), "blocks along a head's units"),
        Named::new(
            "again_flop",
            2 * ROWS * cell.gates * units * CHUNK * ceil_div(head_dim, CHUNK),
            "FLOP of a block that computes saved values again",
        ),
        Named::new(
            "again_unit_bytes",
            sizes::element_bytes(instance) * (cell.gates + 1 + cell.saved),
            "bytes of a unit, sequence and step that are moved to compute saved values again: Wx, h and the values",
        ),
        Named::new("again_launch_ps", terms::launch_ps(&instance.gpu), "the launch of the kernel that computes them"),
    ]
}

/// In picoseconds: products at the rate of all SMs, or of as many as there are blocks, then what goes to and from memory. Nothing of
/// it was measured.
pub(super) fn definitions() -> Vec<Named<String>> {
    vec![
        define(
            "saved_bytes",
            "batch * sequence * heads * head_dim * (saved_unit_bytes * (1 - recompute) + state_unit_bytes)",
            "bytes of what forward saves for the backward pass, beside h",
        ),
        define(
            "again_blocks",
            &format!("ceil_div(batch * sequence, {ROWS}) * again_unit_tiles * heads"),
            "blocks that compute saved values again",
        ),
        define(
            PRICE,
            "(again_launch_ps \
             + again_flop * again_blocks * 100 * 1000000 \
             // (tensor_centiflop_per_clock * min(gpu_sms, again_blocks) * gpu_boost_clock_mhz) \
             + again_unit_bytes * batch * sequence * heads * head_dim * 1000000 // memory_bytes_per_us) * recompute",
            "saved values, computed again",
        ),
    ]
}
