// What is known of every two bytes of memory: who wrote them, who read them since, and whether a copy is on its way to them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "failure.h"
#include "knowledge.h"

namespace constrint::emulator {

constexpr std::uint32_t nobody = 0xffffffffu;    // never written
constexpr std::uint32_t the_host = 0xfffffffeu;  // written before the launch

// Who accesses, when, and from where in the source.
struct Accessor {
    std::uint32_t thread;  // number in the grid: that of the block times `stride`, and the place in the block
    std::uint32_t block;   // number in the grid
    std::uint32_t stride;  // threads of a block, rounded up to whole warps
    std::uint32_t round;
    std::uint32_t tick;
    const Knowledge* knows;  // may be null: nothing
    Site site;

    std::uint32_t warp() const { return thread / 32; }
    std::uint32_t block_of(std::uint32_t other) const { return other / stride; }

    // Whether an access of `other` in that round and tick of its is ordered before the present one.
    bool comes_after(std::uint32_t other, std::uint32_t other_round, std::uint32_t other_tick) const {
        if (other == thread) return true;
        const std::uint32_t other_block = block_of(other);
        if (other_block == block && other_round < round) return true;
        if (knows == nullptr) return false;
        if (other_block != block && knows->round_of(other_block) > other_round) return true;
        return knows->knows_tick(other, other_tick);
    }
};

// "thread 3 of block 5"
inline std::string name_of(std::uint32_t thread, std::uint32_t stride) {
    return "thread " + std::to_string(thread % stride) + " of block " + std::to_string(thread / stride);
}

// The last write of a cell.
struct LastWrite {
    std::uint32_t thread = nobody;
    std::uint32_t round = 0;
    std::uint32_t tick = 0;
    Site site = 0;
};

// The reads of one warp in its newest round. Lanes that read at different ticks share the latest: a barrier of the warp makes
// the ticks equal.
struct WarpReads {
    std::uint32_t warp = 0;
    std::uint32_t lanes = 0;  // a bit each; none: no reads
    std::uint32_t round = 0;
    std::uint32_t tick = 0;
    Site site = 0;
};

struct Cell {
    LastWrite write;
    WarpReads reads;
    std::unique_ptr<std::vector<WarpReads>> more_reads;
    bool is_in_flight = false;  // the destination of a copy that has not been waited for
    bool is_atomic = false;     // last written by an atomic operation
    bool is_read_only = false;  // loaded as data that nobody writes

    // What the host sees and leaves between launches: everything so far is over.
    void settle() {
        if (write.thread != nobody) write = {the_host, 0, 0, 0};
        reads = {};
        more_reads.reset();
        is_in_flight = is_atomic = is_read_only = false;
    }
};

// A range of memory with a cell for every two bytes.
class Shadow {
public:
    static constexpr std::size_t cell_bytes = 2;

    // Messages count units, such as "element 3 of a".
    Shadow(std::size_t bytes, const char* unit, std::size_t unit_bytes, std::string memory)
        : cells_((bytes + cell_bytes - 1) / cell_bytes), unit_(unit), unit_bytes_(unit_bytes), memory_(std::move(memory)) {}

    void mark_written_by_host(std::size_t offset, std::size_t bytes) {
        for (std::size_t i = offset / cell_bytes; i < (offset + bytes + 1) / cell_bytes; ++i) {
            cells_[i].write = {the_host, 0, 0, 0};
        }
    }

    bool is_written(std::size_t offset, std::size_t bytes) const {
        for (std::size_t i = offset / cell_bytes; i < (offset + bytes) / cell_bytes; ++i) {
            if (cells_[i].write.thread == nobody) return false;
        }
        return true;
    }

    void settle() {
        for (Cell& cell : cells_) cell.settle();
    }

    void read(std::size_t offset, std::size_t bytes, const Accessor& me) {
        for (Cell* cell = at(offset); cell != at(offset + bytes); ++cell) note_read(*cell, me);
    }

    void read_only(std::size_t offset, std::size_t bytes, const Accessor& me) {
        for (Cell* cell = at(offset); cell != at(offset + bytes); ++cell) {
            if (cell->write.thread != the_host && cell->write.thread != nobody) {
                fail({{"at", me.site}, {"written at", cell->write.site}},
                     "read-only data written: %s loads %s as data that nobody writes, but %s wrote it",
                     name_of(me.thread, me.stride).c_str(), name_of(*cell).c_str(),
                     name_of(cell->write.thread, me.stride).c_str());
            }
            note_read(*cell, me);
            cell->is_read_only = true;
        }
    }

    void write(std::size_t offset, std::size_t bytes, const Accessor& me) {
        for (Cell* cell = at(offset); cell != at(offset + bytes); ++cell) {
            note_write(*cell, me);
            cell->is_atomic = false;
        }
    }

    // Atomic operations are not ordered among themselves, and need not be.
    void atomic(std::size_t offset, std::size_t bytes, const Accessor& me, bool writes) {
        for (Cell* cell = at(offset); cell != at(offset + bytes); ++cell) {
            if (cell->is_atomic) {
                if (writes) cell->write = {me.thread, me.round, me.tick, me.site};
            } else if (writes) {
                note_write(*cell, me);
                cell->is_atomic = true;
            } else {
                check_written(*cell, me);
                check_after_write(*cell, me, "reads");
            }
        }
    }

