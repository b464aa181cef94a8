// Number formats of the matrix units, as bits. Types of our own keep <cuda_bf16.h> and <cuda_fp16.h>, some 20,000 lines,
// out of every compilation, and let the emulator compile the same kernels with a plain C++ compiler.
//
// | type | sign, exponent, fraction bits | largest | half a unit in the last place, relative | rounding |
// | --- | --- | --- | --- | --- |
// | bf16 | 1, 8, 7 | 3.39e38 | 2^-9 to 2^-8 | to nearest, ties to even |
// | fp16 | 1, 5, 10 | 65,504 | 2^-12 to 2^-11, normal numbers (2^-14 and above) | to nearest, ties to even |
// | tf32 | 1, 8, 10 | 3.40e38 | 2^-12 to 2^-11 | to nearest, ties away from zero |
//
// A number beyond the largest becomes infinite; every NaN becomes the canonical one.
#pragma once

#include "platform.cuh"

namespace constrint::device {

// The upper half of an IEEE 754 binary32. Same size, alignment and bits as `__nv_bfloat16`.
struct bf16 {
    uint16_t bits;
};

// An IEEE 754 binary16. Same size, alignment and bits as `__half`.
struct fp16 {
    uint16_t bits;
};

// The upper 19 bits of an IEEE 754 binary32, the rest zero.
struct tf32 {
    uint32_t bits;
};

static_assert(sizeof(bf16) == 2 && alignof(bf16) == 2, "bf16 must match __nv_bfloat16");
static_assert(sizeof(fp16) == 2 && alignof(fp16) == 2, "fp16 must match __half");

// A pair that is loaded or stored by one 8-byte access.
struct alignas(8) float_pair {
    float first;
    float second;
};

// Four that are loaded or stored by one 16-byte access.
struct alignas(16) float_quad {
    float first;
    float second;
    float third;
    float fourth;
};

// Two numbers rounded; `low` lands in the lower 16 bits, hence at the lower address.
// PTX ISA, "cvt": for .bf16x2 and .f16x2 the first source becomes the upper half.
CONSTRINT_DEVICE uint32_t pack_bf16x2(float low, float high) {
#if defined(CONSTRINT_EMULATOR)
    return emulator::pack_bf16x2(low, high);
#else
    uint32_t packed;
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(packed) : "f"(high), "f"(low));
    return packed;
#endif
}

CONSTRINT_DEVICE uint32_t pack_fp16x2(float low, float high) {
#if defined(CONSTRINT_EMULATOR)
    return emulator::pack_fp16x2(low, high);
#else
    uint32_t packed;
    asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(packed) : "f"(high), "f"(low));
    return packed;
#endif
}

// One number rounded.
CONSTRINT_DEVICE bf16 to_bf16(float value) {
    return bf16{static_cast<uint16_t>(pack_bf16x2(value, 0.0f) & 0xffffu)};
}

CONSTRINT_DEVICE fp16 to_fp16(float value) {
    return fp16{static_cast<uint16_t>(pack_fp16x2(value, 0.0f) & 0xffffu)};
}

CONSTRINT_DEVICE tf32 to_tf32(float value) {
#if defined(CONSTRINT_EMULATOR)
    return tf32{emulator::float_to_tf32(value)};
#else
    uint32_t bits;
    asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(bits) : "f"(value));
    return tf32{bits};
#endif
}

// Exact.
__host__ CONSTRINT_DEVICE float to_float(bf16 value) { return bits_as<float>(static_cast<uint32_t>(value.bits) << 16); }

CONSTRINT_DEVICE float to_float(fp16 value) {
#if defined(CONSTRINT_EMULATOR)
    return emulator::fp16_to_float(value.bits);
#else
    float wide;
    asm("cvt.f32.f16 %0, %1;" : "=f"(wide) : "h"(value.bits));
    return wide;
#endif
}

CONSTRINT_DEVICE float to_float(tf32 value) { return bits_as<float>(value.bits); }
__host__ CONSTRINT_DEVICE float to_float(float value) { return value; }

// The same conversions for code that does not know the type: `round_to<E>(x)` with E bf16, fp16, tf32 or float.
template <typename Element>
CONSTRINT_DEVICE Element round_to(float value);
template <>
CONSTRINT_DEVICE bf16 round_to<bf16>(float value) { return to_bf16(value); }
template <>
CONSTRINT_DEVICE fp16 round_to<fp16>(float value) { return to_fp16(value); }
template <>
CONSTRINT_DEVICE tf32 round_to<tf32>(float value) { return to_tf32(value); }
template <>
CONSTRINT_DEVICE float round_to<float>(float value) { return value; }

// Two elements of 16 bits in one register, `low` at the lower address: E is bf16 or fp16.
template <typename Element>
CONSTRINT_DEVICE uint32_t pack(float low, float high);
template <>
CONSTRINT_DEVICE uint32_t pack<bf16>(float low, float high) { return pack_bf16x2(low, high); }
template <>
CONSTRINT_DEVICE uint32_t pack<fp16>(float low, float high) { return pack_fp16x2(low, high); }

// The lower halves of two registers in one, the first at the lower address.
CONSTRINT_DEVICE uint32_t join_lower_halves(uint32_t low, uint32_t high) {
#if defined(CONSTRINT_EMULATOR)
    return (low & 0xffffu) | high << 16;
#else
    return __byte_perm(low, high, 0x5410);
#endif
}

// Exact, and the inverse of `pack`.
template <typename Element>
CONSTRINT_DEVICE float_pair unpack(uint32_t packed) {
    static_assert(sizeof(Element) == 2, "a register holds two elements of 16 bits");
    return {to_float(Element{static_cast<uint16_t>(packed & 0xffffu)}),
            to_float(Element{static_cast<uint16_t>(packed >> 16)})};
}

}  // namespace constrint::device
