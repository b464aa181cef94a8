// Wx on its way: the inputs of STAGES time steps in shared memory, counting round. While a step computes, those of the
// STAGES - 1 steps after it are in flight.
//
// A stage holds, for each head and sequence of the block, a row of `gates` times `units_per_block` elements. What lies beyond
// the last unit, sequence or head is never copied: it begins as zeros, so that no such unit's h is ever NaN.
#pragma once

#include "../../device/async_copy.cuh"
#include "../../device/barrier.cuh"
#include "../place.cuh"
#include "arguments.cuh"

namespace constrint::rnn_forward {

class InputRing {
public:
    CONSTRINT_DEVICE InputRing(const Arguments& arguments, const Place& place)
        : arguments_(arguments),
          first_unit_(place.first_unit),
          first_sequence_(place.first_sequence),
          first_head_(place.head - place.head_in_block),
          ring_(device::dynamic_shared_memory() + input_offset),
          read_(ring_),
          write_(ring_),
          steps_left_(arguments.sequence - 1),
          step_bytes_(static_cast<int64_t>(gates) * arguments.heads * head_dim * element_bytes) {
        if constexpr (keeps_sources) {
#pragma unroll
            for (int pass = 0; pass < kept_passes; ++pass) sources_[pass] = source(piece(pass));
            inside_ = 0;
#pragma unroll
            for (int pass = 0; pass < passes; ++pass) {
                inside_ |= static_cast<uint32_t>(is_inside(piece(pass))) << pass;
            }
        } else {
            sources_[0] = arguments.input;
        }
    }

    // All stages begin as zeros; once, before the first copies.
    static CONSTRINT_DEVICE void clear() {
        const uint32_t ring = device::dynamic_shared_memory() + input_offset;
        for (int i = static_cast<int>(threadIdx.x) * 16; i < input_bytes; i += threads * 16) {
            device::store_shared(ring + static_cast<uint32_t>(i), device::words<4>{{0, 0, 0, 0}});
        }
        device::block_barrier();
    }

    // Starts the copies of all stages but one.
    CONSTRINT_DEVICE void start_first() {
#pragma unroll 1
        for (int stage = 0; stage < stages - 1; ++stage) start();
    }

    // Starts the copies of the next step into the stage that was read last, and closes their group. Behind the last step
    // it is copied again, which nobody reads: to ask whether there is a next one would take longer than to copy.
    CONSTRINT_DEVICE void start() {
        if constexpr (vector_bytes < 4) {
#pragma unroll 1
            for (int pass = 0; pass < passes; pass += loads_together) copy_by_registers(pass);
        } else if constexpr (keeps_sources) {
#pragma unroll
            for (int pass = 0; pass < passes; ++pass) {
                if ((inside_ >> pass & 1) != 0) copy(write_ + destination(piece(pass)), kept_source(pass));
            }
        } else {
#pragma unroll 1
            for (int pass = 0; pass < passes; ++pass) {
                const Piece here = piece(pass);
                if (!is_inside(here)) continue;
                copy(write_ + destination(here), advanced(source(here), distance_from_first()));
            }
        }
        device::commit_async_copies();
        const int64_t advance = steps_left_ > 0 ? next_step * step_bytes_ : 0;
        --steps_left_;
#pragma unroll
        for (int pass = 0; pass < kept_passes; ++pass) sources_[pass] = advanced(sources_[pass], advance);
        write_ = behind(write_);
    }

    // Waits for the thread's copies of the oldest step not yet waited for. A barrier shows them to the others.
    CONSTRINT_DEVICE void wait() const { device::wait_async_copies<stages - 2>(); }

    // Waits for what is on its way, before other copies go to the same place.
    static CONSTRINT_DEVICE void wait_for_all() { device::wait_async_copies<0>(); }

    // Makes the next step the one to be read.
    CONSTRINT_DEVICE void turn() { read_ = behind(read_); }

    // Wx of a unit and sequence of the block, or of two neighbouring units.
    template <int width>
    CONSTRINT_DEVICE void read(float (&input)[gates][width], int head_in_block, int sequence, int unit) const {
        const uint32_t row = read_ + static_cast<uint32_t>((head_in_block * batch_per_block + sequence) * input_row_bytes +
                                                           unit * element_bytes);
#pragma unroll
        for (int gate = 0; gate < gates; ++gate) {
            load_elements(input[gate], row + static_cast<uint32_t>(gate * units_per_block * element_bytes));
        }
    }

private:
    static constexpr int vectors_per_row = units_per_block / vector;
    static constexpr int row_vectors = gates * vectors_per_row;
    static constexpr int vectors = heads_per_block * batch_per_block * row_vectors;
    static constexpr int passes = device::ceil_div(vectors, threads);
    static constexpr int vector_bytes = vector * element_bytes;

