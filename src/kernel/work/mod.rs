//! [`Work`]: what a block of a kernel does, and the formulas that make a predicted time of it on a GPU.
//!
//! | file | holds |
//! | --- | --- |
//! | `given.rs`, `statement.rs` | what an author states of the work; what is made of it, and what is unknown |
//! | `rates.rs` | how fast an SM does each kind of work, by compute capability |
//! | `paths.rs` | clocks that a block keeps each path of an SM busy |
//! | `waves.rs` | how paths, waits and blocks overlap, waves and tail, the time |
//!
//! A [`Work`] holds names of definitions or numbers, as texts; the formulas here are over these, over what every described
//! kernel has (`warps_per_block`, `threads_per_block`, `grid_blocks`, `resident_blocks`) and over the limits of the GPU. Nothing
//! here was fitted to times: each figure is a datasheet's, a published microbenchmark's, or the assumption of matmul's predicted
//! time that half of what could overlap does not. Which terms there are was learnt from recordings.
//!
//! What five recordings taught, in each of which every configuration of a kernel was timed (`benches/landscapes` holds the
//! predictions against them):
//!
//! | term | taught by |
//! | --- | --- |
//! | an SM of 7.5 and 8.6 takes a load of a warp only every second clock ([`rates`]) | convolution, RTX A4000: whatever the block and tile, the 762 configurations without shared memory whose loads are guarded take 1.03 times that (standard deviation 2.5%) |
//! | an access with conflicts takes 2 clocks a wavefront on 7.5, one on 8.6 | convolution, RTX 2080 Ti: twice the time that 128 bytes a clock give wherever rows meet in a bank |
//! | arithmetic waits for the fullest sub-partition | convolution, RTX 2080 Ti, blocks of three warps |
//! | paths of few warps overlap less | convolution, RTX 2080 Ti: beside one share for all, 8 warps on an SM took twice as long as 32 |
//! | blocks that load, meet at a barrier and compute wait for L2 by turns, and other blocks hide half of it | convolution, both: low blocks of wide tiles, 60 turns of 300 clocks |
//! | loads of which a warp's lanes all want the same, four words each, take 2 wavefronts, not 4 | Xgemm, both: B from local memory |
//! | operands straight from global memory wait for L2 in each step, as each row of A is a new line | Xgemm, RTX 3060 Laptop: both operands unstaged are 1.77 times slower than counted by bytes alone |
//! | what is spilled in a loop counts in each step | Xgemm, RTX 3060 Laptop: 16 × 16 sums of a thread, else predicted fastest, take 7.5 times the best |
//! | what each block brings to L1 counts, however few bytes | dedispersion, RTX A4000: blocks of one warp |
//!
//! What is left: which unrolled bodies the compiler spills registers in (up to 17 times slower, convolution) cannot be told from
//! the work; an author states what is spilled. Predicted times are 1.2 to 1.8 times the measured ones at the median: paths of warps
//! with much to do at once overlap better than by half, and boards clock higher than their datasheets say.

mod given;
mod paths;
mod rates;
mod statement;
mod waves;

pub(crate) use given::{Access, Waits, Work};
pub(crate) use statement::{basis, constants, definitions, parts, require};
