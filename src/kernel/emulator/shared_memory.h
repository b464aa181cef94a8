// One block's shared memory, static and dynamic.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "shadow.h"

namespace constrint::emulator {

// A stretch of shared memory. Its bytes begin as 0xff, a NaN in bf16, fp16 and fp32.
class SharedRange {
public:
    SharedRange(std::uint32_t first_address, std::size_t bytes, const char* name)
        : first_(first_address), bytes_(bytes, 0xff), shadow_(bytes, "byte", 1, name) {}

    bool contains(std::uint32_t address, std::size_t bytes) const {
        return address >= first_ && address - first_ + bytes <= bytes_.size();
    }

    unsigned char* data(std::uint32_t address) { return &bytes_[address - first_]; }
    std::size_t offset(std::uint32_t address) const { return address - first_; }
    Shadow& shadow() { return shadow_; }
    std::size_t size() const { return bytes_.size(); }

private:
    std::uint32_t first_;
    std::vector<unsigned char> bytes_;
    Shadow shadow_;
};

// The sizes of the kernel's static variables, which are met one after the other as threads reach them. All blocks have them at
// the same addresses.
class StaticLayout {
public:
    static constexpr std::uint32_t first_address = 0x100000;

    static StaticLayout& instance() {
        static StaticLayout layout;
        return layout;
    }

    std::uint32_t add(std::size_t bytes) {
        const std::uint32_t address = first_address + static_cast<std::uint32_t>(used_);
        used_ += (bytes + 15) / 16 * 16;
        return address;
    }

private:
    std::size_t used_ = 0;
};

class SharedMemory {
public:
    // Aligned to 16 bytes and no more, as the wrapper promises.
    static constexpr std::uint32_t dynamic_address = 0x410;
    static constexpr std::size_t static_bytes_limit = 48 * 1024;

    explicit SharedMemory(std::size_t dynamic_bytes) : dynamic_(dynamic_address, dynamic_bytes, "dynamic shared memory") {}

    void read(std::uint32_t address, void* to, std::size_t bytes, const Accessor& me) {
        SharedRange& range = checked(address, bytes, "read", me);
        range.shadow().read(range.offset(address), bytes, me);
        std::memcpy(to, range.data(address), bytes);
    }

    void write(std::uint32_t address, const void* from, std::size_t bytes, const Accessor& me) {
        SharedRange& range = checked(address, bytes, "write", me);
        range.shadow().write(range.offset(address), bytes, me);
        std::memcpy(range.data(address), from, bytes);
    }

    // Until `land`, the destination holds NaNs and belongs to the copy.
    void start_copy(std::uint32_t address, std::size_t bytes, const Accessor& me) {
        SharedRange& range = checked(address, bytes, "asynchronous copy", me);
        range.shadow().start_copy(range.offset(address), bytes, me);
        std::memset(range.data(address), 0xff, bytes);
    }

    void land(std::uint32_t address, const void* from, std::size_t bytes, const Accessor& me) {
        SharedRange& range = checked(address, bytes, "asynchronous copy", me);
        range.shadow().land(range.offset(address), bytes, me);
        std::memcpy(range.data(address), from, bytes);
    }

private:
    static SharedRange statics_of(std::size_t bytes) {
        return SharedRange(StaticLayout::first_address, bytes, "static shared memory");
    }

    SharedRange& checked(std::uint32_t address, std::size_t bytes, const char* access, const Accessor& me) {
        if (address % bytes != 0) {
            fail({{"at", me.site}}, "misaligned: %s of %zu bytes at shared address %#x by %s", access, bytes, address,
                 name_of(me.thread, me.stride).c_str());
        }
        if (dynamic_.contains(address, bytes)) return dynamic_;
        if (address >= StaticLayout::first_address) {
            if (statics_.size() == 0) statics_ = statics_of(static_bytes_limit);
            if (statics_.contains(address, bytes)) return statics_;
        }
        fail({{"at", me.site}},
             "out of bounds: %s of %zu bytes at byte %lld of dynamic shared memory by %s; the block has %zu bytes", access,
             bytes, static_cast<long long>(address) - dynamic_address, name_of(me.thread, me.stride).c_str(),
             dynamic_.size());
    }

    SharedRange dynamic_;
    SharedRange statics_ = statics_of(0);
};

}  // namespace constrint::emulator
