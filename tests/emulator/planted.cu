// Small kernels with one bug each, and their right forms. The size `bug` numbers the bug; with 0 all are right.
// tests/emulator/planted.rs expects the emulator to report the line that ends in "// faulty", or one of several.
#include "driver/driver.h"

#include "device/async_copy.cuh"
#include "device/barrier.cuh"
#include "device/ldmatrix.cuh"
#include "device/memory.cuh"
#include "device/mma.cuh"
#include "device/warp.cuh"

namespace planted {

enum Bug {
    none,
    missing_barrier,
    missing_warp_barrier,
    overwritten_too_early,
    missing_wait,
    wait_for_too_few,
    misaligned_vector,
    tile_beyond_the_end,
    shared_beyond_the_end,
    never_written,
    partial_barrier,
    diverged_warp,
    missing_acquire,
    missing_release,
    missing_second_buffer,
    flag_never_raised,
    written_while_read_only,
    source_overwritten,
    output_left_out,
    wrong_group,
    misaligned_rows,
    blocks_not_resident,
    polled_in_vain,
    read_not_released,
};

// The one that is planted now.
Bug bug = none;

bool is(Bug other) { return bug == other; }


using namespace constrint::device;

constexpr int threads = 64;
constexpr int tile = 16;

// Every thread adds its neighbour's number, by way of shared memory, tile after tile.
extern "C" __global__ void neighbours(const float* in, float* out, int tiles) {
    const uint32_t shared = dynamic_shared_memory();
    const int thread = static_cast<int>(threadIdx.x);
    const uint32_t mine = shared + static_cast<uint32_t>(thread) * 4;
    const uint32_t next = shared + static_cast<uint32_t>((thread + 1) % threads) * 4;
    const int end = is(tile_beyond_the_end) ? tiles + 1 : tiles;
    for (int t = 0; t < end; ++t) {
        const float value = load_global(in + t * threads + thread);  // faulty: tile_beyond_the_end
        store_shared(is(shared_beyond_the_end) ? mine + 16 : mine, value);  // faulty: shared_beyond_the_end overwritten_too_early
        if (is(partial_barrier) && thread >= 32) return;
        if (!is(missing_barrier)) block_barrier();  // faulty: partial_barrier
        if (is(never_written) && t == 0) load_shared<float>(shared + threads * 4);  // faulty: never_written
        const float other = load_shared<float>(next);  // faulty: missing_barrier overwritten_too_early
        store_global(out + t * threads + thread, value + other);  // faulty: tile_beyond_the_end
        if (!is(overwritten_too_early)) block_barrier();
    }
}

// The lanes of a warp reverse what they hold.
extern "C" __global__ void reversed(const float* in, float* out) {
    const uint32_t shared = dynamic_shared_memory();
    const int thread = static_cast<int>(threadIdx.x);
    store_shared(shared + static_cast<uint32_t>(thread) * 4, load_global(in + thread));
    if (!is(missing_warp_barrier)) warp_barrier();
    const float other = load_shared<float>(shared + static_cast<uint32_t>(thread ^ 31) * 4);  // faulty: missing_warp_barrier
    float kept = other;
    if (is(diverged_warp) && thread == 3) {
        kept += shuffle_xor(other, 1);  // faulty: diverged_warp
    } else {
        kept = shuffle(other, lane_index());  // faulty: diverged_warp
    }
    if (is(wrong_group)) {
        group_barrier(1, thread < 32 ? 64 : 32);  // faulty: wrong_group
    } else {
        group_barrier(1, 64);
    }
    store_global(out + thread, kept);
}

// Two stages of asynchronous copies, and an ldmatrix of each.
extern "C" __global__ void staged(float* in, uint32_t* out, int tiles) {
    const uint32_t shared = dynamic_shared_memory();
    const int thread = static_cast<int>(threadIdx.x);
    const auto start = [&](int t) {
        const uint32_t to = shared + static_cast<uint32_t>(t % 2 * 1024 + thread * 16);
        const int skew = is(misaligned_vector) ? 1 : 0;
        if (t < tiles) async_copy<16>(to, in + t * 256 + thread * 4 + skew, 16);  // faulty: misaligned_vector source_overwritten
        commit_async_copies();
    };
    start(0);
    for (int t = 0; t < tiles; ++t) {
        start(t + 1);
        if (is(source_overwritten)) store_global(in + thread * 4, 0.0f);  // faulty: source_overwritten
        if (is(wait_for_too_few)) wait_async_copies<2>();
        if (!is(missing_wait) && !is(wait_for_too_few)) wait_async_copies<1>();
        block_barrier();
        uint32_t registers[4];
        const uint32_t rows = shared + static_cast<uint32_t>(t % 2 * 1024 + lane_index() * 16);
        load_matrix_x4(registers, is(misaligned_rows) ? rows + 8 : rows);  // faulty: missing_wait wait_for_too_few misaligned_rows
        for (int i = 0; i < 4; ++i) store_global(out + ((t * 2 + warp_index()) * 4 + i) * 32 + lane_index(), registers[i]);
        block_barrier();
    }
}

// Blocks in a chain: each adds 1 to what the one before it made, several times, with two buffers.
extern "C" __global__ void chained(float* buffers, uint32_t* flags, float* out, int rounds) {
    const int blocks = static_cast<int>(gridDim.x);
    // From the last block to the first, if not all are resident: then the first ones wait for some that never begin.
    const int block = static_cast<int>(is(blocks_not_resident) ? gridDim.x - 1 - blockIdx.x : blockIdx.x);
    const int thread = static_cast<int>(threadIdx.x);
    for (int round = 1; round <= rounds; ++round) {
        const int buffer = is(missing_second_buffer) ? 0 : round % 2;
        float* const mine = buffers + (buffer * blocks + block) * threads + thread;
        float value = 1.0f;
        if (block > 0) {
            const uint32_t wanted = static_cast<uint32_t>(is(flag_never_raised) ? round + 1 : round);
            if (thread == 0 && is(missing_acquire)) {
                while (load_relaxed(flags + block - 1) < wanted) {
                }
            } else if (thread == 0 && is(polled_in_vain)) {
                while (load_acquire(flags + block - 1) < wanted + 100) {  // faulty: polled_in_vain
                }
            } else if (thread == 0) {
                wait_until_at_least(flags + block - 1, wanted);  // faulty: flag_never_raised blocks_not_resident
            }
            block_barrier();
            value += load_global_coherent(mine - threads);  // faulty: missing_acquire missing_release missing_second_buffer
        }
        // The next block has read this buffer two rounds ago.
        if (round > 2 && block + 1 < blocks && !is(missing_second_buffer)) {
            if (thread == 0) wait_until_at_least(flags + block + 1, static_cast<uint32_t>(round - 2));
            block_barrier();
        }
        store_global_coherent(mine, value);  // faulty: missing_second_buffer
        block_barrier();
        if (thread == 0 && is(missing_release)) atomic_add(flags + block, 1u);
        if (thread == 0 && !is(missing_release)) add_release(flags + block, 1);
        if (round == rounds && !(is(output_left_out) && block == 1)) store_global(out + block * threads + thread, value);
    }
}

// Block 1 overwrites what block 0 has read.
extern "C" __global__ void recycled(float* numbers, uint32_t* flag, float* out) {
    const int thread = static_cast<int>(threadIdx.x);
    if (blockIdx.x == 0) {
        store_global(out + thread, load_global(numbers + thread));
        block_barrier();
        if (thread == 0 && is(read_not_released)) atomic_add(flag, 1u);
        if (thread == 0 && !is(read_not_released)) add_release(flag, 1);
    } else {
        if (thread == 0) wait_until_at_least(flag, 1);
        block_barrier();
        store_global(numbers + thread, 0.0f);  // faulty: read_not_released
    }
}

extern "C" __global__ void doubled(float* numbers, float* out) {
    const int thread = static_cast<int>(threadIdx.x);
    const float value = load_global_read_only(numbers + thread);  // faulty: written_while_read_only
    if (is(written_while_read_only)) store_global(numbers + thread, value);  // faulty: written_while_read_only
    store_global(out + thread, 2.0f * value);
}

}  // namespace planted

