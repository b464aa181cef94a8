// Warp-wide matrix products on the tensor cores: d (16x8) += a (16xK) b (Kx8), sums in fp32.
//
// PTX ISA, "Matrix Fragments for mma.m16n8k16 with floating point type" and "... for mma.m16n8k8". With group
// g = lane / 4 and t = lane % 4, the lane holds, as (row, column):
//   K = 16, bf16 and fp16, two elements a register, the one of the lower index in the lower half:
//     A: register 0 (g, 2t..2t+1), 1 (g + 8, 2t..2t+1), 2 (g, 2t+8..2t+9), 3 (g + 8, 2t+8..2t+9)
//     B: register 0 (2t..2t+1, g), 1 (2t+8..2t+9, g)
//   K = 8, tf32, one element a register:
//     A: register 0 (g, t), 1 (g + 8, t), 2 (g, t + 4), 3 (g + 8, t + 4)
//     B: register 0 (t, g), 1 (t + 4, g)
//   D, in both: 0 (g, 2t), 1 (g, 2t + 1), 2 (g + 8, 2t), 3 (g + 8, 2t + 1)
//
// Products are exact. Order and width of the additions are not documented; the error of a sum of K products and d stays
// below (K + 1) * 2^-23 times the sum of their absolute values.
#pragma once

#include "number.cuh"
#include "platform.cuh"

namespace constrint::device {

// K of the instruction for E bf16, fp16 or tf32.
template <typename Element>
constexpr int product_depth = 16;
template <>
inline constexpr int product_depth<tf32> = 8;

// `multiply_accumulate<E>(d, a, b)` with E bf16, fp16 or tf32.
template <typename Element>
CONSTRINT_DEVICE void multiply_accumulate(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]);

template <>
CONSTRINT_DEVICE void multiply_accumulate<bf16>(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) {
#if defined(CONSTRINT_EMULATOR)
    emulator::multiply_accumulate_bf16(d, a, b);
#else
    asm volatile(
        "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 "
        "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
#endif
}

template <>
CONSTRINT_DEVICE void multiply_accumulate<fp16>(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) {
#if defined(CONSTRINT_EMULATOR)
    emulator::multiply_accumulate_fp16(d, a, b);
#else
    asm volatile(
        "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 "
        "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
#endif
}

// The registers hold tf32 (`to_tf32`): the lower 13 bits of anything else would be ignored, which is rounding to zero.
template <>
CONSTRINT_DEVICE void multiply_accumulate<tf32>(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) {
#if defined(CONSTRINT_EMULATOR)
    emulator::multiply_accumulate_tf32(d, a, b);
#else
    asm volatile(
        "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 "
        "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
#endif
}

}  // namespace constrint::device
