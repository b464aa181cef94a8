//! What a configured kernel uses, and the limits that it must keep, in plain arithmetic.

use crate::hardware::Occupancy;
use indexmap::IndexMap;
use serde::Serialize;

/// A chosen value for each variable, by name.
pub type Chosen = IndexMap<String, i64>;

/// What a configured kernel uses.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Resources {
    /// Threads of a block.
    pub threads_per_block: i64,
    /// Registers of a thread, as the compiler is told.
    pub registers_per_thread: i64,
    /// Shared memory of a block, static and dynamic, without the driver's reserve.
    pub shared_memory_per_block_bytes: i64,
    /// The part of it that is given at launch.
    #[serde(skip)]
    pub dynamic_shared_memory_bytes: i64,
    /// Blocks of the grid along x, y and z, of one launch.
    #[serde(skip)]
    pub grid: [i64; 3],
    /// Launches that follow each other, the last perhaps with fewer blocks.
    #[serde(skip)]
    pub launches: i64,
    /// Threads of a block along x, y and z.
    #[serde(skip)]
    pub block: [i64; 3],
    /// Blocks of a cluster along x, y and z.
    #[serde(skip)]
    pub cluster: [i64; 3],
    /// Occupancy by NVIDIA's rules.
    #[serde(skip)]
    pub occupancy: Occupancy,
}

impl Resources {
    /// The arguments for `__launch_bounds__`: threads of a block, and blocks of an SM, which is what its second argument
    /// means (CUDA C++ Programming Guide, "Launch Bounds"). The compiler then stays within the registers that so many
    /// blocks leave, which are no fewer than [`Self::registers_per_thread`]: that one is what `-maxrregcount` takes.
    pub fn launch_bounds(&self) -> [i64; 2] {
        [self.threads_per_block, self.occupancy.blocks_per_sm.max(1)]
    }
}

/// A limit with its two sides, in plain arithmetic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Limit {
    /// What is limited.
    pub name: String,
    /// What the configuration uses.
    pub used: i64,
    /// What there is.
    pub available: i64,
    /// Whether `used` must equal `available` instead of staying within it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub exact: bool,
}

impl Limit {
    /// `used <= available`.
    pub fn at_most(name: impl Into<String>, used: i64, available: i64) -> Self {
        Self { name: name.into(), used, available, exact: false }
    }

    /// `used == expected`.
    pub fn equal(name: impl Into<String>, used: i64, expected: i64) -> Self {
        Self { name: name.into(), used, available: expected, exact: true }
    }

    /// Whether it is kept.
    pub fn holds(&self) -> bool {
        if self.exact { self.used == self.available } else { self.used <= self.available }
    }
}
