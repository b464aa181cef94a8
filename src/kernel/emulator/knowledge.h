// What is ordered before what.
//
// Two accesses of the same memory, one of them a write, must be ordered: by a barrier of a block, of a warp or of a group of
// warps, or by a release and the acquire that sees it (PTX ISA, "Memory Consistency Model", causality order). A thread
// therefore carries what it knows to have happened before. One clock for each of all threads would be the plain way (a vector
// clock); here whole blocks are counted at once, since most of the order comes from their barriers:
//
// - A block's *round* is the number of its barriers so far. Who knows of round r knows every access of the block before it.
// - A thread's *tick* is the number of its other hand-overs: releases, and barriers of its warp or group. Who knows of a
//   thread's tick knows all its accesses up to that tick.
//
// A thread knows its own block's rounds without writing them down, so that a grid whose blocks do not talk writes down nothing.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace constrint::emulator {

// A block's rounds before `round` are over.
struct KnownRound {
    std::uint32_t block;
    std::uint32_t round;
};

// A thread's accesses up to `tick` are over; it was in its block's `round` then.
struct KnownTick {
    std::uint32_t thread;
    std::uint32_t block;
    std::uint32_t round;
    std::uint32_t tick;
};

// Immutable once it is shared. Both lists are sorted.
class Knowledge {
public:
    // The round of the block that is known to have begun, 0 if nothing is known.
    std::uint32_t round_of(std::uint32_t block) const {
        const auto found = std::lower_bound(rounds_.begin(), rounds_.end(), block,
                                            [](const KnownRound& entry, std::uint32_t key) { return entry.block < key; });
        return found != rounds_.end() && found->block == block ? found->round : 0;
    }

    bool knows_tick(std::uint32_t thread, std::uint32_t tick) const {
        const auto found = std::lower_bound(ticks_.begin(), ticks_.end(), thread,
                                            [](const KnownTick& entry, std::uint32_t key) { return entry.thread < key; });
        return found != ticks_.end() && found->thread == thread && found->tick >= tick;
    }

    bool is_empty() const { return rounds_.empty() && ticks_.empty(); }

    // Adds all that `other` knows.
    void join(const Knowledge& other) {
        if (other.is_empty()) return;
        rounds_ = merged(rounds_, other.rounds_, [](const KnownRound& entry) { return entry.block; },
                         [](const KnownRound& entry) { return entry.round; });
        ticks_ = merged(ticks_, other.ticks_, [](const KnownTick& entry) { return entry.thread; },
                        [](const KnownTick& entry) { return entry.tick; });
        forget_covered();
    }

    void add_round(KnownRound entry) {
        Knowledge one;
        one.rounds_ = {entry};
        join(one);
    }

    // `entries` is sorted by thread.
    void add_ticks(std::vector<KnownTick> entries) {
        Knowledge several;
        several.ticks_ = std::move(entries);
        join(several);
    }

    // A block that knows its own rounds need not hold its own ticks.
    void forget_ticks_of_block(std::uint32_t block) {
        erase_ticks([block](const KnownTick& entry) { return entry.block == block; });
    }

private:
    // Both lists, the larger value where both have an entry.
    template <typename Entry, typename Key, typename Value>
    static std::vector<Entry> merged(const std::vector<Entry>& left, const std::vector<Entry>& right, Key key, Value value) {
        std::vector<Entry> all;
        all.reserve(left.size() + right.size());
        auto l = left.begin();
        auto r = right.begin();
        while (l != left.end() || r != right.end()) {
            if (r == right.end() || (l != left.end() && key(*l) < key(*r))) {
                all.push_back(*l++);
            } else if (l == left.end() || key(*r) < key(*l)) {
                all.push_back(*r++);
            } else {
                all.push_back(value(*l) >= value(*r) ? *l : *r);
                ++l;
                ++r;
            }
        }
        return all;
    }

    // A tick says nothing new once the thread's whole block is known to be past that round.
    void forget_covered() {
        erase_ticks([this](const KnownTick& entry) { return round_of(entry.block) > entry.round; });
    }

    template <typename Condition>
    void erase_ticks(Condition condition) {
        ticks_.erase(std::remove_if(ticks_.begin(), ticks_.end(), condition), ticks_.end());
    }

    std::vector<KnownRound> rounds_;
    std::vector<KnownTick> ticks_;
};

using SharedKnowledge = std::shared_ptr<const Knowledge>;

// Everything that either knows.
inline SharedKnowledge joined(const SharedKnowledge& left, const SharedKnowledge& right) {
    if (left == right || right == nullptr || right->is_empty()) return left;
    if (left == nullptr || left->is_empty()) return right;
    Knowledge both = *left;
    both.join(*right);
    return std::make_shared<const Knowledge>(std::move(both));
}

}  // namespace constrint::emulator
