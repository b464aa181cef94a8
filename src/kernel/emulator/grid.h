// One launch: which blocks are there, which thread runs next, and what barriers and flags do.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "deadlock.h"
#include "global_memory.h"
#include "random.h"
#include "thread.h"

namespace constrint::emulator {

class Grid {
public:
    Grid(const Launch& launch, const KernelCall& kernel) : launch_(launch), kernel_(kernel), random_(launch.seed) {}

    // The grid that is running.
    static Grid*& current() {
        static Grid* grid = nullptr;
        return grid;
    }

    static Thread& thread() { return *current()->running_; }

    // Runs the kernel once for each thread, until all have returned.
    void run() {
        current() = this;
        admit();
        while (alive_ > 0) {
            if (ready_.empty()) fail_deadlocked(blocks_);
            running_ = take_ready();
            running_->fiber.resume();
            if (running_->fiber.is_finished()) finish(*running_);
        }
        GlobalMemory::instance().settle();
        current() = nullptr;
    }

    const Launch& launch() const { return launch_; }

    // --- Barriers ---

    void wait_for_block(Site site) {
        Thread& self = *running_;
        arrive(self.block.barrier, Waiting::for_block, site, [&](Barrier& barrier) { end_round(self.block, barrier); });
    }

    void wait_for_group(int id, std::size_t threads, Site site) {
        Barrier& barrier = running_->block.groups[id];
        if (barrier.arrived.empty()) barrier.expected = threads;
        if (barrier.expected != threads) {
            fail({{"at", site}, {"earlier at", barrier.arrived[0]->site}},
                 "divergence: barrier %d of a group is given %zu threads here and %zu there", id, threads,
                 barrier.expected);
        }
        arrive(barrier, Waiting::for_group, site, share_ticks);
    }

    void wait_for_warp(Site site) {
        warp_instruction("warp barrier", site, [](Warp& warp) { share_ticks(warp.barrier); });
    }

    // A warp-wide instruction: the last lane to arrive calls `act`, which computes every lane's `out`.
    template <typename Act>
    void warp_instruction(const char* name, Site site, Act act) {
        Warp& warp = running_->warp();
        if (warp.barrier.expected != warp_lanes) {
            fail({{"at", site}}, "divergence: %s in a warp of %zu threads", name, warp.barrier.expected);
        }
        if (warp.barrier.arrived.empty()) {
            warp.instruction = name;
            warp.site = site;
        } else if (warp.instruction != name) {
            fail({{"at", site}, {"elsewhere at", warp.site}},
                 "divergence: a lane of a warp executes %s, others %s", name, warp.instruction);
        }
        arrive(warp.barrier, Waiting::for_warp, site, [&](Barrier&) { act(warp); });
    }

    // --- Flags ---

    // Whoever looks at a flag lets others run; a flag that nobody changes any more is reported after much patience.
    void let_others_run(Site site) {
        running_->site = site;
        if (++looks_in_vain_ > patience * (alive_ + 1)) fail_deadlocked(blocks_, "threads look at flags in vain");
        pause();
    }

    void wait_for_flag(const std::uint32_t* flag, std::uint32_t wanted, Site site) {
        Thread& self = *running_;
        while (static_cast<std::int32_t>(*flag - wanted) < 0) {
            self.flag = flag;
            self.wanted = wanted;
            block_thread(Waiting::for_flag, site);
            waiters_[flag].push_back(&self);
            self.fiber.suspend();
        }
    }

    // To be called when the flag has another value. Those who wait for it look again.
    void flag_changed(const std::uint32_t* flag) {
        looks_in_vain_ = 0;
        const auto found = waiters_.find(flag);
        if (found == waiters_.end()) return;
        for (Thread* thread : found->second) wake(*thread);
        waiters_.erase(found);
    }

    // Hands over all that the running thread knows and has done, in place of what the flag held or in addition.
    void release(const std::uint32_t* flag, bool keeps_older) {
        Thread& self = *running_;
        Knowledge all = self.knows == nullptr ? Knowledge() : *self.knows;
        all.add_round({self.block.number, self.block.round});
        all.add_ticks({{self.number() / warp_lanes, 1u << self.lane(), self.block.number, self.block.round, self.tick}});
        ++self.tick;
        SharedKnowledge& held = held_by_flags_[flag];
        SharedKnowledge mine = std::make_shared<const Knowledge>(std::move(all));
        held = keeps_older ? joined(held, mine) : mine;
    }

    void forget_release(const std::uint32_t* flag) { held_by_flags_.erase(flag); }

    void acquire(const std::uint32_t* flag) {
        const auto found = held_by_flags_.find(flag);
        if (found != held_by_flags_.end()) running_->knows = joined(running_->knows, found->second);
    }

    // Now and then, so that all orders come up.
    void maybe_pause() {
        if (random_() % 4 == 0) pause();
    }

private:
    static constexpr std::size_t patience = 1000;
    // Threads of blocks that are resident at once, unless the launch is cooperative.
    static constexpr std::size_t most_resident_threads = 16384;

    // Starts blocks until the GPU is full, in random order.
    void admit() {
        const std::size_t threads = launch_.block.product();
        while (next_ < launch_.grid.product()) {
            if (!launch_.cooperative && alive_ > 0 && alive_ + threads > most_resident_threads) return;
            start_block(static_cast<std::uint32_t>(next_++));
        }
    }

