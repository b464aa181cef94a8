// The gradient of R, one product over all sequences and steps when the gates' gradients are there:
//
//   dR[g, n, i, j] = sum over b, t of d[b, t, g, n, i] h[b, t - 1, n, j], with ORDER_REVERSE h[b, t + 1, n, j]
//
// A block computes a tile of a gate and head, TILE new units times TILE old ones, over its part of all rows (b, t), CHUNK at a
// time. Both factors lie in shared memory as they do in global memory, a row for each (b, t), and are transposed on their way into
// fragments; while a chunk is multiplied the next one is on its way to registers. The order of all additions is fixed, but for that
// of the parts with GRADIENT_SUMS_ATOMIC.
#pragma once

#include "../../device/barrier.cuh"
#include "../../device/flag.cuh"
#include "../../device/ldmatrix.cuh"
#include "../../device/mma.cuh"
#include "../place.cuh"
#include "arguments.cuh"

namespace constrint::rnn_backward {

// Units of a tile along both sides, and rows of a chunk: what two chunks take of shared memory is always there.
constexpr int weights_tile = CONSTRINT_RNN(WEIGHT_TILE);
constexpr int weights_chunk = weights_tile == 128 && sizeof(factor) == 4 ? 16 : 32;
// Two warps along the new units, one for each 32 old ones.
constexpr int weights_column_warps = weights_tile / 32;
constexpr int weights_threads = 2 * weights_column_warps * lanes;
constexpr int weights_tiles = device::ceil_div(head_dim, weights_tile);
// Of the largest tile: 128 registers a thread are enough for operands of 16 bits in whole pieces that nothing scales.
constexpr int weights_blocks_per_sm =
    weights_tile == 128 && sizeof(factor) == 2 && vector == 8 && Cell::scaled_gate < 0 ? 2 : 1;

// A row of shared memory: an odd number of 16-byte pieces for `ldmatrix`, and for tf32 8 banks on from the row before.
constexpr int weights_row = weights_tile + 8;
constexpr int weights_operand_bytes = weights_chunk * weights_row * static_cast<int>(sizeof(factor));

static_assert(weights_tile == 32 || weights_tile == 64 || weights_tile == 128, "WEIGHT_TILE must be 32, 64 or 128");
static_assert(weights_tile < 128 || vector * sizeof(factor) >= 8,
              "WEIGHT_TILE must be less than 128 where a row goes by 4 bytes");

// Sums over what rows are left to a block, whose warps have equal shares of the tile.
class WeightTile {
public:
    CONSTRINT_DEVICE WeightTile()
        : shared_(device::static_shared_memory<WeightTile, 4 * weights_operand_bytes>()),
          lane_(device::lane_index()),
          first_row_(device::warp_index() / weights_column_warps * (row_tiles * 16)),
          first_column_(device::warp_index() % weights_column_warps * 32) {
#pragma unroll
        for (int tile = 0; tile < row_tiles; ++tile) {
#pragma unroll
            for (int column = 0; column < column_tiles; ++column) {
#pragma unroll
                for (int i = 0; i < 4; ++i) sums_[tile][column][i] = 0.0f;
            }
        }
    }

    // The other of both places of a chunk, of which one is read while the other is written.
    CONSTRINT_DEVICE void turn() { place_ ^= 1; }

    // Where factor `unit` of row `row` of operand 0 (gradients) or 1 (h) lies.
    CONSTRINT_DEVICE uint32_t address(int operand, int row, int unit) const {
        return shared_ + static_cast<uint32_t>((place_ * 2 + operand) * weights_operand_bytes +
                                               (row * weights_row + unit) * static_cast<int>(sizeof(factor)));
    }

    // Adds the products of the chunk in shared memory.
    CONSTRINT_DEVICE void multiply() {
#pragma unroll
        for (int k = 0; k < weights_chunk; k += device::product_depth<factor>) {
            uint32_t of_gates[row_tiles][4];
            uint32_t hidden[column_tiles][2];
            load(of_gates, hidden, k);
#pragma unroll
            for (int tile = 0; tile < row_tiles; ++tile) {
#pragma unroll
                for (int column = 0; column < column_tiles; ++column) {
                    device::multiply_accumulate<factor>(sums_[tile][column], of_gates[tile], hidden[column]);
                }
            }
        }
    }

    // Stores the sums of new units from `row` on and old ones from `column` on in a matrix of D by D, or adds them.
    CONSTRINT_DEVICE void store(float* to, int row, int column) const {
#pragma unroll
        for (int tile = 0; tile < row_tiles; ++tile) {
#pragma unroll
            for (int other = 0; other < column_tiles; ++other) {
#pragma unroll
                for (int i = 0; i < 4; ++i) {
                    const int new_unit = row + first_row_ + tile * 16 + lane_ / 4 + i / 2 * 8;
                    const int old_unit = column + first_column_ + other * 8 + lane_ % 4 * 2 + i % 2;
                    if (new_unit >= head_dim || old_unit >= head_dim) continue;
                    float* const address = to + (static_cast<int64_t>(new_unit) * head_dim + old_unit);
                    if constexpr (adds_atomically) {
                        device::atomic_add(address, sums_[tile][other][i]);
                    } else {
                        device::store_global(address, sums_[tile][other][i]);
                    }
                }
            }
        }
    }

private:
    static constexpr int row_tiles = weights_tile / 32;
    static constexpr int column_tiles = 4;

