// Switching between two stacks.
//
// On x86-64 a few instructions keep the registers that a called function must keep; what else there is of a thread's state
// (signal mask, rounding mode) all stacks share. Elsewhere, where the processor holds return addresses against a stack of its own
// (Intel's shadow stack), and with -DCONSTRINT_EMULATOR_UCONTEXT, ucontext makes the stack and enters it once, and later switches
// use _setjmp and _longjmp, which leave the signal mask alone: swapcontext would make a system call each time.
#pragma once

#include <cstddef>
#include <cstdint>

#include "failure.h"

#if defined(__x86_64__) && (!defined(__CET__) || (__CET__ & 2) == 0) && !defined(CONSTRINT_EMULATOR_UCONTEXT)
#define CONSTRINT_EMULATOR_SWITCHES 1
#else
#include <setjmp.h>
#include <ucontext.h>
#endif

namespace constrint::emulator {

#if defined(CONSTRINT_EMULATOR_SWITCHES)

// `constrint_emulator_switch(from, to)` keeps the registers on the present stack, stores where in `from`, and goes on with what
// has been kept at `to`.
extern "C" void constrint_emulator_switch(void** from, void* to);

// System V ABI: rbx, rbp and r12 to r15 are the callee's to keep; the return address lies above them.
asm(R"(
.pushsection .text
.type constrint_emulator_switch, @function
constrint_emulator_switch:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
.size constrint_emulator_switch, . - constrint_emulator_switch
.popsection
)");

// Two places in code between which control goes back and forth.
class Switch {
public:
    // The first `enter` begins with `begin`, which never returns, on a stack of `bytes` bytes that ends at `end`, a multiple
    // of 16.
    void prepare(unsigned char* end, std::size_t, void (*begin)()) {
        // Six registers, where to go on, and, as behind a call, an address to return to, which nobody does.
        std::uintptr_t* const kept = reinterpret_cast<std::uintptr_t*>(end) - 8;
        for (std::size_t i = 0; i < 8; ++i) kept[i] = 0;
        kept[6] = reinterpret_cast<std::uintptr_t>(begin);
        inside_ = kept;
    }

    void enter() { constrint_emulator_switch(&outside_, inside_); }
    void leave() { constrint_emulator_switch(&inside_, outside_); }

private:
    void* outside_ = nullptr;
    void* inside_ = nullptr;
};

#else

class Switch {
public:
    void prepare(unsigned char* end, std::size_t bytes, void (*begin)()) {
        end_ = end;
        bytes_ = bytes;
        begin_ = begin;
    }

    void enter() {
        if (_setjmp(outside_) != 0) return;
        if (begin_ == nullptr) _longjmp(inside_, 1);
        start();
    }

    void leave() {
        if (_setjmp(inside_) == 0) _longjmp(outside_, 1);
    }

private:
    void start() {
        void (*const begin)() = begin_;
        begin_ = nullptr;
        ucontext_t context;
        if (getcontext(&context) != 0) fail({}, "resources: getcontext failed");
        context.uc_stack.ss_sp = end_ - bytes_;
        context.uc_stack.ss_size = bytes_;
        context.uc_link = nullptr;
        makecontext(&context, begin, 0);
        setcontext(&context);
        fail({}, "resources: setcontext failed");
    }

    jmp_buf outside_;
    jmp_buf inside_;
    unsigned char* end_ = nullptr;
    std::size_t bytes_ = 0;
    void (*begin_)() = nullptr;
};

#endif

}  // namespace constrint::emulator
