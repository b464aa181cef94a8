// Runs a grid.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "block.h"

namespace constrint::emulator {

// Runs `kernel`, a call of the kernel with its arguments, for each thread of each block. The seed decides the order of
// the threads; every block gets another one.
inline void launch(Index3 grid, Index3 block, std::size_t shared_bytes, std::uint64_t seed,
                   const std::function<void()>& kernel) {
    for (unsigned z = 0; z < grid.z; ++z) {
        for (unsigned y = 0; y < grid.y; ++y) {
            for (unsigned x = 0; x < grid.x; ++x) {
                Block(grid, {x, y, z}, block, shared_bytes, seed++).run(kernel);
            }
        }
    }
}

}  // namespace constrint::emulator
