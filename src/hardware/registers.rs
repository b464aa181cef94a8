//! Registers of a thread: what matrix instructions hold, and what is left to each thread of so many blocks.

use super::{KernelResources, SmLimits, occupancy};

/// Registers of each thread of a warp for one matrix instruction that works from registers (`mma.sync`).
///
/// The 32 lanes share a matrix evenly, 32 bits to a register (PTX ISA, "Matrix multiply-accumulate operation using mma
/// instruction": matrix fragments).
///
/// ```
/// use constrint::hardware::MmaRegisters;
///
/// let bf16 = MmaRegisters::of([16, 8, 16], 16, 32);
/// assert_eq!((bf16.a, bf16.b, bf16.sums), (4, 2, 4));
/// // A warp tile of 64 by 64 in steps of 16: sums, and the operands of one step.
/// assert_eq!(bf16.warp_tile([64, 64]), Some((128, 32)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MmaRegisters {
    /// Rows, columns and depth of the instruction.
    pub shape: [i64; 3],
    /// Of the left operand.
    pub a: i64,
    /// Of the right operand.
    pub b: i64,
    /// Of the sums, which go in and out.
    pub sums: i64,
}

impl MmaRegisters {
    /// Those of an instruction of `[rows, columns, depth]`, with operands and sums of so many bits.
    pub fn of(shape: [i64; 3], operand_bits: i64, sum_bits: i64) -> Self {
        const BITS_OF_A_WARPS_REGISTER: i64 = 32 * 32;
        let [m, n, k] = shape;
        let registers =
            |elements: i64, bits: i64| (elements * bits + BITS_OF_A_WARPS_REGISTER - 1) / BITS_OF_A_WARPS_REGISTER;
        Self {
            shape,
            a: registers(m * k, operand_bits),
            b: registers(k * n, operand_bits),
            sums: registers(m * n, sum_bits),
        }
    }

    /// Registers for the sums of a warp's tile of `[rows, columns]`, and for the operands of one step of it; none where the
    /// instruction does not fill the tile.
    pub fn warp_tile(self, [rows, columns]: [i64; 2]) -> Option<(i64, i64)> {
        let [m, n, _] = self.shape;
        let whole = rows > 0 && columns > 0 && rows % m == 0 && columns % n == 0;
        let (down, across) = (rows / m, columns / n);
        whole.then_some((down * across * self.sums, down * self.a + across * self.b))
    }
}

/// The most registers a thread may have so that an SM still holds `blocks_per_sm` blocks of `threads_per_block`: what
/// `__launch_bounds__(threads_per_block, blocks_per_sm)` tells ptxas (CUDA C++ Programming Guide, "Launch Bounds"), and the
/// number for `-maxrregcount`. 0 where so many blocks do not fit at all.
///
/// It turns the register rule of [`occupancy()`] round: registers go to warps in units, warps to sub-partitions.
///
/// ```
/// use constrint::hardware::{find, max_registers_per_thread};
///
/// let a100 = find("A100 SXM4 80GB")?.sm_limits();
/// assert_eq!(max_registers_per_thread(&a100, 256, 1), 255);
/// assert_eq!(max_registers_per_thread(&a100, 256, 3), 80);
/// assert_eq!(max_registers_per_thread(&a100, 1024, 3), 0);
/// # Ok::<(), constrint::error::Error>(())
/// ```
pub fn max_registers_per_thread(limits: &SmLimits, threads_per_block: i64, blocks_per_sm: i64) -> i64 {
    let fits = |registers: i64| {
        let kernel = KernelResources::new(registers, threads_per_block);
        occupancy(limits, &kernel).is_ok_and(|answer| answer.blocks_per_sm >= blocks_per_sm)
    };
    // More registers never let more blocks in. The instruction set names 255.
    let (mut most, mut too_many) = (0, 256);
    while too_many - most > 1 {
        let middle = i64::midpoint(most, too_many);
        if fits(middle) { most = middle } else { too_many = middle }
    }
    most
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hardware::catalog;

    /// The counts that the PTX ISA gives for its fragments.
    #[test]
    fn fragments_are_those_of_the_ptx_isa() {
        for (shape, operand_bits, sum_bits, expected) in [
            ([16, 8, 8], 16, 32, [2, 1, 4]),
            ([16, 8, 16], 16, 32, [4, 2, 4]),
            ([16, 8, 16], 16, 16, [4, 2, 2]),
            ([16, 8, 4], 32, 32, [2, 1, 4]),
            ([16, 8, 8], 32, 32, [4, 2, 4]),
            ([16, 8, 16], 8, 32, [2, 1, 4]),
            ([16, 8, 32], 8, 32, [4, 2, 4]),
            ([16, 8, 64], 4, 32, [4, 2, 4]),
            ([16, 8, 64], 4, 32, [4, 2, 4]),
            ([8, 8, 4], 64, 64, [2, 2, 4]),
        ] {
            let registers = MmaRegisters::of(shape, operand_bits, sum_bits);
            assert_eq!([registers.a, registers.b, registers.sums], expected, "{shape:?} {operand_bits} {sum_bits}");
        }
        assert_eq!(MmaRegisters::of([16, 8, 16], 16, 32).warp_tile([40, 64]), None);
        assert_eq!(MmaRegisters::of([16, 8, 16], 16, 32).warp_tile([0, 64]), None);
    }

    #[test]
    fn one_register_more_and_a_block_less_fits() {
        for row in catalog().capabilities() {
            let limits = row.sm_limits();
            for threads in [32, 33, 96, 128, 256, 384, 512, 1024] {
                for blocks in 1..9 {
                    let most = max_registers_per_thread(&limits, threads, blocks);
                    let resident = |registers: i64| {
                        occupancy(&limits, &KernelResources::new(registers, threads)).unwrap().blocks_per_sm
                    };
                    let context = format!("{} {threads} {blocks}: {most}", row.compute_capability);
                    assert!(most == 0 || resident(most) >= blocks, "{context}");
                    assert!(most == 255 || resident(most + 1) < blocks, "{context}");
                    // Registers come in units of 8 a thread.
                    assert!(most == 255 || most % 8 == 0, "{context}");
                }
            }
        }
    }
}
