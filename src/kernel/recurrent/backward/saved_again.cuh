// What forward could have saved, computed again from h of all steps, with RECOMPUTE: for all steps side by side
//
//   g[b, t, gate, n, i] = sum over j of R[gate, n, i, j] h[b, t - 1, n, j]
//
// and the cell's step with Wx and b. Forward multiplied the same rounded h: all that differs is the order of the sum.
//
// A block computes the gates of AGAIN_UNITS units for AGAIN_ROWS rows (b, t), AGAIN_CHUNK old units at a time. Rows of h and of R
// lie in shared memory as they do in global memory; rows (b, t) are the 16 rows of the instruction, units of one gate its 8
// columns, so that a lane has all gates of its units.
#pragma once

#include "../../device/barrier.cuh"
#include "../../device/ldmatrix.cuh"
#include "../../device/mma.cuh"
#include "arguments.cuh"

namespace constrint::rnn_backward {

constexpr int again_threads = 128;
constexpr int again_rows = 64;
// Small heads fill no more.
constexpr int again_units = head_dim <= 16 ? 16 : 32;
constexpr int again_unit_tiles = device::ceil_div(head_dim, again_units);
constexpr int again_chunk = 32;

// A row of shared memory: an odd number of 16-byte pieces for `ldmatrix`.
constexpr int again_row_bytes = again_chunk * static_cast<int>(sizeof(factor)) + 16;
constexpr int again_weight_rows = gates * again_units;
constexpr int again_bytes = (again_rows + again_weight_rows) * again_row_bytes;

// Blocks along the rows and units of a head.
inline int64_t again_blocks(int batch, int sequence) {
    return (static_cast<int64_t>(batch) * sequence + again_rows - 1) / again_rows * again_unit_tiles;
}

// Where rows of shared memory lie: those of h, then R's, gate by gate.
struct AgainRows {
    uint32_t hidden = device::static_shared_memory<AgainRows, again_bytes>();
    uint32_t weights = hidden + again_rows * again_row_bytes;
};

// The gates of a warp: 16 units, and the rows that the warps beside it leave to it.
class AgainSums {
public:
    static constexpr int warps_along_units = again_units / 16;
    static constexpr int row_tiles = again_rows / 16 * warps_along_units / (again_threads / lanes);
    static constexpr int unit_groups = 2;

    CONSTRINT_DEVICE AgainSums()
        : lane_(device::lane_index()),
          first_unit_(device::warp_index() % warps_along_units * 16),
          first_row_(device::warp_index() / warps_along_units * (16 * row_tiles)) {
#pragma unroll
        for (int tile = 0; tile < row_tiles; ++tile) {
#pragma unroll
            for (int group = 0; group < unit_groups; ++group) {
#pragma unroll
                for (int gate = 0; gate < gates; ++gate) {
#pragma unroll
                    for (int i = 0; i < 4; ++i) sums_[tile][group][gate][i] = 0.0f;
                }
            }
        }
    }

    // Adds the products of the chunk in shared memory.
    CONSTRINT_DEVICE void multiply(const AgainRows& shared) {
        // Matrices of 8 rows and 16 bytes: those of h lie below each other, then beside, those of R the other way round.
        const int matrix = lane_ / 8;
        const int hidden_row = first_row_ + matrix % 2 * 8 + lane_ % 8;
        const int weights_row = first_unit_ + matrix / 2 * 8 + lane_ % 8;
        const uint32_t hidden = shared.hidden + static_cast<uint32_t>(hidden_row * again_row_bytes + matrix / 2 * 16);
        const uint32_t weights = shared.weights + static_cast<uint32_t>(weights_row * again_row_bytes + matrix % 2 * 16);
#pragma unroll
        for (int k = 0; k < again_chunk; k += device::product_depth<factor>) {
            const uint32_t at = static_cast<uint32_t>(k * static_cast<int>(sizeof(factor)));
            uint32_t of_rows[row_tiles][4];
#pragma unroll
            for (int tile = 0; tile < row_tiles; ++tile) {
                device::load_matrix_x4(of_rows[tile], hidden + at + static_cast<uint32_t>(tile * 16 * again_row_bytes));
            }
#pragma unroll
            for (int gate = 0; gate < gates; ++gate) {
                uint32_t both[4];
                device::load_matrix_x4(both, weights + at + static_cast<uint32_t>(gate * again_units * again_row_bytes));
#pragma unroll
                for (int group = 0; group < unit_groups; ++group) {
                    const uint32_t of_units[2] = {both[2 * group], both[2 * group + 1]};
#pragma unroll
                    for (int tile = 0; tile < row_tiles; ++tile) {
                        device::multiply_accumulate<factor>(sums_[tile][group][gate], of_rows[tile], of_units);
                    }
                }
            }
        }
    }

