// Functions that the hardware approximates.
#pragma once

#include <cmath>
#include <cstdint>

#include "interface.h"
#include "number.h"

namespace constrint::emulator {

// A number from -1 to 1 that depends on nothing but `x`, and looks random: what an approximation errs by, in units of what
// the PTX ISA allows. Code that works with the exact function only is found out.
inline double error_of(float x) {
    std::uint64_t hash = bits_as<std::uint32_t>(x) + 0x9e3779b97f4a7c15u;
    hash = (hash ^ hash >> 30) * 0xbf58476d1ce4e5b9u;
    hash = (hash ^ hash >> 27) * 0x94d049bb133111ebu;
    return static_cast<double>(static_cast<std::int64_t>(hash ^ hash >> 31)) * 0x1p-63;
}

// .ftz: numbers below 2^-126 count, and come out, as zero of their sign.
inline float flush_subnormal(float x) { return std::fabs(x) < 0x1p-126f ? std::copysign(0.0f, x) : x; }

// PTX ISA, "ex2": at most 2 units in the last place.
float approximate_exp2(float x) {
    const double exact = std::exp2(static_cast<double>(flush_subnormal(x)));
    return flush_subnormal(static_cast<float>(exact * (1.0 + 0x1p-23 * error_of(x))));
}

// PTX ISA, "lg2": 2^-22 absolute for 0.5 <= x <= 2, 2^-22 of the result elsewhere.
float approximate_log2(float x) {
    const double exact = std::log2(static_cast<double>(flush_subnormal(x)));
    if (x >= 0.5f && x <= 2.0f) return static_cast<float>(exact + 0x1p-22 * error_of(x));
    return static_cast<float>(exact * (1.0 + 0x1p-22 * error_of(x)));
}

// PTX ISA, "rcp": at most 1 unit in the last place.
float approximate_reciprocal(float x) {
    const double exact = 1.0 / static_cast<double>(flush_subnormal(x));
    return flush_subnormal(static_cast<float>(exact * (1.0 + 0x1p-24 * error_of(x))));
}

// PTX ISA, "tanh": at most 2^-11 of the result.
float approximate_tanh(float x) {
    const double exact = std::tanh(static_cast<double>(x)) * (1.0 + 0x1p-11 * error_of(x));
    return static_cast<float>(std::fmax(-1.0, std::fmin(1.0, exact)));
}

}  // namespace constrint::emulator
