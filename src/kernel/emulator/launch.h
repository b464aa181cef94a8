// Runs a grid.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "grid.h"

namespace constrint::emulator {

// Runs `kernel`, a call of the kernel with its arguments, for each thread of each block. The seed decides the order of
// the threads.
inline void launch(const Launch& what, const std::function<void()>& kernel) {
    constexpr std::size_t most_threads = 1024;
    if (what.block.product() == 0 || what.grid.product() == 0) fail({}, "launch: an empty grid or block");
    if (what.block.product() > most_threads) fail({}, "launch: %zu threads in a block", what.block.product());
    Grid(what, kernel).run();
}

inline void launch(Index3 grid, Index3 block, std::size_t shared_bytes, std::uint64_t seed,
                   const std::function<void()>& kernel) {
    launch({grid, block, shared_bytes, false, seed}, kernel);
}

}  // namespace constrint::emulator
