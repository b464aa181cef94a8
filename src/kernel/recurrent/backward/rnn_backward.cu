// A recurrent layer's backward pass over a whole sequence, from the last step that forward computes to the first, which with
// ORDER_REVERSE runs through time from 0 on: for each step t, so counted, and head n
//
//   rho(t) = R_n^T d(t+1);   d(t), … = the cell's derivative, of rho(t) and the gradients from outside
//
// with R on chip all the time, transposed; then the gradients of R and b, summed over all steps. Shapes and types:
// arguments.cuh. Any batch, sequence and number of heads from 1 on; the head dimension, the cell and the type are those of the
// configuration. Compute capability 8.0 and later. What is handed over from step to step is d, the gradients of the gates.
//
//   config.cuh         the configuration and its limits    gradients.cuh         the cell's derivative, loads, stores
//   arguments.cuh      what it is called with              near.cuh              neighbouring numbers on their way
//   weight_reader.cuh  R's elements, transposed            bias_sums.cuh         the gradients of b
//   prefetch.cuh       what later steps read, to L2
//   sums.cuh           adds up what blocks have left       weight_gradients.cuh  the gradient of R
//   saved_again.cuh    with RECOMPUTE, what forward could have saved
//
// and from the folder above, as the forward pass has them, ../place.cuh, ../weights.cuh, ../products.cuh, ../cell.cuh, and
// ../hidden_in_block.cuh, ../hidden_in_grid.cuh, ../hidden_in_words.cuh for what is handed over.
#include "config_header.cuh"

#include <cstddef>
#include <cstdint>

#include "../hidden_in_block.cuh"
#include "../hidden_in_grid.cuh"
#include "../hidden_in_words.cuh"
#include "gradients.cuh"
#include "prefetch.cuh"
#include "saved_again.cuh"
#include "sums.cuh"
#include "weight_gradients.cuh"
#include "weight_reader.cuh"

namespace constrint::rnn_backward {

// One block holds all of a head: what orders a step is the block's barrier at its end, after which d is there and nobody reads
// the old one any longer. The product before the last step is that of zeros, the one behind the first is the initial states'.
CONSTRINT_DEVICE void run_in_block(const Arguments& arguments, const Place& place) {
    const Weights weights(WeightReader(arguments, place), weights_offset);
    PartialSums partial(place);
    HiddenInBlock handed(arguments.workspace, place);
    BiasSums biases;
#pragma unroll 1
    for (int first = place.first_sequence; first < arguments.batch; first += Place::sequences_away()) {
        Gradients gradients(arguments, Place::from_sequence(first));
        Prefetch prefetch(arguments, Place::from_sequence(first));
        handed.clear();
        Sums sums;
#pragma unroll 1
        for (int time = arguments.sequence - 1;; --time) {
            handed.turn();
            sums.clear();
            multiply(sums, weights, handed);
            if constexpr (warps_along_k > 1) {
                partial.store(sums);
                device::block_barrier();
            }
            if (time < 0) break;
            gradients.step(time, sums, partial, handed, biases);
            prefetch.step(time);
            device::block_barrier();
        }
        gradients.store_initial(sums, partial);
        device::block_barrier();
    }
    biases.store(arguments, Place());
}

// Several blocks hold a head: flags or numbered words order d, and the block's one barrier, in the middle of a step, the rest:
// behind it all sums are there. What no other block waits for, stores and later loads, comes behind the hand-over of d.
template <typename Hidden>
CONSTRINT_DEVICE void run_in_grid(const Arguments& arguments, const Place& place) {
    const Weights weights(WeightReader(arguments, place), weights_offset);
    PartialSums partial(place);
    Hidden handed(arguments.workspace, place);
    BiasSums biases;
#pragma unroll 1
    for (int first = place.first_sequence; first < arguments.batch; first += Place::sequences_away()) {
        // Nobody reads the sums of the sequences before any longer.
        device::block_barrier();
        Gradients gradients(arguments, Place::from_sequence(first));
        Prefetch prefetch(arguments, Place::from_sequence(first));
        gradients.hand_over_nothing(handed);
        Sums sums;
#pragma unroll 1
        for (int time = arguments.sequence - 1;; --time) {
            handed.turn();
            handed.wait();
            sums.clear();
            multiply(sums, weights, handed);
            if constexpr (warps_along_k > 1) partial.store(sums);
            device::block_barrier();
            if (time < 0) break;
            gradients.step(time, sums, partial, handed, biases);
            prefetch.step(time);
            partial.turn();
        }
        gradients.store_initial(sums, partial);
    }
    biases.store(arguments, Place());
}

// Nothing goes through R: no unit waits for another.
CONSTRINT_DEVICE void run_cut(const Arguments& arguments, const Place& place) {
    const PartialSums partial(place);
    NotHandedOver handed;
    BiasSums biases;
#pragma unroll 1
    for (int first = place.first_sequence; first < arguments.batch; first += Place::sequences_away()) {
        Gradients gradients(arguments, Place::from_sequence(first));
        Prefetch prefetch(arguments, Place::from_sequence(first));
        const Sums sums{};
#pragma unroll 1
        for (int time = arguments.sequence - 1; time >= 0; --time) {
            gradients.step(time, sums, partial, handed, biases);
            prefetch.step(time);
        }
        gradients.store_initial(sums, partial);
    }
    biases.store(arguments, Place());
}

}  // namespace constrint::rnn_backward

