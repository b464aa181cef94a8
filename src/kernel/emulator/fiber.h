// Functions on stacks of their own.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <vector>

#include "failure.h"
#include "interface.h"
#include "switch.h"

namespace constrint::emulator {

// Stacks, used again when their fiber has ended. Pages that are never touched take no memory.
class StackPool {
public:
    static constexpr std::size_t stack_bytes = 256 * 1024;

    // How far below its end the `number`-th fiber begins its stack: if all stacks began at the same distance from a page, a
    // warp's would meet in the same few lines of the cache.
    static constexpr std::size_t offset(std::size_t number) { return number % 64 * 1088; }

    static StackPool& instance() {
        static StackPool pool;
        return pool;
    }

    // The lowest address of a stack.
    unsigned char* take() {
        if (free_.empty()) grow();
        unsigned char* const stack = free_.back();
        free_.pop_back();
        return stack;
    }

    void give_back(unsigned char* stack) { free_.push_back(stack); }

private:
    static constexpr std::size_t stacks_at_once = 256;

    void grow() {
        void* const memory = mmap(nullptr, stacks_at_once * stack_bytes, PROT_READ | PROT_WRITE,
                                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (memory == MAP_FAILED) fail({}, "resources: no memory for the stacks of so many threads");
        for (std::size_t i = stacks_at_once; i > 0; --i) {
            free_.push_back(static_cast<unsigned char*>(memory) + (i - 1) * stack_bytes);
        }
    }

    std::vector<unsigned char*> free_;
};

// A function on a stack of its own. `resume` runs it until it calls `suspend` or returns.
class Fiber {
public:
    Fiber(const KernelCall& body, std::size_t number)
        : body_(body), stack_(StackPool::instance().take()) {
        const std::size_t bytes = StackPool::stack_bytes - StackPool::offset(number);
        switch_.prepare(stack_ + bytes, bytes, &Fiber::run);
    }
    ~Fiber() { StackPool::instance().give_back(stack_); }

    Fiber(const Fiber&) = delete;
    Fiber& operator=(const Fiber&) = delete;

    bool is_finished() const { return finished_; }

    void resume() {
        running() = this;
        switch_.enter();
    }

    // To be called on the fiber's own stack.
    void suspend() {
        const unsigned char here = 0;
        if (&here < stack_ + reserve_bytes) fail({}, "resources: a thread's stack is full");
        switch_.leave();
    }

private:
    // What must be left of the stack at a switch: with less, functions called in between may have overrun it.
    static constexpr std::size_t reserve_bytes = 16 * 1024;

    static Fiber*& running() {
        static Fiber* fiber = nullptr;
        return fiber;
    }

    static void run() {
        Fiber* const fiber = running();
        fiber->body_.call(fiber->body_.arguments);
        fiber->finished_ = true;
        fiber->switch_.leave();
    }

    const KernelCall& body_;
    unsigned char* stack_;
    Switch switch_;
    bool finished_ = false;
};

}  // namespace constrint::emulator
