// The stretches of global memory that a kernel may touch.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <map>
#include <string>
#include <utility>

#include "shadow.h"

namespace constrint::emulator {

// A stretch of global memory that the host lends to kernels.
struct GlobalRange {
    std::uintptr_t first;
    std::size_t bytes;
    std::size_t element_bytes;
    std::string name;
    Shadow shadow;
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
        Shadow shadow(bytes, "element", element_bytes, name);
        return ranges_.emplace(first, GlobalRange{first, bytes, element_bytes, name, std::move(shadow)}).first->second;
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
        GlobalRange* const nearest = nearest_to(address);
        if (nearest == nullptr || !holds(*nearest, address, bytes)) fail_outside(nearest, address, bytes, access, me);
        newest_ = nearest;
        return *nearest;
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

    // Bytes between the address and the range; 0 inside.
    static std::uintptr_t distance(const GlobalRange& range, std::uintptr_t address) {
        if (address < range.first) return range.first - address;
        const std::uintptr_t end = range.first + range.bytes;
        return address < end ? 0 : address - end + 1;
    }

    GlobalRange* nearest_to(std::uintptr_t address) {
        const auto after = ranges_.upper_bound(address);
        GlobalRange* const above = after == ranges_.end() ? nullptr : &after->second;
        GlobalRange* const below = after == ranges_.begin() ? nullptr : &std::prev(after)->second;
        if (above == nullptr || below == nullptr) return above == nullptr ? below : above;
        return distance(*above, address) < distance(*below, address) ? above : below;
    }

    [[noreturn]] static void fail_misaligned(const void* pointer, std::size_t bytes, const char* access, const Accessor& me) {
        fail({{"at", me.site}}, "misaligned: %s of %zu bytes by %s at an address %zu beyond a multiple", access, bytes,
             name_of(me.thread, me.stride).c_str(), static_cast<std::size_t>(address_of(pointer) % bytes));
    }

    [[noreturn]] static void fail_outside(const GlobalRange* nearest, std::uintptr_t address, std::size_t bytes,
                                          const char* access, const Accessor& me) {
        const std::string who = name_of(me.thread, me.stride);
        if (nearest == nullptr) fail({{"at", me.site}}, "out of bounds: %s of %zu bytes by %s", access, bytes, who.c_str());
        // From its beginning, negative before it.
        const long long place = static_cast<long long>(address) - static_cast<long long>(nearest->first);
        fail({{"at", me.site}}, "out of bounds: %s of %zu bytes by %s at byte %lld of %s, which has %zu", access, bytes,
             who.c_str(), place, nearest->name.c_str(), nearest->bytes);
    }

    std::map<std::uintptr_t, GlobalRange> ranges_;
    GlobalRange* newest_ = nullptr;
};

}  // namespace constrint::emulator
