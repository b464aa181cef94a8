//! What a GPU makes of an instruction: the pipe that takes it, how long it holds the pipe, and when its result is there.

use super::instruction::Instruction;
use constrint::hardware::{ComputeCapability, Latencies};

/// Clocks of one GPU.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Machine {
    capability: ComputeCapability,
    latencies: Latencies,
    /// Of a load that is not of what other SMs hand over.
    load_latency: i64,
    /// Between two matrix instructions of a scheduler.
    product_interval: f64,
    /// From a store in L2 on one SM to a load on another that sees it.
    pub(crate) hand_over: f64,
    /// Schedulers of an SM that have warps: they share its port to memory.
    pub(crate) schedulers: f64,
}

/// What takes instructions one after the other, for all warps of a scheduler.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Pipe {
    /// Matrix instructions.
    Products,
    /// The special function unit.
    Functions,
    /// Shared memory, and all other memory but what comes from L2.
    Memory,
    /// What comes from L2 into registers.
    L2,
    /// Whole numbers and logic.
    Integer,
    /// fp32 and products of whole numbers.
    Float,
    /// No pipe that others wait for.
    Free,
}

/// From the issue of a special function to its result (R. van Stigt's and others' measurements give 22 to 23).
const FUNCTION_LATENCY: f64 = 22.0;
/// Until a store has read its operands: an assumption.
const READ_LATENCY: f64 = 12.0;
/// A load of a constant that is not an operand, and a special register: as shared memory, an assumption.
const CONSTANT_LATENCY: f64 = 29.0;
const SHUFFLE_LATENCY: f64 = 26.0;

impl Machine {
    /// `rate`: dense FLOP of an SM each clock that matrix instructions of 16-bit or tf32 operands reach.
    /// `reads_memory`: whether other loads than those of what SMs hand over go to device memory.
    pub(crate) fn new(
        capability: ComputeCapability,
        rate: f64,
        element_bytes: f64,
        clock_mhz: f64,
        reads_memory: bool,
    ) -> Self {
        let latencies = Latencies::of(capability);
        let load_latency = if reads_memory { latencies.memory_clocks } else { latencies.l2_clocks };
        let flop = 2.0 * 16.0 * 8.0 * 32.0 / element_bytes;
        #[expect(clippy::cast_precision_loss, reason = "a fraction of a millisecond")]
        let hand_over = latencies.flag_handover_ps as f64 * clock_mhz / 1e6;
        Self { capability, latencies, load_latency, product_interval: flop * 4.0 / rate, hand_over, schedulers: 4.0 }
    }

    /// The pipe of an instruction and the clocks for which a warp holds it.
    pub(crate) fn pipe(&self, one: &Instruction) -> (Pipe, f64) {
        let older = self.capability.major == 8 && self.capability.minor == 0;
        let unified = self.capability.major >= 10;
        let root = one.name.split('.').next().unwrap_or_default();
        match root {
            "HMMA" => (Pipe::Products, self.product_interval),
            "MUFU" | "I2F" | "F2I" | "F2F" => (Pipe::Functions, 8.0),
            "LDS" | "STS" | "LDSM" | "STSM" | "LDGSTS" | "LDG" | "LD" | "STG" | "ST" | "ATOM" | "ATOMG" | "RED"
            | "SHFL" | "LDL" | "STL" | "CCTL" => {
                let words = if one.is("LDSM") || one.name.contains(".128") {
                    4.0
                } else if one.name.contains(".64") {
                    2.0
                } else {
                    1.0
                };
                let is_l2 = matches!(root, "LDG" | "LD");
                let pipe = if is_l2 { Pipe::L2 } else { Pipe::Memory };
                (pipe, words * self.schedulers * if is_l2 { 128.0 / self.l2_bytes_per_clock() } else { 1.0 })
            }
            "FADD" | "FMUL" | "FFMA" => (Pipe::Float, if older { 2.0 } else { 1.0 }),
            "IMAD" => (Pipe::Float, if unified { 1.0 } else { 2.0 }),
            "BAR" | "BRA" | "BSSY" | "BSYNC" | "EXIT" | "NOP" | "WARPSYNC" | "DEPBAR" | "LDGDEPBAR" | "MEMBAR"
            | "ERRBAR" | "LDC" | "S2R" | "S2UR" => (Pipe::Free, 0.0),
            _ if root.starts_with('U') => (Pipe::Free, 0.0),
            _ => (Pipe::Integer, if unified { 1.0 } else { 2.0 }),
        }
    }

    /// From its issue to its result.
    #[expect(clippy::cast_precision_loss, reason = "hundreds of clocks")]
    pub(crate) fn latency(&self, one: &Instruction) -> f64 {
        let root = one.name.split('.').next().unwrap_or_default();
        match root {
            "LDS" | "LDSM" => self.latencies.shared_memory_clocks as f64,
            "MUFU" | "I2F" | "F2I" | "F2F" => FUNCTION_LATENCY,
            "LDG" | "LD" if !one.name.contains(".STRONG.") => self.load_latency as f64,
            "LDG" | "LD" | "ATOM" | "ATOMG" => self.latencies.l2_clocks as f64,
            "LDL" => self.latencies.l1_clocks as f64,
            "MEMBAR" => self.latencies.fence_clocks as f64,
            "SHFL" => SHUFFLE_LATENCY,
            "LDC" | "S2R" | "S2UR" => CONSTANT_LATENCY,
            // What was copied steps ago is there, and what has nothing to wait for.
            _ => 0.0,
        }
    }

    /// The port of an SM to L2, which is read by all SMs at once: the same assumption as the model's.
    fn l2_bytes_per_clock(&self) -> f64 {
        match (self.capability.major, self.capability.minor) {
            (8, 0) | (9..=11, _) => 64.0,
            _ => 32.0,
        }
    }

    /// From its issue until it has read its operands.
    pub(crate) fn read_latency() -> f64 {
        READ_LATENCY
    }

    /// A barrier of so many warps that come at the same time, beyond the stall of its instruction.
    #[expect(clippy::cast_precision_loss, reason = "tens of clocks")]
    pub(crate) fn barrier(&self, warps: i64) -> f64 {
        self.latencies.block_barrier_clocks(warps) as f64
    }
}
