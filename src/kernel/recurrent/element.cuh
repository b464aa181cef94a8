// The type of Wx, R and h, and what of it the matrix units take: the macro ELEMENT 0 is bf16, 1 fp16, 2 fp32.
#ifndef CONSTRINT_RNN_HAS_ELEMENT
#define CONSTRINT_RNN_HAS_ELEMENT

#include <type_traits>

#include "../device/memory.cuh"
#include "../device/mma.cuh"
#include "../device/number.cuh"
#include "numbers.cuh"

namespace constrint::recurrent {
namespace CONSTRINT_RNN_PASS {

#if CONSTRINT_RNN(ELEMENT) == 0
using element = device::bf16;
using factor = device::bf16;
#elif CONSTRINT_RNN(ELEMENT) == 1
using element = device::fp16;
using factor = device::fp16;
#elif CONSTRINT_RNN(ELEMENT) == 2
// The matrix units multiply fp32 as tf32: R and h are rounded to it, once each.
using element = float;
using factor = device::tf32;
#else
#error "ELEMENT must be 0 (bf16), 1 (fp16) or 2 (fp32)"
#endif

// Neighbouring factors in a register of a fragment.
constexpr int factors_per_word = 4 / sizeof(factor);

CONSTRINT_DEVICE factor to_factor(element value) {
    return device::round_to<factor>(device::to_float(value));
}

// The bits of one or two factors as a fragment has them.
CONSTRINT_DEVICE uint32_t word_of(factor first, [[maybe_unused]] factor second) {
    if constexpr (factors_per_word == 1) return first.bits;
    return static_cast<uint32_t>(second.bits) << 16 | first.bits;
}

// Neighbouring numbers of a type, rounded, as one access moves them: one or two.
template <typename T>
CONSTRINT_DEVICE T rounded(const float (&values)[1]) { return device::round_to<T>(values[0]); }
template <typename T>
CONSTRINT_DEVICE device::words<sizeof(T) / 2> rounded(const float (&values)[2]) {
    if constexpr (sizeof(T) == 2) {
        return {{device::pack<T>(values[0], values[1])}};
    } else {
        return {{device::bits_as<uint32_t>(device::round_to<T>(values[0])),
                 device::bits_as<uint32_t>(device::round_to<T>(values[1]))}};
    }
}

// COUNT neighbouring numbers of a type, as one access moves them: in 1, 2 or 4 words, or a single number of 16 bits.
template <typename T, int count>
using Packed = std::conditional_t<count * sizeof(T) == 2, T,
                                  device::words<device::maximum(1, count * static_cast<int>(sizeof(T)) / 4)>>;

template <typename T, int count>
CONSTRINT_DEVICE Packed<T, count> packed(const float (&values)[count]) {
    Packed<T, count> result;
    if constexpr (count * sizeof(T) == 2) {
        result = device::round_to<T>(values[0]);
    } else if constexpr (sizeof(T) == 2) {
#pragma unroll
        for (int i = 0; i < count; i += 2) result.word[i / 2] = device::pack<T>(values[i], values[i + 1]);
    } else {
#pragma unroll
        for (int i = 0; i < count; ++i) result.word[i] = device::bits_as<uint32_t>(device::round_to<T>(values[i]));
    }
    return result;
}

// Number INDEX of them.
template <typename T>
CONSTRINT_DEVICE float of_packed(T number, int) {
    return device::to_float(number);
}
template <typename T, int count>
CONSTRINT_DEVICE float of_packed(device::words<count> numbers, int index) {
    if constexpr (sizeof(T) == 2) {
        const auto pair = device::unpack<T>(numbers.word[index / 2]);
        return index % 2 == 0 ? pair.first : pair.second;
    } else {
        return device::bits_as<float>(numbers.word[index]);
    }
}

// So many neighbouring elements of shared memory.
CONSTRINT_DEVICE void load_elements(float (&values)[1], uint32_t address) {
    values[0] = device::to_float(device::load_shared<element>(address));
}
CONSTRINT_DEVICE void load_elements(float (&values)[2], uint32_t address) {
    const auto loaded = device::load_shared<device::words<sizeof(element) / 2>>(address);
    if constexpr (sizeof(element) == 2) {
        const auto pair = device::unpack<element>(loaded.word[0]);
        values[0] = pair.first;
        values[1] = pair.second;
    } else {
        values[0] = device::bits_as<float>(loaded.word[0]);
        values[1] = device::bits_as<float>(loaded.word[1]);
    }
}

// A pointer so many bytes further.
template <typename T>
CONSTRINT_DEVICE T* advanced(T* address, int64_t bytes) {
    using Byte = std::conditional_t<std::is_const_v<T>, const unsigned char, unsigned char>;
    return reinterpret_cast<T*>(reinterpret_cast<Byte*>(address) + bytes);
}

}  // namespace CONSTRINT_RNN_PASS
}  // namespace constrint::recurrent

#endif  // CONSTRINT_RNN_HAS_ELEMENT
