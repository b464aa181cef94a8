// Runs the matrix product on inputs from files: `constrint verify`. Sizes m, n and k; reads a and b, writes c.
#include "../driver/driver.h"
#include "matmul.cu"

namespace constrint::driver {

namespace {

using device::bf16;

template <typename T>
void multiply(const Job& job) {
    const int m = static_cast<int>(job.size("m"));
    const int n = static_cast<int>(job.size("n"));
    const int k = static_cast<int>(job.size("k"));
    const std::size_t elements = static_cast<std::size_t>(m) * static_cast<std::size_t>(n);
    Array<bf16> a(job, "a");
    Array<bf16> b(job, "b");
    Array<T> c(job, "c", elements);
    Array<float> workspace(job, "workspace", matmul::split_k > 1 ? elements * matmul::split_k : 0);
    const unsigned tiles =
        static_cast<unsigned>(device::ceil_div(m, matmul::block_m) * device::ceil_div(n, matmul::block_n));
    const Configuration product{{tiles, 1, matmul::split_k}, {matmul::threads, 1, 1}, matmul::shared_memory_bytes};
    launch(job, product, constrint_matmul, a.data(), b.data(), c.data(), workspace.data(), m, n, k);
#if CONSTRINT_MATMUL_SPLIT_K > 1
    // Few threads, so that each takes several elements.
    launch(job, {{2, 1, 1}, {64, 1, 1}}, constrint_matmul_reduce, workspace.data(), c.data(), m, n);
#endif
    c.save();
}

}  // namespace

void run(const Job& job) {
    if constexpr (matmul::out_f32 == 1) {
        multiply<float>(job);
    } else {
        multiply<bf16>(job);
    }
}

}  // namespace constrint::driver
