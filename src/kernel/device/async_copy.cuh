// Copies from global to shared memory that run beside the thread's further instructions.
// PTX ISA, "Data Movement and Conversion Instructions: cp.async" (compute capability 8.0 and later).
#pragma once

#include "platform.cuh"

namespace constrint::device {

// Starts a copy of `bytes` (4, 8 or 16; both addresses aligned to as much). Only the first `valid_bytes` (0 or `bytes`)
// are read; the rest of the destination becomes zero. With 0 the source is not touched, so it may point anywhere.
template <int bytes>
CONSTRINT_DEVICE void async_copy(uint32_t shared_address, const void* global_address, int valid_bytes) {
    static_assert(bytes == 4 || bytes == 8 || bytes == 16, "cp.async copies 4, 8 or 16 bytes");
#if defined(CONSTRINT_EMULATOR)
    emulator::async_copy(shared_address, global_address, bytes, valid_bytes);
#else
    // .cg keeps the line out of L1, where nobody would read it again; the PTX ISA allows it for 16 bytes only.
    if constexpr (bytes == 16) {
        asm volatile("cp.async.cg.shared.global.L2::128B [%0], [%1], 16, %2;" ::"r"(shared_address),
                     "l"(global_address), "r"(valid_bytes)
                     : "memory");
    } else {
        asm volatile("cp.async.ca.shared.global [%0], [%1], %2, %3;" ::"r"(shared_address), "l"(global_address),
                     "n"(bytes), "r"(valid_bytes)
                     : "memory");
    }
#endif
}

// Closes the calling thread's group: all copies it has started since its previous group. The group may be empty.
CONSTRINT_DEVICE void commit_async_copies() {
#if defined(CONSTRINT_EMULATOR)
    emulator::commit_async_copies();
#else
    asm volatile("cp.async.commit_group;" ::: "memory");
#endif
}

// Waits until at most `groups_in_flight` of the calling thread's newest groups are unfinished. Other threads see the
// data only after a barrier.
template <int groups_in_flight>
CONSTRINT_DEVICE void wait_async_copies() {
#if defined(CONSTRINT_EMULATOR)
    emulator::wait_async_copies(groups_in_flight);
#else
    asm volatile("cp.async.wait_group %0;" ::"n"(groups_in_flight) : "memory");
#endif
}

}  // namespace constrint::device
