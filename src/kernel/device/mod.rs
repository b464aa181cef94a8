//! `device/`: the headers through which all kernels reach the hardware, and through which the emulator stands in for it.
//!
//! `platform.cuh` lists them and says what else a kernel may use.

use super::{SourceFile, source};

/// The headers, which every kernel ships.
pub(crate) const DEVICE: [SourceFile; 10] = [
    source!("device/platform.cuh", "platform.cuh"),
    source!("device/number.cuh", "number.cuh"),
    source!("device/memory.cuh", "memory.cuh"),
    source!("device/async_copy.cuh", "async_copy.cuh"),
    source!("device/ldmatrix.cuh", "ldmatrix.cuh"),
    source!("device/mma.cuh", "mma.cuh"),
    source!("device/warp.cuh", "warp.cuh"),
    source!("device/flag.cuh", "flag.cuh"),
    source!("device/barrier.cuh", "barrier.cuh"),
    source!("device/math.cuh", "math.cuh"),
];

/// A kernel's own files, its main one first, and behind them the headers.
pub(crate) const fn with_device<const ALL: usize>(own: &[SourceFile]) -> [SourceFile; ALL] {
    assert!(own.len() + DEVICE.len() == ALL, "room for the kernel's own files and the headers");
    let mut all = [DEVICE[0]; ALL];
    let mut index = 0;
    while index < ALL {
        all[index] = if index < own.len() { own[index] } else { DEVICE[index - own.len()] };
        index += 1;
    }
    all
}
