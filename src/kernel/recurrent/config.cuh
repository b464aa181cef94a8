// The configuration of a pass of the recurrent layer, as far as all passes have it, and every limit it has to keep. What a pass
// has beside it is in its own config.cuh.
//
// The numbers come as macros (numbers.cuh). The static_asserts restate what the constraint model promises; they share no
// code with it, and tests assert that the two agree.
#ifndef CONSTRINT_RNN_HAS_CONFIG
#define CONSTRINT_RNN_HAS_CONFIG

#include "../device/platform.cuh"
#include "cell.cuh"
#include "element.cuh"
#include "numbers.cuh"

namespace constrint::recurrent {
namespace CONSTRINT_RNN_PASS {

// Units of a head, D.
constexpr int head_dim = CONSTRINT_RNN(HEAD_DIM);
// Whether the forward pass clips h.
constexpr bool is_clipped = CONSTRINT_RNN(CLIP) == 1;
// Whether the layer walks through the arrays' time from its end to its beginning.
constexpr bool is_reverse = CONSTRINT_RNN(ORDER_REVERSE) == 1;
// Whether one block holds a whole head (0), or blocks of a head exchange factors through L2: with flags (1), or in words that carry
// the number of their step (2).
constexpr bool is_grid = CONSTRINT_RNN(VARIANT) >= 1;
constexpr bool is_words = CONSTRINT_RNN(VARIANT) == 2;
// Columns of the instruction, 8 sequences each, that a block computes.
constexpr int batch_tiles = CONSTRINT_RNN(BATCH_TILES);
// Groups of units (8, or 16 with an odd number of sums a unit) that a warp computes.
constexpr int groups_per_warp = CONSTRINT_RNN(GROUPS_PER_WARP);
// Warps of a head's block side by side along the units, and along k, what is summed over.
constexpr int warps_along_units = CONSTRINT_RNN(WARPS_ALONG_UNITS);
constexpr int warps_along_k = CONSTRINT_RNN(WARPS_ALONG_K);
// Heads that share a block, each with its own warps.
constexpr int heads_per_block = CONSTRINT_RNN(HEADS_PER_BLOCK);
// Heads of a launch in the grid variant, whose blocks all run at once; launches follow each other if there are more.
constexpr int heads_per_launch = CONSTRINT_RNN(HEADS_PER_LAUNCH);
// Blocks that share a head.
constexpr int blocks_per_head = CONSTRINT_RNN(BLOCKS_PER_HEAD);
// Parts of the batch, of BATCH_TILES columns each, that run side by side; a block computes several in turn if there are more.
constexpr int batch_blocks = CONSTRINT_RNN(BATCH_BLOCKS);
// Steps along k whose part of R lives in registers; the part of the others lives in shared memory.
constexpr int register_steps = CONSTRINT_RNN(REGISTER_STEPS);
// Elements in one access to a row of units.
constexpr int vector = CONSTRINT_RNN(VECTOR);
constexpr int threads = CONSTRINT_RNN(THREADS);
constexpr int min_blocks_per_sm = CONSTRINT_RNN(MIN_BLOCKS_PER_SM);
// The registers per thread that the model predicts; `constrint compile` compares them with what ptxas says.
constexpr int registers = CONSTRINT_RNN(REGISTERS);
constexpr long long shared_memory_bytes = CONSTRINT_RNN(SHARED_MEMORY_BYTES);

constexpr int lanes = device::warp_lanes;
constexpr int element_bytes = sizeof(element);

// --- Time: the layer's steps count as the forward pass computes them, and arrays hold them in the order of time.

// Where the first and the last of so many steps are in an array, and how far each is from the one before it.
__host__ __device__ constexpr int64_t place_of_first_step([[maybe_unused]] int64_t steps) { return is_reverse ? steps - 1 : 0; }
__host__ __device__ constexpr int64_t place_of_last_step([[maybe_unused]] int64_t steps) { return is_reverse ? 0 : steps - 1; }
constexpr int next_step = is_reverse ? -1 : 1;

// --- The product: sums are the 16 rows of the instruction, sequences its 8 columns, k its depth.

constexpr int gates = Cell::gates;
// Forward, g = R h: a unit has a sum for each gate, and hands over h, a factor of the next step. Backward, R^T d: a unit has one
// sum, and hands over the gradients of its gates, which lie beside each other along k.
constexpr bool is_backward = CONSTRINT_RNN_IS_BACKWARD == 1;
constexpr int sums_per_unit = is_backward ? 1 : gates;
constexpr int factors_per_unit = is_backward ? gates : 1;
// All that is summed over.
constexpr int depth = head_dim * factors_per_unit;

// A lane holds rows r and r + 8 of a tile. With an even number of sums these are two of one unit, and half as many tiles as
// sums hold all of 8 units; with an odd one they are the same sum of two units.
constexpr int rows_per_unit = sums_per_unit % 2 == 0 ? 2 : 1;
constexpr int units_per_group = 16 / rows_per_unit;
constexpr int tiles_per_group = sums_per_unit / rows_per_unit;
constexpr int tiles_per_warp = groups_per_warp * tiles_per_group;
constexpr int units_per_warp = groups_per_warp * units_per_group;
constexpr int units_per_block = warps_along_units * units_per_warp;
constexpr int factors_per_block = units_per_block * factors_per_unit;

// One instruction takes 32 bytes of a sequence's factors.
constexpr int step_bytes = 32;
constexpr int step_factors = step_bytes / element_bytes;
constexpr int warp_steps = device::ceil_div(device::ceil_div(depth, step_factors), warps_along_k);
constexpr int shared_steps = warp_steps - register_steps;
constexpr int slice_factors = warp_steps * step_factors;

// --- The pointwise part: a slot is one unit and sequence for each lane.

constexpr int units_per_lane = units_per_warp / 8;
// An even number of a lane's units are neighbours in twos, so that two are loaded and stored as one; else they are 8 apart.
constexpr bool is_paired = units_per_lane % 2 == 0;
constexpr int slots_per_warp = units_per_lane * batch_tiles * 2;
// The warps along k share out the slots of the units that they computed together: two neighbours at once, where that gives
// each as many.
constexpr int owned_slots = device::ceil_div(slots_per_warp, warps_along_k);
constexpr int owning_warps = device::minimum(warps_along_k, slots_per_warp);
constexpr int slot_width = is_paired && slots_per_warp % (2 * warps_along_k) == 0 ? 2 : 1;

constexpr int batch_per_block = 8 * batch_tiles;
constexpr int warps_per_head = warps_along_units * warps_along_k;

// --- Shared memory: factors (block variant), partial sums (with several warps along k); then what a pass has of its own, and R.

// A row of factors, one sequence: a multiple of 128 bytes, so that its 16-byte pieces can be swapped within 128 bytes.
constexpr int hidden_row_bytes =
    device::ceil_div(device::maximum(blocks_per_head * factors_per_block, warps_along_k * slice_factors) * element_bytes, 128) *
    128;
constexpr int hidden_buffer_bytes = batch_per_block * hidden_row_bytes;
constexpr int hidden_bytes = is_grid ? 0 : 2 * heads_per_block * hidden_buffer_bytes;

constexpr int partial_slot_bytes = lanes * sums_per_unit * 4;
constexpr int partial_buffer_bytes =
    warps_along_k > 1 ? heads_per_block * warps_along_units * slots_per_warp * warps_along_k * partial_slot_bytes : 0;
// In the grid variant nothing but the next step's barrier comes between reading the sums and writing the next ones.
constexpr int partial_buffers = is_grid ? 2 : 1;
constexpr int partial_bytes = partial_buffers * partial_buffer_bytes;

// Each lane's four registers of each tile and step along k.
constexpr int weights_bytes = shared_steps * tiles_per_warp * 16 * threads;

constexpr int partial_offset = hidden_bytes;
constexpr int own_offset = partial_offset + partial_bytes;

// --- Limits

// Registers a thread may have when MIN_BLOCKS_PER_SM blocks share the 65,536 of an SM. They are handed out in units of
// 8 a thread, and the warps sit in the SM's four partitions, the fullest of which decides. CUDA C++ Programming Guide,
// "Technical Specifications per Compute Capability"; ptxas limits itself to the same number.
constexpr int threads_per_sm = device::ceil_div(min_blocks_per_sm * threads, 4 * lanes) * 4 * lanes;
constexpr int register_limit = device::minimum(255, 65536 / threads_per_sm / 8 * 8);

static_assert(head_dim >= 1, "HEAD_DIM must be at least 1");
static_assert(CONSTRINT_RNN(CLIP) == 0 || CONSTRINT_RNN(CLIP) == 1, "CLIP must be 0 or 1");
static_assert(CONSTRINT_RNN(ORDER_REVERSE) == 0 || CONSTRINT_RNN(ORDER_REVERSE) == 1, "ORDER_REVERSE must be 0 or 1");
static_assert(CONSTRINT_RNN(VARIANT) >= 0 && CONSTRINT_RNN(VARIANT) <= 2, "VARIANT must be 0, 1 or 2");
static_assert(batch_tiles >= 1, "BATCH_TILES must be at least 1");
static_assert(groups_per_warp >= 1, "GROUPS_PER_WARP must be at least 1");
static_assert(warps_along_units >= 1 && warps_along_k >= 1, "a block has warps along the units and along k");
static_assert(heads_per_block >= 1, "HEADS_PER_BLOCK must be at least 1");
static_assert(heads_per_launch >= 1, "HEADS_PER_LAUNCH must be at least 1");
static_assert(blocks_per_head == device::ceil_div(head_dim, units_per_block),
              "BLOCKS_PER_HEAD must be the head's units over those of a block, rounded up");
static_assert(batch_blocks >= 1, "BATCH_BLOCKS must be at least 1");
static_assert(is_grid == (blocks_per_head > 1), "VARIANT must be 1 or 2 where several blocks share a head, else 0");
static_assert(!is_words || warp_steps * batch_tiles <= 16, "with VARIANT 2 a lane takes all of its factors at once, at most 16 steps");
static_assert(!is_words || warp_steps * 8 / element_bytes % 4 == 0, "with VARIANT 2 a lane reads whole vectors of words");
static_assert(!is_grid || heads_per_block == 1, "HEADS_PER_BLOCK must be 1 where blocks share a head");
static_assert(register_steps >= 0 && register_steps <= warp_steps, "REGISTER_STEPS must be 0 to the steps of a warp");
static_assert(register_steps % 2 == 0 || register_steps == warp_steps, "REGISTER_STEPS must be even, or all steps");
static_assert(owned_slots <= (warps_along_k == 1 ? 32 : 8),
              "a lane has at most 32 units and sequences, 8 with several WARPS_ALONG_K: fewer GROUPS_PER_WARP or BATCH_TILES");
static_assert(vector * element_bytes <= 16 && (vector & (vector - 1)) == 0 && vector >= 1,
              "VECTOR must be a power of two and at most 16 bytes");
static_assert(head_dim % vector == 0, "VECTOR must divide HEAD_DIM, the length of a row");
static_assert(threads == heads_per_block * warps_per_head * lanes, "THREADS must be 32 times the warps of all heads");
static_assert(threads <= 1024, "a block has at most 1024 threads");
static_assert(min_blocks_per_sm >= 1, "MIN_BLOCKS_PER_SM must be at least 1");
static_assert(registers >= 1 && registers <= 255, "a thread has at most 255 registers");
static_assert(registers <= register_limit, "MIN_BLOCKS_PER_SM blocks with so many REGISTERS do not fit the SM's 65536");
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ < 1300
// Shared memory of an SM; the driver reserves 1 KiB of it for each block, and hands it out in units of 128 bytes. CUDA
// C++ Programming Guide, "Technical Specifications per Compute Capability".
constexpr long long shared_memory_per_sm = 1024 * (__CUDA_ARCH__ == 800 || __CUDA_ARCH__ == 870    ? 164
                                                   : __CUDA_ARCH__ >= 900 && __CUDA_ARCH__ < 1200 ? 228
                                                                                                  : 100);
static_assert(min_blocks_per_sm * ((shared_memory_bytes + 1024 + 127) / 128 * 128) <= shared_memory_per_sm,
              "MIN_BLOCKS_PER_SM blocks with so many SHARED_MEMORY_BYTES do not fit an SM of this architecture");
#endif

}  // namespace CONSTRINT_RNN_PASS
}  // namespace constrint::recurrent

#endif  // CONSTRINT_RNN_HAS_CONFIG
