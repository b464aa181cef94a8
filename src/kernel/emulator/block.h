// Threads, warps, barriers and the scheduler of one block.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <random>
#include <utility>
#include <vector>

#include "fiber.h"
#include "shared_memory.h"

namespace constrint::emulator {

constexpr int warp_lanes = 32;

// Three extents or coordinates, as CUDA's dim3 and uint3.
struct Index3 {
    unsigned x = 1;
    unsigned y = 1;
    unsigned z = 1;
};

// A copy from global to shared memory that has been started and not yet been waited for.
struct PendingCopy {
    std::uint32_t shared_address;
    const void* global_address;
    std::size_t bytes;
    std::size_t valid_bytes;
};

// Where threads wait for each other. When the last one arrives, `turn` changes and all of them run on.
struct Barrier {
    int expected = 0;
    int arrived = 0;
    int turn = 0;
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
};

struct Thread {
    int index = 0;
    Index3 coordinates;
    std::unique_ptr<Fiber> fiber;
    // What the thread waits for, and the turn of it that it has to outlive; null when it can run.
    const Barrier* waits_for = nullptr;
    int turn = 0;
    // Copies not yet committed, and the groups that were, oldest first.
    std::vector<PendingCopy> open_group;
    std::deque<std::vector<PendingCopy>> groups;
};

// A block while it runs. Its threads find it, and themselves, through `current()`.
class Block {
public:
    Block(Index3 grid, Index3 place, Index3 shape, std::size_t shared_bytes, std::uint64_t seed)
        : grid_(grid), place_(place), shape_(shape), shared_(shared_bytes), random_(seed) {
        const int threads = static_cast<int>(shape.x * shape.y * shape.z);
        barrier_.expected = threads;
        threads_.resize(static_cast<std::size_t>(threads));
        warps_.resize(static_cast<std::size_t>((threads + warp_lanes - 1) / warp_lanes));
        for (int i = 0; i < threads; ++i) prepare(i);
    }

    static Block*& current() {
        static Block* block = nullptr;
        return block;
    }

    // Runs `kernel` once for each thread, until all have returned.
    void run(const std::function<void()>& kernel) {
        current() = this;
        std::vector<Thread*> alive;
        for (Thread& thread : threads_) {
            thread.fiber = std::make_unique<Fiber>(kernel);
            alive.push_back(&thread);
        }
        while (!alive.empty()) run_round(alive);
        current() = nullptr;
    }

    Index3 grid() const { return grid_; }
    Index3 place() const { return place_; }
    Index3 shape() const { return shape_; }
    SharedMemory& shared() { return shared_; }
    Thread& thread() { return *running_; }
    int lane() const { return running_->index % warp_lanes; }
    Warp& warp() { return warps_[static_cast<std::size_t>(running_->index / warp_lanes)]; }

    // Block barriers so far: accesses in different epochs are ordered.
    int epoch() const { return barrier_.turn; }

    void wait_for_block() { arrive_and_wait(barrier_, [] {}); }

    // A warp-wide instruction: the last lane to arrive calls `act`, which computes every lane's `out`.
    void warp_instruction(const char* name, const std::function<void(Warp&)>& act) {
        Warp& mine = warp();
        if (mine.barrier.arrived == 0) mine.instruction = name;
        if (mine.instruction != name) fail("lanes of a warp diverge: %s meets %s", name, mine.instruction);
        arrive_and_wait(mine.barrier, [&] { act(mine); });
    }

private:
    void prepare(int index) {
        const unsigned i = static_cast<unsigned>(index);
        Thread& thread = threads_[i];
        thread.index = index;
        thread.coordinates = {i % shape_.x, i / shape_.x % shape_.y, i / (shape_.x * shape_.y)};
        ++warps_[i / warp_lanes].barrier.expected;
    }

    // Gives every thread that can run one turn, in random order.
    void run_round(std::vector<Thread*>& alive) {
        std::shuffle(alive.begin(), alive.end(), random_);
        bool any_ran = false;
        std::vector<Thread*> still_alive;
        for (Thread* thread : alive) {
            if (can_run(*thread)) {
                any_ran = true;
                running_ = thread;
                thread->fiber->resume();
            }
            if (!thread->fiber->is_finished()) still_alive.push_back(thread);
        }
        if (!any_ran) fail("deadlock: %zu threads wait for others that have returned or wait elsewhere", alive.size());
        alive = std::move(still_alive);
    }

    static bool can_run(Thread& thread) {
        if (thread.waits_for != nullptr && thread.waits_for->turn == thread.turn) return false;
        thread.waits_for = nullptr;
        return true;
    }

    template <typename Action>
    void arrive_and_wait(Barrier& barrier, Action when_complete) {
        Thread& self = thread();
        if (++barrier.arrived == barrier.expected) {
            when_complete();
            barrier.arrived = 0;
            ++barrier.turn;
            return;
        }
        self.waits_for = &barrier;
        self.turn = barrier.turn;
        self.fiber->suspend();
    }

    Index3 grid_;
    Index3 place_;
    Index3 shape_;
    SharedMemory shared_;
    std::mt19937_64 random_;
    Barrier barrier_;
    std::vector<Thread> threads_;
    std::vector<Warp> warps_;
    Thread* running_ = nullptr;
};

}  // namespace constrint::emulator
