//! What both passes' launches on a GPU have in common: arrays of a layer, and the argument that has them.

use super::tile::Tile;
use crate::kernel::{Argument, Field, Holds, Instance, Launch, Plan, Scalar, Step};
use indexmap::IndexMap;

/// A plan in the making: arrays are added in the order in which the struct of arguments has them.
pub(super) struct Planned {
    pub(super) plan: Plan,
    pub(super) sizes: IndexMap<&'static str, i64>,
    /// Of each field: its array, if any, and how far the next head is from the one before.
    fields: Vec<(Option<usize>, i64)>,
    head_dim: i64,
    /// That of Wx, R and h.
    pub(super) element: Scalar,
}

/// Of one unit.
const UNIT: i64 = 1;

impl Planned {
    pub(super) fn new(instance: &Instance, sizes: &IndexMap<&'static str, i64>) -> Self {
        let element = match instance.dtype {
            "fp32" => Scalar::Fp32,
            "fp16" => Scalar::Fp16,
            _ => Scalar::Bf16,
        };
        let head_dim = instance.sizes["head_dim"];
        Self { plan: Plan::default(), sizes: sizes.clone(), fields: Vec::new(), head_dim, element }
    }

    pub(super) fn size(&self, name: &str) -> i64 {
        self.sizes[name]
    }

    /// Units of all heads.
    pub(super) fn row(&self) -> i64 {
        self.size("heads") * self.head_dim
    }

    /// Units of all heads and sequences.
    pub(super) fn units(&self) -> i64 {
        self.size("batch") * self.row()
    }

    /// Those of all steps.
    pub(super) fn timed_units(&self) -> i64 {
        self.units() * self.size("sequence")
    }

    /// An array whose heads follow each other by units.
    pub(super) fn array(&mut self, name: &str, scalar: Scalar, numbers: i64, holds: Option<[f64; 2]>) {
        self.placed(name, scalar, numbers, holds, UNIT);
    }

    /// One of R's shape, whose heads follow each other by matrices.
    pub(super) fn matrices(&mut self, name: &str, scalar: Scalar, numbers: i64, holds: Option<[f64; 2]>) {
        self.placed(name, scalar, numbers, holds, self.head_dim);
    }

    /// One that all heads share from its beginning.
    pub(super) fn whole(&mut self, name: &str, scalar: Scalar, numbers: i64, holds: Option<[f64; 2]>) {
        self.placed(name, scalar, numbers, holds, 0);
    }

    fn placed(&mut self, name: &str, scalar: Scalar, numbers: i64, holds: Option<[f64; 2]>, units: i64) {
        let holds = holds.map_or(Holds::Nothing, |within| Holds::Random { scalar, within });
        let index = self.plan.add(name, numbers * scalar.bytes(), holds);
        self.fields.push((Some(index), units * self.head_dim * scalar.bytes()));
    }

    /// The struct of arguments from head `first` on, with the numbers between and behind the addresses.
    pub(super) fn argument(&self, first: i64, between: usize, numbers: &[Field]) -> Argument {
        let address = |&(array, bytes): &(Option<usize>, i64)| {
            array.map_or(Field::Null, |array| Field::Address { array, offset_bytes: first * bytes })
        };
        let mut fields: Vec<Field> = self.fields.iter().map(address).collect();
        let behind = fields.split_off(between.min(fields.len()));
        fields.extend_from_slice(numbers);
        fields.extend(behind);
        Argument::Struct(fields)
    }

    /// The launches of the recurrence: as many as it takes to have all blocks of each running at once where blocks share a head.
    pub(super) fn recurrence(
        &mut self,
        entry: &str,
        tile: &Tile,
        shared: i64,
        argument: impl Fn(&Self, i64) -> Argument,
    ) {
        let (heads, together) = (self.size("heads"), self.size("together").max(1));
        let workspace = self.plan.array("workspace").filter(|_| tile.is_grid());
        for first in (0..heads).step_by(usize::try_from(together).unwrap_or(usize::MAX)) {
            self.plan.steps.extend(workspace.map(|array| Step::Zero { array }));
            let of_launch = together.min(heads - first);
            self.plan.steps.push(Step::Launch(Launch {
                entry: entry.to_owned(),
                grid: [
                    tile.blocks_per_head(),
                    ceil_div(of_launch, tile.heads_per_block),
                    batch_blocks(tile, &self.sizes),
                ],
                block: [tile.threads(), 1, 1],
                dynamic_shared_memory_bytes: shared,
                prefers_shared_memory: true,
                cooperative: tile.is_grid(),
                arguments: vec![argument(self, first)],
                ..Launch::of_one_block()
            }));
        }
    }

    /// Another kernel, which takes the same struct.
    pub(super) fn launch(&mut self, entry: &str, grid: [i64; 3], threads: i64, argument: Argument) {
        self.plan.steps.push(Step::Launch(Launch {
            entry: entry.to_owned(),
            grid,
            block: [threads, 1, 1],
            arguments: vec![argument],
            ..Launch::of_one_block()
        }));
    }
}

/// Blocks along a batch that may be smaller than the one that the tile is for.
pub(super) fn batch_blocks(tile: &Tile, sizes: &IndexMap<&'static str, i64>) -> i64 {
    ceil_div(sizes["batch"], 8 * tile.batch_tiles).min(tile.batch_blocks())
}

/// Bytes that the blocks of a launch exchange: those of the tile's own launch, for other heads and blocks along the batch.
pub(super) fn exchange_bytes(tile: &Tile, sizes: &IndexMap<&'static str, i64>) -> i64 {
    let [_, heads, batches] = tile.grid();
    tile.workspace_bytes() / (heads * batches) * sizes["together"] * batch_blocks(tile, sizes)
}

/// A clip that a case gives in 1 / 256.
pub(super) fn clip(sizes: &IndexMap<&'static str, i64>, name: &str) -> Field {
    #[expect(clippy::cast_precision_loss, reason = "a few bits")]
    let value = sizes[name] as f64 / 256.0;
    Field::Number { scalar: Scalar::Fp32, value }
}

/// A size as the kernels take it.
pub(super) fn int(of: i64) -> Field {
    Field::Int32(i32::try_from(of).expect("a size of the shape"))
}

fn ceil_div(dividend: i64, divisor: i64) -> i64 {
    (dividend + divisor - 1) / divisor
}
