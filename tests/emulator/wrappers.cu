// Every wrapper of src/kernel/device at work. tests/emulator/wrappers.rs computes what must come out in another way;
// tests/compile.rs compiles it for all targets.
//
// The size `part` tells what runs: 0 numbers, 1 products, 2 loads, 3 functions, 4 exchange.
#include "driver/driver.h"

#include "device/async_copy.cuh"
#include "device/barrier.cuh"
#include "device/ldmatrix.cuh"
#include "device/math.cuh"
#include "device/memory.cuh"
#include "device/mma.cuh"
#include "device/warp.cuh"

namespace wrappers {

using namespace constrint::device;

// --- Numbers: fp32 to the other types, and back from all bits of 16 -----------------------------------------------

extern "C" __global__ void convert(const float* in, uint32_t* bf16_out, uint32_t* fp16_out, uint32_t* tf32_out, int count) {
    const int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
    if (i >= count) return;
    prefetch_global(in + i);
    const float x = load_global_read_only(in + i);
    // The number in the lower half and its negative in the upper one.
    store_global(bf16_out + i, pack<bf16>(x, -x));
    store_global(fp16_out + i, pack<fp16>(x, -x));
    store_global(tf32_out + i, round_to<tf32>(x).bits);
}

extern "C" __global__ void widen(float* bf16_out, float* fp16_out) {
    const int bits = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
    store_global(bf16_out + bits, to_float(bf16{static_cast<uint16_t>(bits)}));
    store_global(fp16_out + bits, unpack<fp16>(static_cast<uint32_t>(bits) << 16).second);
}

// --- Products: a warp multiplies A (16 x K) and B (K x 8, by column) and adds D ------------------------------------------

// The fragments as mma.cuh has them, element by element.
template <typename Element, typename Stored>
CONSTRINT_DEVICE uint32_t pair_of(const Stored* matrix, int index) {
    if constexpr (sizeof(Stored) == 2) {
        return static_cast<uint32_t>(load_global(matrix + index + 1).bits) << 16 | load_global(matrix + index).bits;
    } else {
        return to_tf32(load_global(matrix + index)).bits;
    }
}

template <typename Element, typename Stored>
CONSTRINT_DEVICE void multiply(const Stored* a, const Stored* b, float* d) {
    constexpr int depth = product_depth<Element>;
    constexpr int per = static_cast<int>(4 / sizeof(Stored));
    const int group = lane_index() / 4;
    const int first = lane_index() % 4 * per;
    uint32_t a_registers[4];
    uint32_t b_registers[2];
    float sums[4];
    for (int i = 0; i < 4; ++i) {
        const int row = group + i % 2 * 8;
        a_registers[i] = pair_of<Element>(a, row * depth + first + i / 2 * 4 * per);
        sums[i] = load_global(d + (group + i / 2 * 8) * 8 + lane_index() % 4 * 2 + i % 2);
    }
    for (int i = 0; i < 2; ++i) b_registers[i] = pair_of<Element>(b, group * depth + first + i * 4 * per);
    multiply_accumulate<Element>(sums, a_registers, b_registers);
    for (int i = 0; i < 4; ++i) store_global(d + (group + i / 2 * 8) * 8 + lane_index() % 4 * 2 + i % 2, sums[i]);
}

extern "C" __global__ void multiply_bf16(const bf16* a, const bf16* b, float* d) { multiply<bf16>(a, b, d); }
extern "C" __global__ void multiply_fp16(const fp16* a, const fp16* b, float* d) { multiply<fp16>(a, b, d); }
extern "C" __global__ void multiply_tf32(const float* a, const float* b, float* d) { multiply<tf32>(a, b, d); }

// --- Loads: four 8x8 matrices, 0 to 255, through shared memory; out = registers of all ldmatrix forms -------------------

struct Staged;

extern "C" __global__ void load_matrices(const uint32_t* in, uint32_t* out) {
    const uint32_t staged = static_shared_memory<Staged, 512>();
    const uint32_t shared = dynamic_shared_memory();
    const int lane = lane_index();
    // Copies of 4, 8 and 16 bytes; the last 16 bytes are filled with zeros.
    async_copy<4>(staged + static_cast<uint32_t>(lane) * 4, in + lane, 4);
    commit_async_copies();
    if (lane < 16) async_copy<8>(staged + 128 + static_cast<uint32_t>(lane) * 8, in + 32 + lane * 2, 8);
    if (lane < 15) async_copy<16>(staged + 256 + static_cast<uint32_t>(lane) * 16, in + 64 + lane * 4, 16);
    if (lane == 31) async_copy<16>(staged + 496, in, 0);
    commit_async_copies();
    wait_async_copies<1>();
    wait_async_copies<0>();
    warp_barrier();
    // On to dynamic memory by vectors.
    const uint32_t mine = static_cast<uint32_t>(lane) * 16;
    store_shared(shared + mine, load_shared<words<4>>(staged + mine));
    warp_barrier();
    const uint32_t row = shared + mine;
    uint32_t four[4];
    uint32_t two[2];
    uint32_t one[1];
    const auto save = [&](const uint32_t* registers, int count, int place) {
        for (int i = 0; i < count; ++i) store_global(out + (place + i) * warp_lanes + lane, registers[i]);
    };
    load_matrix_x4(four, row);
    save(four, 4, 0);
    load_matrix_transposed_x4(four, row);
    save(four, 4, 4);
    load_matrix_x2(two, row);
    save(two, 2, 8);
    load_matrix_transposed_x2(two, row);
    save(two, 2, 10);
    load_matrix_x1(one, row);
    save(one, 1, 12);
    load_matrix_transposed_x1(one, row);
    save(one, 1, 13);
}

// --- Functions: out = all of them, one after the other -----------------------------------------------------------------

extern "C" __global__ void evaluate(const float* in, float* out, int count) {
    const int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
    if (i >= count) return;
    const float x = load_global(in + i);
    const float values[] = {fast_tanh(x),          fast_sigmoid(x), accurate_tanh(x),
                            accurate_sigmoid(x),   fast_exp(x),     fast_log(x < 0.0f ? -x : x),
                            log_sigmoid(x)};
    for (int f = 0; f < 7; ++f) store_global(out + f * count + i, values[f]);
}

// --- Exchange: everything that orders threads, over all blocks -----------------------------------------------------------

struct Warps;

// Blocks pass numbers round: in every round block b adds its number to what block b - 1 had the round before.
CONSTRINT_DEVICE void pass_round(float* ring, uint32_t* flags, int rounds) {
    const int blocks = static_cast<int>(gridDim.x);
    const int threads = static_cast<int>(blockDim.x);
    const int self = static_cast<int>(blockIdx.x);
    const int left = (self + blocks - 1) % blocks;
    for (int round = 0; round < rounds; ++round) {
        // Two buffers: the neighbour may still read the one of the round before.
        float* const to = ring + (round % 2 * blocks + self) * threads;
        const float* const from = ring + ((round + 1) % 2 * blocks + left) * threads;
        const int thread = static_cast<int>(threadIdx.x);
        float value = static_cast<float>(self);
        if (round > 0) {
            if (thread == 0) wait_until_at_least(flags + left, static_cast<uint32_t>(round));
            block_barrier();
            value += load_global_coherent(from + thread);
        }
        // The right neighbour has read what lies in this buffer once it has raised its flag to this round.
        if (round > 1) {
            if (thread == 0) wait_until_at_least(flags + (self + 1) % blocks, static_cast<uint32_t>(round));
            block_barrier();
        }
        store_global_coherent(to + thread, value);
        block_barrier();
        if (thread == 0) add_release(flags + self, 1);
    }
}

extern "C" __global__ void exchange(float* ring, uint32_t* flags, uint32_t* counter, float* total, uint32_t* ranks,
                                    float* out, uint32_t* hand, int rounds) {
    pass_round(ring, flags, rounds);
    grid_barrier(counter, 1);

    // Pairs of warps swap through shared memory, by a barrier of their own; warps reverse by a barrier of the warp.
    const uint32_t shared = static_shared_memory<Warps, 4096>();
    const int thread = static_cast<int>(threadIdx.x);
    const int blocks = static_cast<int>(gridDim.x);
    const int place = static_cast<int>(blockIdx.x * blockDim.x) + thread;
    const float* const last = ring + (rounds + 1) % 2 * blocks * static_cast<int>(blockDim.x);
    // Any thread may read any block's numbers after the barrier of the grid: here those of the block mirrored.
    const int mirrored = (blocks - 1 - static_cast<int>(blockIdx.x)) * static_cast<int>(blockDim.x) + thread;
    store_shared(shared + static_cast<uint32_t>(thread) * 4, load_global(last + mirrored));
    group_barrier(1 + warp_index() / 2, 64);
    float value = load_shared<float>(shared + static_cast<uint32_t>(thread ^ 32) * 4);
    group_barrier(1 + warp_index() / 2, 64);
    store_shared(shared + static_cast<uint32_t>(thread) * 4, value + static_cast<float>(thread));
    warp_barrier();
    value = load_shared<float>(shared + static_cast<uint32_t>(thread ^ 31) * 4);

    atomic_add(total, value);
    store_global(ranks + place, atomic_add(counter + 1, 1u));
    const float sum = warp_sum(value);
    const float shifted = shuffle_up(shuffle_down(value, 3), 1) + shuffle(value, lane_index() * 5);
    const uint32_t odd = warp_ballot(lane_index() % 2 == 1);
    const bool known = any_lane(lane_index() == 7) && !all_lanes(lane_index() == 7) && odd == 0xaaaaaaaau;
    store_global(reinterpret_cast<float_pair*>(out) + place, float_pair{known ? sum : -1.0f, shifted});

    // A second hand-over, looked at by hand: block 0's first thread to all others.
    if (place == 0) {
        store_global(counter + 3, 77u);
        store_release(counter + 2, 5);
    }
    while (load_relaxed(counter + 2) != 5) {
    }
    const uint32_t handed = load_acquire(counter + 2) == 5 ? load_global(counter + 3) : 0;
    store_global(hand + place, handed);
}

}  // namespace wrappers

