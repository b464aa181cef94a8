//! `rnn_forward`: a recurrent layer with heads over a whole sequence, R on chip all the time.
//!
//! Per step t and head n: `g = R_n · h(t−1) + Wx(t) + b`, then a pointwise cell. Operands bf16, fp16 or fp32 (multiplied as
//! tf32), sums and states fp32; compute capability 8.0 and later; any head dimension whose R fits on chip, any number of
//! heads and sequences.
//!
//! | array | shape | type |
//! | --- | --- | --- |
//! | Wx | [B, T, G, N, D] | operand |
//! | R | [G, N, D, D], a row for each gate and unit | operand |
//! | b | [biases, N, D] | fp32 |
//! | initial and last states | [S, B, N, D], h first | fp32 |
//! | h of every step | [B, T, N, D]: T steps, without the initial one | operand |
//! | other states of every step, in training | [S − 1, B, T, N, D] | fp32 |
//! | saved values, in training without `recompute` | [saved, B, T, N, D] | operand |
//!
//! With `clip`, h is kept within ± a number given at launch; the next step and the output see the same h. With the variable
//! `recompute` at 1 training stores only h and the other states, and the backward pass computes the saved values again
//! ([`backward`](super::backward) says when that is worth it). The quantity `saved_bytes` is what is stored beside h. The
//! cost of training is `pass_ps`, this pass's own time, and `deferred_ps`, what is left to the backward pass: what it spends on
//! that, and no less than storing would take here, so that values are saved unless a limit on `saved_bytes` forbids it.
//!
//! With `order` `reverse` the layer walks from the last step of time to the first: h(t) comes from h(t+1), the initial states come
//! before step T − 1, the last ones are those after step 0. Every array keeps its order of time. Wherever else steps are
//! counted, in the sources too, it is as they are computed.
//!
//! | file | holds |
//! | --- | --- |
//! | `rnn_forward.rs` | what the kernel is called and takes, and its macros |
//! | `tile.rs`, `limits.rs` | the chosen tile, and the limits that it must keep, in plain arithmetic |
//! | `registers.rs` | registers beside those that are counted |
//! | `statement.rs`, `cost.rs` | variables, resources, constraints and predicted time, in the expression language |
//! | `sources.rs` | the files of the source |
//! | `config_header.cuh` | the generated header, before its macros are read |
//! | `rnn_forward.cu`, `products.cuh`, `pointwise.cuh`, and what lies above this folder | the kernel |
//! | `verify.rs`, `rnn_forward_driver.cu` | how the kernel is run and held against its reference |
//! | `rnn_forward_launch.cuh`, `example.cu` | a host launcher and a program that uses it |
//!
//! # How it runs
//!
//! Gates are the 16 rows of the matrix instruction, sequences its 8 columns: eight sequences waste nothing. All gates of a
//! unit and sequence are sums of one lane, so that the pointwise part exchanges nothing. R's fragments stay in registers,
//! those that do not fit in shared memory. The columns of R are permuted so that a lane reads 16 consecutive bytes of h for
//! two instructions.
//!
//! * Variant block: a block holds a head, or several; h is in shared memory, twice; one barrier a step, and a second one
//!   where several warps share the sum over k.
//! * Variants flags and words: several blocks hold a head, all resident at once (cooperative launch), and h crosses L2. With
//!   flags, a warp that has stored its part of h raises a flag, behind a fence; a warp that needs a slice of h looks at the
//!   flags of the blocks that compute it, all of them at once, and then reads h from L2 straight into fragments. In words, each
//!   element is a word of 32 bits that carries the number of its step: a warp reads its whole slice again and again until each
//!   word has the number. That crosses L2 once instead of three times and needs no fence, for twice the bytes of 16-bit types
//!   (tf32 leaves 13 bits free, where the number fits). Outputs and the copies of later inputs come behind the hand-over.
//!
//! Two neighbouring units of a lane are loaded and stored as one wherever a lane has an even number of them.
//!
//! In all, parts of the batch run side by side as far as there is room, and in turn beyond that, while R stays where it is.
//! Heads without room beside the others wait: in block their blocks follow by themselves, else there is a launch for each
//! `HEADS_PER_LAUNCH` of them (`rnn_forward_launch.cuh`). What runs at once is then some heads for the whole sequence, not
//! all heads for a step, as heads never meet.
//!
//! # What a step costs
//!
//! `cost.rs` prices a lone warp, which a scheduler mostly has, by the stalls and latencies of its machine code;
//! `benches/machine_code` reads these from what ptxas wrote, and benches/results/rnn-forward.md has them by part for six
//! shapes. What is left of a step:
//!
//! * products and functions: in block, a head's 512 units and sequences (64 × 12, lstm) keep the four special function units busy
//!   for 160 clocks however many warps share them, and the tensor cores for 104; eight sequences are the least that the
//!   matrix instruction takes;
//! * latency: of shared memory, of the last matrix instruction, of the chain of functions, of the barrier, which one warp a
//!   scheduler has nobody to hide behind; where blocks share a head, L2 once in numbered words, and three times with a fence
//!   behind flags;
//! * about 40 instructions for each pair of units that load Wx, turn it into fp32, add the bias, and store h and outputs, and 20
//!   to 30 that step addresses on; no question whether a step is the last, no address from scratch where a lane has few of
//!   them. With the more accurate functions (fp16 and fp32) ptxas interleaves two slots of a lane at most, so that
//!   each further one costs some 200 clocks.
//!
//! A fixed 5 µs to 8 µs for the start and the reading of R come once.
//!
//! # How large a head may be
//!
//! The largest head dimensions (multiples of 8) that have a configuration, batch 16, any number of heads, by solving:
//!
//! | | lstm and slstm, 16 bits | fp32 | gru, 16 bits | fp32 | elman, 16 bits | fp32 |
//! | --- | --- | --- | --- | --- | --- | --- |
//! | H100 SXM5 80GB | 2,112 | 1,440 | 2,112 | 1,792 | 4,224 | 3,072 |
//! | A100 SXM4 80GB | 1,728 | 1,184 | 1,728 | 1,472 | 3,456 | 2,560 |
//! | B200 | 2,368 | 1,440 | 2,368 | 1,792 | 4,736 | 3,072 |
//! | RTX 4090 | 1,920 | 1,024 | 2,048 | 1,088 | 4,096 | 2,048 |
//! | RTX 5090 | 1,920 | 1,360 | 2,304 | 1,088 | 4,096 | 2,720 |
//!
//! Two limits end it. R's rows are handed out by groups of 8 units (16 with an odd number of gates), and the SM with most groups
//! decides: lstm of 2,112 units is two groups for each of an H100's 132 SMs, and one unit more makes it three for some, 406 KB
//! of R. And of an SM's 256 KiB of registers and 227 KiB of shared memory, R gets 370 KB at most: a thread keeps some 95 of its
//! 255 registers for sums, addresses and states, and Wx and partial sums share the shared memory. So 2,400 units, whose R of
//! 46 MB is less than the 65 MB of all registers and shared memory, would take 461 KB on 36 of the SMs. Groups of 4 units, whose
//! four gates fill one tile of 16 rows and come together by a shuffle, would reach some 2,360 for lstm in 16 bits and 1,584 in
//! fp32: the next step, if larger heads are wanted.
//!
//! # Registers
//!
//! The model promises a number of registers, and the kernel holds the compiler to it with `__maxnreg__`; what counts is
//! that nothing spills, and that no array is left in local memory. R's fragments, sums, states and biases are counted; what is
//! needed beside them (`OTHERS` in `registers.rs`) was fitted to what random configurations need (CUDA 13.5, `sm_80` to
//! `sm_120a`), and raised where some of others spilled, a few registers each: for blocks of one warp that share a head with others, of
//! whose reads of h ptxas starts the more ahead the more registers it has; for the clip.
//! `tests/compile/rnn_forward.rs` compiles 60 others each time, none of which spills or has a stack frame, and `constrint compile`
//! tells of any.

mod cost;
mod plan;
mod registers;
mod rnn_forward;
mod sources;
mod statement;
mod tile;
mod verify;

pub(in crate::kernel::recurrent) use cost::DEFERRED;
pub use rnn_forward::RnnForward;
