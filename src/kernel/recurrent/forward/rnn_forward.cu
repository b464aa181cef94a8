// A recurrent layer's forward pass over a whole sequence: for each step t and head n
//
//   g = R_n h(t-1) + Wx(t) + b;   h(t) = cell(g)
//
// with R on chip all the time; with ORDER_REVERSE h(t) comes from h(t+1). Shapes and types: arguments.cuh. Any batch, sequence
// and number of heads from 1 on; the head dimension, the cell and the type are those of the configuration. Compute capability
// 8.0 and later.
//
//   config.cuh       the configuration and its limits      products.cuh         tensor cores, sums along k
//   arguments.cuh    what it is called with                weight_reader.cuh    R's elements
//   cell.cuh         the cell, cells/ one file each        hidden_in_block.cuh  h in shared memory
//   place.cuh        thread -> head, units, sequences      hidden_in_grid.cuh   h through L2, flags
//   weights.cuh      R in registers and shared memory      pointwise.cuh        states, the cell, stores
//   input_ring.cuh   Wx, copied steps ahead                hidden_in_words.cuh  h through L2, in numbered words
#include "config_header.cuh"

#include <cstddef>
#include <cstdint>

#include "../hidden_in_block.cuh"
#include "../hidden_in_grid.cuh"
#include "../hidden_in_words.cuh"
#include "pointwise.cuh"
#include "weight_reader.cuh"

namespace constrint::rnn_forward {

using namespace recurrent::forward;

// One block holds all of a head: what orders a step is the block's barrier at its end, after which h and the next step's
// inputs are there and nobody reads the old ones any longer.
CONSTRINT_DEVICE void run_in_block(const Arguments& arguments, const Place& place) {
    const Weights weights(WeightReader(arguments, place), weights_offset);
    PartialSums partial(place);
    HiddenInBlock hidden(arguments.workspace, place);
    InputRing::clear();
#pragma unroll 1
    for (int first = place.first_sequence; first < arguments.batch; first += Place::sequences_away()) {
        const Place here = Place::from_sequence(first);
        InputRing inputs(arguments, here);
        inputs.start_first();
        Pointwise pointwise(arguments, here);
        hidden.clear();
        pointwise.store_initial(hidden);
        inputs.wait();
        device::block_barrier();
#pragma unroll 1
        for (int time = 0; time < arguments.sequence; ++time) {
            hidden.turn();
            inputs.start();
            Sums sums;
            sums.clear();
            multiply(sums, weights, hidden);
            if constexpr (warps_along_k > 1) {
                partial.store(sums);
                device::block_barrier();
            }
            pointwise.step(sums, partial, inputs, hidden);
            inputs.turn();
            inputs.wait();
            device::block_barrier();
        }
        InputRing::wait_for_all();
        pointwise.store_last(Place::from_sequence(first));
    }
}

// Several blocks hold a head: flags or numbered words order h, and the block's one barrier, in the middle of a step, the rest: behind it the
// step's inputs and all sums are there, and nobody reads the inputs of the step before any longer. What no other block waits
// for, outputs and the copies of later inputs, comes behind the hand-over of h.
template <typename Hidden>
CONSTRINT_DEVICE void run_in_grid(const Arguments& arguments, const Place& place) {
    const Weights weights(WeightReader(arguments, place), weights_offset);
    PartialSums partial(place);
    Hidden hidden(arguments.workspace, place);
    InputRing::clear();
#pragma unroll 1
    for (int first = place.first_sequence; first < arguments.batch; first += Place::sequences_away()) {
        const Place here = Place::from_sequence(first);
        // Nobody reads the inputs and sums of the sequences before any longer. Their last h, whose place the first one takes,
        // nobody ever reads.
        device::block_barrier();
        InputRing inputs(arguments, here);
        inputs.start_first();
        Pointwise pointwise(arguments, here);
        pointwise.store_initial(hidden);
#pragma unroll 1
        for (int time = 0; time < arguments.sequence; ++time) {
            hidden.turn();
            hidden.wait();
            Sums sums;
            sums.clear();
            multiply(sums, weights, hidden);
            if constexpr (warps_along_k > 1) partial.store(sums);
            inputs.wait();
            device::block_barrier();
            pointwise.step(sums, partial, inputs, hidden);
            partial.turn();
            inputs.turn();
            inputs.start();
        }
        InputRing::wait_for_all();
        pointwise.store_last(Place::from_sequence(first));
    }
}

}  // namespace constrint::rnn_forward

// Grid: x = BLOCKS_PER_HEAD, y = ceil(heads of the launch / HEADS_PER_BLOCK), z = 1 to
// ceil(batch / (8 * BATCH_TILES)): with fewer, each block computes one part of the batch after the other. Block: THREADS.
// Dynamic shared memory: SHARED_MEMORY_BYTES. VARIANT 1 and 2 need a cooperative launch, as its blocks wait for each other.
extern "C" __global__ void __maxnreg__(constrint::rnn_forward::registers)
    constrint_rnn_forward(const constrint::rnn_forward::Arguments arguments) {
    using namespace constrint::rnn_forward;
    const Place place;
    if constexpr (is_words) {
        run_in_grid<HiddenInWords>(arguments, place);
    } else if constexpr (is_grid) {
        run_in_grid<HiddenInGrid>(arguments, place);
    } else {
        run_in_block(arguments, place);
    }
}