    CONSTRINT_DEVICE void load(uint32_t (&of_gates)[row_tiles][4], uint32_t (&hidden)[column_tiles][2], int k) const {
        if constexpr (sizeof(factor) == 2) {
            const int matrix = lane_ / 8;
            const int row = lane_ % 8;
#pragma unroll
            for (int tile = 0; tile < row_tiles; ++tile) {
                device::load_matrix_transposed_x4(
                    of_gates[tile], address(0, k + matrix / 2 * 8 + row, first_row_ + tile * 16 + matrix % 2 * 8));
            }
#pragma unroll
            for (int column = 0; column < column_tiles; column += 2) {
                uint32_t both[4];
                device::load_matrix_transposed_x4(
                    both, address(1, k + matrix % 2 * 8 + row, first_column_ + (column + matrix / 2) * 8));
#pragma unroll
                for (int i = 0; i < 4; ++i) hidden[column + i / 2][i % 2] = both[i];
            }
        } else {
            const int row = k + lane_ % 4;
            const int unit = lane_ / 4;
#pragma unroll
            for (int tile = 0; tile < row_tiles; ++tile) {
#pragma unroll
                for (int i = 0; i < 4; ++i) {
                    const int new_unit = first_row_ + tile * 16 + unit + i % 2 * 8;
                    of_gates[tile][i] = device::load_shared<device::words<1>>(address(0, row + i / 2 * 4, new_unit)).word[0];
                }
            }
#pragma unroll
            for (int column = 0; column < column_tiles; ++column) {
#pragma unroll
                for (int i = 0; i < 2; ++i) {
                    const int old_unit = first_column_ + column * 8 + unit;
                    hidden[column][i] = device::load_shared<device::words<1>>(address(1, row + i * 4, old_unit)).word[0];
                }
            }
        }
    }

    uint32_t shared_;
    int place_ = 0;
    int lane_;
    int first_row_;
    int first_column_;
    float sums_[row_tiles][column_tiles][4];
};

// The rows (b, t) of a chunk on their way: gradients of a gate, what they are multiplied by, and h of the step before.
class WeightRows {
public:
    CONSTRINT_DEVICE WeightRows(const Arguments& arguments, int gate, int head, int new_units, int old_units)
        : arguments_(arguments),
          gate_(gate),
          row_stride_(static_cast<int64_t>(arguments.heads) * head_dim),
          new_unit_(head * head_dim + new_units),
          old_unit_(head * head_dim + old_units),
          new_units_(head_dim - new_units),
          old_units_(head_dim - old_units),
          rows_(arguments.batch * arguments.sequence) {}

    // Asks for the rows from `first` on.
    CONSTRINT_DEVICE void load(int first) {
#pragma unroll
        for (int pass = 0; pass < passes; ++pass) {
            const int row = first + row_of(pass);
            const int unit = unit_of(pass);
            of_gate_[pass] = Piece{};
            hidden_[pass] = Piece{};
            if constexpr (Cell::scaled_gate >= 0) scale_[pass] = Piece{};
            is_initial_[pass] = false;
            if (row >= rows_) continue;
            if (unit < new_units_) {
                of_gate_[pass] = loaded(arguments_.of_input + ((static_cast<int64_t>(row) * gates + gate_) * row_stride_ + new_unit_ + unit));
                if constexpr (Cell::scaled_gate >= 0) {
                    if (gate_ == Cell::scaled_gate) {
                        scale_[pass] = loaded(arguments_.saved + (row * row_stride_ + new_unit_ + unit));
                    }
                }
            }
            if (unit >= old_units_) continue;
            is_initial_[pass] = row % arguments_.sequence == place_of_first_step(arguments_.sequence);
            if (!is_initial_[pass]) {
                hidden_[pass] = loaded(arguments_.hidden + ((row - next_step) * row_stride_ + old_unit_ + unit));
            }
        }
    }

