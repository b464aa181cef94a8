//! [`OccupancyError`]: a question about occupancy that has no answer.

use std::fmt;

/// A question about occupancy that has no answer. The header calls each of these invalid input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OccupancyError {
    /// A block without threads, a number below zero or one that no GPU comes near.
    OutOfRange,
    /// A carve-out that is not a percentage.
    CarveoutOutOfRange,
    /// No step of the carve-out holds one block although the limit of a block allows it: limits that contradict.
    NoCarveoutStep,
    /// That many blocks are not resident even without dynamic shared memory.
    TooManyBlocks,
}

impl fmt::Display for OccupancyError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::OutOfRange => "a kernel needs at least one thread, and no number below 0 or above 2^29 - 1",
            Self::CarveoutOutOfRange => "a carve-out is a percentage from 0 to 100",
            Self::NoCarveoutStep => "no carve-out of this GPU holds one block",
            Self::TooManyBlocks => "so many blocks do not fit one SM even without dynamic shared memory",
        })
    }
}

impl std::error::Error for OccupancyError {}
