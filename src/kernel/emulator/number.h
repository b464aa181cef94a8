// Number formats as the hardware has them.
#pragma once

#include <cstdint>
#include <cstring>

namespace constrint::emulator {

template <typename To, typename From>
To bits_as(const From& from) {
    static_assert(sizeof(To) == sizeof(From), "only the type changes, not the bits");
    To to;
    std::memcpy(&to, &from, sizeof(to));
    return to;
}

inline float bf16_to_float(std::uint16_t bits) { return bits_as<float>(static_cast<std::uint32_t>(bits) << 16); }

// Rounds to nearest even; every NaN becomes the canonical one, as cvt.rn does.
inline std::uint16_t float_to_bf16(float value) {
    if (value != value) return 0x7fff;
    const std::uint32_t bits = bits_as<std::uint32_t>(value);
    const std::uint32_t half = 0x7fffu + ((bits >> 16) & 1u);
    return static_cast<std::uint16_t>((bits + half) >> 16);
}

inline float fp16_to_float(std::uint16_t bits) {
    const std::uint32_t sign = static_cast<std::uint32_t>(bits & 0x8000u) << 16;
    const std::uint32_t magnitude = bits & 0x7fffu;
    // All finite numbers come out exactly, subnormal ones too, when the exponent's bias is made up for by a product.
    if (magnitude < 0x7c00u) {
        const float scaled = bits_as<float>(magnitude << 13) * 0x1p112f;
        return bits_as<float>(bits_as<std::uint32_t>(scaled) | sign);
    }
    return bits_as<float>(sign | 0x7f800000u | (magnitude & 0x3ffu) << 13);
}

// Shifts right and rounds to nearest even; `shift` is 1 to 31.
inline std::uint32_t shift_to_nearest_even(std::uint32_t value, int shift) {
    const std::uint32_t kept = value >> shift;
    const std::uint32_t rest = value & ((1u << shift) - 1u);
    const std::uint32_t half = 1u << (shift - 1);
    return kept + (rest > half || (rest == half && (kept & 1u) != 0) ? 1u : 0u);
}

inline std::uint16_t float_to_fp16(float value) {
    if (value != value) return 0x7fff;
    const std::uint32_t bits = bits_as<std::uint32_t>(value);
    const std::uint32_t sign = bits >> 16 & 0x8000u;
    const std::uint32_t magnitude = bits & 0x7fffffffu;
    // From 65,520 on, the number is nearer to 2^16 than to the largest finite one.
    if (magnitude >= 0x477ff000u) return static_cast<std::uint16_t>(sign | 0x7c00u);
    // The bias of the exponent changes from 127 to 15; a carry out of the fraction raises the exponent as it should.
    if (magnitude >= 0x38800000u) {
        return static_cast<std::uint16_t>(sign | (shift_to_nearest_even(magnitude, 13) - (112u << 10)));
    }
    // Subnormal: units of 2^-24. Below 2^-25 nothing is left.
    if (magnitude <= 0x33000000u) return static_cast<std::uint16_t>(sign);
    const int exponent = static_cast<int>(magnitude >> 23);
    const std::uint32_t fraction = (magnitude & 0x7fffffu) | 0x800000u;
    return static_cast<std::uint16_t>(sign | shift_to_nearest_even(fraction, 126 - exponent));
}

// Rounds to nearest, ties away from zero (cvt.rna), and leaves the lower 13 bits zero.
inline std::uint32_t float_to_tf32(float value) {
    if (value != value) return 0x7fffe000u;
    const std::uint32_t bits = bits_as<std::uint32_t>(value);
    const bool is_infinite = (bits & 0x7fffffffu) == 0x7f800000u;
    return is_infinite ? bits : (bits + 0x1000u) & ~0x1fffu;
}

inline std::uint32_t pack_bf16x2(float low, float high) {
    return static_cast<std::uint32_t>(float_to_bf16(high)) << 16 | float_to_bf16(low);
}

inline std::uint32_t pack_fp16x2(float low, float high) {
    return static_cast<std::uint32_t>(float_to_fp16(high)) << 16 | float_to_fp16(low);
}

}  // namespace constrint::emulator
