// What the wrappers in `../device/` call. Fragment layouts are those of the PTX ISA; see the wrappers.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>

#include "block.h"
#include "global_memory.h"

namespace constrint::emulator {

// --- Numbers -------------------------------------------------------------------------------------------------------

template <typename To, typename From>
To bits_as(const From& from) {
    static_assert(sizeof(To) == sizeof(From), "only the type changes, not the bits");
    To to;
    std::memcpy(&to, &from, sizeof(to));
    return to;
}

inline float bf16_to_float(std::uint16_t bits) { return bits_as<float>(static_cast<std::uint32_t>(bits) << 16); }

// Rounds to nearest even; every NaN becomes the canonical one, as cvt.rn does.
inline std::uint16_t float_to_bf16(float value) {
    if (value != value) return 0x7fff;
    const std::uint32_t bits = bits_as<std::uint32_t>(value);
    const std::uint32_t half = 0x7fffu + ((bits >> 16) & 1u);
    return static_cast<std::uint16_t>((bits + half) >> 16);
}

inline std::uint32_t pack_bf16x2(float low, float high) {
    return static_cast<std::uint32_t>(float_to_bf16(high)) << 16 | float_to_bf16(low);
}

// The number in the lower (0) or upper (1) half of a register.
inline float half_of(std::uint32_t pair, int half) {
    return bf16_to_float(static_cast<std::uint16_t>(half == 0 ? pair & 0xffffu : pair >> 16));
}

// --- Memory --------------------------------------------------------------------------------------------------------

inline void block_barrier() { Block::current()->wait_for_block(); }

// Dynamic shared memory begins at address 0, as there is no static one.
inline std::uint32_t dynamic_shared_memory() { return 0; }

inline void store_shared(std::uint32_t address, std::uint16_t value) {
    Block& block = *Block::current();
    block.shared().write(address, &value, sizeof(value), block.thread().index, block.epoch());
}

template <typename T>
T load_global(const T* address) {
    GlobalMemory::instance().check(address, sizeof(T), "load");
    return *address;
}

template <typename T>
void store_global(T* address, const T& value) {
    GlobalMemory::instance().check(address, sizeof(T), "store");
    std::memcpy(address, &value, sizeof(T));
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

inline void multiply_accumulate_m16n8k16(float (&d)[4], const std::uint32_t (&a)[4], const std::uint32_t (&b)[2]) {
    Block& block = *Block::current();
    Warp& warp = block.warp();
    LaneExchange& mine = warp.lanes[static_cast<std::size_t>(block.lane())];
    mine.in = {a[0], a[1], a[2], a[3], b[0], b[1]};
    for (int i = 0; i < 4; ++i) mine.in[static_cast<std::size_t>(6 + i)] = bits_as<std::uint32_t>(d[i]);
    block.warp_instruction("mma.m16n8k16", multiply_warp);
    for (int i = 0; i < 4; ++i) d[i] = bits_as<float>(mine.out[static_cast<std::size_t>(i)]);
}

}  // namespace constrint::emulator