namespace constrint::driver {

namespace {

void run_numbers(const Job& job) {
    Array<float> in(job, "in");
    const int count = static_cast<int>(in.size());
    const unsigned blocks = static_cast<unsigned>(device::ceil_div(count, 256));
    Array<uint32_t> bf16_out(job, "bf16", in.size());
    Array<uint32_t> fp16_out(job, "fp16", in.size());
    Array<uint32_t> tf32_out(job, "tf32", in.size());
    launch(job, {{blocks, 1, 1}, {256, 1, 1}, 0, false}, wrappers::convert, in.data(), bf16_out.data(), fp16_out.data(),
           tf32_out.data(), count);
    bf16_out.save();
    fp16_out.save();
    tf32_out.save();
    Array<float> from_bf16(job, "from_bf16", 65536);
    Array<float> from_fp16(job, "from_fp16", 65536);
    launch(job, {{256, 1, 1}, {256, 1, 1}, 0, false}, wrappers::widen, from_bf16.data(), from_fp16.data());
    from_bf16.save();
    from_fp16.save();
}

struct Names {
    const char* a;
    const char* b;
    const char* d;
};

template <typename Stored>
void run_product(const Job& job, const Names& names, void (*kernel)(const Stored*, const Stored*, float*)) {
    Array<Stored> a(job, names.a);
    Array<Stored> b(job, names.b);
    Array<float> d(job, names.d);
    launch(job, {{1, 1, 1}, {32, 1, 1}, 0, false}, kernel, a.data(), b.data(), d.data());
    d.save();
}

void run_loads(const Job& job) {
    Array<uint32_t> in(job, "in");
    Array<uint32_t> out(job, "out", 14 * 32);
    launch(job, {{1, 1, 1}, {32, 1, 1}, 512, false}, wrappers::load_matrices, in.data(), out.data());
    out.save();
}

void run_functions(const Job& job) {
    Array<float> in(job, "in");
    Array<float> out(job, "out", in.size() * 7);
    const int count = static_cast<int>(in.size());
    const unsigned blocks = static_cast<unsigned>(device::ceil_div(count, 256));
    launch(job, {{blocks, 1, 1}, {256, 1, 1}, 0, false}, wrappers::evaluate, in.data(), out.data(), count);
    out.save();
}

void run_exchange(const Job& job) {
    const unsigned blocks = static_cast<unsigned>(job.size("blocks"));
    const unsigned threads = static_cast<unsigned>(job.size("threads"));
    const std::size_t all = static_cast<std::size_t>(blocks) * threads;
    Array<float> ring(job, "ring", 2 * all);
    Array<uint32_t> flags(job, "flags", blocks);
    Array<uint32_t> counter(job, "counter", 4);
    Array<float> total(job, "total", 1);
    Array<uint32_t> ranks(job, "ranks", all);
    Array<float> out(job, "out", 2 * all);
    Array<uint32_t> hand(job, "hand", all);
    flags.zero();
    counter.zero();
    total.zero();
    launch(job, {{blocks, 1, 1}, {threads, 1, 1}, 0, true}, wrappers::exchange, ring.data(), flags.data(), counter.data(),
           total.data(), ranks.data(), out.data(), hand.data(), static_cast<int>(job.size("rounds")));
    total.save();
    ranks.save();
    out.save();
    hand.save();
}

}  // namespace

void run(const Job& job) {
    switch (job.size("part")) {
        case 0: return run_numbers(job);
        case 1:
            run_product(job, {"a_bf16", "b_bf16", "d_bf16"}, wrappers::multiply_bf16);
            run_product(job, {"a_fp16", "b_fp16", "d_fp16"}, wrappers::multiply_fp16);
            run_product(job, {"a_tf32", "b_tf32", "d_tf32"}, wrappers::multiply_tf32);
            return;
        case 2: return run_loads(job);
        case 3: return run_functions(job);
        case 4: return run_exchange(job);
        default: give_up("no such part");
    }
}

}  // namespace constrint::driver