    // Where a pass is some rows further than the one before it, all addresses follow from the first one. A few addresses
    // that do not are kept; many are computed anew.
    static constexpr int rows_per_pass = threads / row_vectors;
    static constexpr bool is_regular = threads % row_vectors == 0 && (batch_per_block % rows_per_pass == 0 ||
                                                                     rows_per_pass % batch_per_block == 0);
    static constexpr bool keeps_sources = vector_bytes >= 4 && passes <= (is_regular ? 8 : 4);
    static constexpr int kept_passes = keeps_sources && !is_regular ? passes : 1;

    // What one copy moves: some units of a gate, in a row, which is a head and sequence of the block.
    struct Piece {
        int row;
        int gate;
        int unit;
    };

    static CONSTRINT_DEVICE Piece piece(int pass) {
        uint64_t thread = threadIdx.x;
        if constexpr (!keeps_sources) device::forget_origin(thread);
        const int index = static_cast<int>(thread) + (is_regular ? 0 : pass * threads);
        const int row = index / row_vectors + (is_regular ? pass * rows_per_pass : 0);
        return {row, index / vectors_per_row % gates, index % vectors_per_row * vector};
    }

    CONSTRINT_DEVICE bool is_inside(const Piece& piece) const {
        const bool is_row = (vector_bytes >= 4 && vectors % threads == 0) || piece.row < heads_per_block * batch_per_block;
        return is_row && first_sequence_ + piece.row % batch_per_block < arguments_.batch &&
               first_head_ + piece.row / batch_per_block < arguments_.heads && first_unit_ + piece.unit < head_dim;
    }

    // Where a piece is in the first step.
    CONSTRINT_DEVICE const element* source(const Piece& piece) const {
        const int64_t sequence = first_sequence_ + piece.row % batch_per_block;
        const int64_t step = sequence * arguments_.sequence + place_of_first_step(arguments_.sequence);
        const int64_t row = step * gates + piece.gate;
        const int head = first_head_ + piece.row / batch_per_block;
        return arguments_.input + (row * arguments_.heads + head) * head_dim + first_unit_ + piece.unit;
    }

    CONSTRINT_DEVICE const element* kept_source(int pass) const {
        if constexpr (!is_regular) return sources_[pass];
        const int rows = pass * rows_per_pass;
        const int64_t sequences = static_cast<int64_t>(rows % batch_per_block) * arguments_.sequence;
        return advanced(sources_[0], sequences * step_bytes_ + rows / batch_per_block * (head_dim * element_bytes));
    }

    // With addresses computed anew, what is kept is how far the step is from the first one.
    CONSTRINT_DEVICE int64_t distance_from_first() const {
        return reinterpret_cast<const unsigned char*>(sources_[0]) -
               reinterpret_cast<const unsigned char*>(arguments_.input);
    }

    static CONSTRINT_DEVICE uint32_t destination(const Piece& piece) {
        return static_cast<uint32_t>(piece.row * input_row_bytes +
                                     (piece.gate * units_per_block + piece.unit) * element_bytes);
    }

    static CONSTRINT_DEVICE void copy([[maybe_unused]] uint32_t to, [[maybe_unused]] const element* from) {
        if constexpr (vector_bytes >= 4) device::async_copy<vector_bytes>(to, from, vector_bytes);
    }

    // cp.async has no copies of two bytes: some passes' elements go through registers, all loads before the stores.
    static constexpr int loads_together = 4;
    CONSTRINT_DEVICE void copy_by_registers(int first) const {
        element values[loads_together];
        bool is_there[loads_together];
#pragma unroll
        for (int i = 0; i < loads_together; ++i) {
            const Piece here = piece(first + i);
            is_there[i] = is_inside(here);
            values[i] = element{};
            if (is_there[i]) values[i] = device::load_global_read_only(advanced(source(here), distance_from_first()));
        }
#pragma unroll
        for (int i = 0; i < loads_together; ++i) {
            if (is_there[i]) device::store_shared(write_ + destination(piece(first + i)), values[i]);
        }
    }

    // The stage behind one, counting round.
    CONSTRINT_DEVICE uint32_t behind(uint32_t stage) const {
        const uint32_t next = stage + static_cast<uint32_t>(input_stage_bytes);
        return next == ring_ + static_cast<uint32_t>(input_bytes) ? ring_ : next;
    }

    const Arguments& arguments_;
    int first_unit_;
    int first_sequence_;
    int first_head_;
    uint32_t ring_;
    uint32_t read_;
    uint32_t write_;
    uint32_t inside_;
    int steps_left_;
    int64_t step_bytes_;
    const element* sources_[kept_passes];
};

}  // namespace constrint::rnn_forward
