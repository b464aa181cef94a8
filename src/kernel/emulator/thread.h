// Threads, warps and blocks: who they are, what they wait for and what they know.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <vector>

#include "fiber.h"
#include "interface.h"
#include "knowledge.h"
#include "shared_memory.h"

namespace constrint::emulator {

constexpr int warp_lanes = 32;

struct Block;
struct Thread;
struct Warp;

// A copy from global to shared memory that has been started and not yet been waited for.
struct PendingCopy {
    std::uint32_t shared_address;
    const void* global_address;
    std::size_t bytes;
    std::size_t valid_bytes;
    // What the source held when the copy was asked for.
    std::array<unsigned char, 16> source;
    Site site;
};

// Where threads wait for each other.
struct Barrier {
    std::size_t expected = 0;
    std::vector<Thread*> arrived;
};

// What a lane hands in to a warp-wide instruction, and what it gets back. 32-bit words; unused ones are ignored.
struct LaneExchange {
    std::array<std::uint32_t, 10> in;
    std::array<std::uint32_t, 4> out;
};

struct Warp {
    Barrier barrier;
    std::array<LaneExchange, warp_lanes> lanes;
    // Tells whether all lanes execute the same instruction, as .aligned demands.
    const char* instruction = nullptr;
    Site site = 0;
};

// What a thread does, or what it waits for.
enum class Waiting { for_flag, no, for_warp, for_block, for_group };

struct Thread {
    Thread(Block& its_block, std::uint32_t its_index, Index3 its_coordinates, const KernelCall& kernel)
        : block(its_block), index(its_index), coordinates(its_coordinates), fiber(kernel, its_index) {}

    Block& block;
    std::uint32_t index;  // in its block
    Index3 coordinates;
    Fiber fiber;

    Waiting waiting = Waiting::no;
    Site site = 0;           // where it waits, or looked last
    std::uint32_t wanted = 0;  // the value of the flag that it waits for
    const std::uint32_t* flag = nullptr;

    std::uint32_t tick = 1;
    SharedKnowledge knows;

    // Copies not yet committed, and the groups that were, oldest first.
    std::vector<PendingCopy> open_group;
    std::deque<std::vector<PendingCopy>> groups;

    std::uint32_t lane() const { return index % warp_lanes; }
    inline std::uint32_t number() const;
    inline Warp& warp();
};

struct Block {
    Block(Index3 its_place, std::uint32_t its_number, std::size_t threads_of_it, std::size_t shared_bytes)
        : place(its_place), number(its_number), threads_in_block(threads_of_it), shared(shared_bytes),
          warps((threads_of_it + warp_lanes - 1) / warp_lanes) {
        barrier.expected = threads_of_it;
        for (std::size_t i = 0; i < threads_of_it; ++i) ++warps[i / warp_lanes].barrier.expected;
    }

    // Threads, rounded up to whole warps.
    std::uint32_t stride() const { return static_cast<std::uint32_t>(warps.size()) * warp_lanes; }

    Index3 place;
    std::uint32_t number;  // in the grid
    std::size_t threads_in_block;
    SharedMemory shared;
    std::uint32_t round = 1;
    Barrier barrier;
    std::map<int, Barrier> groups;
    std::vector<Warp> warps;
    std::vector<std::unique_ptr<Thread>> threads;
    std::size_t returned = 0;
};

inline std::uint32_t Thread::number() const {
    return block.number * block.stride() + index;
}

inline Warp& Thread::warp() { return block.warps[index / warp_lanes]; }

}  // namespace constrint::emulator
