//! `rnn_backward`: the gradients of a recurrent layer over a whole sequence, R transposed on chip all the time.
//!
//! From the last step to the first, for head n: `ρ = R_nᵀ · d(t+1)`, the sum over the gates of all units, is what h(t) gets from
//! the step after; with the gradients from outside the cell's derivative makes of it d(t), the gradients of the gates, and those
//! of the states before. Exact for losses over all states, also slstm's c, n and m, and wherever the layer starts. Operands bf16,
//! fp16 or fp32 (multiplied as tf32), sums and the gradients of states fp32; compute capability 8.0 and later.
//!
//! | array | shape | type |
//! | --- | --- | --- |
//! | R | [G, N, D, D], a row for each gate and unit | operand |
//! | initial states, or none | [S, B, N, D], h first | fp32 |
//! | h of every step, and its gradient | [B, T, N, D] | operand |
//! | other states of every step, and their gradient, or none | [S − 1, B, T, N, D] | fp32 |
//! | saved values; with `recompute` a workspace | [saved, B, T, N, D] | operand |
//! | with `recompute`: Wx, b, as forward read them | [B, T, G, N, D], [biases, N, D] | operand, fp32 |
//! | gradient of the last states, or none | [S, B, N, D] | fp32 |
//! | out: gradient of Wx | [B, T, G, N, D] | operand |
//! | out: gradient of R, of b, of the initial states | [G, N, D, D], [biases, N, D], [S, B, N, D] | fp32 |
//!
//! What forward saved is only read, and all additions have a fixed order: a second pass over it gives the same bits. With
//! `gradient_sums` `atomic` parts of the gradient of R are added as they come, without a kernel and memory for them; its last bits then
//! differ from pass to pass. With `clip` a
//! unit whose h is at the forward clip, as it was stored, or beyond passes no gradient. With `gradient_clip` ρ is kept within ± a
//! number given at launch, before the gradient from outside is added; the gradient of the initial states is not. With
//! `gradient_cut` nothing comes through R. With `order` `reverse` forward has walked from the last step of time to the first,
//! and this pass walks from step 0 to step T − 1: every array keeps its order of time, and steps are counted as forward
//! computes them. The quantity `saved_bytes` is what forward saves for this pass beside h.
//!
//! | file | holds |
//! | --- | --- |
//! | `rnn_backward.rs` | what the kernel is called and takes, and its macros |
//! | `tile.rs`, `limits.rs` | the chosen tile, and the limits that it must keep, in plain arithmetic |
//! | `registers.rs` | registers beside those that are counted |
//! | `weights.rs` | the product for the gradient of R: its tile, its parts and what it takes |
//! | `statement.rs`, `cost.rs` | variables, resources, constraints and predicted time, in the expression language |
//! | `sources.rs` | the files of the source |
//! | `config_header.cuh` | the generated header, before its macros are read |
//! | `rnn_backward.cu`, which lists its headers | the kernels |
//! | `verify.rs`, `rnn_backward_driver.cu` | how they are run and held against their reference |
//! | `rnn_backward_launch.cuh`, `example.cu` | a host launcher and a program that uses it |
//!
//! # How it runs
//!
//! Old units are the 16 rows of the matrix instruction, sequences its 8 columns; along k lie the gates of each new unit beside each
//! other, so that the gradients of a unit's gates, which one lane computes, are one store. From there on the product is that of
//! the forward pass with one sum a unit and G times its depth: R's fragments stay in registers, the others in shared memory; a
//! block holds a head, or several do and hand d to each other through L2, with flags or in numbered words.
//!
//! What a step reads beside d goes straight to the registers of the lane that needs it, asked for a step ahead: no shared memory
//! and no barrier. Where that is four sectors a thread or fewer, `prefetch.cuh` brings it to L2 four steps before. Its addresses step
//! on from step to step, and what few steps or few losses read lies behind a branch of its own. Each state is read once: c, n and
//! m before a step are those after the step that comes next.
//!
//! The gradient of b is summed up by the lanes as they go, and what blocks leave of it by the second kernel. That of R is one product
//! over all steps by that kernel, in tiles of 32, 64 or 128 units both ways, over a number of parts of all rows (`WEIGHT_TILE`,
//! `WEIGHT_PARTS`), which `weights.rs` chooses by predicted time; it says why the product is not part of the steps. Where there are
//! several parts a third kernel adds them up in their order, or they are added as they come. The gradient of R h of gru's candidate,
//! which is not that of Wx, is computed again from what was stored.
//!
//! # Saved or computed again
//!
//! With the variable `recompute` at 1 forward saves h and the other states alone, and a kernel before the first step multiplies h of
//! all steps by R, side by side, and runs the cell's step on the sums: a product of [B T, D] by [D, G D] for each head, in tiles of
//! 64 rows by 32 units with all their gates. Saved values follow from the gates alone, so that it reads no other state. They
//! differ from forward's by the order of their sums, and lie in a workspace of their size: there is less to keep between the
//! passes, for all layers of a network at once, not less that this pass takes while it runs. Wx has to be there, too. For lstm and
//! slstm it is as large as the saved values, so that memory is won where Wx is kept anyway, or computed again from x.
//!
//! Both passes need the same value. Solved by itself each has saved values stored, unless a constraint such as
//! `saved_bytes <= 1000000000`, which says the same to both, or the variable itself decides; `rnn_training` takes the quicker way of
//! both together. Cells that save nothing have 0 alone.
//!
//! # How large a head may be
//!
//! The largest head dimensions (multiples of 16) that have a configuration, batch 16, one head, by solving:
//!
//! | | lstm and slstm, 16 bits | lstm, fp32 | slstm, fp32 | gru, 16 bits | fp32 | elman, 16 bits | fp32 |
//! | --- | --- | --- | --- | --- | --- | --- | --- |
//! | H100 SXM5 80GB | 2,112 | 1,504 | 1,472 | 2,112 | 2,000 | 4,224 | 3,072 |
//! | A100 SXM4 80GB | 1,728 | 1,248 | 1,216 | 1,728 | 1,664 | 3,456 | 2,560 |
//!
//! # Registers
//!
//! As in the forward pass the model promises a number of registers, and the kernel holds the compiler to it with `__maxnreg__`.
//! R's fragments, sums, states, what is asked for ahead and the sums of b are counted; what is needed beside them (`OTHERS` in
//! `registers.rs`) was fitted to the smallest limits without spills of 45 random configurations (CUDA 13.5, `sm_80` to
//! `sm_120a`), and raised where some of others spilled, a few registers each: for numbered words, for an odd number of steps in
//! registers, for many slots, for the clip of gradients; the addresses that `prefetch.cuh` keeps are counted.
//! `tests/compile/rnn_backward.rs` compiles 30 random ones each time, none of which spills or has a stack frame.
//!
//! # What a step costs
//!
//! `cost.rs` prices a lone warp by the stalls and latencies of its machine code, as the forward pass's does;
//! benches/results/rnn-backward.md has them by part for ten layers, and says what is left. Loads go one step ahead, which for a small
//! head is less than a load from memory takes, and across blocks ptxas may let what is handed over wait for them: both are why they are
//! brought to L2 before. The gradients of c, n and m, where there are any, are asked for in the step that needs them: to ask for them
//! a step ahead would take registers from all who have none.

mod cost;
mod plan;
mod registers;
mod rnn_backward;
mod sources;
mod statement;
mod tile;
mod verify;
mod weights;

pub use rnn_backward::RnnBackward;
