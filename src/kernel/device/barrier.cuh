// Barriers: nobody goes on until all are there, and what was written before is seen after.
#pragma once

#include "flag.cuh"
#include "platform.cuh"

namespace constrint::device {

// All 32 lanes of the warp.
CONSTRINT_DEVICE void warp_barrier() {
#if defined(CONSTRINT_EMULATOR)
    emulator::warp_barrier();
#else
    __syncwarp();
#endif
}

// All threads of the block.
CONSTRINT_DEVICE void block_barrier() {
#if defined(CONSTRINT_EMULATOR)
    emulator::block_barrier();
#else
    __syncthreads();
#endif
}

// `threads` threads of the block, in whole warps (a multiple of 32), that call it with the same `id`, 1 to 15: for warps
// that share work of their own, such as those of one head.
CONSTRINT_DEVICE void group_barrier(int id, int threads) {
#if defined(CONSTRINT_EMULATOR)
    emulator::group_barrier(id, threads);
#else
    asm volatile("bar.sync %0, %1;" ::"r"(id), "r"(threads) : "memory");
#endif
}

// All threads of `blocks` blocks that call it with the same counter, which is zero before the launch. `round` is 1 for the
// first barrier on that counter, 2 for the second, and so on; the blocks are all resident (see `flag.cuh`).
CONSTRINT_DEVICE void barrier_of_blocks(uint32_t* counter, uint32_t blocks, uint32_t round) {
    block_barrier();
    if (threadIdx.x == 0) {
        add_release(counter, 1);
        wait_until_at_least(counter, blocks * round);
    }
    block_barrier();
}

// All threads of the grid, of a cooperative launch.
CONSTRINT_DEVICE void grid_barrier(uint32_t* counter, uint32_t round) {
    barrier_of_blocks(counter, gridDim.x * gridDim.y * gridDim.z, round);
}

}  // namespace constrint::device
