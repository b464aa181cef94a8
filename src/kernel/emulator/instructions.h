// What the wrappers in `../device/` call. Fragment layouts are those of the PTX ISA; see the wrappers.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>

#include "block.h"
#include "global_memory.h"
#include "number.h"

namespace constrint::emulator {

// The number in the lower (0) or upper (1) half of a register.
inline float half_of(std::uint32_t pair, int half) {
    return bf16_to_float(static_cast<std::uint16_t>(half == 0 ? pair & 0xffffu : pair >> 16));
}

// --- Memory --------------------------------------------------------------------------------------------------------

inline void block_barrier() { Block::current()->wait_for_block(); }

// Dynamic shared memory begins at address 0, as there is no static one.
inline std::uint32_t dynamic_shared_memory() { return 0; }

inline void load_shared(std::uint32_t address, void* to, std::size_t bytes) {
    Block& block = *Block::current();
    block.shared().read(address, to, bytes, block.thread().index, block.epoch());
}

inline void store_shared(std::uint32_t address, const void* from, std::size_t bytes) {
    Block& block = *Block::current();
    block.shared().write(address, from, bytes, block.thread().index, block.epoch());
}

inline void load_global(const void* address, void* to, std::size_t bytes) {
    GlobalMemory::instance().check(address, bytes, "load");
    std::memcpy(to, address, bytes);
}

inline void store_global(void* address, const void* from, std::size_t bytes) {
    GlobalMemory::instance().check(address, bytes, "store");
    std::memcpy(address, from, bytes);
}

inline void load_global_read_only(const void* address, void* to, std::size_t bytes) { load_global(address, to, bytes); }
inline void load_global_coherent(const void* address, void* to, std::size_t bytes) { load_global(address, to, bytes); }
inline void store_global_coherent(void* address, const void* from, std::size_t bytes) {
    store_global(address, from, bytes);
}

// --- Asynchronous copies -------------------------------------------------------------------------------------------

inline void async_copy(std::uint32_t shared_address, const void* global_address, int bytes, int valid_bytes) {
    Block& block = *Block::current();
    const std::size_t size = static_cast<std::size_t>(bytes);
    // The hardware demands the alignment also where it does not read.
    if (reinterpret_cast<std::uintptr_t>(global_address) % size != 0) {
        fail("asynchronous copy of %zu bytes from the misaligned global address %p", size, global_address);
    }
    if (valid_bytes > 0) GlobalMemory::instance().check(global_address, size, "asynchronous copy");
    block.shared().start_copy(shared_address, size, block.thread().index, block.epoch());
    block.thread().open_group.push_back({shared_address, global_address, size, static_cast<std::size_t>(valid_bytes)});
}

inline void commit_async_copies() {
    Thread& thread = Block::current()->thread();
    thread.groups.push_back(std::move(thread.open_group));
    thread.open_group.clear();
}

inline void land(const PendingCopy& copy) {
    Block& block = *Block::current();
    std::array<unsigned char, 16> data{};
    if (copy.valid_bytes > 0) std::memcpy(data.data(), copy.global_address, copy.valid_bytes);
    block.shared().land(copy.shared_address, data.data(), copy.bytes, block.thread().index, block.epoch());
}

// Copies land as late as the program allows.
inline void wait_async_copies(int groups_in_flight) {
    Thread& thread = Block::current()->thread();
    while (thread.groups.size() > static_cast<std::size_t>(groups_in_flight)) {
        for (const PendingCopy& copy : thread.groups.front()) land(copy);
        thread.groups.pop_front();
    }
}

// --- Warp-wide instructions ----------------------------------------------------------------------------------------

using Matrix8x8 = std::array<std::array<std::uint16_t, 8>, 8>;

// Reads the matrix whose rows' addresses the lanes 8 * index and following have handed in.
inline Matrix8x8 read_matrix(const Warp& warp, int index) {
    Block& block = *Block::current();
    const int first_thread = block.thread().index - block.lane();
    Matrix8x8 matrix;
    for (int row = 0; row < 8; ++row) {
        const int lane = 8 * index + row;
        const std::uint32_t address = warp.lanes[static_cast<std::size_t>(lane)].in[0];
        block.shared().read(address, matrix[static_cast<std::size_t>(row)].data(), 16, first_thread + lane,
                            block.epoch());
    }
    return matrix;
}

// The two elements of an 8x8 matrix that a lane receives, in one register.
inline std::uint32_t matrix_register(const Matrix8x8& matrix, int lane, bool transposed) {
    const std::size_t slow = static_cast<std::size_t>(lane / 4);
    const std::size_t fast = static_cast<std::size_t>(lane % 4 * 2);
    const std::uint32_t low = transposed ? matrix[fast][slow] : matrix[slow][fast];
    const std::uint32_t high = transposed ? matrix[fast + 1][slow] : matrix[slow][fast + 1];
    return high << 16 | low;
}

inline void load_matrix(std::uint32_t* registers, int matrices, std::uint32_t row_address, bool transposed) {
    Block& block = *Block::current();
    const std::size_t self = static_cast<std::size_t>(block.lane());
    Warp& warp = block.warp();
    warp.lanes[self].in[0] = row_address;
    block.warp_instruction(transposed ? "ldmatrix.trans" : "ldmatrix", [&](Warp& all) {
        for (int i = 0; i < matrices; ++i) {
            const Matrix8x8 matrix = read_matrix(all, i);
            for (int lane = 0; lane < warp_lanes; ++lane) {
                all.lanes[static_cast<std::size_t>(lane)].out[static_cast<std::size_t>(i)] =
                    matrix_register(matrix, lane, transposed);
            }
        }
    });
    for (int i = 0; i < matrices; ++i) registers[i] = warp.lanes[self].out[static_cast<std::size_t>(i)];
}

// A register of a lane's fragments as the warp has handed them in: 0 to 3 A, 4 and 5 B, 6 to 9 the sums.
inline std::uint32_t fragment(const Warp& warp, int group, int place, int index) {
    return warp.lanes[static_cast<std::size_t>(4 * group + place)].in[static_cast<std::size_t>(index)];
}

// Element of the 16x16 matrix A.
inline float element_a(const Warp& warp, int row, int column) {
    return half_of(fragment(warp, row % 8, column % 8 / 2, row / 8 + column / 8 * 2), column % 2);
}

// Element of the 16x8 matrix B.
inline float element_b(const Warp& warp, int row, int column) {
    return half_of(fragment(warp, column, row % 8 / 2, 4 + row / 8), row % 2);
}

// One element of D. Products of bf16 are exact in double, and so, nearly, is their sum; the hardware's own order and
// width of addition are not documented.
inline float dot_product(const Warp& warp, int row, int column, float start) {
    double sum = static_cast<double>(start);
    for (int k = 0; k < 16; ++k) {
        sum += static_cast<double>(element_a(warp, row, k)) * static_cast<double>(element_b(warp, k, column));
    }
    return static_cast<float>(sum);
}

inline void multiply_warp(Warp& warp) {
    for (int lane = 0; lane < warp_lanes; ++lane) {
        LaneExchange& exchange = warp.lanes[static_cast<std::size_t>(lane)];
        for (int i = 0; i < 4; ++i) {
            const int row = lane / 4 + i / 2 * 8;
            const int column = lane % 4 * 2 + i % 2;
            const float start = bits_as<float>(exchange.in[static_cast<std::size_t>(6 + i)]);
            exchange.out[static_cast<std::size_t>(i)] =
                bits_as<std::uint32_t>(dot_product(warp, row, column, start));
        }
    }
}

inline void multiply_accumulate_bf16(float (&d)[4], const std::uint32_t (&a)[4], const std::uint32_t (&b)[2]) {
    Block& block = *Block::current();
    Warp& warp = block.warp();
    LaneExchange& mine = warp.lanes[static_cast<std::size_t>(block.lane())];
    mine.in = {a[0], a[1], a[2], a[3], b[0], b[1]};
    for (int i = 0; i < 4; ++i) mine.in[static_cast<std::size_t>(6 + i)] = bits_as<std::uint32_t>(d[i]);
    block.warp_instruction("mma.m16n8k16", multiply_warp);
    for (int i = 0; i < 4; ++i) d[i] = bits_as<float>(mine.out[static_cast<std::size_t>(i)]);
}

}  // namespace constrint::emulator
