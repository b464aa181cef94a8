// One block's shared memory with its shadow state.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "failure.h"

namespace constrint::emulator {

// Bytes, and for each cell of two bytes who touched it since the last barrier.
//
// The block's barriers cut time into epochs. Within one epoch the order of two threads is open, so a cell that one
// thread writes must not be read or written by another in the same epoch. Warps count as several threads here, too:
// CUDA gives no order within a warp without a barrier either. An asynchronous copy may land at any moment between its
// start and the wait: it writes in every epoch from the one to the other, and nobody may touch the cell meanwhile.
class SharedMemory {
public:
    static constexpr std::size_t cell_bytes = 2;

    // All bits set is a NaN in bf16 and fp32.
    explicit SharedMemory(std::size_t bytes) : bytes_(bytes, 0xff), cells_((bytes + cell_bytes - 1) / cell_bytes) {}

    void read(std::uint32_t address, void* to, std::size_t bytes, int thread, int epoch) {
        check(address, bytes, "read", thread);
        for (Cell& cell : cells_of(address, bytes)) note_read(cell, address, thread, epoch);
        std::memcpy(to, &bytes_[address], bytes);
    }

    void write(std::uint32_t address, const void* from, std::size_t bytes, int thread, int epoch) {
        check(address, bytes, "write", thread);
        for (Cell& cell : cells_of(address, bytes)) note_write(cell, address, thread, epoch);
        std::memcpy(&bytes_[address], from, bytes);
    }

    // Until `land`, the destination holds NaNs and belongs to the copy.
    void start_copy(std::uint32_t address, std::size_t bytes, int thread, int epoch) {
        check(address, bytes, "asynchronous copy", thread);
        for (Cell& cell : cells_of(address, bytes)) {
            note_write(cell, address, thread, epoch);
            cell.is_in_flight = true;
        }
        std::memset(&bytes_[address], 0xff, bytes);
    }

    void land(std::uint32_t address, const void* from, std::size_t bytes, int thread, int epoch) {
        for (Cell& cell : cells_of(address, bytes)) {
            cell.is_in_flight = false;
            note_write(cell, address, thread, epoch);
        }
        std::memcpy(&bytes_[address], from, bytes);
    }

private:
    static constexpr int nobody = -1;
    static constexpr int several = -2;

    struct Cell {
        int write_epoch = -1;
        int writer = nobody;
        int read_epoch = -1;
        int reader = nobody;
        bool is_in_flight = false;
    };

    struct CellRange {
        Cell* first;
        Cell* last;
        Cell* begin() const { return first; }
        Cell* end() const { return last; }
    };

    CellRange cells_of(std::uint32_t address, std::size_t bytes) {
        Cell* const first = cells_.data() + address / cell_bytes;
        return {first, first + bytes / cell_bytes};
    }

    void check(std::uint32_t address, std::size_t bytes, const char* access, int thread) const {
        if (address % bytes != 0) {
            fail("%s of %zu bytes at the misaligned shared address %u by thread %d", access, bytes, address, thread);
        }
        if (address + bytes > bytes_.size()) {
            fail("%s of %zu bytes at shared address %u by thread %d: the block has %zu bytes", access, bytes, address,
                 thread, bytes_.size());
        }
    }

    static void note_read(Cell& cell, std::uint32_t address, int thread, int epoch) {
        if (cell.is_in_flight) {
            fail("race: thread %d reads shared address %u while a copy of thread %d is in flight: a wait is missing",
                 thread, address, cell.writer);
        }
        if (cell.write_epoch == epoch && cell.writer != thread) {
            fail("race: thread %d reads shared address %u, which thread %d wrote: a barrier is missing between", thread,
                 address, cell.writer);
        }
        cell.reader = cell.read_epoch == epoch && cell.reader != thread ? several : thread;
        cell.read_epoch = epoch;
    }

    static void note_write(Cell& cell, std::uint32_t address, int thread, int epoch) {
        if (cell.is_in_flight) {
            fail("race: thread %d writes shared address %u while a copy of thread %d is in flight", thread, address,
                 cell.writer);
        }
        if (cell.write_epoch == epoch && cell.writer != thread) {
            fail("race: threads %d and %d both write shared address %u: a barrier is missing between", thread,
                 cell.writer, address);
        }
        if (cell.read_epoch == epoch && cell.reader != thread) {
            fail("race: thread %d writes shared address %u, which another thread reads: a barrier is missing between",
                 thread, address);
        }
        cell.writer = thread;
        cell.write_epoch = epoch;
    }

    std::vector<unsigned char> bytes_;
    std::vector<Cell> cells_;
};

}  // namespace constrint::emulator
