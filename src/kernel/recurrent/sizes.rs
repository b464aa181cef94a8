//! Arithmetic of both passes' tiles.

use crate::kernel::Instance;

/// Rounds a quotient up.
pub(super) fn ceil_div(dividend: i64, divisor: i64) -> i64 {
    (dividend + divisor - 1) / divisor
}

/// Bytes of an element of Wx, R, h and their gradients.
pub(super) fn element_bytes(instance: &Instance) -> i64 {
    if instance.dtype == "fp32" { 4 } else { 2 }
}

/// Elements in one access to a row of units: as many as divide it, up to 16 bytes.
pub(super) fn vector(instance: &Instance) -> i64 {
    let (row, most) = (instance.sizes["head_dim"], 16 / element_bytes(instance));
    (1 << row.trailing_zeros().min(62)).min(most)
}
