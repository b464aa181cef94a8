// What kernels and drivers see of the emulator. The rest is compiled by itself, from emulator.cpp. No containers, strings or
// functions of the standard library here: their headers take longer to compile than a kernel.
#pragma once

#include <cstddef>
#include <cstdint>

#include "number.h"

namespace constrint::emulator {

// Three extents or coordinates, as CUDA's dim3 and uint3.
struct Index3 {
    unsigned x = 1;
    unsigned y = 1;
    unsigned z = 1;

    std::size_t product() const { return static_cast<std::size_t>(x) * y * z; }
};

// --- For drivers ---------------------------------------------------------------------------------------------------

// What to launch. A cooperative launch has all its blocks resident at once, as barriers among blocks need it. In any other one
// only some are, and the next begins when one of them has ended. The seed decides the order of the threads.
struct Launch {
    Index3 grid;
    Index3 block;
    std::size_t shared_bytes = 0;
    bool cooperative = false;
    std::uint64_t seed = 1;
};

// What each thread runs: `call(arguments)`.
struct KernelCall {
    void (*call)(const void*);
    const void* arguments;
};

void launch_call(const Launch& what, const KernelCall& kernel);

// Runs `kernel`, a function without arguments that calls the kernel with its own, for each thread of each block.
template <typename Kernel>
void launch(const Launch& what, const Kernel& kernel) {
    launch_call(what, {[](const void* self) { (*static_cast<const Kernel*>(self))(); }, &kernel});
}

template <typename Kernel>
void launch(Index3 grid, Index3 block, std::size_t shared_bytes, std::uint64_t seed, const Kernel& kernel) {
    launch(Launch{grid, block, shared_bytes, false, seed}, kernel);
}

// Bytes of global memory, all 0xff, far from any others. They count as written by nobody until the host or a kernel does.
class GlobalBytes {
public:
    // Messages count elements of `element_bytes` and use the name.
    GlobalBytes(std::size_t bytes, std::size_t element_bytes, const char* name);
    ~GlobalBytes();

    GlobalBytes(const GlobalBytes&) = delete;
    GlobalBytes& operator=(const GlobalBytes&) = delete;

    // Aligned to 256 bytes, as what cudaMalloc returns.
    unsigned char* data() const { return data_; }

    void mark_written_by_host(std::size_t offset, std::size_t bytes);

    // Ends the program if not all of it has been written.
    void check_all_written() const;

private:
    struct Parts;
    Parts* parts_;
    unsigned char* data_;
};

// An array in global memory. All bits set is a NaN in bf16, fp16 and fp32.
template <typename T>
class Buffer {
public:
    explicit Buffer(std::size_t elements, const char* name = "a buffer")
        : bytes_(elements * sizeof(T), sizeof(T), name), elements_(elements) {}

    // For the kernel. What the host writes goes through `fill` and `[]`, or is told by `mark_all_written`.
    T* data() { return reinterpret_cast<T*>(bytes_.data()); }
    const T* data() const { return reinterpret_cast<const T*>(bytes_.data()); }
    std::size_t size() const { return elements_; }

    // All elements.
    void fill(T value) {
        for (std::size_t i = 0; i < elements_; ++i) data()[i] = value;
        mark_all_written();
    }

    // The host has written all through `data`.
    void mark_all_written() { bytes_.mark_written_by_host(0, elements_ * sizeof(T)); }

    T& operator[](std::size_t index) {
        bytes_.mark_written_by_host(index * sizeof(T), sizeof(T));
        return data()[index];
    }
    const T& operator[](std::size_t index) const { return data()[index]; }

    // Ends the program if neither the host nor a kernel has written some element.
    void check_all_written() const { bytes_.check_all_written(); }

private:
    GlobalBytes bytes_;
    std::size_t elements_;
};

// --- For kernels, through the wrappers in `../device/` -----------------------------------------------------------------

const Index3& thread_coordinates();
const Index3& block_coordinates();
const Index3& block_extents();
const Index3& grid_extents();

std::uint32_t dynamic_shared_memory();
std::uint32_t reserve_static_shared_memory(std::size_t bytes);

// The same address for every block, and for all calls with the same tag.
template <typename Tag, int bytes>
std::uint32_t static_shared_memory() {
    static const std::uint32_t address = reserve_static_shared_memory(bytes);
    return address;
}

void load_shared(std::uint32_t address, void* to, std::size_t bytes);
void store_shared(std::uint32_t address, const void* from, std::size_t bytes);

void load_global(const void* address, void* to, std::size_t bytes);
void store_global(void* address, const void* from, std::size_t bytes);
void load_global_read_only(const void* address, void* to, std::size_t bytes);
void load_global_coherent(const void* address, void* to, std::size_t bytes);
void prefetch_global(const void* address);
void store_global_coherent(void* address, const void* from, std::size_t bytes);

void async_copy(std::uint32_t shared_address, const void* global_address, int bytes, int valid_bytes);
void commit_async_copies();
void wait_async_copies(int groups_in_flight);

void store_release(std::uint32_t* flag, std::uint32_t value);
void store_relaxed(std::uint32_t* word, std::uint32_t value);
void add_release(std::uint32_t* flag, std::uint32_t value);
std::uint32_t load_acquire(const std::uint32_t* flag);
std::uint32_t load_relaxed(const std::uint32_t* flag);
void wait_until_at_least(const std::uint32_t* flag, std::uint32_t value);
std::uint32_t atomic_add(std::uint32_t* address, std::uint32_t value);
float atomic_add(float* address, float value);

void warp_barrier();
void block_barrier();
void group_barrier(int id, int threads);

std::uint32_t shuffle(std::uint32_t value, int lane);
std::uint32_t shuffle_xor(std::uint32_t value, int mask);
std::uint32_t ballot(bool says);

float approximate_exp2(float x);
float approximate_log2(float x);
float approximate_reciprocal(float x);
float approximate_tanh(float x);

void load_matrix(std::uint32_t* registers, int matrices, std::uint32_t row_address, bool transposed);
void multiply_accumulate_bf16(float (&d)[4], const std::uint32_t (&a)[4], const std::uint32_t (&b)[2]);
void multiply_accumulate_fp16(float (&d)[4], const std::uint32_t (&a)[4], const std::uint32_t (&b)[2]);
void multiply_accumulate_tf32(float (&d)[4], const std::uint32_t (&a)[4], const std::uint32_t (&b)[2]);

}  // namespace constrint::emulator
