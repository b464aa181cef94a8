// What forward could have saved, computed again from h of all steps, with RECOMPUTE: for all steps side by side
//
//   g[b, t, gate, n, i] = sum over j of R[gate, n, i, j] h[b, t - 1, n, j], with ORDER_REVERSE h[b, t + 1, n, j]
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

// Rows of h and R on their way, VECTOR old units a piece: all pieces of a thread at once, asked for a chunk ahead, or where they are
// many some after the other.
class AgainPieces {
    static constexpr int row_pieces = again_chunk / vector;
    static constexpr int passes = device::ceil_div((again_rows + again_weight_rows) * row_pieces, again_threads);
    static constexpr int hidden_passes = again_rows * row_pieces / again_threads;
    static constexpr int passes_together = passes <= 12 ? passes : 8;

public:
    static constexpr bool is_ahead = passes_together == passes;

    CONSTRINT_DEVICE AgainPieces(const Arguments& arguments, int head, int row, int unit)
        : arguments_(arguments), head_(head), row_(row), unit_(unit) {
        starts_ = 0;
#pragma unroll
        for (int pass = 0; pass < hidden_passes; ++pass) {
            const int here = row + piece_of(threadIdx.x, pass) / row_pieces;
            starts_ |= static_cast<uint32_t>(here % arguments.sequence == place_of_first_step(arguments.sequence)) << pass;
        }
    }

    // Asks for the old units from `first` on, where they come a chunk ahead.
    CONSTRINT_DEVICE void load_ahead(int first) {
        if constexpr (is_ahead) load(first, 0);
    }

    // Puts the old units from `first` on into shared memory.
    CONSTRINT_DEVICE void move(const AgainRows& shared, [[maybe_unused]] int first) {
        if constexpr (is_ahead) {
            store(shared, 0);
        } else {
#pragma unroll 1
            for (int pass = 0; pass < passes; pass += passes_together) {
                load(first, pass);
                store(shared, pass);
            }
        }
    }

private:
    using Piece = Packed<element, vector>;

    CONSTRINT_DEVICE void load(int first, int first_pass) {
        // From the start each time, so that no register keeps an address through the products.
        uint64_t thread = threadIdx.x;
        device::forget_origin(thread);
#pragma unroll
        for (int i = 0; i < passes_together; ++i) {
            const int pass = first_pass + i;
            const int piece = piece_of(static_cast<unsigned>(thread), pass);
            const int old_unit = first + piece % row_pieces * vector;
            const int row = piece / row_pieces;
            pieces_[i] = Piece{};
            if (old_unit >= head_dim) continue;
            if (pass < hidden_passes) {
                if (row_ + row >= arguments_.batch * arguments_.sequence) continue;
                pieces_[i] = hidden(row_ + row, old_unit, (starts_ >> pass & 1) != 0);
            } else if (row < again_rows + again_weight_rows) {
                const int gate = (row - again_rows) / again_units;
                const int unit = unit_ + (row - again_rows) % again_units;
                if (unit < head_dim) pieces_[i] = weights(gate, unit, old_unit);
            }
        }
    }

    CONSTRINT_DEVICE void store(const AgainRows& shared, int first_pass) const {
#pragma unroll
        for (int i = 0; i < passes_together; ++i) {
            const int piece = piece_of(threadIdx.x, first_pass + i);
            const int row = piece / row_pieces;
            if (row >= again_rows + again_weight_rows) continue;
            float values[vector];
#pragma unroll
            for (int j = 0; j < vector; ++j) values[j] = of_packed<element>(pieces_[i], j);
            const int bytes = row * again_row_bytes + piece % row_pieces * vector * static_cast<int>(sizeof(factor));
            device::store_shared(shared.hidden + static_cast<uint32_t>(bytes), packed<factor, vector>(values));
        }
    }

    static CONSTRINT_DEVICE int piece_of(unsigned thread, int pass) {
        return static_cast<int>(thread) + pass * again_threads;
    }

    // h before the step of a row (b, t), as forward multiplied it: of the step before, or where the layer starts with the row.
    CONSTRINT_DEVICE Piece hidden(int row, int old_unit, bool is_start) const {
        const int row_stride = arguments_.heads * head_dim;
        const int column = head_ * head_dim + old_unit;
        if (!is_start) return loaded(arguments_.hidden + (static_cast<int64_t>(row - next_step) * row_stride + column));
        if (arguments_.initial == nullptr) return Piece{};
        const int64_t sequence = row / arguments_.sequence;
        const float* initial = arguments_.initial + (sequence * row_stride + column);
        float values[vector];
#pragma unroll
        for (int i = 0; i < vector; ++i) values[i] = device::load_global_read_only(initial + i);
        return packed<element, vector>(values);
    }

    CONSTRINT_DEVICE Piece weights(int gate, int unit, int old_unit) const {
        const int row = (gate * arguments_.heads + head_) * head_dim + unit;
        return loaded(arguments_.weights + (static_cast<int64_t>(row) * head_dim + old_unit));
    }

    static CONSTRINT_DEVICE Piece loaded(const element* address) {
        return device::load_global_read_only(reinterpret_cast<const Piece*>(address));
    }

    const Arguments& arguments_;
    int head_;
    int row_;
    int unit_;
    uint32_t starts_;  // in which of the passes over h the layer starts
    Piece pieces_[passes_together];
};

// Grid: x counts the tiles of units of the first rows, then of the next ones, y heads.
CONSTRINT_DEVICE void compute_saved_again(const Arguments& arguments) {
    const int head = static_cast<int>(blockIdx.y);
    const int row = static_cast<int>(blockIdx.x) / again_unit_tiles * again_rows;
    const int unit = static_cast<int>(blockIdx.x) % again_unit_tiles * again_units;
    const AgainRows shared;
    AgainSums sums;
    AgainPieces pieces(arguments, head, row, unit);
    pieces.load_ahead(0);
#pragma unroll 1
    for (int first = 0; first < head_dim; first += again_chunk) {
        pieces.move(shared, first);
        device::block_barrier();
        if (first + again_chunk < head_dim) pieces.load_ahead(first + again_chunk);
        sums.multiply(shared);
        device::block_barrier();
    }
    sums.finish(arguments, head, row, unit);
}

}  // namespace constrint::rnn_backward
