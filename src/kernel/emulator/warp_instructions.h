// What the wrappers for barriers and for warp-wide instructions call. Fragment layouts are those of the PTX ISA; see
// `../device/ldmatrix.cuh` and `../device/mma.cuh`.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>

#include "grid.h"
#include "memory_instructions.h"
#include "number.h"

namespace constrint::emulator {

// --- Barriers ------------------------------------------------------------------------------------------------------

void warp_barrier() { Grid::current()->wait_for_warp(CONSTRINT_EMULATOR_SITE); }

void block_barrier() { Grid::current()->wait_for_block(CONSTRINT_EMULATOR_SITE); }

void group_barrier(int id, int threads) {
    const Site site = CONSTRINT_EMULATOR_SITE;
    // Barrier 0 is the block's.
    if (id < 1 || id > 15 || threads < warp_lanes || threads % warp_lanes != 0) {
        fail({{"at", site}}, "divergence: a group's barrier %d for %d threads: ids are 1 to 15, threads whole warps", id,
             threads);
    }
    Grid::current()->wait_for_group(id, static_cast<std::size_t>(threads), site);
}

// --- Exchange ------------------------------------------------------------------------------------------------------

namespace internal {

// Hands in a word, and takes the one that `choose` names for the lane.
template <typename Choose>
std::uint32_t exchange(const char* name, std::uint32_t value, std::uint32_t choice, Site site, Choose choose) {
    Thread& thread = Grid::thread();
    LaneExchange& mine = thread.warp().lanes[thread.lane()];
    mine.in[0] = value;
    mine.in[1] = choice;
    Grid::current()->warp_instruction(name, site, [choose](Warp& warp) {
        for (std::uint32_t lane = 0; lane < warp_lanes; ++lane) {
            const std::uint32_t source = choose(lane, warp.lanes[lane].in[1]) % warp_lanes;
            warp.lanes[lane].out[0] = warp.lanes[source].in[0];
        }
    });
    return mine.out[0];
}

}  // namespace internal

// The hardware, too, takes the lane modulo 32.
std::uint32_t shuffle(std::uint32_t value, int lane) {
    return internal::exchange("shuffle", value, static_cast<std::uint32_t>(lane), CONSTRINT_EMULATOR_SITE,
                              [](std::uint32_t, std::uint32_t source) { return source; });
}

std::uint32_t shuffle_xor(std::uint32_t value, int mask) {
    return internal::exchange("shuffle by xor", value, static_cast<std::uint32_t>(mask), CONSTRINT_EMULATOR_SITE,
                              [](std::uint32_t self, std::uint32_t with) { return self ^ with; });
}

std::uint32_t ballot(bool says) {
    Thread& thread = Grid::thread();
    LaneExchange& mine = thread.warp().lanes[thread.lane()];
    mine.in[0] = says ? 1 : 0;
    Grid::current()->warp_instruction("ballot", CONSTRINT_EMULATOR_SITE, [](Warp& warp) {
        std::uint32_t all = 0;
        for (std::uint32_t lane = 0; lane < warp_lanes; ++lane) all |= warp.lanes[lane].in[0] << lane;
        for (LaneExchange& lane : warp.lanes) lane.out[0] = all;
    });
    return mine.out[0];
}

// --- ldmatrix ------------------------------------------------------------------------------------------------------

namespace internal {

using Matrix8x8 = std::array<std::array<std::uint16_t, 8>, 8>;

// Reads the matrix whose rows' addresses the lanes 8 * index and following have handed in.
inline Matrix8x8 read_matrix(const Warp& warp, std::uint32_t index, Site site) {
    Block& block = Grid::thread().block;
    const std::uint32_t first_thread = Grid::thread().index / warp_lanes * warp_lanes;
    Matrix8x8 matrix;
    for (std::uint32_t row = 0; row < 8; ++row) {
        const std::uint32_t lane = 8 * index + row;
        const Accessor me = accessor(*block.threads[first_thread + lane], site);
        block.shared.read(warp.lanes[lane].in[0], matrix[row].data(), 16, me);
    }
    return matrix;
}

// The two elements of an 8x8 matrix that a lane receives, in one register.
inline std::uint32_t matrix_register(const Matrix8x8& matrix, std::uint32_t lane, bool transposed) {
    const std::uint32_t slow = lane / 4;
    const std::uint32_t fast = lane % 4 * 2;
    const std::uint32_t low = transposed ? matrix[fast][slow] : matrix[slow][fast];
    const std::uint32_t high = transposed ? matrix[fast + 1][slow] : matrix[slow][fast + 1];
    return high << 16 | low;
}

inline const char* load_name(int matrices, bool transposed) {
    switch (matrices) {
        case 1: return transposed ? "ldmatrix.x1.trans" : "ldmatrix.x1";
        case 2: return transposed ? "ldmatrix.x2.trans" : "ldmatrix.x2";
        default: return transposed ? "ldmatrix.x4.trans" : "ldmatrix.x4";
    }
}

}  // namespace internal

void load_matrix(std::uint32_t* registers, int matrices, std::uint32_t row_address,
                                         bool transposed) {
    const Site site = CONSTRINT_EMULATOR_SITE;
    Thread& thread = Grid::thread();
    LaneExchange& mine = thread.warp().lanes[thread.lane()];
    mine.in[0] = row_address;
    const std::uint32_t count = static_cast<std::uint32_t>(matrices);
    Grid::current()->warp_instruction(internal::load_name(matrices, transposed), site, [&](Warp& warp) {
        for (std::uint32_t i = 0; i < count; ++i) {
            const internal::Matrix8x8 matrix = internal::read_matrix(warp, i, site);
            for (std::uint32_t lane = 0; lane < warp_lanes; ++lane) {
                warp.lanes[lane].out[i] = internal::matrix_register(matrix, lane, transposed);
            }
        }
    });
    for (std::uint32_t i = 0; i < count; ++i) registers[i] = mine.out[i];
}

// --- mma -----------------------------------------------------------------------------------------------------------

namespace internal {

// How an operand type lies in registers, and what its bits mean.
struct Bf16Operand {
    static constexpr const char* name = "mma.m16n8k16.bf16";
    static constexpr std::uint32_t per_register = 2;
    static float value(std::uint32_t bits) { return bf16_to_float(static_cast<std::uint16_t>(bits)); }
};
struct Fp16Operand {
    static constexpr const char* name = "mma.m16n8k16.f16";
    static constexpr std::uint32_t per_register = 2;
    static float value(std::uint32_t bits) { return fp16_to_float(static_cast<std::uint16_t>(bits)); }
};
struct Tf32Operand {
    static constexpr const char* name = "mma.m16n8k8.tf32";
    static constexpr std::uint32_t per_register = 1;
    // The lower 13 bits are ignored.
    static float value(std::uint32_t bits) { return bits_as<float>(bits & ~0x1fffu); }
};

// Both inputs of a product, unpacked: a register of K covers 4 * per_register columns of A.
template <typename Operand>
struct ProductInputs {
    static constexpr std::uint32_t per = Operand::per_register;
    static constexpr std::uint32_t depth = 8 * per;
    std::array<std::array<double, depth>, 16> a;
    std::array<std::array<double, depth>, 8> b;  // by column

