// Runs a grid, and tells its threads who they are.
#pragma once

#include <cstddef>
#include <cstdint>

#include "grid.h"

namespace constrint::emulator {

void launch_call(const Launch& what, const KernelCall& kernel) {
    constexpr std::size_t most_threads = 1024;
    if (what.block.product() == 0 || what.grid.product() == 0) fail({}, "launch: an empty grid or block");
    if (what.block.product() > most_threads) fail({}, "launch: %zu threads in a block", what.block.product());
    Grid(what, kernel).run();
}

const Index3& thread_coordinates() { return Grid::thread().coordinates; }
const Index3& block_coordinates() { return Grid::thread().block.place; }
const Index3& block_extents() { return Grid::current()->launch().block; }
const Index3& grid_extents() { return Grid::current()->launch().grid; }

}  // namespace constrint::emulator
