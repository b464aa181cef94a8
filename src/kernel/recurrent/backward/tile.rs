//! What the backward pass adds to a tile, in plain arithmetic, which shares no code with the statement.

use super::registers::{MOST_SLOTS, MOST_STEPS_OF_WORDS, OTHERS, SLACK};
use crate::kernel::recurrent::Cell;
use crate::kernel::recurrent::limits::Own;
use crate::kernel::recurrent::sizes::ceil_div;
use crate::kernel::recurrent::tile::{Cut, Tile};
use crate::kernel::{Chosen, Instance};

/// Old units are rows, of which 16 fill a tile; the gradients of all gates are handed over.
pub(super) fn cut(instance: &Instance) -> Cut {
    Cut { group_units: 16, group_tiles: 1, sums: 1, factors: Cell::of(instance).gates }
}

/// Whether a step reads h: after it elman's derivative and the clip's, before it gru's.
pub(super) fn loads_hidden(instance: &Instance) -> bool {
    Cell::of(instance).reads_hidden || keeps_hidden(instance)
}

fn keeps_hidden(instance: &Instance) -> bool {
    Cell::of(instance).saved == 0 || instance.words["clip"] == "hidden"
}

/// Numbers of a unit and sequence that stay in registers from step to step: the states after the step, and their gradients.
pub(super) fn kept_states(instance: &Instance) -> i64 {
    let cell = Cell::of(instance);
    2 * (cell.states - 1) + i64::from(cell.reads_hidden) + i64::from(keeps_hidden(instance))
}

/// Bytes of a sector, and how many of them a thread brings to L2 at most: as `prefetch.cuh` has both.
pub(super) const SECTOR_BYTES: i64 = 32;
pub(super) const MOST_SECTORS: i64 = 4;

/// The chosen tile of the backward pass.
pub(super) struct BackwardTile<'a> {
    pub(super) tile: Tile<'a>,
}

impl<'a> BackwardTile<'a> {
    pub(super) fn of(instance: &'a Instance, values: &Chosen) -> Self {
        Self { tile: Tile::of(instance, values, cut(instance)) }
    }

    /// Bytes of gradients, partial sums and R.
    pub(super) fn shared_memory_bytes(&self) -> i64 {
        self.tile.shared_parts().iter().sum()
    }

    /// Whether a lane's slots are pairs of neighbouring units.
    fn is_in_pairs(&self) -> bool {
        self.tile.slots() % (2 * self.tile.warps_along_k) == 0
    }

    /// Registers of a slot for what the next step reads, in halves.
    fn ahead_halves(&self) -> i64 {
        let tile = &self.tile;
        let is_half = tile.element_bytes() == 2 && tile.size("head_dim") % 2 == 0 && self.is_in_pairs();
        let elements = 1 + tile.cell.saved + i64::from(loads_hidden(tile.instance));
        elements * if is_half { 1 } else { 2 } + 2 * (tile.cell.states - 1)
    }

    /// Sectors that a thread brings to L2 in each step, with an address for each; none if they were too many.
    fn sectors(&self) -> i64 {
        let tile = &self.tile;
        let units = tile.units_per_block().min(tile.size("head_dim"));
        let elements = 1 + tile.cell.saved + i64::from(loads_hidden(tile.instance));
        let of_row = elements * ceil_div(units * tile.element_bytes(), SECTOR_BYTES)
            + (tile.cell.states - 1) * ceil_div(units * 4, SECTOR_BYTES);
        let sectors = ceil_div(tile.heads_per_block * 8 * tile.batch_tiles * of_row, tile.threads());
        if sectors <= MOST_SECTORS { sectors } else { 0 }
    }

    /// Registers that hold R, sums, fragments of gradients, states and addresses without spilling.
    fn registers_needed(&self) -> i64 {
        let (tile, others) = (&self.tile, OTHERS);
        let owned = tile.owned_slots();
        let other = others.any
            + if tile.size("head_dim") % 2 == 1 { others.odd_head } else { 0 }
            + if tile.instance.words["clip"] == "hidden" { others.clip } else { 0 }
            + if tile.instance.words["gradient_clip"] == "recurrent" { others.gradient_clip } else { 0 }
            + if tile.register_steps < tile.warp_steps() { others.shared_weights } else { 0 }
            + (others.column + if tile.is_grid() { others.column_in_grid } else { 0 }) * tile.batch_tiles
            + if tile.is_words() { tile.words_of_lane() + others.words } else { 0 }
            + (others.slot + if self.is_in_pairs() { 0 } else { others.single_slot })
                * owned.min(others.slots_together)
            + others.further_slot * (owned - MOST_SLOTS[1]).max(0);
        let slots = owned * kept_states(tile.instance) + ceil_div(owned * self.ahead_halves(), 2);
        let needed =
            tile.registers_of_products() + slots + tile.bias_units() * tile.cell.biases + 2 * self.sectors() + other;
        // Of an odd number of steps ptxas starts all loads before it puts the first word of R together.
        let at_start =
            if tile.register_steps % 2 == 1 { 8 * tile.tiles() * tile.register_steps + others.any + SLACK } else { 0 };
        ceil_div(needed.max(at_start), 8) * 8
    }

    /// Registers that the compiler is told to stay within.
    pub(super) fn registers(&self) -> i64 {
        (self.registers_needed() + SLACK).min(self.tile.register_limit())
    }

    pub(super) fn own_limits(&self) -> Own {
        let most_slots = MOST_SLOTS[usize::from(self.tile.warps_along_k > 1)];
        Own {
            registers_needed: self.registers_needed(),
            shared_memory: self.shared_memory_bytes(),
            slots: [self.tile.owned_slots(), most_slots],
            most_word_steps: MOST_STEPS_OF_WORDS,
        }
    }
}
