// Runs problems/hotspot.cu on the host, a thread of the host for each thread of a block, and compares it with a plain
// stencil in double precision. Compile with the configuration's -D flags and -DHOTSPOT_SOURCE="path of hotspot.cu".
// Exit status: 0 when they agree.
#include <algorithm>
#include <barrier>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <thread>
#include <vector>

struct Index {
    unsigned x = 0, y = 0, z = 0;
};
thread_local Index threadIdx;
Index blockIdx;
std::barrier<>* block_barrier = nullptr;

#define __global__
#define __device__
#define __forceinline__ inline
#define __shared__ static
#define __launch_bounds__(...)
#define __syncthreads() block_barrier->arrive_and_wait()
using std::max;
using std::min;
#include HOTSPOT_SOURCE

namespace {

constexpr int width = 61, height = 45;

void launch(const float* before, const float* power, float* after, Coefficients c) {
    for (int down = 0; down * tile_rows < height; ++down) {
        for (int across = 0; across * tile_columns < width; ++across) {
            blockIdx = {static_cast<unsigned>(across), static_cast<unsigned>(down), 0};
            std::barrier<> barrier(block_x * block_y);
            block_barrier = &barrier;
            std::vector<std::thread> threads;
            for (unsigned y = 0; y < block_y; ++y) {
                for (unsigned x = 0; x < block_x; ++x) {
                    threads.emplace_back([=] {
                        threadIdx = {x, y, 0};
                        hotspot(before, power, after, width, height, c);
                    });
                }
            }
            for (std::thread& thread : threads) thread.join();
        }
    }
}

std::vector<double> plain_step(const std::vector<double>& before, const std::vector<float>& power, Coefficients c) {
    std::vector<double> after(before.size());
    const auto at = [&](int y, int x) {
        return before[static_cast<size_t>(std::clamp(y, 0, height - 1) * width + std::clamp(x, 0, width - 1))];
    };
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            const size_t cell = static_cast<size_t>(y * width + x);
            const double here = before[cell];
            after[cell] = here + c.step * (power[cell] + (at(y, x - 1) + at(y, x + 1) - 2 * here) * c.across +
                                           (at(y - 1, x) + at(y + 1, x) - 2 * here) * c.down + (c.ambient - here) * c.air);
        }
    }
    return after;
}

}  // namespace

int main() {
    const Coefficients c{0.4f, 0.3f, 0.25f, 0.05f, 80.0f};
    std::vector<float> before(width * height), power(width * height), after(width * height, -1.0f);
    uint32_t state = 1;
    for (size_t cell = 0; cell < before.size(); ++cell) {
        state = state * 1664525u + 1013904223u;
        before[cell] = 60.0f + static_cast<float>(state >> 24) / 8.0f;
        power[cell] = static_cast<float>(state >> 16 & 255u) / 64.0f;
    }
    std::vector<double> expected(before.begin(), before.end());
    for (int launches = 0; launches < 2; ++launches) {
        launch(before.data(), power.data(), after.data(), c);
        before.swap(after);
        for (int step = 0; step < steps; ++step) expected = plain_step(expected, power, c);
    }
    double largest = 0.0;
    for (size_t cell = 0; cell < before.size(); ++cell) {
        largest = std::max(largest, std::fabs(static_cast<double>(before[cell]) - expected[cell]));
    }
    std::printf("largest difference %.3g\n", largest);
    return largest < 1e-3 ? 0 : 1;
}
