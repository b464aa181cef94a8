// Plain loads and stores. Shared memory is addressed by 32-bit byte addresses in the .shared window, as `ldmatrix` and
// `cp.async` want them: half the registers of a generic pointer.
#pragma once

#include "bf16.cuh"
#include "platform.cuh"

namespace constrint::device {

// The address of the block's dynamic shared memory, 16-byte aligned.
CONSTRINT_DEVICE uint32_t dynamic_shared_memory() {
#if defined(CONSTRINT_EMULATOR)
    return emulator::dynamic_shared_memory();
#else
    extern __shared__ __align__(16) unsigned char constrint_dynamic_shared_memory[];
    return static_cast<uint32_t>(__cvta_generic_to_shared(constrint_dynamic_shared_memory));
#endif
}

CONSTRINT_DEVICE void store_shared(uint32_t address, bf16 value) {
#if defined(CONSTRINT_EMULATOR)
    emulator::store_shared(address, value.bits);
#else
    asm volatile("st.shared.u16 [%0], %1;" ::"r"(address), "h"(value.bits) : "memory");
#endif
}

// A load of data that no thread writes while the kernel runs.
template <typename T>
CONSTRINT_DEVICE T load_global(const T* address) {
#if defined(CONSTRINT_EMULATOR)
    return emulator::load_global(address);
#else
    return *address;
#endif
}

template <typename T>
CONSTRINT_DEVICE void store_global(T* address, T value) {
#if defined(CONSTRINT_EMULATOR)
    emulator::store_global(address, value);
#else
    *address = value;
#endif
}

// A pair that is loaded or stored by one 8-byte access.
struct alignas(8) float_pair {
    float first;
    float second;
};

}  // namespace constrint::device
