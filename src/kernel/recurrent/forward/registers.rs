//! Registers of a thread beside those that are counted, fitted to what ptxas needs: see the module documentation.

use crate::kernel::recurrent::Cell;

/// Registers of a thread beside those that are counted.
pub(super) const OTHERS: Others = Others {
    any: 56,
    training: 8,
    clip: 16,
    reads_hidden: 16,
    reads_hidden_alone: 16,
    odd_head: 8,
    shared_weights: 8,
    column: 6,
    column_in_grid: 4,
    third_column: 16,
    column_of_lone: 8,
    alone_in_grid: [0, 24],
    words: 24,
    slot: 3,
    slot_of_lone: 1,
    slots_together: 4,
    slot_halves: [1, 4],
    reads_hidden_halves: [0, 8],
};

/// Registers for what is not counted one by one.
pub(super) struct Others {
    /// Addresses and counters.
    pub(super) any: i64,
    /// Addresses of what training stores.
    pub(super) training: i64,
    /// What h is kept within.
    pub(super) clip: i64,
    /// Where the cell reads h, and units lie 16 to a tile.
    pub(super) reads_hidden: i64,
    /// And beside them where one warp sums over all of k.
    pub(super) reads_hidden_alone: i64,
    /// Questions whether a unit is inside, where a head has an odd number.
    pub(super) odd_head: i64,
    /// Fragments of R that come from shared memory.
    pub(super) shared_weights: i64,
    /// A column's fragments of h, and more of them where they come from L2.
    pub(super) column: i64,
    pub(super) column_in_grid: i64,
    /// Beside these of each column behind the second, in fp32.
    pub(super) third_column: i64,
    /// Beside these where one warp sums over all of k, of whose reads ptxas starts many at once.
    pub(super) column_of_lone: i64,
    /// And in all such warps across blocks, with the functions for bf16 and with the more accurate ones.
    pub(super) alone_in_grid: [i64; 2],
    /// Beside the words of h that a lane takes at once.
    pub(super) words: i64,
    /// A slot's step, for those that are computed together.
    pub(super) slot: i64,
    /// And beside it where a lane has no others to share its slots with.
    pub(super) slot_of_lone: i64,
    pub(super) slots_together: i64,
    /// Halves of a register for each slot, with the functions for bf16 and with the more accurate ones; 1 where several warps
    /// share the slots.
    pub(super) slot_halves: [i64; 2],
    /// Halves beside these where the cell reads h.
    pub(super) reads_hidden_halves: [i64; 2],
}

impl Others {
    /// Halves of a register for each slot of a cell, of a type.
    pub(super) fn halves(&self, cell: &Cell, dtype: &str) -> i64 {
        let accurate = usize::from(dtype != "bf16");
        self.slot_halves[accurate] + if cell.reads_hidden { self.reads_hidden_halves[accurate] } else { 0 }
    }
}

/// Registers that the compiler may use beyond what it needs, where the SM has them.
pub(super) const SLACK: i64 = 24;

/// Slots of a lane: their bits fill a word.
pub(super) const MOST_SLOTS: i64 = 32;

/// Steps along k, of all columns, whose h a lane takes at once in numbered words.
pub(super) const MOST_STEPS_OF_WORDS: i64 = 16;
