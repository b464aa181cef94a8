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
//! | saved values, in training | [saved, B, T, N, D] | operand |
//!
//! With `clip`, h is kept within ± a number given at launch; the next step and the output see the same h.
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
//! Counted in clocks of 1,980 MHz, for lstm in bf16, batch 16, on an H100 (`cost.rs` has the sources of each latency):
//!
//! | | 64 × 12, block | 256 × 3, grid | 768 × 1, grid |
//! | --- | --- | --- | --- |
//! | hand-over: stores reach L2, fence, flag | – | 2 × 263 + 317 | 2 × 263 + 317 |
//! | first read of h | 29 (shared memory) | 263 (L2) | 263 (L2) |
//! | matrix instructions: a chain of 24 each, or one issued every 6.5 | 4 steps × 4 tiles: 104 | 4 × 4: 104 | 12 × 4: 311 |
//! | partial sums of four warps, written, a barrier, read | – | 201 | 201 |
//! | pointwise: a chain of 140, and 40 for each slot issued | 300 | 180 | 180 |
//! | instructions around: loop, addresses; in block, copies of Wx | 110 | 60 | 60 |
//! | barrier | 28 | – | – |
//! | sum | 571, 0.29 µs | 1,651, 0.83 µs | 1,858, 0.94 µs |
//!
//! In the machine code for 9.0 a step has 296, 247 and 315 instructions a warp, and each of the four schedulers has one warp.
//! In grid, 103 and 112 of them (outputs, copies of Wx, the loop) come behind the flag, while it is on its way.
//!
//! What is left over in block is the pointwise part: a head's 512 units and sequences keep the four special function units
//! busy for 160 clocks however many warps share them, and eight sequences are the least that the matrix instruction takes.
//! Beside it, half of the step's clocks issue nothing: one warp a scheduler has nobody to hide the latencies of shared memory,
//! the last matrix instruction and the chain of functions behind. In grid it is L2, crossed four times a step: the stores, the
//! fence, the flag, the read, two thirds of 256 × 3. Only words that carry their own flag would cross it twice. A fixed 5 µs to
//! 8 µs for the start and the reading of R come once.
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
//! that nothing spills. R's fragments, sums, states and biases are counted; what is needed beside them (`OTHERS` in `registers.rs`) was
//! fitted to the smallest limits without spills of random configurations (CUDA 13.5, `sm_80` to `sm_120a`). Of the 60 random
//! layers in `tests/compile/rnn_forward.rs`, for `sm_80`, `86`, `89`, `90a`, `100a` and `120a`, none spills, and the promise
//! exceeds what ptxas uses by 38 registers in the mean and 104 at worst: most where a head has an odd number of 16-bit units,
//! as each word of R then comes from two loads, all of which ptxas starts first. Of 240 more from four other seeds three spill 16
//! to 28 bytes: blocks of one warp in the variant grid with a part of R in shared memory, of which ptxas loads more ahead the
//! more registers it has. Of the best configurations of 63 random layers with 300 to 2,100 units, two spill 4 and 8 bytes:
//! slstm with four columns. `constrint compile` tells.

mod cost;
mod limits;
mod registers;
mod rnn_forward;
mod sources;
mod statement;
mod tile;
mod verify;

pub use rnn_forward::RnnForward;