    // Puts the rows that were asked for from `first` on into shared memory.
    CONSTRINT_DEVICE void store(const WeightTile& tile, int first) const {
#pragma unroll
        for (int pass = 0; pass < passes; ++pass) {
            const int row = row_of(pass);
            const int unit = unit_of(pass);
            float values[vector];
#pragma unroll
            for (int i = 0; i < vector; ++i) {
                values[i] = of_packed<element>(of_gate_[pass], i);
                if constexpr (Cell::scaled_gate >= 0) {
                    if (gate_ == Cell::scaled_gate) values[i] *= of_packed<element>(scale_[pass], i);
                }
            }
            device::store_shared(tile.address(0, row, unit), packed<factor, vector>(values));
            const float* initial = nullptr;
            if (is_initial_[pass] && arguments_.initial != nullptr) {
                const int sequence = (first + row) / arguments_.sequence;
                initial = arguments_.initial + (sequence * row_stride_ + old_unit_ + unit);
            }
#pragma unroll
            for (int i = 0; i < vector; ++i) {
                values[i] = of_packed<element>(hidden_[pass], i);
                if (initial != nullptr) {
                    // As the forward pass has it.
                    values[i] = device::to_float(device::round_to<element>(device::load_global_read_only(initial + i)));
                }
            }
            device::store_shared(tile.address(1, row, unit), packed<factor, vector>(values));
        }
    }

private:
    static constexpr int row_vectors = weights_tile / vector;
    static constexpr int passes = weights_chunk * row_vectors / weights_threads;

    static CONSTRINT_DEVICE Packed<element, vector> loaded(const element* address) {
        return device::load_global_read_only(reinterpret_cast<const Packed<element, vector>*>(address));
    }
    static CONSTRINT_DEVICE int row_of(int pass) {
        return (static_cast<int>(threadIdx.x) + pass * weights_threads) / row_vectors;
    }
    static CONSTRINT_DEVICE int unit_of(int pass) {
        return (static_cast<int>(threadIdx.x) + pass * weights_threads) % row_vectors * vector;
    }

    const Arguments& arguments_;
    int gate_;
    int64_t row_stride_;
    int new_unit_;
    int old_unit_;
    int new_units_;
    int old_units_;
    int rows_;
    using Piece = Packed<element, vector>;

    Piece of_gate_[passes];
    Piece hidden_[passes];
    Piece scale_[Cell::scaled_gate >= 0 ? passes : 1];
    bool is_initial_[passes];
};

// Where parts are added as they come they are added to zeros, which the kernel before stores: each block of the first part of the batch
// those of its units.
CONSTRINT_DEVICE void clear_weight_gradients([[maybe_unused]] const Arguments& arguments, [[maybe_unused]] const Place& place) {
    if constexpr (adds_atomically) {
        if (blockIdx.z > 0) return;
        const int64_t matrix = static_cast<int64_t>(head_dim) * head_dim;
        const int units = device::minimum(units_per_block, head_dim - place.first_unit);
        const int row = units * head_dim;
#pragma unroll 1
        for (int index = static_cast<int>(threadIdx.x); index < gates * heads_per_block * row; index += threads) {
            const int gate = index / row / heads_per_block;
            const int head = static_cast<int>(blockIdx.y) * heads_per_block + index / row % heads_per_block;
            if (head >= arguments.heads) continue;
            float* const to = arguments.of_weights + ((static_cast<int64_t>(gate) * arguments.heads + head) * matrix +
                                                      place.first_unit * head_dim);
            device::store_global(to + index % row, 0.0f);
        }
    }
}

// Grid: x counts the tiles of a matrix of D by D, y gates and heads, z the parts of all rows.
CONSTRINT_DEVICE void add_up_weights(const Arguments& arguments) {
    const int gate = static_cast<int>(blockIdx.y) / arguments.heads;
    const int head = static_cast<int>(blockIdx.y) % arguments.heads;
    const int new_units = static_cast<int>(blockIdx.x) / weights_tiles * weights_tile;
    const int old_units = static_cast<int>(blockIdx.x) % weights_tiles * weights_tile;
    const int chunks = device::ceil_div(arguments.batch * arguments.sequence, weights_chunk);
    const int chunks_of_part = device::ceil_div(chunks, weight_parts);
    const int first = static_cast<int>(blockIdx.z) * chunks_of_part;
    const int end = device::minimum(first + chunks_of_part, chunks);

    WeightTile tile;
    WeightRows rows(arguments, gate, head, new_units, old_units);
    if (first < end) rows.load(first * weights_chunk);
#pragma unroll 1
    for (int chunk = first; chunk < end; ++chunk) {
        rows.store(tile, chunk * weights_chunk);
        // Behind it nobody reads the other place any longer, which the next chunk goes to.
        device::block_barrier();
        if (chunk + 1 < end) rows.load((chunk + 1) * weights_chunk);
        tile.multiply();
        tile.turn();
    }
    const int64_t matrix = static_cast<int64_t>(head_dim) * head_dim;
    float* to = arguments.of_weights;
    if constexpr (weight_parts > 1 && !adds_atomically) to = weight_sums(arguments) + blockIdx.z * (gates * arguments.heads * matrix);
    tile.store(to + blockIdx.y * matrix, new_units, old_units);
}

}  // namespace constrint::rnn_backward