    // The cell's step for rows from `row` and units from `unit` of a head on.
    CONSTRINT_DEVICE void finish(const Arguments& arguments, int head, int row, int unit) const {
#pragma unroll
        for (int group = 0; group < unit_groups; ++group) {
#pragma unroll
            for (int i = 0; i < 2; i += width) {
                const int here = unit + first_unit_ + group * 8 + lane_ % 4 * 2 + i;
                if (here >= head_dim) continue;
                finish_units(arguments, head * head_dim + here, row + first_row_ + lane_ / 4, group, i);
            }
        }
    }

private:
    static constexpr int some_saved = device::maximum(1, Cell::saved);
    // Neighbouring units that one access moves.
    static constexpr int width = device::minimum(vector, 2);

    // WIDTH units, the first of which is element `column` of a row of all heads, for the lane's rows, 8 apart.
    CONSTRINT_DEVICE void finish_units(const Arguments& arguments, int column, int row, int group, int i) const {
        const int64_t row_stride = static_cast<int64_t>(arguments.heads) * head_dim;
        const int rows = arguments.batch * arguments.sequence;
        const int64_t saved_stride = rows * row_stride;
        Packed<float, width> biases[Cell::biases];
#pragma unroll
        for (int bias = 0; bias < Cell::biases; ++bias) {
            biases[bias] = loaded<float>(arguments.bias + bias * row_stride + column);
        }
#pragma unroll
        for (int half = 0; half < 2 * row_tiles; ++half) {
            const int here = row + half * 8;
            if (here >= rows) continue;
            Packed<element, width> inputs[gates];
#pragma unroll
            for (int gate = 0; gate < gates; ++gate) {
                inputs[gate] =
                    loaded<element>(arguments.input + (static_cast<int64_t>(here) * gates + gate) * row_stride + column);
            }
            float saved[some_saved][width];
#pragma unroll
            for (int j = 0; j < width; ++j) {
                float recurrent[gates];
                float input[gates];
                float bias[Cell::biases];
                float values[some_saved];
#pragma unroll
                for (int gate = 0; gate < gates; ++gate) {
                    recurrent[gate] = sums_[half / 2][group][gate][half % 2 * 2 + i + j];
                    input[gate] = of_packed<element>(inputs[gate], j);
                }
#pragma unroll
                for (int index = 0; index < Cell::biases; ++index) bias[index] = of_packed<float>(biases[index], j);
                // No saved value follows from the states but through R h.
                typename Cell::Memory memory{};
                Cell::step(memory, 0.0f, recurrent, input, bias, values);
#pragma unroll
                for (int index = 0; index < Cell::saved; ++index) saved[index][j] = values[index];
            }
#pragma unroll
            for (int index = 0; index < Cell::saved; ++index) {
                element* address = arguments.saved + (index * saved_stride + here * row_stride + column);
                device::store_global(reinterpret_cast<Packed<element, width>*>(address),
                                     packed<element, width>(saved[index]));
            }
        }
    }

    template <typename T>
    static CONSTRINT_DEVICE Packed<T, width> loaded(const T* address) {
        return device::load_global_read_only(reinterpret_cast<const Packed<T, width>*>(address));
    }

    int lane_;
    int first_unit_;
    int first_row_;
    float sums_[row_tiles][unit_groups][gates][4];
};

// Rows of h and R on their way, VECTOR old units a piece.
class AgainPieces {
public:
    CONSTRINT_DEVICE AgainPieces(const Arguments& arguments, int head, int row, int unit)
        : arguments_(arguments), head_(head), row_(row), unit_(unit) {}

