// Small kernels that show how fast a GPU is, for `constrint calibrate`. Compute capability 7.5 and later, by nvcc or NVRTC; no header
// is needed.
//
// The first parameter of each has room for two numbers, which the first thread writes: the clocks of its SM, and the nanoseconds, from
// the beginning of its loop to the end. What follows says how much is done; `calibrate` divides.
//
//   link                     makes a chain of addresses for the loads of `chase`
//   chase, chase_shared      loads that wait for each other: L1, L2 or device memory by what the chain covers; shared memory
//   chase_distributed        the shared memory of the other block of a cluster of two
//   chain_products           matrix products that wait for each other
//   fences, block_barriers, cluster_barriers, grid_barriers, hand_over
//   copy, read               device memory, and L2 where the array fits it
//   multiply_add             fp32 units
//   products_KIND            tensor cores by `mma.sync`
//   nothing                  a launch

typedef unsigned int word;
typedef unsigned long long longword;

#define ONCE extern "C" __global__ void
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900
#define HAS_CLUSTERS 1
#else
#define HAS_CLUSTERS 0
#endif
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
#define HAS_LARGE_PRODUCTS 1
#else
#define HAS_LARGE_PRODUCTS 0
#endif

namespace {

__device__ __forceinline__ longword clocks() {
    longword value;
    asm volatile("mov.u64 %0, %%clock64;" : "=l"(value)::"memory");
    return value;
}

__device__ __forceinline__ longword nanoseconds() {
    longword value;
    asm volatile("mov.u64 %0, %%globaltimer;" : "=l"(value)::"memory");
    return value;
}

// From its making to its end, told by the first thread of the grid.
struct Watch {
    longword clock = clocks();
    longword time = nanoseconds();

    __device__ __forceinline__ void tell(longword* to) const {
        if (blockIdx.x == 0 && threadIdx.x == 0) {
            to[0] = clocks() - clock;
            to[1] = nanoseconds() - time;
        }
    }
};

// Never true, and the compiler does not know it: keeps a result alive.
__device__ __forceinline__ bool is_wanted(word value) { return value == 0x7fedcba9u; }

__device__ __forceinline__ word load_relaxed(const word* flag) {
    word value;
    asm volatile("ld.relaxed.gpu.global.u32 %0, [%1];" : "=r"(value) : "l"(flag) : "memory");
    return value;
}

__device__ __forceinline__ void store_relaxed(word* flag, word value) {
    asm volatile("st.relaxed.gpu.global.u32 [%0], %1;" ::"l"(flag), "r"(value) : "memory");
}

}  // namespace

// --- Loads that wait for each other

// Word i * stride holds (i + 1) * stride, and the last one 0.
ONCE link(word* chain, int links, int stride) {
    for (int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x); i < links; i += static_cast<int>(gridDim.x * blockDim.x)) {
        chain[static_cast<longword>(i) * stride] = i + 1 < links ? static_cast<word>(i + 1) * stride : 0u;
    }
}

// Past L1 where `past_l1` is 1. Walks `warm` loads that do not count first.
ONCE chase(longword* to, const word* chain, int steps, int warm, int past_l1) {
    word at = 0;
    Watch watch;
    for (int pass = 0; pass < 2; ++pass) {
        const int count = pass == 0 ? warm : steps;
        watch = Watch();
        for (int i = 0; i < count; ++i) {
            if (past_l1 == 1) {
                asm volatile("ld.global.cg.u32 %0, [%1];" : "=r"(at) : "l"(chain + at) : "memory");
            } else {
                asm volatile("ld.global.ca.u32 %0, [%1];" : "=r"(at) : "l"(chain + at) : "memory");
            }
        }
    }
    if (is_wanted(at)) to[0] = at;
    watch.tell(to);
}

ONCE chase_shared(longword* to, int steps) {
    __shared__ word chain[32];
    for (word i = 0; i < 32; ++i) chain[i] = static_cast<word>(__cvta_generic_to_shared(chain + (i + 1) % 32));
    __syncthreads();
    word at = static_cast<word>(__cvta_generic_to_shared(chain));
    const Watch watch;
    for (int i = 0; i < steps; ++i) asm volatile("ld.shared.u32 %0, [%0];" : "+r"(at)::"memory");
    if (is_wanted(at)) to[0] = at;
    watch.tell(to);
}

