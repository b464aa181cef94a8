//! What the kernel uses of each limit of the hardware.

use super::heading::section;
use crate::bar::bar;
use crate::style::{FAINT, GOOD, HEAD, NOTABLE, PLAIN, styled};
use crate::table::{Align, Table};
use crate::units::{bytes, decimal, percent};
use constrint::hardware::{Gpu, Limiter};
use constrint::kernel::Resources;

/// One resource: what is used, of how much.
struct Use {
    name: &'static str,
    used: i64,
    limit: i64,
    limiter: Option<Limiter>,
    in_bytes: bool,
}

/// Below a name, each resource against its limit, the blocks of an SM and what limits them, the launch.
pub(super) fn table(name: &str, used: &Resources, gpu: &Gpu) -> String {
    let mut table = Table::new(&[Align::Left, Align::Right, Align::Left, Align::Left, Align::Right]);
    for row in uses(used, gpu) {
        let shown = |amount: i64| if row.in_bytes { bytes(amount) } else { amount.to_string() };
        let limits = row.limiter.is_some_and(|limiter| used.occupancy.limiters.contains(limiter));
        let style = if limits { NOTABLE } else { GOOD };
        table.styled_row([
            (row.name.to_owned(), PLAIN),
            (shown(row.used), HEAD),
            (format!("of {}", shown(row.limit)), FAINT),
            (bar(row.used, row.limit), style),
            (percent(row.used, row.limit), PLAIN),
        ]);
    }
    section(name) + &table.render() + &residency(used, gpu)
}

fn uses(used: &Resources, gpu: &Gpu) -> [Use; 7] {
    let of_block = |name, used, limit, in_bytes| Use { name, used, limit, limiter: None, in_bytes };
    let of_sm = |name, used, limit, limiter, in_bytes| Use { name, used, limit, limiter: Some(limiter), in_bytes };
    let occupancy = &used.occupancy;
    let blocks = occupancy.blocks_per_sm;
    let registers = blocks * occupancy.allocated_registers_per_block;
    let shared = blocks * occupancy.allocated_shared_memory_per_block_bytes;
    let block_limit = gpu.shared_memory_per_block_optin_bytes;
    [
        of_block("threads / block", used.threads_per_block, gpu.max_threads_per_block, false),
        of_block("registers / thread", used.registers_per_thread, gpu.max_registers_per_thread, false),
        of_block("shared memory / block", used.shared_memory_per_block_bytes, block_limit, true),
        of_sm("shared memory / SM", shared, gpu.shared_memory_per_sm_bytes, Limiter::SharedMemory, true),
        of_sm("registers / SM", registers, gpu.registers_per_sm, Limiter::Registers, false),
        of_sm("warps / SM", occupancy.warps_per_sm, gpu.max_warps_per_sm, Limiter::Warps, false),
        of_sm("blocks / SM", blocks, gpu.max_blocks_per_sm, Limiter::Blocks, false),
    ]
}

/// `1 block`, `2 blocks`
pub(crate) fn blocks_of(count: i64) -> String {
    if count == 1 { "1 block".to_owned() } else { format!("{count} blocks") }
}

fn residency(used: &Resources, gpu: &Gpu) -> String {
    let occupancy = &used.occupancy;
    let limiters: Vec<String> = occupancy.limiters.iter().map(|limiter| limiter.name().replace('_', " ")).collect();
    let blocks: i64 = used.grid.iter().product();
    let at_once = gpu.sms * occupancy.blocks_per_sm;
    let waves = if at_once > 0 { format!(", {} waves", decimal(blocks, at_once)) } else { String::new() };
    let several = if used.launches > 1 {
        format!("  {} launches of it, one after the other\n", used.launches)
    } else {
        String::new()
    };
    let [x, y, z] = used.grid;
    let [across, down, deep] = used.block;
    format!(
        "  {} per SM, limited by {}\n  grid {x} × {y} × {z} = {blocks} blocks{waves}; block {across} × {down} × {deep}; \
         {} of dynamic shared memory\n{several}",
        styled(HEAD, &blocks_of(occupancy.blocks_per_sm)),
        styled(NOTABLE, &limiters.join(" and ")),
        bytes(used.dynamic_shared_memory_bytes),
    )
}
