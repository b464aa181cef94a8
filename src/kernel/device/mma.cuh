// Warp-wide matrix products on the tensor cores.
// PTX ISA, "Matrix Fragments for mma.m16n8k16 with floating point type". With group g = lane / 4 and t = lane % 4, the
// lane holds (row, column):
//   A (16x16): register 0 (g, 2t..2t+1), 1 (g + 8, 2t..2t+1), 2 (g, 2t+8..2t+9), 3 (g + 8, 2t+8..2t+9)
//   B (16x8):  register 0 (2t..2t+1, g), 1 (2t+8..2t+9, g)
//   D (16x8):  0 (g, 2t), 1 (g, 2t + 1), 2 (g + 8, 2t), 3 (g + 8, 2t + 1)
// The element of the lower index sits in the lower half of a register.
#pragma once

#include "platform.cuh"

namespace constrint::device {

// d += a b, bf16 inputs, fp32 sums.
CONSTRINT_DEVICE void multiply_accumulate_m16n8k16(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) {
#if defined(CONSTRINT_EMULATOR)
    emulator::multiply_accumulate_m16n8k16(d, a, b);
#else
    asm volatile(
        "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 "
        "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
#endif
}

}  // namespace constrint::device
