// Loads and stores. T is any trivially copyable type of 2, 4, 8 or 16 bytes; the address is a multiple of its size.
//
// Shared memory is addressed by 32-bit byte addresses in the .shared window, as `ldmatrix` and `cp.async` want them: half
// the registers of a generic pointer. An aligned vector (`float_quad`, `words<4>`) is one instruction.
#pragma once

#include "number.cuh"
#include "platform.cuh"

namespace constrint::device {

// Bytes to be moved as one, whatever they mean: words<1>, words<2>, words<4>.
template <int count>
struct alignas(4 * count) words {
    uint32_t word[count];
};

// --- Shared memory -------------------------------------------------------------------------------------------------

// The address of the block's dynamic shared memory, a multiple of 16 and of nothing more.
CONSTRINT_DEVICE uint32_t dynamic_shared_memory() {
#if defined(CONSTRINT_EMULATOR)
    return emulator::dynamic_shared_memory();
#else
    extern __shared__ __align__(16) unsigned char constrint_dynamic_shared_memory[];
    return static_cast<uint32_t>(__cvta_generic_to_shared(constrint_dynamic_shared_memory));
#endif
}

// The address of `bytes` bytes of static shared memory, a multiple of 16. Equal arguments give the same bytes: `Tag` is any
// type that names the purpose. Takes the place of a `__shared__` variable.
template <typename Tag, int bytes>
CONSTRINT_DEVICE uint32_t static_shared_memory() {
    static_assert(bytes > 0 && bytes <= 48 * 1024, "static shared memory ends at 48 KiB");
#if defined(CONSTRINT_EMULATOR)
    return emulator::static_shared_memory<Tag, bytes>();
#else
    __shared__ __align__(16) unsigned char storage[bytes];
    return static_cast<uint32_t>(__cvta_generic_to_shared(storage));
#endif
}

#if !defined(CONSTRINT_EMULATOR)
CONSTRINT_DEVICE uint16_t load_shared_bits(uint32_t address, uint16_t) {
    uint16_t bits;
    asm volatile("ld.shared.u16 %0, [%1];" : "=h"(bits) : "r"(address) : "memory");
    return bits;
}
CONSTRINT_DEVICE words<1> load_shared_bits(uint32_t address, words<1>) {
    words<1> bits;
    asm volatile("ld.shared.u32 %0, [%1];" : "=r"(bits.word[0]) : "r"(address) : "memory");
    return bits;
}
CONSTRINT_DEVICE words<2> load_shared_bits(uint32_t address, words<2>) {
    words<2> bits;
    asm volatile("ld.shared.v2.u32 {%0, %1}, [%2];" : "=r"(bits.word[0]), "=r"(bits.word[1]) : "r"(address) : "memory");
    return bits;
}
CONSTRINT_DEVICE words<4> load_shared_bits(uint32_t address, words<4>) {
    words<4> bits;
    asm volatile("ld.shared.v4.u32 {%0, %1, %2, %3}, [%4];"
                 : "=r"(bits.word[0]), "=r"(bits.word[1]), "=r"(bits.word[2]), "=r"(bits.word[3])
                 : "r"(address)
                 : "memory");
    return bits;
}
CONSTRINT_DEVICE void store_shared_bits(uint32_t address, uint16_t bits) {
    asm volatile("st.shared.u16 [%0], %1;" ::"r"(address), "h"(bits) : "memory");
}
CONSTRINT_DEVICE void store_shared_bits(uint32_t address, words<1> bits) {
    asm volatile("st.shared.u32 [%0], %1;" ::"r"(address), "r"(bits.word[0]) : "memory");
}
CONSTRINT_DEVICE void store_shared_bits(uint32_t address, words<2> bits) {
    asm volatile("st.shared.v2.u32 [%0], {%1, %2};" ::"r"(address), "r"(bits.word[0]), "r"(bits.word[1]) : "memory");
}
CONSTRINT_DEVICE void store_shared_bits(uint32_t address, words<4> bits) {
    asm volatile("st.shared.v4.u32 [%0], {%1, %2, %3, %4};" ::"r"(address), "r"(bits.word[0]), "r"(bits.word[1]),
                 "r"(bits.word[2]), "r"(bits.word[3])
                 : "memory");
}
#endif

// The bits of a T as PTX moves them.
template <int bytes>
struct BitsOf {
    static_assert(bytes == 4 || bytes == 8 || bytes == 16, "an access has 2, 4, 8 or 16 bytes");
    using type = words<bytes / 4>;
};
template <>
struct BitsOf<2> {
    using type = uint16_t;
};

template <typename T>
CONSTRINT_DEVICE T load_shared(uint32_t address) {
    using Bits = typename BitsOf<sizeof(T)>::type;
#if defined(CONSTRINT_EMULATOR)
    Bits bits;
    emulator::load_shared(address, &bits, sizeof(bits));
    return bits_as<T>(bits);
#else
    return bits_as<T>(load_shared_bits(address, Bits{}));
#endif
}

template <typename T>
CONSTRINT_DEVICE void store_shared(uint32_t address, T value) {
    using Bits = typename BitsOf<sizeof(T)>::type;
#if defined(CONSTRINT_EMULATOR)
    const Bits bits = bits_as<Bits>(value);
    emulator::store_shared(address, &bits, sizeof(bits));
#else
    store_shared_bits(address, bits_as<Bits>(value));
#endif
}

// --- Global memory -------------------------------------------------------------------------------------------------

// A load of data that other threads may write, at another time, ordered by a barrier or a flag (`flag.cuh`).
template <typename T>
CONSTRINT_DEVICE T load_global(const T* address) {
#if defined(CONSTRINT_EMULATOR)
    T value;
    emulator::load_global(address, &value, sizeof(value));
    return value;
#else
    return *address;
#endif
}

template <typename T>
CONSTRINT_DEVICE void store_global(T* address, T value) {
#if defined(CONSTRINT_EMULATOR)
    emulator::store_global(address, &value, sizeof(value));
#else
    *address = value;
#endif
}

#if !defined(CONSTRINT_EMULATOR)
CONSTRINT_DEVICE uint16_t load_read_only_bits(const void* address, uint16_t) {
    uint16_t bits;
    asm("ld.global.nc.u16 %0, [%1];" : "=h"(bits) : "l"(address));
    return bits;
}
CONSTRINT_DEVICE words<1> load_read_only_bits(const void* address, words<1>) {
    words<1> bits;
    asm("ld.global.nc.u32 %0, [%1];" : "=r"(bits.word[0]) : "l"(address));
    return bits;
}
CONSTRINT_DEVICE words<2> load_read_only_bits(const void* address, words<2>) {
    words<2> bits;
    asm("ld.global.nc.v2.u32 {%0, %1}, [%2];" : "=r"(bits.word[0]), "=r"(bits.word[1]) : "l"(address));
    return bits;
}
CONSTRINT_DEVICE words<4> load_read_only_bits(const void* address, words<4>) {
    words<4> bits;
    asm("ld.global.nc.v4.u32 {%0, %1, %2, %3}, [%4];"
        : "=r"(bits.word[0]), "=r"(bits.word[1]), "=r"(bits.word[2]), "=r"(bits.word[3])
        : "l"(address));
    return bits;
}
CONSTRINT_DEVICE uint16_t load_coherent_bits(const void* address, uint16_t) {
    uint16_t bits;
    asm volatile("ld.relaxed.gpu.global.u16 %0, [%1];" : "=h"(bits) : "l"(address) : "memory");
    return bits;
}
CONSTRINT_DEVICE words<1> load_coherent_bits(const void* address, words<1>) {
    words<1> bits;
    asm volatile("ld.relaxed.gpu.global.u32 %0, [%1];" : "=r"(bits.word[0]) : "l"(address) : "memory");
    return bits;
}
CONSTRINT_DEVICE words<2> load_coherent_bits(const void* address, words<2>) {
    words<2> bits;
    asm volatile("ld.relaxed.gpu.global.v2.u32 {%0, %1}, [%2];"
                 : "=r"(bits.word[0]), "=r"(bits.word[1])
                 : "l"(address)
                 : "memory");
    return bits;
}
CONSTRINT_DEVICE words<4> load_coherent_bits(const void* address, words<4>) {
    words<4> bits;
    asm volatile("ld.relaxed.gpu.global.v4.u32 {%0, %1, %2, %3}, [%4];"
                 : "=r"(bits.word[0]), "=r"(bits.word[1]), "=r"(bits.word[2]), "=r"(bits.word[3])
                 : "l"(address)
                 : "memory");
    return bits;
}
CONSTRINT_DEVICE void store_coherent_bits(void* address, uint16_t bits) {
    asm volatile("st.relaxed.gpu.global.u16 [%0], %1;" ::"l"(address), "h"(bits) : "memory");
}
CONSTRINT_DEVICE void store_coherent_bits(void* address, words<1> bits) {
    asm volatile("st.relaxed.gpu.global.u32 [%0], %1;" ::"l"(address), "r"(bits.word[0]) : "memory");
}
CONSTRINT_DEVICE void store_coherent_bits(void* address, words<2> bits) {
    asm volatile("st.relaxed.gpu.global.v2.u32 [%0], {%1, %2};" ::"l"(address), "r"(bits.word[0]), "r"(bits.word[1])
                 : "memory");
}
CONSTRINT_DEVICE void store_coherent_bits(void* address, words<4> bits) {
    asm volatile("st.relaxed.gpu.global.v4.u32 [%0], {%1, %2, %3, %4};" ::"l"(address), "r"(bits.word[0]),
                 "r"(bits.word[1]), "r"(bits.word[2]), "r"(bits.word[3])
                 : "memory");
}
#endif

// A load of data that no thread writes while the kernel runs: it may be moved freely, and comes through the read-only
// path. In the emulator, a write of such data during the launch is a fault.
template <typename T>
CONSTRINT_DEVICE T load_global_read_only(const T* address) {
#if defined(CONSTRINT_EMULATOR)
    T value;
    emulator::load_global_read_only(address, &value, sizeof(value));
    return value;
#else
    return bits_as<T>(load_read_only_bits(address, typename BitsOf<sizeof(T)>::type{}));
#endif
}

// The same of 16 bits, as the lower half of a word, which has a register to itself: a number of 16 bits would be moved into half of one.
template <typename T>
CONSTRINT_DEVICE uint32_t load_global_read_only_word(const T* address) {
    static_assert(sizeof(T) == 2, "a number of 16 bits");
#if defined(CONSTRINT_EMULATOR)
    return bits_as<uint16_t>(load_global_read_only(address));
#else
    uint32_t bits;
    asm("ld.global.nc.u16 %0, [%1];" : "=r"(bits) : "l"(address));
    return bits;
#endif
}

// Brings what is at an address of global memory into L2, sometime; nobody waits for it, and nothing tells whether it came.
CONSTRINT_DEVICE void prefetch_global(const void* address) {
#if defined(CONSTRINT_EMULATOR)
    emulator::prefetch_global(address);
#else
    asm volatile("prefetch.global.L2 [%0];" ::"l"(address));
#endif
}

// Loads and stores that go to L2, where all SMs meet: what blocks hand to each other. They bypass L1 but give no order
// among themselves: a flag (`flag.cuh`) does. A vector may arrive word by word.
template <typename T>
CONSTRINT_DEVICE T load_global_coherent(const T* address) {
#if defined(CONSTRINT_EMULATOR)
    T value;
    emulator::load_global_coherent(address, &value, sizeof(value));
    return value;
#else
    return bits_as<T>(load_coherent_bits(address, typename BitsOf<sizeof(T)>::type{}));
#endif
}

template <typename T>
CONSTRINT_DEVICE void store_global_coherent(T* address, T value) {
#if defined(CONSTRINT_EMULATOR)
    emulator::store_global_coherent(address, &value, sizeof(value));
#else
    store_coherent_bits(address, bits_as<typename BitsOf<sizeof(T)>::type>(value));
#endif
}

}  // namespace constrint::device
