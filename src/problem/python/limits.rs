//! How much of a text is evaluated.

/// How many brackets, operators and branches may stand in one another.
pub(super) const MOST_LEVELS: usize = 100;

/// Lists longer than this are refused.
pub const MOST_ITEMS: usize = 1_000_000;

/// Operations after which a text is given up, an item of a list being four: about a second.
pub const MOST_STEPS: u64 = 1 << 24;
