//! [`Device`]: what is asked of a GPU, and how it refuses.

use crate::kernel::Launch;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A GPU of this process: what it has is taken back when it is dropped.
///
/// Everything that is put on it follows in order; only [`read`](Self::read), [`wait`](Self::wait) and
/// [`elapsed_ps`](Self::elapsed_ps) wait. A fault of a kernel may show in any later call.
pub trait Device {
    /// Bytes of its L2 cache.
    fn l2_bytes(&self) -> i64;

    /// Adds machine code, whose kernels launches name by its index: 0 for the first.
    ///
    /// # Errors
    /// [`DeviceFault`] where it is not for this GPU.
    fn load(&mut self, image: &[u8]) -> Result<(), DeviceFault>;

    /// Memory, at an address that is a multiple of 256; 0 for no bytes.
    ///
    /// # Errors
    /// [`DeviceFault`] where there is not so much.
    fn allocate(&mut self, bytes: i64) -> Result<u64, DeviceFault>;

    /// Puts bytes into memory that [`allocate`](Self::allocate) gave.
    ///
    /// # Errors
    /// [`DeviceFault`]
    fn write(&mut self, address: u64, bytes: &[u8]) -> Result<(), DeviceFault>;

    /// Sets so many bytes to one value.
    ///
    /// # Errors
    /// [`DeviceFault`]
    fn fill(&mut self, address: u64, byte: u8, bytes: i64) -> Result<(), DeviceFault>;

    /// Takes bytes out of memory.
    ///
    /// # Errors
    /// [`DeviceFault`]
    fn read(&mut self, address: u64, bytes: i64) -> Result<Vec<u8>, DeviceFault>;

    /// Runs a kernel with its parameters beside each other in memory.
    ///
    /// # Errors
    /// [`DeviceFault`] where the launch is refused.
    fn launch(&mut self, launch: &Launch, parameters: &[u8]) -> Result<(), DeviceFault>;

    /// Notes the time when all that was put on it before is done.
    ///
    /// # Errors
    /// [`DeviceFault`]
    fn mark(&mut self, mark: Mark) -> Result<(), DeviceFault>;

    /// The time between both marks, in picoseconds.
    ///
    /// # Errors
    /// [`DeviceFault`]
    fn elapsed_ps(&mut self) -> Result<i64, DeviceFault>;

    /// Waits until all that was put on it is done.
    ///
    /// # Errors
    /// [`DeviceFault`]
    fn wait(&mut self) -> Result<(), DeviceFault>;

    /// Its clocks now, where somebody tells them.
    fn clocks(&mut self) -> Option<Clocks>;
}

/// The two ends of what is timed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Where it begins.
    Begin,
    /// Where it ends.
    End,
}

/// What a GPU's clocks are at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clocks {
    /// That of the SMs, in MHz.
    pub sm_mhz: i64,
    /// That of the memory, in MHz.
    pub memory_mhz: i64,
    /// Whether heat, or the supply of power, holds them down; that the power limit of the board does is usual, and not told here.
    pub is_throttled: bool,
}

/// Why a GPU did not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceFault {
    /// What that means for what was asked.
    pub kind: DeviceFaultKind,
    /// The call and what the driver says of it.
    pub said: String,
}

/// What a fault means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceFaultKind {
    /// There is no GPU to ask: no driver, no such device, no context.
    Absent,
    /// It refused: too much memory, too large a block, code for another GPU.
    Refused,
    /// A kernel broke off, as by a stray address.
    Crashed,
    /// The driver ended a kernel that ran for too long.
    TimedOut,
}

impl DeviceFault {
    /// A fault of this kind.
    pub fn new(kind: DeviceFaultKind, said: impl Into<String>) -> Self {
        Self { kind, said: said.into() }
    }
}

impl fmt::Display for DeviceFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.said)
    }
}

impl std::error::Error for DeviceFault {}
