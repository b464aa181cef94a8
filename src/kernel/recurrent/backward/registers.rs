//! Registers of a thread beside those that are counted, fitted to what ptxas needs: see the module documentation.

/// Registers of a thread beside those that are counted.
pub(super) const OTHERS: Others = Others {
    any: 44,
    odd_head: 8,
    clip: 16,
    gradient_clip: 16,
    shared_weights: 8,
    column: 6,
    column_in_grid: 4,
    words: 24,
    slot: 8,
    single_slot: 6,
    slots_together: 4,
    further_slot: 4,
};

/// Registers for what is not counted one by one.
pub(super) struct Others {
    /// Addresses and counters.
    pub(super) any: i64,
    /// Questions whether a unit is inside, where a head has an odd number.
    pub(super) odd_head: i64,
    /// What h was kept within.
    pub(super) clip: i64,
    /// What the gradient of h is kept within.
    pub(super) gradient_clip: i64,
    /// Fragments of R that come from shared memory.
    pub(super) shared_weights: i64,
    /// A column's fragments of gradients, and more of them where they come from L2.
    pub(super) column: i64,
    pub(super) column_in_grid: i64,
    /// Beside the words that a lane takes at once.
    pub(super) words: i64,
    /// A slot's step, for those that are computed together, and more of them where neighbours do not go in pairs.
    pub(super) slot: i64,
    pub(super) single_slot: i64,
    pub(super) slots_together: i64,
    /// And of a slot beyond those that a lane has with several warps along k.
    pub(super) further_slot: i64,
}

/// Registers that the compiler may use beyond what it needs, where the SM has them.
pub(super) const SLACK: i64 = 24;

/// Slots of a lane, with one warp along k and with several: the numbers that each keeps take registers.
pub(super) const MOST_SLOTS: [i64; 2] = [12, 8];

/// Steps along k, of all columns, whose gradients a lane takes at once in numbered words.
pub(super) const MOST_STEPS_OF_WORDS: i64 = 16;
