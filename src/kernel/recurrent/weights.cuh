// A warp's part of R, kept on chip for the whole sequence: the first REGISTER_STEPS steps along k in registers, the others
// in shared memory, where each lane reads back what it wrote itself, so that no barrier is needed. Each pass has a reader that
// knows where R's elements are.
//
// Which row of R a tile's row is, and which column a step's, is free as long as the sums and h follow:
//
// - rows: see config.cuh. All gates of a unit and sequence are sums of one lane.
// - columns: a lane reads 16 consecutive bytes of a row of h for two steps at once. Its words 0 and 1 are its B fragment
//   of the first step, 2 and 3 that of the second one. The last step of an odd number takes 8 bytes a lane.
#ifndef CONSTRINT_RNN_HAS_WEIGHTS
#define CONSTRINT_RNN_HAS_WEIGHTS

#include "place.cuh"

namespace constrint::recurrent {
namespace CONSTRINT_RNN_PASS {

class Weights {
public:
    // `reader.read(words, step, tile)` gives an A fragment; `offset` is where in shared memory the others are kept.
    template <typename Reader>
    CONSTRINT_DEVICE Weights(const Reader& reader, int offset)
        : shared_(device::dynamic_shared_memory() + static_cast<uint32_t>(offset) + threadIdx.x * 16) {
#pragma unroll
        for (int step = 0; step < register_steps; ++step) {
#pragma unroll
            for (int tile = 0; tile < tiles_per_warp; ++tile) reader.read(words_[step][tile], step, tile);
        }
#pragma unroll 1
        for (int step = register_steps; step < warp_steps; ++step) {
#pragma unroll
            for (int tile = 0; tile < tiles_per_warp; ++tile) {
                uint32_t fragment[4];
                reader.read(fragment, step, tile);
                device::store_shared(address(step, tile),
                                     device::words<4>{{fragment[0], fragment[1], fragment[2], fragment[3]}});
            }
        }
    }

    // The A fragment of a step in registers, where `step` and `tile` are known to the compiler, or of one in shared memory.
    template <bool is_in_registers>
    CONSTRINT_DEVICE void fragment(uint32_t (&words)[4], int step, int tile) const {
        if constexpr (is_in_registers) {
#pragma unroll
            for (int i = 0; i < 4; ++i) words[i] = words_[step][tile][i];
        } else {
            const auto loaded = device::load_shared<device::words<4>>(address(step, tile));
#pragma unroll
            for (int i = 0; i < 4; ++i) words[i] = loaded.word[i];
        }
    }

private:
    CONSTRINT_DEVICE uint32_t address(int step, int tile) const {
        return shared_ + static_cast<uint32_t>(((step - register_steps) * tiles_per_warp + tile) * (16 * threads));
    }

    uint32_t shared_;
    uint32_t words_[register_steps > 0 ? register_steps : 1][tiles_per_warp][4];
};

}  // namespace CONSTRINT_RNN_PASS
}  // namespace constrint::recurrent

#endif  // CONSTRINT_RNN_HAS_WEIGHTS