// All gradients but those of R and b, of which it leaves sums. Grid: x = BLOCKS_PER_HEAD, y = ceil(heads of the launch /
// HEADS_PER_BLOCK), z = 1 to ceil(batch / (8 * BATCH_TILES)), as blocks_along_batch says: with fewer, each block computes one
// part of the batch after the other. Block: THREADS. Dynamic shared memory: SHARED_MEMORY_BYTES. VARIANT 1 and 2 need a
// cooperative launch, as its blocks wait for each other.
extern "C" __global__ void __maxnreg__(constrint::rnn_backward::registers)
    constrint_rnn_backward(const constrint::rnn_backward::Arguments arguments) {
    using namespace constrint::rnn_backward;
    const Place place;
    clear_weight_gradients(arguments, place);
    if constexpr (is_cut) {
        run_cut(arguments, place);
    } else if constexpr (is_words) {
        run_in_grid<HiddenInWords>(arguments, place);
    } else if constexpr (is_grid) {
        run_in_grid<HiddenInGrid>(arguments, place);
    } else {
        run_in_block(arguments, place);
    }
}

#if CONSTRINT_RNN(RECOMPUTE) == 1
// What forward could have saved, before all else. Grid: x = again_blocks, y = heads. Block: again_threads.
extern "C" __global__ void __launch_bounds__(constrint::rnn_backward::again_threads)
    constrint_rnn_backward_saved(const constrint::rnn_backward::Arguments arguments) {
    constrint::rnn_backward::compute_saved_again(arguments);
}
#endif

// The gradient of R, or WEIGHT_PARTS parts of it, from that of Wx, and the gradient of b. Grid: x = weights_tiles², y = gates * heads,
// z = WEIGHT_PARTS. Block: weights_threads.
extern "C" __global__ void __launch_bounds__(constrint::rnn_backward::weights_threads,
                                             constrint::rnn_backward::weights_blocks_per_sm)
    constrint_rnn_backward_weights(const constrint::rnn_backward::Arguments arguments) {
    using namespace constrint::rnn_backward;
    add_up_biases(arguments, weights_threads);
    add_up_weights(arguments);
}

// The gradient of R where it comes in parts that are added in their order: not needed where has_weight_sums is not. Grid: x = any number. Block: sums_threads.
extern "C" __global__ void __launch_bounds__(constrint::rnn_backward::sums_threads)
    constrint_rnn_backward_sums(const constrint::rnn_backward::Arguments arguments) {
    constrint::rnn_backward::add_up_weights_of_parts(arguments);
}
