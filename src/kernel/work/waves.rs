//! How paths, waits and blocks overlap; waves and tail; the time.
//!
//! Of what keeps an SM busy for a block the longest path counts. Half of each other one shows beside it, as in matmul's predicted
//! time, and where few warps are there to take turns more: of N warps in a sub-partition an N-th more, as two stations
//! of a closed network with N customers are busy N / (N + 1) of the time. Paths of a sub-partition take as long as the fullest
//! one: three warps on four keep an SM busy as long as four.
//!
//! With n blocks on an SM that keep it busy for B clocks each, all of them can hide what a warp waits for, and n - 1 what a block
//! waits for as a whole. Of what could be hidden half shows: a wait of L clocks beside work of W, which take max(W, L)
//! when it is hidden and W + L when it is not, take (W + L + max(W, L)) / 2. For both waits together that comes to
//! (B + warp waits + block waits + max(warp waits, n B) + max(block waits, (n - 1) B)) / 2. All blocks of a wave end together; the
//! last wave has as many as are left for the busiest SM, so that few of them hide little.

use super::given::Work;
use super::paths::sum;
use crate::hardware::Gpu;
use crate::kernel::terms::{self, clocks_to_ps};
use crate::kernel::{Named, define};

/// The definition to minimise.
const TIME: &str = "time_ps";

/// The paths of an SM that a block keeps busy: name of the part, of its clocks, meaning.
const OF_THE_SM: [(&str, &str, &str); 3] = [
    ("load_store_ps", "load_store_clocks", "load/store units"),
    ("l2_ps", "l2_clocks", "L2"),
    ("memory_ps", "memory_clocks", "device memory"),
];

/// Those of a sub-partition that a warp keeps busy.
const OF_A_SUB_PARTITION: [(&str, &str, &str); 6] = [
    ("issue_ps", "issue_clocks", "issuing instructions"),
    ("fp32_ps", "fp32_clocks", "fp32 arithmetic"),
    ("fp16_ps", "fp16_clocks", "fp16 arithmetic"),
    ("integer_ps", "integer_clocks", "addresses, comparisons, moves"),
    ("special_ps", "special_clocks", "special functions and conversions"),
    ("tensor_ps", "tensor_clocks", "tensor cores"),
];

pub(super) fn definitions(work: &Work, gpu: &Gpu) -> Vec<Named<String>> {
    [block(work, gpu), waves(gpu), parts()].concat()
}

/// A block by itself, in clocks.
fn block(work: &Work, gpu: &Gpu) -> Vec<Named<String>> {
    let of_the_sm = OF_THE_SM.map(|(_, clocks, _)| clocks);
    let of_a_warp = OF_A_SUB_PARTITION.map(|(_, clocks, _)| clocks);
    let barriers =
        work.barriers.as_ref().map(|barriers| format!("{barriers} * ({})", terms::block_barrier_clocks(gpu)));
    let block_waits = sum([work.block_waits.clocks()].into_iter().chain(barriers));
    vec![
        define(
            "fullest",
            "ceil_div(residents * warps, gpu_sub_partitions_per_sm)",
            "warps of the fullest sub-partition",
        ),
        define(
            "longest_clocks",
            &format!("max({}, max({}) * fullest // residents)", of_the_sm.join(", "), of_a_warp.join(", ")),
            "longest path of a block",
        ),
        define(
            "all_clocks",
            &format!("{} + ({}) * fullest // residents", of_the_sm.join(" + "), of_a_warp.join(" + ")),
            "all paths of a block, one after the other",
        ),
        define(
            "block_clocks",
            "longest_clocks + (all_clocks - longest_clocks) * (fullest + 1) // (2 * fullest)",
            "what a block keeps an SM busy, half of what could overlap shown, more of few warps",
        ),
        define("warp_waits", &work.waits.clocks(), "clocks that a warp waits while others go on"),
        define("block_waits", &block_waits, "clocks that a block waits while others go on"),
    ]
}

/// So many blocks of an SM; see above.
fn wave(blocks: &str) -> String {
    format!(
        "(block_clocks + warp_waits + block_waits + max(warp_waits, {blocks} * block_clocks) \
         + max(block_waits, ({blocks} - 1) * block_clocks)) // 2"
    )
}

fn waves(gpu: &Gpu) -> Vec<Named<String>> {
    vec![
        define("launch_ps", &terms::start_ps(gpu).to_string(), "launching the kernel"),
        define("full_waves", "grid_blocks // (gpu_sms * residents)", "waves in which every SM is full"),
        define(
            "last_blocks",
            "ceil_div(grid_blocks - full_waves * gpu_sms * residents, gpu_sms)",
            "blocks of the busiest SM in the last wave",
        ),
        define("full_clocks", &wave("residents"), "clocks of a full wave"),
        define(
            "last_clocks",
            &format!("({} if last_blocks > 0 else 0)", wave("last_blocks")),
            "clocks of the last wave",
        ),
        define(
            TIME,
            &format!("launch_ps + {}", clocks_to_ps("(full_waves * full_clocks + last_clocks)")),
            "predicted time",
        ),
    ]
}

/// What each path takes of the busiest SM, and what is left of the time.
fn parts() -> Vec<Named<String>> {
    let path = |name, clocks: &str, meaning| {
        define(name, &clocks_to_ps(&format!("(ceil_div(grid_blocks, gpu_sms) * {clocks})")), meaning)
    };
    let of_the_sm = OF_THE_SM.iter().map(|(name, clocks, meaning)| path(name, clocks, meaning));
    let of_a_warp = OF_A_SUB_PARTITION
        .iter()
        .map(|(name, clocks, meaning)| path(name, &format!("({clocks} * fullest // residents)"), meaning));
    let busy = clocks_to_ps("(ceil_div(grid_blocks, gpu_sms) * block_clocks)");
    let waits = define("waits_ps", &format!("{TIME} - launch_ps - {busy}"), "waits that nothing hides");
    of_the_sm.chain(of_a_warp).chain([waits]).collect()
}