// Each block of the cluster walks in the other's shared memory: its words hold addresses there.
ONCE chase_distributed(longword* to, int steps) {
#if HAS_CLUSTERS
    __shared__ word chain[32];
    const word own = static_cast<word>(__cvta_generic_to_shared(chain));
    word other;
    asm volatile("mapa.shared::cluster.u32 %0, %1, %2;" : "=r"(other) : "r"(own), "r"(static_cast<word>(blockIdx.x % 2 ^ 1)));
    // A word here is read by the other block, which stays here: it is the address of the next one as that block sees it.
    word from_there;
    asm volatile("mapa.shared::cluster.u32 %0, %1, %2;" : "=r"(from_there) : "r"(own), "r"(static_cast<word>(blockIdx.x % 2)));
    for (word i = 0; i < 32; ++i) chain[i] = from_there + (i + 1) % 32 * 4;
    asm volatile("barrier.cluster.arrive.aligned;\n\tbarrier.cluster.wait.aligned;" ::: "memory");
    word at = other;
    const Watch watch;
    for (int i = 0; i < steps; ++i) asm volatile("ld.shared::cluster.u32 %0, [%0];" : "+r"(at)::"memory");
    if (is_wanted(at)) to[0] = at;
    watch.tell(to);
    asm volatile("barrier.cluster.arrive.aligned;\n\tbarrier.cluster.wait.aligned;" ::: "memory");
#endif
}

// --- Matrix products: each adds to the sums of the one before it of the same number

namespace {

template <int count>
struct Sums {
    float value[count][4];
};

#if HAS_LARGE_PRODUCTS
#define PRODUCT(NAME, SHAPE, TYPES, SUM, LETTER)                                                                     \
    struct NAME {                                                                                                    \
        static __device__ __forceinline__ void multiply(SUM(&d)[4], word a) {                                        \
            asm volatile("mma.sync.aligned." SHAPE ".row.col." TYPES                                                 \
                         " {%0, %1, %2, %3}, {%4, %4, %4, %4}, {%4, %4}, {%0, %1, %2, %3};"                          \
                         : "+" LETTER(d[0]), "+" LETTER(d[1]), "+" LETTER(d[2]), "+" LETTER(d[3])                    \
                         : "r"(a));                                                                                  \
        }                                                                                                            \
        using Sum = SUM;                                                                                             \
    }
PRODUCT(Bf16, "m16n8k16", "f32.bf16.bf16.f32", float, "f");
PRODUCT(Fp16, "m16n8k16", "f32.f16.f16.f32", float, "f");
PRODUCT(Tf32, "m16n8k8", "f32.tf32.tf32.f32", float, "f");
PRODUCT(Int8, "m16n8k32", "s32.s8.s8.s32", int, "r");
#else
struct Fp16 {
    static __device__ __forceinline__ void multiply(float (&d)[4], word a) {
        asm volatile(
            "mma.sync.aligned.m16n8k8.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %4}, {%4}, {%0, %1, %2, %3};"
            : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
            : "r"(a));
    }
    using Sum = float;
};
// What 7.5 does not have.
struct Nothing {
    static __device__ __forceinline__ void multiply(float (&)[4], word) {}
    using Sum = float;
};
using Bf16 = Nothing;
using Tf32 = Nothing;
using Int8 = Nothing;
#endif

template <typename Kind, int chains>
__device__ __forceinline__ void products(longword* to, int steps) {
    typename Kind::Sum sums[chains][4] = {};
    // Small numbers in every type.
    const word operand = threadIdx.x % 2 == 0 ? 0x2c002c00u : 0u;
    const Watch watch;
    for (int i = 0; i < steps; ++i) {
#pragma unroll
        for (int chain = 0; chain < chains; ++chain) Kind::multiply(sums[chain], operand);
    }
    typename Kind::Sum sum = 0;
    for (int chain = 0; chain < chains; ++chain) sum += sums[chain][0] + sums[chain][3];
    if (is_wanted(static_cast<word>(sum))) to[0] = 0;
    watch.tell(to);
}

}  // namespace

ONCE chain_products(longword* to, int steps) { products<Fp16, 1>(to, steps); }

