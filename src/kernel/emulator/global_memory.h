// The buffers that a kernel may touch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "failure.h"

namespace constrint::emulator {

// Every range that a Buffer lends to kernels.
class GlobalMemory {
public:
    static GlobalMemory& instance() {
        static GlobalMemory memory;
        return memory;
    }

    void add(const void* begin, std::size_t bytes) { ranges_.push_back({address_of(begin), bytes}); }

    void remove(const void* begin) {
        for (std::size_t i = 0; i < ranges_.size(); ++i) {
            if (ranges_[i].begin == address_of(begin)) {
                ranges_.erase(ranges_.begin() + static_cast<std::ptrdiff_t>(i));
                return;
            }
        }
    }

    void check(const void* pointer, std::size_t bytes, const char* access) const {
        const std::uintptr_t address = address_of(pointer);
        if (address % bytes != 0) fail("%s of %zu bytes at the misaligned global address %p", access, bytes, pointer);
        for (const Range& range : ranges_) {
            if (address >= range.begin && address + bytes <= range.begin + range.bytes) return;
        }
        fail("%s of %zu bytes at %p, outside of every buffer", access, bytes, pointer);
    }

private:
    struct Range {
        std::uintptr_t begin;
        std::size_t bytes;
    };

    static std::uintptr_t address_of(const void* pointer) { return reinterpret_cast<std::uintptr_t>(pointer); }

    std::vector<Range> ranges_;
};

// An array in global memory, aligned to 256 bytes as cudaMalloc's are. All bytes begin as 0xff, a NaN in bf16 and fp32.
template <typename T>
class Buffer {
public:
    explicit Buffer(std::size_t elements) : storage_(elements * sizeof(T) + alignment, 0xff), elements_(elements) {
        const std::uintptr_t begin = reinterpret_cast<std::uintptr_t>(storage_.data());
        data_ = reinterpret_cast<T*>((begin + alignment - 1) / alignment * alignment);
        GlobalMemory::instance().add(data_, elements * sizeof(T));
    }
    ~Buffer() { GlobalMemory::instance().remove(data_); }

    Buffer(const Buffer&) = delete;
    Buffer& operator=(const Buffer&) = delete;

    T* data() { return data_; }
    const T* data() const { return data_; }
    std::size_t size() const { return elements_; }
    T& operator[](std::size_t index) { return data_[index]; }
    const T& operator[](std::size_t index) const { return data_[index]; }

private:
    static constexpr std::uintptr_t alignment = 256;

    std::vector<unsigned char> storage_;
    std::size_t elements_;
    T* data_;
};

}  // namespace constrint::emulator
