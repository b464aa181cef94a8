//! How the forward pass is run on a GPU: what `rnn_forward_launch.cuh` does, as data.

use super::tile::ForwardTile;
use crate::kernel::recurrent::Cell;
use crate::kernel::recurrent::plan::{Planned, clip, exchange_bytes, int};
use crate::kernel::{Chosen, Instance, Plan, Scalar};
use indexmap::IndexMap;

/// Arrays in the order of the struct `Arguments` (`arguments.cuh`), whose numbers come behind all addresses.
pub(super) fn plan(instance: &Instance, values: &Chosen, sizes: &IndexMap<&'static str, i64>) -> Plan {
    let ForwardTile { tile, .. } = ForwardTile::of(instance, values);
    let (cell, is_training) = (Cell::of(instance), instance.words["pass"] == "training");
    let mut planned = Planned::new(instance, sizes);
    let (element, row, units, timed) = (planned.element, planned.row(), planned.units(), planned.timed_units());
    #[expect(clippy::cast_precision_loss, reason = "a few thousand")]
    let weight = 2.0 / (instance.sizes["head_dim"] as f64).sqrt();
    let of_training = |values: i64| if is_training { values * timed } else { 0 };
    let initial = if sizes["initial"] == 1 { cell.states * units } else { 0 };
    planned.array("input", element, timed * cell.gates, Some([-2.0, 2.0]));
    planned.matrices("weights", element, cell.gates * row * instance.sizes["head_dim"], Some([-weight, weight]));
    planned.array("bias", Scalar::Fp32, cell.biases * row, Some([-0.5, 0.5]));
    planned.array("initial", Scalar::Fp32, initial, Some([0.0, 1.0]));
    planned.array("hidden", element, timed, None);
    planned.array("memory", Scalar::Fp32, of_training(cell.states - 1), None);
    planned.array("saved", element, of_training(cell.saved * (1 - tile.recompute)), None);
    planned.array("last", Scalar::Fp32, units * cell.states, None);
    planned.whole("workspace", Scalar::Int32, exchange_bytes(&tile, sizes) / 4, None);
    let shared = ForwardTile::of(instance, values).shared_memory_bytes();
    planned.recurrence("constrint_rnn_forward", &tile, shared, |planned, first| {
        let [batch, sequence, heads] = ["batch", "sequence", "heads"].map(|name| int(planned.size(name)));
        planned.argument(first, usize::MAX, &[batch, sequence, heads, clip(&planned.sizes, "clip")])
    });
    planned.plan
}
