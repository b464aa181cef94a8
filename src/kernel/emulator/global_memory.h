// The buffers that a kernel may touch.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "shadow.h"

namespace constrint::emulator {

// A stretch of global memory that a Buffer lends to kernels.
struct GlobalRange {
    std::uintptr_t first;
    std::size_t bytes;
    std::size_t element_bytes;
    std::string name;
    Shadow shadow;

    std::string name_of_element(const void* pointer) const {
        const std::size_t offset = reinterpret_cast<std::uintptr_t>(pointer) - first;
        return "element " + std::to_string(offset / element_bytes) + " of " + name;
    }
};

// Every such range, by its first address.
class GlobalMemory {
public:
    static GlobalMemory& instance() {
        static GlobalMemory memory;
        return memory;
    }

    GlobalRange& add(const void* begin, std::size_t bytes, std::size_t element_bytes, const std::string& name) {
        const std::uintptr_t first = address_of(begin);
        newest_ = nullptr;
        return ranges_.emplace(first, GlobalRange{first, bytes, element_bytes, name, Shadow(bytes)}).first->second;
    }

    void remove(const void* begin) {
        newest_ = nullptr;
        ranges_.erase(address_of(begin));
    }

    // The range that holds all the bytes; a fault if there is none.
    GlobalRange& find(const void* pointer, std::size_t bytes, const char* access, const Accessor& me) {
        const std::uintptr_t address = address_of(pointer);
        if (address % bytes != 0) fail_misaligned(pointer, bytes, access, me);
        if (newest_ != nullptr && holds(*newest_, address, bytes)) return *newest_;
        GlobalRange* const before = last_from(address);
        if (before == nullptr || !holds(*before, address, bytes)) fail_outside(before, address, bytes, access, me);
        newest_ = before;
        return *before;
    }

    // After a launch, everything in it is over.
    void settle() {
        for (auto& entry : ranges_) entry.second.shadow.settle();
    }

    static std::size_t offset(const GlobalRange& range, const void* pointer) { return address_of(pointer) - range.first; }

private:
    static std::uintptr_t address_of(const void* pointer) { return reinterpret_cast<std::uintptr_t>(pointer); }

    static bool holds(const GlobalRange& range, std::uintptr_t address, std::size_t bytes) {
        return address >= range.first && address + bytes <= range.first + range.bytes;
    }

    // The last range that begins at the address or before.
    GlobalRange* last_from(std::uintptr_t address) {
        auto after = ranges_.upper_bound(address);
        return after == ranges_.begin() ? nullptr : &std::prev(after)->second;
    }

    [[noreturn]] void fail_misaligned(const void* pointer, std::size_t bytes, const char* access, const Accessor& me) {
        const GlobalRange* const range = last_from(address_of(pointer));
        const std::string where = range == nullptr ? "an address before every buffer" : range->name_of_element(pointer);
        fail({{"at", me.site}}, "misaligned: %s of %zu bytes at %s by %s, at an address that is %zu beyond a multiple",
             access, bytes, where.c_str(), name_of(me.thread, me.stride).c_str(),
             static_cast<std::size_t>(address_of(pointer) % bytes));
    }

    [[noreturn]] static void fail_outside(const GlobalRange* before, std::uintptr_t address, std::size_t bytes,
                                          const char* access, const Accessor& me) {
        const std::string who = name_of(me.thread, me.stride);
        if (before == nullptr) {
            fail({{"at", me.site}}, "out of bounds: %s of %zu bytes by %s, before every buffer", access, bytes, who.c_str());
        }
        fail({{"at", me.site}}, "out of bounds: %s of %zu bytes by %s, %zu bytes beyond the beginning of %s, which has %zu",
             access, bytes, who.c_str(), static_cast<std::size_t>(address - before->first), before->name.c_str(),
             before->bytes);
    }

    std::map<std::uintptr_t, GlobalRange> ranges_;
    GlobalRange* newest_ = nullptr;
};

// An array in global memory, aligned to 256 bytes as cudaMalloc's are, with unused room before and behind it. All bytes begin
// as 0xff, a NaN in bf16, fp16 and fp32, and count as written by nobody until the host or a kernel writes them.
template <typename T>
class Buffer {
public:
    explicit Buffer(std::size_t elements, const std::string& name = "a buffer")
        : storage_(elements * sizeof(T) + 3 * room, 0xff), elements_(elements) {
        const std::uintptr_t begin = reinterpret_cast<std::uintptr_t>(storage_.data());
        data_ = reinterpret_cast<T*>((begin + 2 * room - 1) / room * room);
        range_ = &GlobalMemory::instance().add(data_, elements * sizeof(T), sizeof(T), name);
    }
    ~Buffer() { GlobalMemory::instance().remove(data_); }

    Buffer(const Buffer&) = delete;
    Buffer& operator=(const Buffer&) = delete;

    // For the kernel. What the host writes goes through `fill` and `[]`.
    T* data() { return data_; }
    const T* data() const { return data_; }
    std::size_t size() const { return elements_; }

    void fill(const std::vector<T>& values) {
        std::copy(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(std::min(values.size(), elements_)), data_);
        range_->shadow.mark_written_by_host(0, std::min(values.size(), elements_) * sizeof(T));
    }
    void fill(T value) { fill(std::vector<T>(elements_, value)); }

    T& operator[](std::size_t index) {
        range_->shadow.mark_written_by_host(index * sizeof(T), sizeof(T));
        return data_[index];
    }
    const T& operator[](std::size_t index) const { return data_[index]; }

    // Whether the host or a kernel has written the element.
    bool is_written(std::size_t index) const { return range_->shadow.is_written(index * sizeof(T), sizeof(T)); }

private:
    static constexpr std::size_t room = 256;

    std::vector<unsigned char> storage_;
    std::size_t elements_;
    T* data_;
    GlobalRange* range_;
};

}  // namespace constrint::emulator