namespace constrint::driver {

void run(const Job& job) {
    planted::bug = static_cast<planted::Bug>(job.size("bug"));
    const int tiles = 3;
    Array<float> in(job, "in");  // 3 tiles of 64, and as many of 256
    Array<float> sums(job, "sums", static_cast<std::size_t>(tiles * planted::threads));
    Array<float> reversed(job, "reversed", planted::threads);
    Array<uint32_t> registers(job, "registers", static_cast<std::size_t>(tiles * 256));
    const unsigned blocks = planted::is(planted::blocks_not_resident) ? 600 : 4;
    Array<float> buffers(job, "buffers", 2 * blocks * planted::threads);
    Array<uint32_t> flags(job, "flags", blocks);
    Array<float> chain(job, "chain", blocks * planted::threads);
    Array<uint32_t> flag(job, "flag", 1);
    Array<float> recycled(job, "recycled", planted::threads);
    flag.zero();
    Array<float> doubled(job, "doubled", planted::threads);
    flags.zero();
    const Extents block{planted::threads, 1, 1};
    const Extents one{1, 1, 1};
    const std::size_t row = planted::threads * 4;
    // One word beyond what is written, so that it can be read unwritten.
    launch(job, {one, block, planted::is(planted::never_written) ? row + 4 : row, false}, planted::neighbours, in.data(), sums.data(), tiles);
    launch(job, {one, block, row, false}, planted::reversed, in.data(), reversed.data());
    launch(job, {one, block, 2048, false}, planted::staged, in.data(), registers.data(), tiles);
    // Without a cooperative launch, some blocks begin only when others have ended.
    launch(job, {{blocks, 1, 1}, block, 0, !planted::is(planted::blocks_not_resident)}, planted::chained, buffers.data(), flags.data(),
           chain.data(), 5);
    launch(job, {one, block, 0, false}, planted::doubled, in.data(), doubled.data());
    launch(job, {{2, 1, 1}, block, 0, true}, planted::recycled, in.data(), flag.data(), recycled.data());
    sums.save();
    reversed.save();
    registers.save();
    chain.save();
    doubled.save();
    recycled.save();
}

}  // namespace constrint::driver