    void start_block(std::uint32_t number) {
        const Index3& grid = launch_.grid;
        const Index3& shape = launch_.block;
        const Index3 place{number % grid.x, number / grid.x % grid.y, number / (grid.x * grid.y)};
        auto block = std::make_unique<Block>(place, number, shape.product(), launch_.shared_bytes);
        for (std::uint32_t i = 0; i < shape.product(); ++i) {
            const Index3 coordinates{i % shape.x, i / shape.x % shape.y, i / (shape.x * shape.y)};
            block->threads.push_back(std::make_unique<Thread>(*block, i, coordinates, kernel_));
            ready_.push_back(block->threads.back().get());
        }
        alive_ += shape.product();
        blocks_.push_back(std::move(block));
    }

    // Most often one of those that were made ready last, which keeps a warp together and its stacks in the cache; else any.
    Thread* take_ready() {
        const std::size_t count = ready_.size();
        const std::uint64_t draw = random_();
        const std::size_t among = draw % 16 == 0 ? count : std::min<std::size_t>(count, warp_lanes);
        std::swap(ready_[count - 1 - (draw >> 8) % among], ready_[count - 1]);
        Thread* const taken = ready_.back();
        ready_.pop_back();
        return taken;
    }

    void finish(Thread& thread) {
        looks_in_vain_ = 0;
        --alive_;
        Block& block = thread.block;
        if (++block.returned < block.threads.size()) return;
        const auto is_it = [&](const std::unique_ptr<Block>& other) { return other.get() == &block; };
        blocks_.erase(std::find_if(blocks_.begin(), blocks_.end(), is_it));
        admit();
    }

    void pause() {
        Thread& self = *running_;
        // To the front: those made ready last come first.
        ready_.push_back(&self);
        std::swap(ready_.back(), ready_[random_() % ready_.size()]);
        self.fiber.suspend();
    }

    void block_thread(Waiting what, Site site) {
        running_->waiting = what;
        running_->site = site;
    }

    void wake(Thread& thread) {
        thread.waiting = Waiting::no;
        ready_.push_back(&thread);
    }

    template <typename Complete>
    void arrive(Barrier& barrier, Waiting what, Site site, Complete when_complete) {
        Thread& self = *running_;
        barrier.arrived.push_back(&self);
        block_thread(what, site);
        if (barrier.arrived.size() == barrier.expected) {
            looks_in_vain_ = 0;
            when_complete(barrier);
            for (Thread* thread : barrier.arrived) wake(*thread);
            barrier.arrived.clear();
        }
        self.fiber.suspend();
    }

    static SharedKnowledge joined_of(const Barrier& barrier) {
        SharedKnowledge all;
        for (const Thread* thread : barrier.arrived) all = joined(all, thread->knows);
        return all;
    }

    static void end_round(Block& block, const Barrier& barrier) {
        SharedKnowledge all = joined_of(barrier);
        if (all != nullptr) {
            Knowledge rest = *all;
            rest.forget_ticks_of_block(block.number);
            all = std::make_shared<const Knowledge>(std::move(rest));
        }
        for (Thread* thread : barrier.arrived) thread->knows = all;
        ++block.round;
    }

    // What the threads at a barrier have done up to `tick`, an entry a warp.
    static std::vector<KnownTick> ticks_of(const Barrier& barrier, std::uint32_t tick) {
        std::vector<KnownTick> ticks;
        for (const Thread* thread : barrier.arrived) {
            const std::uint32_t warp = thread->number() / warp_lanes;
            const auto is_it = [warp](const KnownTick& entry) { return entry.warp == warp; };
            auto entry = std::find_if(ticks.begin(), ticks.end(), is_it);
            if (entry == ticks.end()) {
                entry = ticks.insert(entry, {warp, 0, thread->block.number, thread->block.round, tick});
            }
            entry->lanes |= 1u << thread->lane();
        }
        const auto by_warp = [](const KnownTick& left, const KnownTick& right) { return left.warp < right.warp; };
        std::sort(ticks.begin(), ticks.end(), by_warp);
        return ticks;
    }

    // After a barrier of a part of the block, each knows what the others did before it.
    static void share_ticks(const Barrier& barrier) {
        std::uint32_t latest = 0;
        for (const Thread* thread : barrier.arrived) latest = std::max(latest, thread->tick);
        const std::vector<KnownTick> ticks = ticks_of(barrier, latest);
        const SharedKnowledge before = joined_of(barrier);
        Knowledge all = before == nullptr ? Knowledge() : *before;
        all.add_ticks(ticks);
        const auto shared = std::make_shared<const Knowledge>(std::move(all));
        for (Thread* thread : barrier.arrived) {
            thread->knows = shared;
            thread->tick = latest + 1;
        }
    }

    Launch launch_;
    KernelCall kernel_;
    Random random_;
    std::size_t next_ = 0;
    std::size_t alive_ = 0;
    std::vector<std::unique_ptr<Block>> blocks_;
    std::vector<Thread*> ready_;
    std::unordered_map<const std::uint32_t*, std::vector<Thread*>> waiters_;
    std::unordered_map<const std::uint32_t*, SharedKnowledge> held_by_flags_;
    std::size_t looks_in_vain_ = 0;
    Thread* running_ = nullptr;
};

}  // namespace constrint::emulator
