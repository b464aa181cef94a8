// The type of Wx, R and h, and what of it the matrix units take: CONSTRINT_RNN_FORWARD_ELEMENT 0 is bf16, 1 fp16, 2 fp32.
#pragma once

#include "../device/memory.cuh"
#include "../device/mma.cuh"
#include "../device/number.cuh"
#include "numbers.cuh"

namespace constrint::recurrent {

#if CONSTRINT_RNN_FORWARD_ELEMENT == 0
using element = device::bf16;
using factor = device::bf16;
#elif CONSTRINT_RNN_FORWARD_ELEMENT == 1
using element = device::fp16;
using factor = device::fp16;
#elif CONSTRINT_RNN_FORWARD_ELEMENT == 2
// The matrix units multiply fp32 as tf32: R and h are rounded to it, once each.
using element = float;
using factor = device::tf32;
#else
#error "CONSTRINT_RNN_FORWARD_ELEMENT must be 0 (bf16), 1 (fp16) or 2 (fp32)"
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

}  // namespace constrint::recurrent
