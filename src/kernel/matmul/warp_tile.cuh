// What one warp does with a tile in shared memory: load fragments, multiply them.
#pragma once

#include "../device/ldmatrix.cuh"
#include "../device/mma.cuh"
#include "config.cuh"

namespace constrint::matmul {

// The inputs of one step of 16 along K.
struct Fragments {
    uint32_t a[fragments_m][4];
    uint32_t b[fragments_n][2];
};

using Accumulators = float[fragments_m][fragments_n][4];

// Row and column of the warp's tile of C within the block's.
struct WarpOrigin {
    int row;
    int column;
};

CONSTRINT_DEVICE WarpOrigin warp_origin() {
    const int warp = device::warp_index();
    return {warp / warps_n * warp_m, warp % warps_n * warp_n};
}

using device::lane_index;

// The addresses that a lane gives to ldmatrix. They point into the first stage; every other fragment is at a distance
// that is known when compiling.
class FragmentLoader {
public:
    // The lane names row (lane % 16) and the 8 columns that begin at 8 (lane / 16) of a 16x16 piece, for both operands.
    // For A the four 8x8 matrices are then, in order, those of the fragment's registers 0 to 3. For B, whose rows run
    // along K, they are, transposed, the two registers of the left and the two of the right fragment.
    CONSTRINT_DEVICE explicit FragmentLoader(uint32_t shared_memory) {
        const WarpOrigin origin = warp_origin();
        const int row = lane_index() % 16;
        const int column = lane_index() / 16 * 8;
        a_ = shared_memory + static_cast<uint32_t>(((origin.row + row) * row_elements_a + column) * element_bytes);
        b_ = shared_memory + static_cast<uint32_t>(
                                 tile_bytes_a + (row * row_elements_b + origin.column + column) * element_bytes);
    }

    CONSTRINT_DEVICE void load(Fragments& fragments, uint32_t stage_offset, int step) const {
        load_a(fragments, a_ + stage_offset + static_cast<uint32_t>(step * instruction_k * element_bytes));
        load_b(fragments, b_ + stage_offset +
                              static_cast<uint32_t>(step * instruction_k * row_elements_b * element_bytes));
    }

private:
    static CONSTRINT_DEVICE void load_a(Fragments& fragments, uint32_t address) {
#pragma unroll
        for (int i = 0; i < fragments_m; ++i) {
            constexpr int distance = instruction_m * row_elements_a * element_bytes;
            device::load_matrix_x4(fragments.a[i], address + static_cast<uint32_t>(i * distance));
        }
    }

    static CONSTRINT_DEVICE void load_b(Fragments& fragments, uint32_t address) {
        constexpr int distance = instruction_n * element_bytes;
#pragma unroll
        for (int j = 0; j + 1 < fragments_n; j += 2) {
            uint32_t pair[4];
            device::load_matrix_transposed_x4(pair, address + static_cast<uint32_t>(j * distance));
            fragments.b[j][0] = pair[0];
            fragments.b[j][1] = pair[1];
            fragments.b[j + 1][0] = pair[2];
            fragments.b[j + 1][1] = pair[3];
        }
        if constexpr (fragments_n % 2 == 1) {
            constexpr int last = fragments_n - 1;
            device::load_matrix_transposed_x2(fragments.b[last], address + static_cast<uint32_t>(last * distance));
        }
    }

    uint32_t a_;
    uint32_t b_;
};

CONSTRINT_DEVICE void clear(Accumulators& sums) {
#pragma unroll
    for (int i = 0; i < fragments_m; ++i) {
#pragma unroll
        for (int j = 0; j < fragments_n; ++j) {
#pragma unroll
            for (int part = 0; part < 4; ++part) sums[i][j][part] = 0.0f;
        }
    }
}

// Walks the fragments of B to and fro, so that each product shares an input with the one before.
CONSTRINT_DEVICE void multiply(Accumulators& sums, const Fragments& fragments) {
#pragma unroll
    for (int i = 0; i < fragments_m; ++i) {
#pragma unroll
        for (int turn = 0; turn < fragments_n; ++turn) {
            const int j = i % 2 == 0 ? turn : fragments_n - 1 - turn;
            device::multiply_accumulate<device::bf16>(sums[i][j], fragments.a[i], fragments.b[j]);
        }
    }
}

}  // namespace constrint::matmul