    // Asks for the old units from `first` on.
    CONSTRINT_DEVICE void load(int first) {
#pragma unroll
        for (int pass = 0; pass < passes; ++pass) {
            pieces_[pass] = Piece{};
            const int old_unit = first + piece_of(pass) % row_pieces * vector;
            const int row = piece_of(pass) / row_pieces;
            if (old_unit >= head_dim) continue;
            if (row < again_rows) {
                if (row_ + row < arguments_.batch * arguments_.sequence) pieces_[pass] = hidden(row_ + row, old_unit);
            } else if (row < again_rows + again_weight_rows) {
                const int gate = (row - again_rows) / again_units;
                const int unit = unit_ + (row - again_rows) % again_units;
                if (unit < head_dim) pieces_[pass] = weights(gate, unit, old_unit);
            }
        }
    }

    // Puts them into shared memory.
    CONSTRINT_DEVICE void store(const AgainRows& shared) const {
#pragma unroll
        for (int pass = 0; pass < passes; ++pass) {
            const int row = piece_of(pass) / row_pieces;
            if (row >= again_rows + again_weight_rows) continue;
            float values[vector];
#pragma unroll
            for (int i = 0; i < vector; ++i) values[i] = of_packed<element>(pieces_[pass], i);
            const int bytes = row * again_row_bytes +
                              piece_of(pass) % row_pieces * vector * static_cast<int>(sizeof(factor));
            device::store_shared(shared.hidden + static_cast<uint32_t>(bytes), packed<factor, vector>(values));
        }
    }

private:
    using Piece = Packed<element, vector>;

    static constexpr int row_pieces = again_chunk / vector;
    static constexpr int passes = device::ceil_div((again_rows + again_weight_rows) * row_pieces, again_threads);

    static CONSTRINT_DEVICE int piece_of(int pass) { return static_cast<int>(threadIdx.x) + pass * again_threads; }

    // h before the step of a row (b, t), as forward multiplied it.
    CONSTRINT_DEVICE Piece hidden(int row, int old_unit) const {
        const int64_t row_stride = static_cast<int64_t>(arguments_.heads) * head_dim;
        const int column = head_ * head_dim + old_unit;
        if (row % arguments_.sequence != 0) return loaded(arguments_.hidden + ((row - 1) * row_stride + column));
        if (arguments_.initial == nullptr) return Piece{};
        const float* initial = arguments_.initial + (row / arguments_.sequence * row_stride + column);
        float values[vector];
#pragma unroll
        for (int i = 0; i < vector; ++i) values[i] = device::load_global_read_only(initial + i);
        return packed<element, vector>(values);
    }

    CONSTRINT_DEVICE Piece weights(int gate, int unit, int old_unit) const {
        const int64_t row = static_cast<int64_t>(gate * arguments_.heads + head_) * head_dim + unit;
        return loaded(arguments_.weights + (row * head_dim + old_unit));
    }

    static CONSTRINT_DEVICE Piece loaded(const element* address) {
        return device::load_global_read_only(reinterpret_cast<const Piece*>(address));
    }

    const Arguments& arguments_;
    int head_;
    int row_;
    int unit_;
    Piece pieces_[passes];
};

// Grid: x counts the tiles of units of the first rows, then of the next ones, y heads.
CONSTRINT_DEVICE void compute_saved_again(const Arguments& arguments) {
    const int head = static_cast<int>(blockIdx.y);
    const int row = static_cast<int>(blockIdx.x) / again_unit_tiles * again_rows;
    const int unit = static_cast<int>(blockIdx.x) % again_unit_tiles * again_units;
    const AgainRows shared;
    AgainSums sums;
    AgainPieces pieces(arguments, head, row, unit);
    pieces.load(0);
#pragma unroll 1
    for (int first = 0; first < head_dim; first += again_chunk) {
        pieces.store(shared);
        device::block_barrier();
        if (first + again_chunk < head_dim) pieces.load(first + again_chunk);
        sums.multiply(shared);
        device::block_barrier();
    }
    sums.finish(arguments, head, row, unit);
}

}  // namespace constrint::rnn_backward
