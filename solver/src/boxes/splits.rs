//! What a box failed for: the splits on the way to it, as a set.

/// Splits on the way to a box, by depth: what a box failed for. Deeper splits than that are all one.
pub(super) type Splits = u128;

/// Every split.
pub(super) const ALL: Splits = Splits::MAX;

/// The split at that depth.
pub(super) fn split_at(depth: usize) -> Splits {
    1 << depth.min(127)
}

/// What a box failed for, without the split that it was taken apart by.
pub(super) fn without(splits: Splits, depth: usize) -> Splits {
    if depth >= 127 { splits } else { splits & !split_at(depth) }
}
