// What is said when no thread can run.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "thread.h"

namespace constrint::emulator {

namespace internal {

inline const char* name_of(Waiting waiting) {
    switch (waiting) {
        case Waiting::no: return "look at a flag";
        case Waiting::for_warp: return "wait for their warp";
        case Waiting::for_block: return "wait for their block";
        case Waiting::for_group: return "wait for their group";
        case Waiting::for_flag: return "wait for a flag";
    }
    return "";
}

// Threads of one block that wait at one place.
struct Crowd {
    std::size_t threads = 0;
    std::string role;
};

inline std::map<std::pair<Waiting, Site>, Crowd> crowds(const Block& block) {
    std::map<std::pair<Waiting, Site>, Crowd> all;
    for (const auto& thread : block.threads) {
        if (thread->fiber.is_finished()) continue;
        Crowd& crowd = all[{thread->waiting, thread->site}];
        ++crowd.threads;
        crowd.role = std::to_string(crowd.threads) + " threads of block " + std::to_string(block.number) + " " +
                     name_of(thread->waiting);
        if (thread->waiting == Waiting::for_flag) {
            crowd.role += " to reach " + std::to_string(thread->wanted) + ", which stays at " + std::to_string(*thread->flag);
        }
        crowd.role += " at";
    }
    return all;
}

}  // namespace internal

// `blocks` are those that are resident. A block none of whose threads waits for a flag waits for itself: then this is what is
// reported, else whoever waits in the first few blocks, those for flags first.
[[noreturn]] inline void fail_deadlocked(const std::vector<std::unique_ptr<Block>>& blocks,
                                         const char* what = "no thread can run") {
    constexpr std::size_t most_places = 6;
    std::vector<std::string> roles;
    std::vector<Site> sites;
    bool is_divergence = false;
    std::size_t returned = 0;
    for (const auto& block : blocks) {
        const auto all = internal::crowds(*block);
        // Threads that wait for one that waits for a flag are not to blame.
        bool waits_for_flag = false;
        for (const auto& [place, crowd] : all) {
            waits_for_flag = waits_for_flag || place.first == Waiting::for_flag || place.first == Waiting::no;
        }
        if (!waits_for_flag && !all.empty() && !is_divergence) {
            // This block tells most.
            is_divergence = true;
            returned = block->returned;
            roles.clear();
            sites.clear();
        } else if (is_divergence || sites.size() >= most_places) {
            continue;
        }
        for (const auto& [place, crowd] : all) {
            roles.push_back(crowd.role);
            sites.push_back(place.second);
        }
    }
    std::vector<Place> places;
    for (std::size_t i = 0; i < sites.size() && i < most_places; ++i) places.push_back({roles[i].c_str(), sites[i]});
    if (is_divergence) {
        fail(places, "divergence: a barrier is reached by a part of its threads only; %zu of the block have returned",
             returned);
    }
    fail(places, "deadlock: %s", what);
}

}  // namespace constrint::emulator
