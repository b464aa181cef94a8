// Exchange among the 32 lanes of a warp. All lanes must take part. T has 4 bytes.
// Exchange orders no memory accesses: for that there is `warp_barrier` (`barrier.cuh`).
#pragma once

#include "platform.cuh"

namespace constrint::device {

// The value of lane `lane`, 0 to 31; each lane may ask for another.
template <typename T>
CONSTRINT_DEVICE T shuffle(T value, int lane) {
    static_assert(sizeof(T) == 4, "a shuffle moves 32 bits");
#if defined(CONSTRINT_EMULATOR)
    return bits_as<T>(emulator::shuffle(bits_as<uint32_t>(value), lane));
#else
    return bits_as<T>(__shfl_sync(0xffffffffu, bits_as<uint32_t>(value), lane));
#endif
}

// The value of lane `lane_index() ^ mask`, mask 0 to 31.
template <typename T>
CONSTRINT_DEVICE T shuffle_xor(T value, int mask) {
    static_assert(sizeof(T) == 4, "a shuffle moves 32 bits");
#if defined(CONSTRINT_EMULATOR)
    return bits_as<T>(emulator::shuffle_xor(bits_as<uint32_t>(value), mask));
#else
    return bits_as<T>(__shfl_xor_sync(0xffffffffu, bits_as<uint32_t>(value), mask));
#endif
}

// The value of the lane `distance` above (down) or below (up); one's own where there is none. Distance 0 to 31.
template <typename T>
CONSTRINT_DEVICE T shuffle_down(T value, int distance) {
    const int source = lane_index() + distance;
    return shuffle(value, source < warp_lanes ? source : lane_index());
}
template <typename T>
CONSTRINT_DEVICE T shuffle_up(T value, int distance) {
    const int source = lane_index() - distance;
    return shuffle(value, source >= 0 ? source : lane_index());
}

// Bit l is set where lane l says true.
CONSTRINT_DEVICE uint32_t warp_ballot(bool says) {
#if defined(CONSTRINT_EMULATOR)
    return emulator::ballot(says);
#else
    return __ballot_sync(0xffffffffu, says);
#endif
}

CONSTRINT_DEVICE bool any_lane(bool says) { return warp_ballot(says) != 0; }
CONSTRINT_DEVICE bool all_lanes(bool says) { return warp_ballot(says) == 0xffffffffu; }

// The sum over the warp, in every lane and with the same bits.
CONSTRINT_DEVICE float warp_sum(float value) {
#pragma unroll
    for (int mask = warp_lanes / 2; mask > 0; mask /= 2) value += shuffle_xor(value, mask);
    return value;
}

}  // namespace constrint::device
