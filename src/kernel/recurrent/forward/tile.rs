//! What the forward pass adds to a tile, in plain arithmetic, which shares no code with the statement.

use super::registers::{MOST_SLOTS, MOST_STEPS_OF_WORDS, OTHERS, SLACK};
use crate::kernel::recurrent::Cell;
use crate::kernel::recurrent::limits::Own;
use crate::kernel::recurrent::sizes::ceil_div;
use crate::kernel::recurrent::tile::{Cut, Tile};
use crate::kernel::{Chosen, Instance};

/// Gates are rows; h is handed over.
pub(super) fn cut(instance: &Instance) -> Cut {
    let cell = Cell::of(instance);
    Cut { group_units: cell.units_per_group(), group_tiles: cell.tiles_per_group(), sums: cell.gates, factors: 1 }
}

/// The chosen tile of the forward pass.
pub(super) struct ForwardTile<'a> {
    pub(super) tile: Tile<'a>,
    pub(super) stages: i64,
}

impl<'a> ForwardTile<'a> {
    pub(super) fn of(instance: &'a Instance, values: &Chosen) -> Self {
        let stages = values.get("stages").copied().unwrap_or(1);
        Self { tile: Tile::of(instance, values, cut(instance)), stages }
    }

    /// Bytes of h, partial sums, R and Wx.
    pub(super) fn shared_memory_bytes(&self) -> i64 {
        let tile = &self.tile;
        // An odd number of 16-byte pieces for each sequence.
        let pieces = tile.units_per_block() * tile.cell.gates * tile.element_bytes() / 16;
        let input = self.stages * tile.sequences() * 16 * (pieces + 1 - pieces % 2);
        tile.shared_parts().iter().sum::<i64>() + input
    }

    /// Registers that hold R, sums, fragments of h, states and addresses without spilling.
    fn registers_needed(&self) -> i64 {
        let (tile, others) = (&self.tile, OTHERS);
        let (cell, owned) = (tile.cell, tile.owned_slots());
        let memory = cell.states - 1 + i64::from(cell.reads_hidden);
        let is_lone = tile.warps_along_k == 1;
        let lone_column = if is_lone { others.column_of_lone } else { 0 };
        let in_grid = if tile.is_grid() { others.column_in_grid + lone_column } else { 0 };
        let accurate = usize::from(tile.instance.dtype != "bf16");
        let halves = if is_lone { others.halves(cell, tile.instance.dtype) } else { 1 };
        let is_training = tile.instance.words["pass"] == "training";
        let other = others.any
            + if is_training { others.training } else { 0 }
            + if tile.instance.words["clip"] == "hidden" { others.clip } else { 0 }
            + if tile.size("head_dim") % 2 == 1 { others.odd_head } else { 0 }
            + if tile.register_steps < tile.warp_steps() { others.shared_weights } else { 0 }
            + if cell.reads_hidden { others.reads_hidden } else { 0 }
            + if cell.reads_hidden && is_lone { others.reads_hidden_alone } else { 0 }
            + if is_lone && tile.is_grid() { others.alone_in_grid[accurate] } else { 0 }
            + (others.column + in_grid) * tile.batch_tiles
            + if tile.element_bytes() == 4 { others.third_column * (tile.batch_tiles - 2).max(0) } else { 0 }
            + if tile.is_words() { tile.words_of_lane() + others.words } else { 0 }
            + halves * owned / 2
            + (others.slot + if is_lone { others.slot_of_lone } else { 0 }) * owned.min(others.slots_together);
        let needed = tile.registers_of_products() + owned * memory + tile.bias_units() * cell.biases + other;
        ceil_div(needed, 8) * 8
    }

    /// Registers that the compiler is told to stay within.
    pub(super) fn registers(&self) -> i64 {
        (self.registers_needed() + SLACK).min(self.tile.register_limit())
    }

    /// Slots count four times with several warps along k: each takes registers for its addresses.
    pub(super) fn own_limits(&self) -> Own {
        let weight = if self.tile.warps_along_k == 1 { 1 } else { 4 };
        Own {
            registers_needed: self.registers_needed(),
            shared_memory: self.shared_memory_bytes(),
            slots: [self.tile.owned_slots() * weight, MOST_SLOTS],
            most_word_steps: MOST_STEPS_OF_WORDS,
        }
    }
}
