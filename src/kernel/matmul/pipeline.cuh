// The main loop: copies of later tiles run while the warps multiply the present one.
//
// With S stages, S - 1 tiles are under way or waiting while one is read. A barrier a tile is enough (two with S = 1):
// it tells both that everybody's copies of the next tile have landed and that nobody reads the previous one any
// longer, whose stage the next copies overwrite. Copies beyond the last tile fill their stage with zeros, which nobody
// multiplies: cheaper than a branch that would keep copies and products from being interleaved.
#pragma once

#include "../device/barrier.cuh"
#include "tile_copy.cuh"
#include "warp_tile.cuh"

namespace constrint::matmul {

// Byte offset of a stage, counting round.
CONSTRINT_DEVICE uint32_t next_stage(uint32_t stage_offset) {
    const uint32_t next = stage_offset + stage_bytes;
    return stages == 1 || next == static_cast<uint32_t>(stages) * stage_bytes ? 0u : next;
}

class Pipeline {
public:
    CONSTRINT_DEVICE Pipeline(const TileCopyA& a, const TileCopyB& b, uint32_t shared_memory)
        : copy_a_(a), copy_b_(b), loader_(shared_memory), read_(0), write_(0) {}

    // Adds the products of `tiles` tiles to `sums`.
    CONSTRINT_DEVICE void run(Accumulators& sums, int tiles) {
        if constexpr (stages == 1) {
            run_in_turns(sums, tiles);
        } else if constexpr (fragment_buffers == 1) {
            run_overlapped(sums, tiles);
        } else {
            run_overlapped_with_two_fragments(sums, tiles);
        }
    }

private:
    // Copies in flight when the oldest tile, the next one to be read, has landed.
    static constexpr int tiles_in_flight = stages >= 2 ? stages - 2 : 0;

    template <int part, int parts>
    CONSTRINT_DEVICE void start_part() {
        copy_a_.template copy<part, parts>(write_);
        copy_b_.template copy<part, parts>(write_);
    }

    CONSTRINT_DEVICE void finish_start() {
        device::commit_async_copies();
        copy_a_.next_tile();
        copy_b_.next_tile();
        write_ = next_stage(write_);
    }

    CONSTRINT_DEVICE void start_first_tiles() {
#pragma unroll
        for (int stage = 0; stage < stages - 1; ++stage) {
            start_part<0, 1>();
            finish_start();
        }
    }

    CONSTRINT_DEVICE void wait_for_next_tile() const {
        device::wait_async_copies<tiles_in_flight>();
        device::block_barrier();
    }

    CONSTRINT_DEVICE void run_in_turns(Accumulators& sums, int tiles) {
#pragma unroll 1
        for (int tile = 0; tile < tiles; ++tile) {
            start_part<0, 1>();
            finish_start();
            wait_for_next_tile();
#pragma unroll
            for (int step = 0; step < steps; ++step) {
                loader_.load(fragments_[0], read_, step);
                multiply(sums, fragments_[0]);
            }
            // Nobody may overwrite the tile while another warp still reads it.
            device::block_barrier();
        }
    }

    template <int step>
    CONSTRINT_DEVICE void overlapped_steps(Accumulators& sums) {
        loader_.load(fragments_[0], read_, step);
        start_part<step, steps>();
        multiply(sums, fragments_[0]);
        if constexpr (step + 1 < steps) overlapped_steps<step + 1>(sums);
    }

    CONSTRINT_DEVICE void run_overlapped(Accumulators& sums, int tiles) {
        start_first_tiles();
#pragma unroll 1
        for (int tile = 0; tile < tiles; ++tile) {
            wait_for_next_tile();
            overlapped_steps<0>(sums);
            finish_start();
            read_ = next_stage(read_);
        }
    }

    // Loads the fragments of the following step before multiplying those of this one. In the last step the following
    // one belongs to the next tile, so that the wait comes before it, and all copies are started in the steps before.
    template <int step>
    CONSTRINT_DEVICE void overlapped_steps_with_two_fragments(Accumulators& sums) {
        constexpr bool is_last = step + 1 == steps;
        if constexpr (is_last) {
            wait_for_next_tile();
            read_ = next_stage(read_);
        }
        loader_.load(fragments_[(step + 1) % 2], read_, is_last ? 0 : step + 1);
        if constexpr (!is_last) start_part<step, steps - 1>();
        if constexpr (step + 2 == steps) finish_start();
        multiply(sums, fragments_[step % 2]);
        if constexpr (!is_last) overlapped_steps_with_two_fragments<step + 1>(sums);
    }

    CONSTRINT_DEVICE void run_overlapped_with_two_fragments(Accumulators& sums, int tiles) {
        start_first_tiles();
        wait_for_next_tile();
        loader_.load(fragments_[0], read_, 0);
#pragma unroll 1
        for (int tile = 0; tile < tiles; ++tile) overlapped_steps_with_two_fragments<0>(sums);
    }

    TileCopyA copy_a_;
    TileCopyB copy_b_;
    FragmentLoader loader_;
    Fragments fragments_[fragment_buffers];
    uint32_t read_;
    uint32_t write_;
};

}  // namespace constrint::matmul
