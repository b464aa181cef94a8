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

// The accesses of some lanes of a warp up to `tick` are over; their block was in `round` then. A barrier of a warp makes the
// ticks of its lanes equal, so that one entry holds them all.
struct KnownTick {
    std::uint32_t warp;   // number in the grid
    std::uint32_t lanes;  // a bit each
    std::uint32_t block;
    std::uint32_t round;
    std::uint32_t tick;
};

// Immutable once it is shared. Rounds are sorted by block; ticks by warp, the latest of a warp first, and no lane is in two of
// them.
class Knowledge {
public:
    // The round of the block that is known to have begun, 0 if nothing is known.
    std::uint32_t round_of(std::uint32_t block) const {
        const auto found = std::lower_bound(rounds_.begin(), rounds_.end(), block,
                                            [](const KnownRound& entry, std::uint32_t key) { return entry.block < key; });
        return found != rounds_.end() && found->block == block ? found->round : 0;
    }

    bool knows_tick(std::uint32_t thread, std::uint32_t tick) const {
        const std::uint32_t warp = thread / 32;
        auto entry = std::lower_bound(ticks_.begin(), ticks_.end(), warp,
                                      [](const KnownTick& left, std::uint32_t key) { return left.warp < key; });
        for (; entry != ticks_.end() && entry->warp == warp && entry->tick >= tick; ++entry) {
            if ((entry->lanes >> thread % 32 & 1u) != 0) return true;
        }
        return false;
    }

    bool is_empty() const { return rounds_.empty() && ticks_.empty(); }

    // Whether `other` knows nothing more. May say no where that is so.
    bool covers(const Knowledge& other) const {
        return covers_rounds(other.rounds_) && covers_ticks(other.ticks_);
    }

    // Adds all that `other` knows.
    void join(const Knowledge& other) {
        if (!other.rounds_.empty()) join_rounds(other.rounds_);
        if (!other.ticks_.empty()) join_ticks(other.ticks_);
        forget_covered();
    }

    void add_round(KnownRound entry) {
        join_rounds({entry});
        forget_covered();
    }

    // `entries` is sorted by warp, one a warp.
    void add_ticks(const std::vector<KnownTick>& entries) {
        join_ticks(entries);
        forget_covered();
    }

    // A block that knows its own rounds need not hold its own ticks.
    void forget_ticks_of_block(std::uint32_t block) {
        erase_ticks([block](const KnownTick& entry) { return entry.block == block; });
    }

private:
    using Ticks = std::vector<KnownTick>;

    bool covers_rounds(const std::vector<KnownRound>& others) const {
        auto mine = rounds_.begin();
        for (const KnownRound& other : others) {
            while (mine != rounds_.end() && mine->block < other.block) ++mine;
            if (mine == rounds_.end() || mine->block != other.block || mine->round < other.round) return false;
        }
        return true;
    }

    bool covers_ticks(const Ticks& others) const {
        auto mine = ticks_.begin();
        for (const KnownTick& other : others) {
            while (mine != ticks_.end() && mine->warp < other.warp) ++mine;
            std::uint32_t missing = other.lanes;
            for (auto entry = mine; entry != ticks_.end() && entry->warp == other.warp && entry->tick >= other.tick; ++entry) {
                missing &= ~entry->lanes;
            }
            if (missing != 0 && round_of(other.block) <= other.round) return false;
        }
        return true;
    }

    void join_rounds(const std::vector<KnownRound>& others) {
        std::vector<KnownRound> all;
        all.reserve(rounds_.size() + others.size());
        auto mine = rounds_.begin();
        for (const KnownRound& other : others) {
            while (mine != rounds_.end() && mine->block < other.block) all.push_back(*mine++);
            const bool has_both = mine != rounds_.end() && mine->block == other.block;
            all.push_back(has_both && mine->round > other.round ? *mine : other);
            if (has_both) ++mine;
        }
        all.insert(all.end(), mine, rounds_.end());
        rounds_ = std::move(all);
    }

    void join_ticks(const Ticks& others) {
        Ticks all;
        all.reserve(ticks_.size() + others.size());
        auto mine = ticks_.begin();
        auto other = others.begin();
        std::uint32_t seen = 0;  // lanes of the present warp that are in `all`
        while (mine != ticks_.end() || other != others.end()) {
            const bool takes_mine = other == others.end() || (mine != ticks_.end() && comes_first(*mine, *other));
            KnownTick entry = takes_mine ? *mine++ : *other++;
            if (all.empty() || all.back().warp != entry.warp) seen = 0;
            entry.lanes &= ~seen;
            seen |= entry.lanes;
            if (entry.lanes != 0) all.push_back(entry);
        }
        ticks_ = std::move(all);
    }

    static bool comes_first(const KnownTick& left, const KnownTick& right) {
        return left.warp != right.warp ? left.warp < right.warp : left.tick > right.tick;
    }

    // A tick says nothing new once the lane's whole block is known to be past that round.
    void forget_covered() {
        auto known = rounds_.begin();
        erase_ticks([this, &known](const KnownTick& entry) {
            while (known != rounds_.end() && known->block < entry.block) ++known;
            return known != rounds_.end() && known->block == entry.block && known->round > entry.round;
        });
    }

    // Asks in the order of the ticks.
    template <typename Condition>
    void erase_ticks(Condition condition) {
        std::size_t kept = 0;
        for (const KnownTick& entry : ticks_) {
            if (!condition(entry)) ticks_[kept++] = entry;
        }
        ticks_.resize(kept);
    }

    std::vector<KnownRound> rounds_;
    Ticks ticks_;
};

using SharedKnowledge = std::shared_ptr<const Knowledge>;

// Everything that either knows.
inline SharedKnowledge joined(const SharedKnowledge& left, const SharedKnowledge& right) {
    if (left == right || right == nullptr || right->is_empty()) return left;
    if (left == nullptr || left->is_empty() || right->covers(*left)) return right;
    if (left->covers(*right)) return left;
    Knowledge both = *left;
    both.join(*right);
    return std::make_shared<const Knowledge>(std::move(both));
}

}  // namespace constrint::emulator
