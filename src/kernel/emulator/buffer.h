// Memory of the host that is lent to kernels as global memory.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstring>
#include <string>

#include "global_memory.h"
#include "interface.h"

namespace constrint::emulator {

// Memory for one buffer, far from any other: an access beyond it by less than its size, or by a MiB, hits nothing else.
class Storage {
public:
    explicit Storage(std::size_t bytes) : margin_(round_up(bytes) + margin_bytes), bytes_(2 * margin_ + round_up(bytes)) {
        // Only what is touched takes memory.
        void* const memory =
            mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (memory == MAP_FAILED) fail({}, "resources: no memory for a buffer of %zu bytes", bytes);
        memory_ = static_cast<unsigned char*>(memory);
        std::memset(begin(), 0xff, bytes);
    }
    ~Storage() { munmap(memory_, bytes_); }

    Storage(const Storage&) = delete;
    Storage& operator=(const Storage&) = delete;

    // A multiple of the page size.
    unsigned char* begin() { return memory_ + margin_; }

private:
    static constexpr std::size_t margin_bytes = 1 << 20;
    static constexpr std::size_t page_bytes = 4096;

    static std::size_t round_up(std::size_t bytes) { return (bytes + page_bytes - 1) / page_bytes * page_bytes; }

    std::size_t margin_;
    std::size_t bytes_;
    unsigned char* memory_;
};

struct GlobalBytes::Parts {
    Storage storage;
    GlobalRange& range;

    Parts(std::size_t bytes, std::size_t element_bytes, const char* name)
        : storage(bytes), range(GlobalMemory::instance().add(storage.begin(), bytes, element_bytes, name)) {}
};

GlobalBytes::GlobalBytes(std::size_t bytes, std::size_t element_bytes, const char* name)
    : parts_(new Parts(bytes, element_bytes, name)), data_(parts_->storage.begin()) {}

GlobalBytes::~GlobalBytes() {
    GlobalMemory::instance().remove(data_);
    delete parts_;
}

void GlobalBytes::mark_written_by_host(std::size_t offset, std::size_t bytes) {
    parts_->range.shadow.mark_written_by_host(offset, bytes);
}

void GlobalBytes::check_all_written() const {
    const GlobalRange& range = parts_->range;
    for (std::size_t i = 0; i < range.bytes / range.element_bytes; ++i) {
        if (!range.shadow.is_written(i * range.element_bytes, range.element_bytes)) {
            fail({}, "unwritten output: element %zu of %s, which has %zu", i, range.name.c_str(),
                 range.bytes / range.element_bytes);
        }
    }
}

}  // namespace constrint::emulator
