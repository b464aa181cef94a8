// The 16-bit brain floating-point type, as bits. A type of our own keeps <cuda_bf16.h>, some 10,000 lines, out of every
// compilation, and lets the emulator compile the same kernels with a plain C++ compiler.
#pragma once

#include "platform.cuh"

namespace constrint::device {

// One bf16 number: the upper half of an IEEE 754 binary32. Same size, alignment and bits as `__nv_bfloat16`.
struct bf16 {
    uint16_t bits;
};

static_assert(sizeof(bf16) == 2 && alignof(bf16) == 2, "bf16 must match __nv_bfloat16");

// Two numbers rounded to nearest even; `low` lands in the lower 16 bits, hence at the lower address.
// PTX ISA, "cvt": for .bf16x2 the first source becomes the upper half.
CONSTRINT_DEVICE uint32_t pack_bf16x2(float low, float high) {
#if defined(CONSTRINT_EMULATOR)
    return emulator::pack_bf16x2(low, high);
#else
    uint32_t packed;
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(packed) : "f"(high), "f"(low));
    return packed;
#endif
}

// One number rounded to nearest even.
CONSTRINT_DEVICE bf16 to_bf16(float value) {
    return bf16{static_cast<uint16_t>(pack_bf16x2(value, 0.0f) & 0xffffu)};
}

}  // namespace constrint::device
