// What the wrappers for memory call: loads and stores, asynchronous copies, flags.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>

#include "global_memory.h"
#include "grid.h"
#include "interface.h"

namespace constrint::emulator {

inline Accessor accessor(const Thread& thread, Site site) {
    const Block& block = thread.block;
    return {thread.number(), block.number, block.stride(), block.round, thread.tick, thread.knows.get(), site};
}

inline Accessor accessor(Site site) { return accessor(Grid::thread(), site); }

// --- Shared memory -------------------------------------------------------------------------------------------------

std::uint32_t dynamic_shared_memory() { return SharedMemory::dynamic_address; }

std::uint32_t reserve_static_shared_memory(std::size_t bytes) { return StaticLayout::instance().add(bytes); }

void load_shared(std::uint32_t address, void* to, std::size_t bytes) {
    Grid::thread().block.shared.read(address, to, bytes, accessor(CONSTRINT_EMULATOR_SITE));
}

void store_shared(std::uint32_t address, const void* from, std::size_t bytes) {
    Grid::thread().block.shared.write(address, from, bytes, accessor(CONSTRINT_EMULATOR_SITE));
}

// --- Global memory -------------------------------------------------------------------------------------------------

namespace internal {

inline void load(const void* address, void* to, std::size_t bytes, const Accessor& me) {
    GlobalRange& range = GlobalMemory::instance().find(address, bytes, "load", me);
    range.shadow.read(GlobalMemory::offset(range, address), bytes, me);
    std::memcpy(to, address, bytes);
}

inline void store(void* address, const void* from, std::size_t bytes, const Accessor& me) {
    GlobalRange& range = GlobalMemory::instance().find(address, bytes, "store", me);
    range.shadow.write(GlobalMemory::offset(range, address), bytes, me);
    std::memcpy(address, from, bytes);
}

}  // namespace internal

void load_global(const void* address, void* to, std::size_t bytes) {
    internal::load(address, to, bytes, accessor(CONSTRINT_EMULATOR_SITE));
}

void store_global(void* address, const void* from, std::size_t bytes) {
    internal::store(address, from, bytes, accessor(CONSTRINT_EMULATOR_SITE));
}

void load_global_read_only(const void* address, void* to, std::size_t bytes) {
    const Accessor me = accessor(CONSTRINT_EMULATOR_SITE);
    GlobalRange& range = GlobalMemory::instance().find(address, bytes, "load", me);
    range.shadow.read_only(GlobalMemory::offset(range, address), bytes, me);
    std::memcpy(to, address, bytes);
}

// There is one memory and no cache here, so that coherent accesses are as others. Others may run before each.
void load_global_coherent(const void* address, void* to, std::size_t bytes) {
    const Site site = CONSTRINT_EMULATOR_SITE;
    Grid::current()->maybe_pause();
    internal::load(address, to, bytes, accessor(site));
}

void store_global_coherent(void* address, const void* from, std::size_t bytes) {
    const Site site = CONSTRINT_EMULATOR_SITE;
    Grid::current()->maybe_pause();
    internal::store(address, from, bytes, accessor(site));
}

// Where nothing is, hardware ignores it; but nobody wants what is not there.
void prefetch_global(const void* address) {
    const Site site = CONSTRINT_EMULATOR_SITE;
    GlobalMemory::instance().find(address, 1, "prefetch", accessor(site));
}

// --- Asynchronous copies -------------------------------------------------------------------------------------------

void async_copy(std::uint32_t shared_address, const void* global_address, int bytes,
                                        int valid_bytes) {
    const Accessor me = accessor(CONSTRINT_EMULATOR_SITE);
    const std::size_t size = static_cast<std::size_t>(bytes);
    Thread& thread = Grid::thread();
    // The hardware demands the alignment also where it does not read.
    if (reinterpret_cast<std::uintptr_t>(global_address) % size != 0) {
        fail({{"at", me.site}}, "misaligned: asynchronous copy of %zu bytes by %s from an address that is %zu beyond a multiple",
             size, name_of(me.thread, me.stride).c_str(), reinterpret_cast<std::uintptr_t>(global_address) % size);
    }
    std::array<unsigned char, 16> source{};
    if (valid_bytes > 0) internal::load(global_address, source.data(), size, me);
    thread.block.shared.start_copy(shared_address, size, me);
    thread.open_group.push_back(
        {shared_address, global_address, size, static_cast<std::size_t>(valid_bytes), source, me.site});
}

void commit_async_copies() {
    Thread& thread = Grid::thread();
    thread.groups.push_back(std::move(thread.open_group));
    thread.open_group.clear();
}

// The data is read as late as may be. What was there when the copy was asked for must be there still.
inline void land(const PendingCopy& copy) {
    Thread& thread = Grid::thread();
    const Accessor me = accessor(copy.site);
    std::array<unsigned char, 16> data{};
    if (copy.valid_bytes > 0) internal::load(copy.global_address, data.data(), copy.bytes, me);
    if (data != copy.source) {
        fail({{"at", me.site}}, "race: the source of an asynchronous copy by %s was written before the wait for it",
             name_of(me.thread, me.stride).c_str());
    }
    std::fill(data.begin() + static_cast<std::ptrdiff_t>(copy.valid_bytes), data.end(), static_cast<unsigned char>(0));
    thread.block.shared.land(copy.shared_address, data.data(), copy.bytes, me);
}

// Copies land as late as the program allows.
void wait_async_copies(int groups_in_flight) {
    Thread& thread = Grid::thread();
    while (thread.groups.size() > static_cast<std::size_t>(groups_in_flight)) {
        for (const PendingCopy& copy : thread.groups.front()) land(copy);
        thread.groups.pop_front();
    }
}

// --- Flags ---------------------------------------------------------------------------------------------------------

namespace internal {

// Checks an atomic access of 4 bytes and returns where they are.
template <typename T>
void check_atomic(const T* address, bool writes, const Accessor& me) {
    static_assert(sizeof(T) == 4, "atomic operations have 32 bits");
    GlobalRange& range = GlobalMemory::instance().find(address, sizeof(T), "atomic operation", me);
    range.shadow.atomic(GlobalMemory::offset(range, address), sizeof(T), me, writes);
}

}  // namespace internal

void store_release(std::uint32_t* flag, std::uint32_t value) {
    const Site site = CONSTRINT_EMULATOR_SITE;
    Grid& grid = *Grid::current();
    grid.maybe_pause();
    internal::check_atomic(flag, true, accessor(site));
    grid.release(flag, false);
    *flag = value;
    grid.flag_changed(flag);
}

// A word that is its own flag: it hands over nothing but itself.
void store_relaxed(std::uint32_t* word, std::uint32_t value) {
    const Site site = CONSTRINT_EMULATOR_SITE;
    Grid& grid = *Grid::current();
    grid.maybe_pause();
    internal::check_atomic(word, true, accessor(site));
    *word = value;
    grid.flag_changed(word);
}

void add_release(std::uint32_t* flag, std::uint32_t value) {
    const Site site = CONSTRINT_EMULATOR_SITE;
    Grid& grid = *Grid::current();
    grid.maybe_pause();
    internal::check_atomic(flag, true, accessor(site));
    // What others have released to the same flag stays with it: PTX ISA, "Release sequence".
    grid.release(flag, true);
    *flag += value;
    grid.flag_changed(flag);
}

std::uint32_t load_acquire(const std::uint32_t* flag) {
    const Site site = CONSTRINT_EMULATOR_SITE;
    Grid& grid = *Grid::current();
    grid.let_others_run(site);
    internal::check_atomic(flag, false, accessor(site));
    grid.acquire(flag);
    return *flag;
}

std::uint32_t load_relaxed(const std::uint32_t* flag) {
    const Site site = CONSTRINT_EMULATOR_SITE;
    Grid::current()->let_others_run(site);
    internal::check_atomic(flag, false, accessor(site));
    return *flag;
}

void wait_until_at_least(const std::uint32_t* flag, std::uint32_t value) {
    const Site site = CONSTRINT_EMULATOR_SITE;
    Grid& grid = *Grid::current();
    internal::check_atomic(flag, false, accessor(site));
    grid.wait_for_flag(flag, value, site);
    grid.acquire(flag);
}

std::uint32_t atomic_add(std::uint32_t* address, std::uint32_t value) {
    const Site site = CONSTRINT_EMULATOR_SITE;
    Grid& grid = *Grid::current();
    grid.maybe_pause();
    internal::check_atomic(address, true, accessor(site));
    const std::uint32_t before = *address;
    *address += value;
    grid.flag_changed(address);
    return before;
}

float atomic_add(float* address, float value) {
    const Site site = CONSTRINT_EMULATOR_SITE;
    Grid::current()->maybe_pause();
    internal::check_atomic(address, true, accessor(site));
    const float before = *address;
    *address += value;
    return before;
}

}  // namespace constrint::emulator
