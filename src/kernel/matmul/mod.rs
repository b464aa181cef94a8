//! `matmul`: C[M, N] = A[M, K] · B[K, N], row-major, bf16 operands, fp32 sums, C in bf16 or fp32.
//!
//! Tensor cores by `mma.sync.m16n8k16`, fed by `ldmatrix` from shared memory, which `cp.async` fills `stages` tiles ahead.
//! Compute capability 8.0 and later; any M, N, K, with edges handled by zero fill and predicated stores.
//!
//! | file | holds |
//! | --- | --- |
//! | `matmul.rs` | what the kernel is called and takes, its resources and its source |
//! | `tile.rs`, `limits.rs` | the chosen tile, and the limits that it must keep, in plain arithmetic |
//! | `statement.rs` | variables, resources and constraints, in the expression language |
//! | `cost.rs` | the predicted time, likewise |
//! | `matmul.cu` and the `.cuh` beside it | the kernel |
//! | `verify.rs`, `matmul_driver.cu` | the reference in double precision, and a program that runs the kernel against it |
//! | `matmul_launch.cuh`, `example.cu` | a host launcher and a program that uses it |
//!
//! # Registers
//!
//! The model promises a number of registers, and the kernel holds the compiler to it with `__maxnreg__`; what counts is
//! that nothing spills. Sums and fragments are counted ([`MmaRegisters`](crate::hardware::MmaRegisters)); 32 more, and one for each copy in flight beyond
//! 8 (at most 24), were fitted to the smallest limit without spills of 210 configurations (CUDA 13.5, six targets).
//! `tests/registers/matmul.csv` keeps what ptxas gave for more than 300 others, drawn at random for `sm_80`, `86`, `89`,
//! `90a`, `100a` and `120a`: none spills, and the promise exceeds what ptxas uses by 8 registers in the mean and 34 at
//! worst. `tests/registers.rs` holds the model against the table, and `tests/compile.rs` compiles 60 in each run of CI.
//!
//! # Tile sizes
//!
//! The tile sizes on offer are those that NVIDIA's analytical model for matrix products knows too, so that each pick can
//! be held against it.

mod cost;
mod limits;
#[expect(clippy::module_inception, reason = "the kernel of that name")]
mod matmul;
mod plan;
mod statement;
mod tile;
mod verify;

pub use matmul::Matmul;
