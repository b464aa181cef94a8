//! How the backward pass is run on a GPU: what `rnn_backward_launch.cuh` does, as data.

use super::tile::BackwardTile;
use super::weights::Product;
use crate::kernel::recurrent::plan::{Planned, batch_blocks, clip, exchange_bytes, int};
use crate::kernel::recurrent::sizes::ceil_div;
use crate::kernel::recurrent::{Cell, tile::Tile};
use crate::kernel::{Argument, Chosen, Instance, Plan, Scalar};
use indexmap::IndexMap;

/// Threads, rows and units of a block that computes saved values again: as `saved_again.cuh` has them.
const AGAIN_THREADS: i64 = 128;
const AGAIN_ROWS: i64 = 64;
/// Threads of a block that adds up parts, and blocks at most: as `sums.cuh` and `rnn_backward_launch.cuh` have them.
const SUMS_THREADS: i64 = 256;
const SUMS_BLOCKS: i64 = 4096;

/// Addresses that the struct `Arguments` (`arguments.cuh`) has before its numbers; two follow behind.
const ADDRESSES_BEFORE: usize = 14;

pub(super) fn plan(instance: &Instance, values: &Chosen, sizes: &IndexMap<&'static str, i64>) -> Plan {
    let BackwardTile { tile } = BackwardTile::of(instance, values);
    let mut planned = Planned::new(instance, sizes);
    let product = Product::of(instance);
    let is_ordered = product.parts > 1 && instance.words["gradient_sums"] != "atomic";
    add_arrays(&mut planned, instance, &tile, if is_ordered { product.parts } else { 0 });
    if tile.recompute == 1 {
        let units = if instance.sizes["head_dim"] <= 16 { 16 } else { 32 };
        let rows = ceil_div(planned.size("batch") * planned.size("sequence"), AGAIN_ROWS);
        let grid = [rows * ceil_div(instance.sizes["head_dim"], units), planned.size("heads"), 1];
        let whole = argument(&planned, 0);
        planned.launch("constrint_rnn_backward_saved", grid, AGAIN_THREADS, whole);
    }
    let shared = BackwardTile::of(instance, values).shared_memory_bytes();
    planned.recurrence("constrint_rnn_backward", &tile, shared, argument);
    let matrices = Cell::of(instance).gates * planned.size("heads");
    let side = ceil_div(instance.sizes["head_dim"], product.tile);
    let whole = argument(&planned, 0);
    planned.launch(
        "constrint_rnn_backward_weights",
        [side * side, matrices, product.parts],
        2 * product.tile,
        whole.clone(),
    );
    if is_ordered {
        let numbers = matrices * instance.sizes["head_dim"] * instance.sizes["head_dim"];
        let blocks = ceil_div(numbers, SUMS_THREADS).min(SUMS_BLOCKS);
        planned.launch("constrint_rnn_backward_sums", [blocks, 1, 1], SUMS_THREADS, whole);
    }
    planned.plan
}

/// In the order of the struct's addresses.
fn add_arrays(planned: &mut Planned, instance: &Instance, tile: &Tile, ordered_parts: i64) {
    let cell = Cell::of(instance);
    let (element, row, units, timed) = (planned.element, planned.row(), planned.units(), planned.timed_units());
    let head_dim = instance.sizes["head_dim"];
    let given =
        |sizes: &IndexMap<&'static str, i64>, name: &str, numbers: i64| if sizes[name] == 1 { numbers } else { 0 };
    let initial = given(&planned.sizes, "initial", cell.states * units);
    let of_memory = given(&planned.sizes, "of_memory", (cell.states - 1) * timed);
    let of_last = given(&planned.sizes, "of_last", cell.states * units);
    let bias_parts =
        batch_blocks(tile, &planned.sizes) * if tile.warps_along_k == 1 { 1 } else { 2 * tile.batch_tiles };
    let matrices = cell.gates * row * head_dim;
    let sums = bias_parts * cell.biases * row + ordered_parts * matrices;
    let (exchange, again) = (exchange_bytes(tile, &planned.sizes), tile.recompute);
    #[expect(clippy::cast_precision_loss, reason = "a few thousand")]
    let weight = 2.0 / (head_dim as f64).sqrt();
    planned.matrices("weights", element, matrices, Some([-weight, weight]));
    planned.array("initial", Scalar::Fp32, initial, Some([0.0, 1.0]));
    planned.array("hidden", element, timed, Some([-1.0, 1.0]));
    planned.array("memory", Scalar::Fp32, (cell.states - 1) * timed, Some([0.5, 1.5]));
    planned.array("saved", element, cell.saved * timed, (again == 0).then_some([0.0, 1.0]));
    planned.array("of_hidden", element, timed, Some([-1.0, 1.0]));
    planned.array("of_memory", Scalar::Fp32, of_memory, Some([-1.0, 1.0]));
    planned.array("of_last", Scalar::Fp32, of_last, Some([-1.0, 1.0]));
    planned.array("of_input", element, cell.gates * timed, None);
    planned.array("of_initial", Scalar::Fp32, cell.states * units, None);
    planned.matrices("of_weights", Scalar::Fp32, matrices, None);
    // Blocks find their place in it by themselves.
    planned.whole("of_bias", Scalar::Fp32, cell.biases * row, None);
    planned.array("sums", Scalar::Fp32, sums, None);
    planned.whole("workspace", Scalar::Int32, exchange / 4, None);
    planned.whole("input", element, again * cell.gates * timed, Some([-2.0, 2.0]));
    planned.whole("bias", Scalar::Fp32, again * cell.biases * row, Some([-0.5, 0.5]));
}

fn argument(planned: &Planned, first: i64) -> Argument {
    let [batch, sequence, heads] = ["batch", "sequence", "heads"].map(|name| int(planned.size(name)));
    let [clip, gradient_clip] = ["clip", "gradient_clip"].map(|name| clip(&planned.sizes, name));
    planned.argument(first, ADDRESSES_BEFORE, &[batch, sequence, heads, clip, gradient_clip])
}
