// Fibers take turns and keep what they hold: integers, fp64 numbers, an aligned array, over more stacks than are made at once.
// Exit status 0, or 1 with a sentence.
#include "emulator/fiber.h"

#include <cstdint>
#include <cstdio>
#include <memory>

namespace {

namespace emulator = constrint::emulator;

constexpr long fibers = 600;
constexpr long turns = 50;

struct Shared {
    emulator::Fiber* running = nullptr;
    long index = 0;  // of the running fiber
    long resumed = 0;
    double sum = 0.0;
    bool is_aligned = true;
};

void body(const void* arguments) {
    Shared& shared = *static_cast<Shared*>(const_cast<void*>(arguments));
    const long index = shared.index;
    alignas(16) volatile float numbers[8] = {0.0f};
    shared.is_aligned = shared.is_aligned && reinterpret_cast<std::uintptr_t>(&numbers[0]) % 16 == 0;
    double x = static_cast<double>(index);
    for (long turn = 0; turn < turns; ++turn) {
        numbers[turn % 8] = numbers[turn % 8] + 1.0f;
        ++shared.resumed;
        shared.running->suspend();
        x += 1.0;
    }
    for (int i = 0; i < 8; ++i) x += static_cast<double>(numbers[i]);
    shared.sum += x;
}

int fail(const char* what) {
    std::printf("%s\n", what);
    return 1;
}

}  // namespace

int main() {
    Shared shared;
    const emulator::KernelCall call{body, &shared};
    std::vector<std::unique_ptr<emulator::Fiber>> all;
    for (long i = 0; i < fibers; ++i) all.push_back(std::make_unique<emulator::Fiber>(call, static_cast<std::size_t>(i)));
    // Forwards, then backwards, and so on.
    for (long turn = 0; turn <= turns; ++turn) {
        for (long i = 0; i < fibers; ++i) {
            shared.index = turn % 2 == 0 ? i : fibers - 1 - i;
            shared.running = all[static_cast<std::size_t>(shared.index)].get();
            if (shared.running->is_finished()) return fail("a fiber ended too early");
            shared.running->resume();
        }
    }
    for (const auto& fiber : all) {
        if (!fiber->is_finished()) return fail("a fiber has not ended");
    }
    if (shared.resumed != fibers * turns) return fail("turns were lost");
    if (!shared.is_aligned) return fail("a stack is misaligned");
    // Each adds its index, its turns, and as many from the array.
    const double expected = 0.5 * fibers * (fibers - 1) + 2.0 * fibers * turns;
    if (shared.sum != expected) return fail("a fiber lost what it held");
    return 0;
}
