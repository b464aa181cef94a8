// Functions of fp32 numbers. NaN gives NaN; infinities give the limits.
//
// | call | error, beside one rounding to fp32 | instructions |
// | --- | --- | --- |
// | fast_tanh | 2^-11 of the result | 1 |
// | fast_sigmoid | 2^-12, absolute | 3 |
// | accurate_tanh | 2^-21 of the result | about 15 |
// | accurate_sigmoid | 2^-21, absolute; 2^-16 of the result | 4 |
// | fast_exp | (2 + |x|) * 2^-22 of the result; 0 below 2^-126 | 2 |
// | fast_log | 2^-22 absolute for 0.5 <= x <= 2, else 2^-21 of the result; x is normal (from 2^-126) | 2 |
// | log_sigmoid | 2^-21 absolute, and 2^-22 of the result | about 7 |
//
// Sources: PTX ISA, "tanh" (largest relative error 2^-11), "ex2" (2 units in the last place), "rcp" (1 unit), "lg2"
// (2^-22 absolute or relative). The bounds here follow from these, and the tests hold the emulator to them, which errs by
// as much as the PTX ISA allows.
//
// Which to use: rounding h to bf16 costs up to 2^-9 of it, so that the fast functions add nothing that counts. fp16 and
// tf32 round at 2^-12: take the accurate ones. `Activation<E>` chooses.
#pragma once

#include "number.cuh"
#include "platform.cuh"

namespace constrint::device {

// 2^x; results below 2^-126 become 0.
CONSTRINT_DEVICE float approximate_exp2(float x) {
#if defined(CONSTRINT_EMULATOR)
    return emulator::approximate_exp2(x);
#else
    float y;
    asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
    return y;
#endif
}

// The logarithm to base 2.
CONSTRINT_DEVICE float approximate_log2(float x) {
#if defined(CONSTRINT_EMULATOR)
    return emulator::approximate_log2(x);
#else
    float y;
    asm("lg2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
    return y;
#endif
}

// 1 / x; 0 where |x| is above 2^126.
CONSTRINT_DEVICE float approximate_reciprocal(float x) {
#if defined(CONSTRINT_EMULATOR)
    return emulator::approximate_reciprocal(x);
#else
    float y;
    asm("rcp.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
    return y;
#endif
}

CONSTRINT_DEVICE float fast_tanh(float x) {
#if defined(CONSTRINT_EMULATOR)
    return emulator::approximate_tanh(x);
#else
    float y;
    asm("tanh.approx.f32 %0, %1;" : "=f"(y) : "f"(x));
    return y;
#endif
}

// 1 / (1 + exp(-x)) = tanh(x / 2) / 2 + 1 / 2.
CONSTRINT_DEVICE float fast_sigmoid(float x) { return fast_tanh(0.5f * x) * 0.5f + 0.5f; }

CONSTRINT_DEVICE float fast_exp(float x) {
    constexpr float log2_of_e = 1.44269504f;
    return approximate_exp2(x * log2_of_e);
}

// The natural logarithm.
CONSTRINT_DEVICE float fast_log(float x) {
    constexpr float log_of_2 = 0.693147181f;
    return approximate_log2(x) * log_of_2;
}

CONSTRINT_DEVICE float accurate_sigmoid(float x) { return approximate_reciprocal(1.0f + fast_exp(-x)); }

// Beyond 0.6, 1 - 2 / (1 + exp(2 |x|)). Nearer to 0 the difference would cancel: there x + x^3 P(x^2), with P the
// polynomial of degree 4 of least error on [0, 0.36], 1.0e-8 of the result.
CONSTRINT_DEVICE float accurate_tanh(float x) {
    const float magnitude = x < 0.0f ? -x : x;
    const float square = x * x;
    float p = -6.26911972e-3f;
    p = p * square + 2.11109590e-2f;
    p = p * square - 5.38739488e-2f;
    p = p * square + 1.33329154e-1f;
    p = p * square - 3.33333303e-1f;
    const float near = p * square * x + x;
    const float far = 1.0f - 2.0f * approximate_reciprocal(1.0f + fast_exp(2.0f * magnitude));
    return magnitude < 0.6f ? near : x < 0.0f ? -far : far;
}

// log(1 / (1 + exp(-x))) = min(x, 0) - log(1 + exp(-|x|)), which never overflows.
CONSTRINT_DEVICE float log_sigmoid(float x) {
    const float negative = x < 0.0f ? x : -x;
    return (x < 0.0f ? x : 0.0f) - fast_log(1.0f + fast_exp(negative));
}

// The activations whose error suits an element type that h is rounded to.
template <typename Element>
struct Activation {
    static CONSTRINT_DEVICE float tanh(float x) { return accurate_tanh(x); }
    static CONSTRINT_DEVICE float sigmoid(float x) { return accurate_sigmoid(x); }
};
template <>
struct Activation<bf16> {
    static CONSTRINT_DEVICE float tanh(float x) { return fast_tanh(x); }
    static CONSTRINT_DEVICE float sigmoid(float x) { return fast_sigmoid(x); }
};

}  // namespace constrint::device
