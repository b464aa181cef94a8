// Neighbouring numbers in global memory, asked for a step before they are needed: they stay as they come until then, as whoever
// looks at them waits for them.
#pragma once

#include "../place.cuh"
#include "config.cuh"

namespace constrint::rnn_backward {

// One access moves two neighbours where all rows begin at a multiple of their size.
constexpr int access_width = head_dim % slot_width == 0 ? slot_width : 1;

template <typename T>
using Access = Packed<T, access_width>;

// An address that is computed whether or not the number is there, so that what all lanes share of it need not become theirs; and so
// that the next one may follow from it.
template <typename T>
CONSTRINT_DEVICE void settle(T*& address) {
    uint64_t bits = reinterpret_cast<uint64_t>(address);
    device::forget_origin(bits);
    address = reinterpret_cast<T*>(bits);
}

// The SLOT_WIDTH numbers of neighbouring slots.
template <typename T>
struct Near {
    // A single number of 16 bits has a word to itself.
    static constexpr bool is_half = sizeof(T) == 2 && access_width == 1;
    using Part = std::conditional_t<is_half, uint32_t, Access<T>>;

    Part parts[slot_width / access_width];

    // Bit i of `inside` says whether number i is there; others become `outside`.
    CONSTRINT_DEVICE void load(const T* address, uint32_t inside, float outside) {
#pragma unroll
        for (int i = 0; i < slot_width; i += access_width) {
            float values[access_width];
#pragma unroll
            for (int j = 0; j < access_width; ++j) values[j] = outside;
            Part& part = parts[i / access_width];
            if constexpr (is_half) {
                part = packed<T, access_width>(values).bits;
                if ((inside >> i & 1) != 0) part = device::load_global_read_only_word(address + i);
            } else {
                part = packed<T, access_width>(values);
                if ((inside >> i & 1) != 0) part = device::load_global_read_only(reinterpret_cast<const Part*>(address + i));
            }
        }
    }

    CONSTRINT_DEVICE void read(float (&values)[slot_width]) const {
#pragma unroll
        for (int i = 0; i < slot_width; i += access_width) {
            const Part& part = parts[i / access_width];
            if constexpr (is_half) {
                values[i] = device::to_float(T{static_cast<uint16_t>(part)});
            } else {
#pragma unroll
                for (int j = 0; j < access_width; ++j) values[i + j] = of_packed<T>(part, j);
            }
        }
    }
};

// Stores such numbers, rounded.
template <typename T>
CONSTRINT_DEVICE void store_near(T* address, uint32_t inside, const float (&values)[slot_width]) {
#pragma unroll
    for (int i = 0; i < slot_width; i += access_width) {
        if ((inside >> i & 1) == 0) continue;
        float part[access_width];
#pragma unroll
        for (int j = 0; j < access_width; ++j) part[j] = values[i + j];
        device::store_global(reinterpret_cast<Access<T>*>(address + i), packed<T, access_width>(part));
    }
}

}  // namespace constrint::rnn_backward
