//! Stand-ins for the few headers of the host that kernels include, and that NVRTC does not have.

use std::ffi::CStr;

/// Names as sources include them, and texts.
pub(super) const HEADERS: &[(&CStr, &CStr)] = &[
    (c"cstdint", STDINT),
    (c"stdint.h", STDINT),
    (c"cstddef", STDDEF),
    (c"stddef.h", STDDEF),
    // Device functions of NVRTC's own.
    (c"cstring", c"#pragma once\n"),
    (c"cmath", c"#pragma once\n"),
    (c"cuda_runtime.h", c"#pragma once\n"),
    (c"type_traits", TYPE_TRAITS),
];

const STDINT: &CStr = c"#pragma once
typedef signed char int8_t;
typedef unsigned char uint8_t;
typedef short int16_t;
typedef unsigned short uint16_t;
typedef int int32_t;
typedef unsigned int uint32_t;
#if defined(_WIN32)
typedef long long int64_t;
typedef unsigned long long uint64_t;
typedef long long intptr_t;
typedef unsigned long long uintptr_t;
#else
typedef long int64_t;
typedef unsigned long uint64_t;
typedef long intptr_t;
typedef unsigned long uintptr_t;
#endif
#define INT32_MAX 2147483647
#define UINT32_MAX 4294967295u
#define INT64_MAX 9223372036854775807ll
namespace std {
using ::int8_t;
using ::uint8_t;
using ::int16_t;
using ::uint16_t;
using ::int32_t;
using ::uint32_t;
using ::int64_t;
using ::uint64_t;
using ::intptr_t;
using ::uintptr_t;
}
";

const STDDEF: &CStr = c"#pragma once
namespace std {
using ::size_t;
using ::ptrdiff_t;
}
";

const TYPE_TRAITS: &CStr = c"#pragma once
namespace std {
template <typename T, T v>
struct integral_constant {
    static constexpr T value = v;
    constexpr operator T() const { return v; }
};
using true_type = integral_constant<bool, true>;
using false_type = integral_constant<bool, false>;
template <typename A, typename B>
struct is_same : false_type {};
template <typename A>
struct is_same<A, A> : true_type {};
template <typename A, typename B>
inline constexpr bool is_same_v = is_same<A, B>::value;
template <typename A>
struct is_const : false_type {};
template <typename A>
struct is_const<const A> : true_type {};
template <typename A>
inline constexpr bool is_const_v = is_const<A>::value;
template <typename A>
struct remove_const {
    using type = A;
};
template <typename A>
struct remove_const<const A> {
    using type = A;
};
template <typename A>
using remove_const_t = typename remove_const<A>::type;
template <bool b, typename A, typename B>
struct conditional {
    using type = A;
};
template <typename A, typename B>
struct conditional<false, A, B> {
    using type = B;
};
template <bool b, typename A, typename B>
using conditional_t = typename conditional<b, A, B>::type;
template <bool b, typename T = void>
struct enable_if {};
template <typename T>
struct enable_if<true, T> {
    using type = T;
};
template <bool b, typename T = void>
using enable_if_t = typename enable_if<b, T>::type;
}
";