    // The destination belongs to the copy from now on until it lands.
    void start_copy(std::size_t offset, std::size_t bytes, const Accessor& me) {
        write(offset, bytes, me);
        for (Cell* cell = at(offset); cell != at(offset + bytes); ++cell) cell->is_in_flight = true;
    }

    void land(std::size_t offset, std::size_t bytes, const Accessor& me) {
        for (Cell* cell = at(offset); cell != at(offset + bytes); ++cell) {
            cell->is_in_flight = false;
            cell->write = {me.thread, me.round, me.tick, me.site};
        }
    }

private:
    std::string name_of(const Cell& cell) const {
        const std::size_t offset = static_cast<std::size_t>(&cell - cells_.data()) * cell_bytes;
        return unit_ + (" " + std::to_string(offset / unit_bytes_)) + " of " + memory_;
    }
    static std::string name_of(std::uint32_t thread, std::uint32_t stride) { return emulator::name_of(thread, stride); }

    Cell* at(std::size_t offset) { return cells_.data() + offset / cell_bytes; }

    void check_written(const Cell& cell, const Accessor& me) const {
        if (cell.write.thread != nobody) return;
        fail({{"at", me.site}}, "uninitialized read: %s reads %s, which nobody has written yet",
             name_of(me.thread, me.stride).c_str(), name_of(cell).c_str());
    }

    void check_not_in_flight(const Cell& cell, const Accessor& me, const char* verb) const {
        if (!cell.is_in_flight) return;
        fail({{"at", me.site}, {"copied at", cell.write.site}},
             "missing wait: %s %s %s while an asynchronous copy of %s is on its way there",
             name_of(me.thread, me.stride).c_str(), verb, name_of(cell).c_str(),
             name_of(cell.write.thread, me.stride).c_str());
    }

    void check_after_write(const Cell& cell, const Accessor& me, const char* verb) const {
        const LastWrite& write = cell.write;
        if (write.thread >= the_host || me.comes_after(write.thread, write.round, write.tick)) return;
        race(cell, me, verb, write.thread, "wrote", write.site);
    }

    [[noreturn]] void race(const Cell& cell, const Accessor& me, const char* verb, std::uint32_t other, const char* did,
                           Site site) const {
        const bool same_block = me.block_of(other) == me.block;
        fail({{"at", me.site}, {"earlier at", site}}, "race: %s %s %s, which %s %s: a %s is missing between",
             name_of(me.thread, me.stride).c_str(), verb, name_of(cell).c_str(),
             name_of(other, me.stride).c_str(), did,
             same_block ? "barrier" : "release or an acquire");
    }

    void note_read(Cell& cell, const Accessor& me) {
        check_written(cell, me);
        check_not_in_flight(cell, me, "reads");
        check_after_write(cell, me, "reads");
        remember_read(cell, me);
    }

    static void remember_read(Cell& cell, const Accessor& me) {
        const WarpReads mine{me.warp(), 1u << me.thread % 32, me.round, me.tick, me.site};
        if (cell.reads.lanes == 0 || is_replaced(cell.reads, mine, me)) {
            add(cell.reads, mine);
            return;
        }
        if (cell.more_reads == nullptr) cell.more_reads = std::make_unique<std::vector<WarpReads>>();
        for (WarpReads& reads : *cell.more_reads) {
            if (is_replaced(reads, mine, me)) {
                add(reads, mine);
                return;
            }
        }
        cell.more_reads->push_back(mine);
    }

    // Reads of the same block in an earlier round are ordered before: who knows of the newer ones knows of them.
    static bool is_replaced(const WarpReads& old, const WarpReads& mine, const Accessor& me) {
        return old.warp == mine.warp || (me.block_of(old.warp * 32) == me.block && old.round < mine.round);
    }

    static void add(WarpReads& reads, const WarpReads& mine) {
        if (reads.lanes != 0 && reads.warp == mine.warp && reads.round == mine.round) {
            reads.lanes |= mine.lanes;
            reads.tick = reads.tick > mine.tick ? reads.tick : mine.tick;
            reads.site = mine.site;
        } else {
            reads = mine;
        }
    }

    void note_write(Cell& cell, const Accessor& me) {
        check_not_in_flight(cell, me, "writes");
        check_after_write(cell, me, "writes");
        if (cell.reads.lanes != 0) check_after_reads(cell, cell.reads, me);
        if (cell.more_reads != nullptr) {
            for (const WarpReads& reads : *cell.more_reads) check_after_reads(cell, reads, me);
            cell.more_reads->clear();
        }
        if (cell.is_read_only) {
            fail({{"at", me.site}, {"loaded at", cell.reads.site}},
                 "read-only data written: %s writes %s, which was loaded as data that nobody writes",
                 name_of(me.thread, me.stride).c_str(), name_of(cell).c_str());
        }
        cell.reads.lanes = 0;
        cell.write = {me.thread, me.round, me.tick, me.site};
    }

    void check_after_reads(const Cell& cell, const WarpReads& reads, const Accessor& me) const {
        if (me.block_of(reads.warp * 32) == me.block && reads.round < me.round) return;
        for (std::uint32_t lane = 0; lane < 32; ++lane) {
            if ((reads.lanes >> lane & 1u) == 0) continue;
            const std::uint32_t reader = reads.warp * 32 + lane;
            if (!me.comes_after(reader, reads.round, reads.tick)) race(cell, me, "writes", reader, "read", reads.site);
        }
    }

    std::vector<Cell> cells_;
    const char* unit_;
    std::size_t unit_bytes_;
    std::string memory_;
};

}  // namespace constrint::emulator