// Eight chains a warp, as many as hide the latency.
ONCE products_bf16(longword* to, int steps) { products<Bf16, 8>(to, steps); }
ONCE products_fp16(longword* to, int steps) { products<Fp16, 8>(to, steps); }
ONCE products_tf32(longword* to, int steps) { products<Tf32, 8>(to, steps); }
ONCE products_int8(longword* to, int steps) { products<Int8, 8>(to, steps); }

// Sixteen chains a thread, each step a multiplication and an addition.
ONCE multiply_add(longword* to, int steps) {
    float sums[16];
    for (int i = 0; i < 16; ++i) sums[i] = static_cast<float>(threadIdx.x + i);
    const Watch watch;
    for (int step = 0; step < steps; ++step) {
#pragma unroll
        for (int i = 0; i < 16; ++i) sums[i] = __fmaf_rn(sums[i], 0.999f, 0.5f);
    }
    float sum = 0;
    for (int i = 0; i < 16; ++i) sum += sums[i];
    if (is_wanted(__float_as_uint(sum))) to[0] = 0;
    watch.tell(to);
}

// --- What orders threads

ONCE fences(longword* to, int steps) {
    const Watch watch;
    for (int i = 0; i < steps; ++i) asm volatile("fence.acq_rel.gpu;" ::: "memory");
    watch.tell(to);
}

ONCE block_barriers(longword* to, int steps) {
    const Watch watch;
    for (int i = 0; i < steps; ++i) __syncthreads();
    watch.tell(to);
}

ONCE cluster_barriers(longword* to, int steps) {
#if HAS_CLUSTERS
    const Watch watch;
    for (int i = 0; i < steps; ++i) asm volatile("barrier.cluster.arrive.aligned;\n\tbarrier.cluster.wait.aligned;" ::: "memory");
    watch.tell(to);
#endif
}

// Every block arrives, and every block sees it: all blocks run at once. `count` begins at 0.
ONCE grid_barriers(longword* to, word* count, int steps) {
    const Watch watch;
    for (word i = 1; i <= static_cast<word>(steps); ++i) {
        __syncthreads();
        if (threadIdx.x == 0) {
            asm volatile("red.release.gpu.global.add.u32 [%0], 1;" ::"l"(count) : "memory");
            word seen;
            do {
                asm volatile("ld.acquire.gpu.global.u32 %0, [%1];" : "=r"(seen) : "l"(count) : "memory");
            } while (seen < i * gridDim.x);
        }
        __syncthreads();
    }
    watch.tell(to);
}

// The first block and the last, on two SMs, answer each other: a step is there and back. Each has a line of its own. `flags` begin at 0.
ONCE hand_over(longword* to, word* flags, int steps) {
    const bool is_first = blockIdx.x == 0;
    if (threadIdx.x != 0 || (!is_first && blockIdx.x != gridDim.x - 1)) return;
    word* const own = flags + (is_first ? 0 : 64);
    const word* const other = flags + (is_first ? 64 : 0);
    const Watch watch;
    for (word i = 1; i <= static_cast<word>(steps); ++i) {
        if (is_first) store_relaxed(own, i);
        while (load_relaxed(other) < i) {}
        if (!is_first) store_relaxed(own, i);
    }
    watch.tell(to);
}

// --- Memory

ONCE copy(longword* to, const float4* from, float4* into, int vectors) {
    const Watch watch;
    for (int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x); i < vectors; i += static_cast<int>(gridDim.x * blockDim.x)) {
        into[i] = from[i];
    }
    watch.tell(to);
}

// Past L1, all SMs different lines, the whole array so many times.
ONCE read(longword* to, const float4* from, int vectors, int steps) {
    float sum = 0;
    const Watch watch;
    for (int step = 0; step < steps; ++step) {
        for (int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x); i < vectors; i += static_cast<int>(gridDim.x * blockDim.x)) {
            float4 value;
            asm volatile("ld.global.cg.v4.f32 {%0, %1, %2, %3}, [%4];"
                         : "=f"(value.x), "=f"(value.y), "=f"(value.z), "=f"(value.w)
                         : "l"(from + i));
            sum += value.x + value.y + value.z + value.w;
        }
    }
    if (is_wanted(__float_as_uint(sum))) to[0] = 0;
    watch.tell(to);
}

// --- A launch

ONCE nothing(longword* to) {
    if (blockDim.x == 0) to[0] = 0;
}
