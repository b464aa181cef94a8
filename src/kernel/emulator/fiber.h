// Stacks and switching between them.
#pragma once

#include <setjmp.h>
#include <ucontext.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <utility>

#include "failure.h"

namespace constrint::emulator {

// A function on a stack of its own. `resume` runs it until it calls `suspend` or returns.
//
// ucontext makes the stack and enters it once. Later switches use _setjmp and _longjmp, which leave the signal mask
// alone: swapcontext would make a system call each time, some fifty times slower.
class Fiber {
public:
    static constexpr std::size_t stack_bytes = 256 * 1024;

    explicit Fiber(std::function<void()> body) : body_(std::move(body)), stack_(new unsigned char[stack_bytes]) {}

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
        if (_setjmp(inside_) == 0) _longjmp(caller_, 1);
    }

private:
    void start() {
        started_ = true;
        if (getcontext(&context_) != 0) fail("getcontext failed");
        context_.uc_stack.ss_sp = stack_.get();
        context_.uc_stack.ss_size = stack_bytes;
        context_.uc_link = nullptr;
        entering() = this;
        makecontext(&context_, &Fiber::enter, 0);
        setcontext(&context_);
        fail("setcontext failed");
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

    std::function<void()> body_;
    std::unique_ptr<unsigned char[]> stack_;
    ucontext_t context_;
    jmp_buf caller_;
    jmp_buf inside_;
    bool started_ = false;
    bool finished_ = false;
};

}  // namespace constrint::emulator