    explicit ProductInputs(const Warp& warp) {
        for (std::uint32_t lane = 0; lane < warp_lanes; ++lane) take(warp.lanes[lane].in, lane / 4, lane % 4 * per);
    }

    // Registers 0 to 3 are A's, 4 and 5 B's.
    void take(const std::array<std::uint32_t, 10>& in, std::uint32_t group, std::uint32_t first) {
        for (std::uint32_t half = 0; half < per; ++half) {
            const std::uint32_t shift = half * 16;
            for (std::uint32_t i = 0; i < 4; ++i) {
                a[group + i % 2 * 8][first + i / 2 * 4 * per + half] = static_cast<double>(Operand::value(in[i] >> shift));
            }
            for (std::uint32_t i = 0; i < 2; ++i) {
                b[group][first + i * 4 * per + half] = static_cast<double>(Operand::value(in[4 + i] >> shift));
            }
        }
    }
};

// The tensor cores cut sums off instead of rounding them.
inline float toward_zero(double sum) {
    const float nearest = static_cast<float>(sum);
    const bool is_beyond = std::fabs(static_cast<double>(nearest)) > std::fabs(sum);
    return is_beyond ? std::nextafterf(nearest, 0.0f) : nearest;
}

// Products are exact in double, and so, nearly, is their sum; the hardware's own order of addition is not documented.
template <typename Operand>
void multiply_warp(Warp& warp) {
    const ProductInputs<Operand> inputs(warp);
    for (std::uint32_t lane = 0; lane < warp_lanes; ++lane) {
        LaneExchange& exchange = warp.lanes[lane];
        for (std::uint32_t i = 0; i < 4; ++i) {
            const auto& row = inputs.a[lane / 4 + i / 2 * 8];
            const auto& column = inputs.b[lane % 4 * 2 + i % 2];
            double sum = static_cast<double>(bits_as<float>(exchange.in[6 + i]));
            for (std::uint32_t k = 0; k < ProductInputs<Operand>::depth; ++k) sum += row[k] * column[k];
            exchange.out[i] = bits_as<std::uint32_t>(toward_zero(sum));
        }
    }
}

template <typename Operand>
void multiply_accumulate(float (&d)[4], const std::uint32_t (&a)[4], const std::uint32_t (&b)[2], Site site) {
    Thread& thread = Grid::thread();
    LaneExchange& mine = thread.warp().lanes[thread.lane()];
    mine.in = {a[0], a[1], a[2], a[3], b[0], b[1]};
    for (std::uint32_t i = 0; i < 4; ++i) mine.in[6 + i] = bits_as<std::uint32_t>(d[i]);
    Grid::current()->warp_instruction(Operand::name, site, multiply_warp<Operand>);
    for (std::uint32_t i = 0; i < 4; ++i) d[i] = bits_as<float>(mine.out[i]);
}

}  // namespace internal

void multiply_accumulate_bf16(float (&d)[4], const std::uint32_t (&a)[4],
                              const std::uint32_t (&b)[2]) {
    internal::multiply_accumulate<internal::Bf16Operand>(d, a, b, CONSTRINT_EMULATOR_SITE);
}

void multiply_accumulate_fp16(float (&d)[4], const std::uint32_t (&a)[4],
                              const std::uint32_t (&b)[2]) {
    internal::multiply_accumulate<internal::Fp16Operand>(d, a, b, CONSTRINT_EMULATOR_SITE);
}

void multiply_accumulate_tf32(float (&d)[4], const std::uint32_t (&a)[4],
                              const std::uint32_t (&b)[2]) {
    internal::multiply_accumulate<internal::Tf32Operand>(d, a, b, CONSTRINT_EMULATOR_SITE);
}

}  // namespace constrint::emulator
