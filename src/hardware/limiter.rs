//! What limits the number of blocks on an SM.

use serde::{Serialize, Serializer};

/// A resource that can limit the blocks of an SM.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Limiter {
    /// Warp slots.
    Warps,
    /// Registers.
    Registers,
    /// Shared memory.
    SharedMemory,
    /// Block slots.
    Blocks,
    /// Named barriers.
    Barriers,
    /// Virtual resources.
    Virtual,
}

impl Limiter {
    /// All of them, in the order in which they are listed.
    pub const ALL: [Self; 6] =
        [Self::Warps, Self::Registers, Self::SharedMemory, Self::Blocks, Self::Barriers, Self::Virtual];

    /// The name as it appears in JSON, such as `shared_memory`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Warps => "warps",
            Self::Registers => "registers",
            Self::SharedMemory => "shared_memory",
            Self::Blocks => "blocks",
            Self::Barriers => "barriers",
            Self::Virtual => "virtual",
        }
    }
}

/// A set of [`Limiter`]s.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Limiters(u8);

impl Limiters {
    /// Whether the resource is among them.
    pub fn contains(self, limiter: Limiter) -> bool {
        self.0 & (1 << limiter as u8) != 0
    }

    /// The members in the order of [`Limiter::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Limiter> {
        Limiter::ALL.into_iter().filter(move |&limiter| self.contains(limiter))
    }

    pub(super) fn insert_if(&mut self, limiter: Limiter, condition: bool) {
        self.0 |= u8::from(condition) << limiter as u8;
    }
}

impl Serialize for Limiters {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}
