// Runs the matrix product on the emulator and compares it with a product in double precision.
//
//   matmul_driver M N K SEED
//
// Compile with -DCONSTRINT_EMULATOR, the configuration as -D flags, and -I of the repository's src/kernel. Prints the
// error and PASS or FAIL; exit status 0 or 1.
//
// Of the standard library only what takes no time to compile: CI compiles this file many times.
#include <cstdio>
#include <cstdlib>

#include "matmul/matmul.cu"

namespace {

namespace emulator = constrint::emulator;
namespace matmul = constrint::matmul;
using constrint::device::bf16;

struct Shape {
    int m;
    int n;
    int k;
};

// Uniform from -2 to 2; a linear congruential generator (D. E. Knuth, MMIX).
void fill(emulator::Buffer<bf16>& buffer, std::uint64_t& random) {
    for (std::size_t i = 0; i < buffer.size(); ++i) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        const float unit = static_cast<float>(random >> 40) * 0x1p-24f;
        buffer[i].bits = emulator::float_to_bf16(4.0f * unit - 2.0f);
    }
}

double value(const emulator::Buffer<bf16>& buffer, std::size_t index) {
    return static_cast<double>(emulator::bf16_to_float(buffer[index].bits));
}

// Numbers that go with it.
struct Numbers {
    std::size_t count;
    double* value;

    explicit Numbers(std::size_t numbers)
        : count(numbers), value(static_cast<double*>(std::calloc(numbers, sizeof(double)))) {}
    ~Numbers() { std::free(value); }

    Numbers(const Numbers&) = delete;
    Numbers& operator=(const Numbers&) = delete;
};

void multiply(Numbers& c, const emulator::Buffer<bf16>& a, const emulator::Buffer<bf16>& b, Shape shape) {
    const std::size_t m = static_cast<std::size_t>(shape.m);
    const std::size_t n = static_cast<std::size_t>(shape.n);
    const std::size_t k = static_cast<std::size_t>(shape.k);
    for (std::size_t row = 0; row < m; ++row) {
        for (std::size_t depth = 0; depth < k; ++depth) {
            const double factor = value(a, row * k + depth);
            for (std::size_t column = 0; column < n; ++column) {
                c.value[row * n + column] += factor * value(b, depth * n + column);
            }
        }
    }
}

double magnitude(double x) { return x < 0.0 ? -x : x; }

template <typename T>
void run(const emulator::Buffer<bf16>& a, const emulator::Buffer<bf16>& b, emulator::Buffer<T>& c, Shape shape,
         std::uint64_t seed) {
    const std::size_t elements = static_cast<std::size_t>(shape.m) * static_cast<std::size_t>(shape.n);
    emulator::Buffer<float> workspace(matmul::split_k > 1 ? elements * matmul::split_k : 1);
    const unsigned tiles = static_cast<unsigned>(constrint::device::ceil_div(shape.m, matmul::block_m) *
                                                 constrint::device::ceil_div(shape.n, matmul::block_n));
    emulator::launch({tiles, 1, matmul::split_k}, {matmul::threads, 1, 1}, matmul::shared_memory_bytes, seed, [&] {
        constrint_matmul(a.data(), b.data(), c.data(), workspace.data(), shape.m, shape.n, shape.k);
    });
#if CONSTRINT_MATMUL_SPLIT_K > 1
    // Few threads, so that each takes several elements.
    emulator::launch({2, 1, 1}, {64, 1, 1}, 0, seed, [&] {
        constrint_matmul_reduce(workspace.data(), c.data(), shape.m, shape.n);
    });
#endif
}

[[maybe_unused]] double element(const emulator::Buffer<bf16>& c, std::size_t index) { return value(c, index); }
[[maybe_unused]] double element(const emulator::Buffer<float>& c, std::size_t index) {
    return static_cast<double>(c[index]);
}

double root_mean_square(const Numbers& numbers) {
    double squares = 0.0;
    for (std::size_t i = 0; i < numbers.count; ++i) squares += numbers.value[i] * numbers.value[i];
    return __builtin_sqrt(squares / static_cast<double>(numbers.count));
}

struct Errors {
    double of_norm;     // the largest difference, in units of the exact result's root mean square
    double of_allowed;  // the largest difference in units of what its element may be off
};

// An element may be off by `rounding` of itself, and by 1e-5 of the norm for sums in fp32. A NaN stays one.
template <typename T>
Errors compare(const emulator::Buffer<T>& c, const Numbers& exact, double rounding) {
    const double norm = root_mean_square(exact);
    Errors errors{0.0, 0.0};
    for (std::size_t i = 0; i < exact.count; ++i) {
        const double difference = magnitude(element(c, i) - exact.value[i]);
        const double allowed = rounding * magnitude(exact.value[i]) + 1e-5 * norm;
        if (!(difference / norm <= errors.of_norm)) errors.of_norm = difference / norm;
        if (!(difference / allowed <= errors.of_allowed)) errors.of_allowed = difference / allowed;
    }
    return errors;
}

template <typename T>
int check(Shape shape, std::uint64_t seed, double rounding) {
    std::uint64_t random = seed;
    emulator::Buffer<bf16> a(static_cast<std::size_t>(shape.m) * static_cast<std::size_t>(shape.k));
    emulator::Buffer<bf16> b(static_cast<std::size_t>(shape.k) * static_cast<std::size_t>(shape.n));
    emulator::Buffer<T> c(static_cast<std::size_t>(shape.m) * static_cast<std::size_t>(shape.n));
    fill(a, random);
    fill(b, random);
    run(a, b, c, shape, seed);
    Numbers exact(c.size());
    multiply(exact, a, b, shape);
    const Errors errors = compare(c, exact, rounding);
    const bool pass = errors.of_allowed <= 1.0;
    std::printf("%d x %d x %d, seed %llu: largest error %.3g of the norm, %.3g of what is allowed: %s\n", shape.m,
                shape.n, shape.k, static_cast<unsigned long long>(seed), errors.of_norm, errors.of_allowed,
                pass ? "PASS" : "FAIL");
    return pass ? 0 : 1;
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 5) {
        std::fprintf(stderr, "usage: matmul_driver M N K SEED\n");
        return 2;
    }
    const Shape shape{std::atoi(arguments[1]), std::atoi(arguments[2]), std::atoi(arguments[3])};
    const std::uint64_t seed = std::strtoull(arguments[4], nullptr, 10);
    // bf16 has 8 significant bits: rounding to nearest costs at most 2^-8 of the number.
    if constexpr (matmul::out_f32 == 1) return check<float>(shape, seed, 0.0);
    return check<bf16>(shape, seed, 1.0 / 256.0);
}
