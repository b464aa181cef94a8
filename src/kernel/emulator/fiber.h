// Stacks and switching between them.
#pragma once

#include <setjmp.h>
#include <sys/mman.h>
#include <ucontext.h>

#include <cstddef>
#include <functional>
#include <vector>

#include "failure.h"

namespace constrint::emulator {

// Stacks, used again when their fiber has ended. Pages that are never touched take no memory.
class StackPool {
public:
    static constexpr std::size_t stack_bytes = 256 * 1024;

    static StackPool& instance() {
        static StackPool pool;
        return pool;
    }

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
//
// ucontext makes the stack and enters it once. Later switches use _setjmp and _longjmp, which leave the signal mask
// alone: swapcontext would make a system call each time, some fifty times slower.
class Fiber {
public:
    explicit Fiber(const std::function<void()>& body) : body_(body), stack_(StackPool::instance().take()) {}
    ~Fiber() { StackPool::instance().give_back(stack_); }

    Fiber(const Fiber&) = delete;
    Fiber& operator=(const Fiber&) = delete;

    bool is_finished() const { return finished_; }

    void resume() {
        if (_setjmp(caller_) != 0) return;
        if (started_) _longjmp(inside_, 1);
        start();
    }

    // To be called on the fiber's own stack.
    void suspend() {
        const unsigned char here = 0;
        if (&here < stack_ + reserve_bytes) fail({}, "resources: a thread's stack is full");
        if (_setjmp(inside_) == 0) _longjmp(caller_, 1);
    }

private:
    // What must be left of the stack at a switch: with less, functions called in between may have overrun it.
    static constexpr std::size_t reserve_bytes = 16 * 1024;

    void start() {
        started_ = true;
        ucontext_t context;
        if (getcontext(&context) != 0) fail({}, "resources: getcontext failed");
        context.uc_stack.ss_sp = stack_;
        context.uc_stack.ss_size = StackPool::stack_bytes;
        context.uc_link = nullptr;
        entering() = this;
        makecontext(&context, &Fiber::enter, 0);
        setcontext(&context);
        fail({}, "resources: setcontext failed");
    }

    // makecontext passes only ints portably, so the fiber is handed over here.
    static Fiber*& entering() {
        static Fiber* fiber = nullptr;
        return fiber;
    }

    static void enter() {
        Fiber* const fiber = entering();
        fiber->body_();
        fiber->finished_ = true;
        _longjmp(fiber->caller_, 1);
    }

    const std::function<void()>& body_;
    unsigned char* stack_;
    jmp_buf caller_;
    jmp_buf inside_;
    bool started_ = false;
    bool finished_ = false;
};

}  // namespace constrint::emulator
