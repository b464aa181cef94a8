// What orders blocks: flags in global memory, and atomic sums. PTX ISA, "Memory Consistency Model".
//
// A thread hands over what it has written by a release; who acquires the value of that flag sees it all. Both reach beyond
// the thread through barriers: what a block wrote before a `block_barrier` is handed over by one thread's release after it,
// and a `block_barrier` after one thread's acquire lets the whole block see it. So a hand-over from block to block is
//
//     store_global_coherent(…); block_barrier(); if (threadIdx.x == 0) add_release(flag, 1);        // one block
//     if (threadIdx.x == 0) wait_until_at_least(flag, n); block_barrier(); load_global_coherent(…);  // another
//
// Blocks that wait for each other must all be resident: a cooperative launch makes sure of it. Flags are 32-bit counters
// that only grow, zeroed before the launch; counts may wrap beyond 2^32 as long as waits lag by less than 2^31.
#pragma once

#include "memory.cuh"
#include "platform.cuh"

namespace constrint::device {

CONSTRINT_DEVICE void store_release(uint32_t* flag, uint32_t value) {
#if defined(CONSTRINT_EMULATOR)
    emulator::store_release(flag, value);
#else
    asm volatile("st.release.gpu.global.u32 [%0], %1;" ::"l"(flag), "r"(value) : "memory");
#endif
}

// Adds to the flag, atomically.
CONSTRINT_DEVICE void add_release(uint32_t* flag, uint32_t value) {
#if defined(CONSTRINT_EMULATOR)
    emulator::add_release(flag, value);
#else
    asm volatile("red.release.gpu.global.add.u32 [%0], %1;" ::"l"(flag), "r"(value) : "memory");
#endif
}

CONSTRINT_DEVICE uint32_t load_acquire(const uint32_t* flag) {
#if defined(CONSTRINT_EMULATOR)
    return emulator::load_acquire(flag);
#else
    uint32_t value;
    asm volatile("ld.acquire.gpu.global.u32 %0, [%1];" : "=r"(value) : "l"(flag) : "memory");
    return value;
#endif
}

// A look at the flag that orders nothing.
CONSTRINT_DEVICE uint32_t load_relaxed(const uint32_t* flag) {
#if defined(CONSTRINT_EMULATOR)
    return emulator::load_relaxed(flag);
#else
    uint32_t value;
    asm volatile("ld.relaxed.gpu.global.u32 %0, [%1];" : "=r"(value) : "l"(flag) : "memory");
    return value;
#endif
}

// Waits until the flag has reached `value`, and acquires it. In the emulator a flag that nobody will ever raise is reported.
CONSTRINT_DEVICE void wait_until_at_least(const uint32_t* flag, uint32_t value) {
#if defined(CONSTRINT_EMULATOR)
    emulator::wait_until_at_least(flag, value);
#else
    while (static_cast<int32_t>(load_acquire(flag) - value) < 0) {
    }
#endif
}

// Waits until each of `flags[i]`, where that is not null, has reached `value`, and acquires them for loads that go to L2
// (`load_global_coherent`). All are asked for before any is tested, so that the way to L2 is gone once.
//
// An acquiring load would also empty L1 at each look. Relaxed loads do for what bypasses L1: the later loads leave only when
// the flags' values are there, and find in L2 what was released before them.
template <int count>
CONSTRINT_DEVICE void wait_until_all_at_least(const uint32_t* const (&flags)[count], uint32_t value) {
#if defined(CONSTRINT_EMULATOR)
    for (const uint32_t* flag : flags) {
        if (flag != nullptr) emulator::wait_until_at_least(flag, value);
    }
#else
    bool is_there;
    do {
        uint32_t seen[count];
#pragma unroll
        for (int i = 0; i < count; ++i) seen[i] = flags[i] == nullptr ? value : load_relaxed(flags[i]);
        is_there = true;
#pragma unroll
        for (int i = 0; i < count; ++i) is_there = is_there && static_cast<int32_t>(seen[i] - value) >= 0;
    } while (!is_there);
#endif
}

// Words that carry their own flag: whoever sees that a word has reached a value has seen the word, so that nothing needs to be
// ordered, neither by a fence nor by a second way to L2. Each word of 32 bits arrives as a whole; those of a vector one by one.
template <int count>
CONSTRINT_DEVICE void store_words(words<count>* address, words<count> value) {
#if defined(CONSTRINT_EMULATOR)
    for (int i = 0; i < count; ++i) emulator::store_relaxed(address->word + i, value.word[i]);
#else
    store_coherent_bits(address, value);
#endif
}

// Loads vectors of words again and again until the bits of `mask` in each word are those of `number`. All vectors are asked for
// before any is tested. A vector that is not there counts as words that are `number`.
template <int vectors>
CONSTRINT_DEVICE void load_numbered_words(words<4> (&loaded)[vectors], const words<4>* const (&addresses)[vectors],
                                          const bool (&is_there)[vectors], uint32_t number,
                                          [[maybe_unused]] uint32_t mask) {
#if defined(CONSTRINT_EMULATOR)
    // The bits of `mask` are the upper ones, and the numbers only grow: flags, as they may wrap.
    for (int i = 0; i < vectors; ++i) {
        loaded[i] = {{number, number, number, number}};
        for (int word = 0; word < 4 && is_there[i]; ++word) {
            emulator::wait_until_at_least(addresses[i]->word + word, number);
            loaded[i].word[word] = emulator::load_relaxed(addresses[i]->word + word);
        }
    }
#else
    uint32_t others[4];
    do {
#pragma unroll
        for (int i = 0; i < vectors; ++i) {
            if (is_there[i]) {
                loaded[i] = load_coherent_bits(addresses[i], words<4>{});
            } else {
                loaded[i] = {{number, number, number, number}};
            }
        }
        // Four chains beside each other.
#pragma unroll
        for (int word = 0; word < 4; ++word) others[word] = 0;
#pragma unroll
        for (int i = 0; i < vectors; ++i) {
#pragma unroll
            for (int word = 0; word < 4; ++word) others[word] |= loaded[i].word[word] ^ number;
        }
    } while (((others[0] | others[1] | others[2] | others[3]) & mask) != 0);
#endif
}

// Adds atomically and orders nothing; returns what was there before. fp32 sums depend on the order in their last bits.
CONSTRINT_DEVICE uint32_t atomic_add(uint32_t* address, uint32_t value) {
#if defined(CONSTRINT_EMULATOR)
    return emulator::atomic_add(address, value);
#else
    uint32_t before;
    asm volatile("atom.relaxed.gpu.global.add.u32 %0, [%1], %2;"
                 : "=r"(before)
                 : "l"(address), "r"(value)
                 : "memory");
    return before;
#endif
}
CONSTRINT_DEVICE float atomic_add(float* address, float value) {
#if defined(CONSTRINT_EMULATOR)
    return emulator::atomic_add(address, value);
#else
    float before;
    asm volatile("atom.relaxed.gpu.global.add.f32 %0, [%1], %2;"
                 : "=f"(before)
                 : "l"(address), "f"(value)
                 : "memory");
    return before;
#endif
}

}  // namespace constrint::device
