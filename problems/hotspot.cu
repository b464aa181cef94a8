// A kernel that constrint knows by its description alone: hotspot-*.json beside this file gives its variables, what it
// uses and how it is launched, and constrint picks the numbers.
//
// Heat on a chip, as the Rodinia benchmark has it: each cell of a grid exchanges heat with its four neighbours and with
// the air above, and gains what the circuits below dissipate. At the border a cell is its own neighbour.
//
// A block computes TILE_X * BLOCK_X columns and TILE_Y * BLOCK_Y rows, STEPS time steps at once: it loads the tile with a
// halo of STEPS cells on each side, and each step leaves one ring fewer of cells that are right. The price is that halos
// are computed twice; what is saved is STEPS - 1 of STEPS passes over memory.
#include <cstdint>

// Threads of a block, cells of a thread along each axis, time steps of a launch, steps that are unrolled, whether the
// power is kept in shared memory.
constexpr int block_x = HOTSPOT_BLOCK_X;
constexpr int block_y = HOTSPOT_BLOCK_Y;
constexpr int tile_x = HOTSPOT_TILE_X;
constexpr int tile_y = HOTSPOT_TILE_Y;
constexpr int steps = HOTSPOT_STEPS;
constexpr int unroll = HOTSPOT_UNROLL;
constexpr int shared_power = HOTSPOT_SHARED_POWER;

constexpr int tile_columns = block_x * tile_x;
constexpr int tile_rows = block_y * tile_y;
constexpr int halo_columns = tile_columns + 2 * steps;
constexpr int halo_rows = tile_rows + 2 * steps;
constexpr int halo_cells = halo_columns * halo_rows;

static_assert(block_x * block_y == HOTSPOT_THREADS_PER_BLOCK, "THREADS_PER_BLOCK must be BLOCK_X * BLOCK_Y");
static_assert(HOTSPOT_THREADS_PER_BLOCK >= 32 && HOTSPOT_THREADS_PER_BLOCK <= 1024, "a block has 32 to 1024 threads");
static_assert(steps >= 1 && unroll >= 1 && steps % unroll == 0, "UNROLL must divide STEPS");
static_assert(shared_power == 0 || shared_power == 1, "SHARED_POWER must be 0 or 1");
static_assert((2 + shared_power) * halo_cells * 4 == HOTSPOT_SHARED_BYTES, "SHARED_BYTES must be what is declared below");
static_assert(HOTSPOT_SHARED_BYTES <= 49152, "shared memory of a fixed size is at most 48 KiB");
static_assert(HOTSPOT_REGISTERS_PER_THREAD <= 255, "a thread has at most 255 registers");
static_assert(HOTSPOT_MIN_BLOCKS_PER_SM * HOTSPOT_THREADS_PER_BLOCK * HOTSPOT_REGISTERS_PER_THREAD <= 65536,
              "MIN_BLOCKS_PER_SM blocks do not fit the 65536 registers of an SM");

struct Coefficients {
    float step;     // seconds of a step over the heat capacity of a cell
    float across;   // conductance to the cells to the left and right
    float down;     // conductance to the cells above and below
    float air;      // conductance to the air
    float ambient;  // temperature of the air
};

__device__ __forceinline__ int clamped(int value, int size) { return min(max(value, 0), size - 1); }

// Copies the tile with its halo; beyond the border it repeats the cells at the border.
__device__ __forceinline__ void load(float* shared, const float* grid, int width, int height, int left, int top) {
#pragma unroll 1
    for (int row = threadIdx.y; row < halo_rows; row += block_y) {
        const int64_t start = static_cast<int64_t>(clamped(top + row, height)) * width;
#pragma unroll 2
        for (int column = threadIdx.x; column < halo_columns; column += block_x) {
            shared[row * halo_columns + column] = grid[start + clamped(left + column, width)];
        }
    }
}

// `left` and `top` are the grid's coordinates of the first cell of the halo; cells outside of the grid are skipped, and
// never read: neighbours are looked for inside of the grid.
__device__ __forceinline__ void advance(float* after, const float* before, const float* power_tile, const float* power,
                                        const Coefficients& c, int width, int height, int left, int top, int ring) {
#pragma unroll 1
    for (int row = threadIdx.y + ring; row < halo_rows - ring; row += block_y) {
        const int y = top + row;
        if (y < 0 || y >= height) continue;
        const int above = y > 0 ? -halo_columns : 0;
        const int below = y < height - 1 ? halo_columns : 0;
#pragma unroll 2
        for (int column = threadIdx.x + ring; column < halo_columns - ring; column += block_x) {
            const int x = left + column;
            if (x < 0 || x >= width) continue;
            const int cell = row * halo_columns + column;
            const float here = before[cell];
            const float sides = before[cell - (x > 0)] + before[cell + (x < width - 1)] - 2.0f * here;
            const float ends = before[cell + above] + before[cell + below] - 2.0f * here;
            const float gain = shared_power ? power_tile[cell] : power[static_cast<int64_t>(y) * width + x];
            after[cell] = here + c.step * (gain + sides * c.across + ends * c.down + (c.ambient - here) * c.air);
        }
    }
}

// Grid: ceil(width / (BLOCK_X * TILE_X)) by ceil(height / (BLOCK_Y * TILE_Y)). Advances `before` by STEPS steps into
// `after`; neither may be the other. Both hold `height` rows of `width` cells, and so does `power`.
extern "C" __global__ void __launch_bounds__(HOTSPOT_THREADS_PER_BLOCK, HOTSPOT_MIN_BLOCKS_PER_SM)
    hotspot(const float* before, const float* power, float* after, int width, int height, Coefficients c) {
    __shared__ float temperatures[2][halo_cells];
    __shared__ float powers[shared_power ? halo_cells : 1];
    const int left = static_cast<int>(blockIdx.x) * tile_columns - steps;
    const int top = static_cast<int>(blockIdx.y) * tile_rows - steps;

    load(temperatures[0], before, width, height, left, top);
    if constexpr (shared_power != 0) load(powers, power, width, height, left, top);
    __syncthreads();
#pragma unroll unroll
    for (int step = 0; step < steps; ++step) {
        advance(temperatures[(step + 1) % 2], temperatures[step % 2], powers, power, c, width, height, left, top, step + 1);
        __syncthreads();
    }
#pragma unroll 1
    for (int row = threadIdx.y; row < tile_rows; row += block_y) {
        const int y = top + steps + row;
        if (y >= height) break;
        for (int column = threadIdx.x; column < tile_columns; column += block_x) {
            const int x = left + steps + column;
            if (x >= width) break;
            after[static_cast<int64_t>(y) * width + x] =
                temperatures[steps % 2][(row + steps) * halo_columns + column + steps];
        }
    }
}
