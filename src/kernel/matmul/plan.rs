//! How the product is run on a GPU: what `matmul_launch.cuh` does, as data.

use super::tile::{ELEMENT_BYTES, Tile};
use crate::kernel::{Argument, Chosen, Field, Holds, Instance, Launch, Plan, Scalar, Step};
use indexmap::IndexMap;

/// Threads of a block that sums slices, and blocks at most: as `matmul_launch.cuh` has them.
const REDUCE_THREADS: i64 = 256;
const REDUCE_BLOCKS: i64 = 4096;

pub(super) fn plan(instance: &Instance, values: &Chosen, sizes: &IndexMap<&'static str, i64>) -> Plan {
    let tile = Tile::of(values);
    let [m, n, k] = ["m", "n", "k"].map(|name| sizes[name]);
    let output = if instance.words["output"] == "fp32" { Scalar::Fp32 } else { Scalar::Bf16 };
    let mut plan = Plan::default();
    let random = || Holds::Random { scalar: Scalar::Bf16, within: [-1.0, 1.0] };
    let a = plan.add("a", m * k * ELEMENT_BYTES, random());
    let b = plan.add("b", k * n * ELEMENT_BYTES, random());
    let c = plan.add("c", m * n * output.bytes(), Holds::Nothing);
    let partial = if tile.split_k > 1 { tile.split_k * m * n * 4 } else { 0 };
    let workspace = plan.add("workspace", partial, Holds::Nothing);
    let tiles = |size: i64, tile: i64| (size + tile - 1) / tile;
    let product = [a, b, c, workspace].map(Argument::address).into_iter().chain([m, n, k].map(size)).collect();
    plan.steps.push(Step::Launch(Launch {
        entry: "constrint_matmul".to_owned(),
        grid: [tiles(m, tile.block[0]) * tiles(n, tile.block[1]), 1, tile.split_k],
        block: [tile.threads(), 1, 1],
        dynamic_shared_memory_bytes: tile.shared_memory_bytes(),
        arguments: product,
        ..Launch::of_one_block()
    }));
    if tile.split_k > 1 {
        let arguments = [workspace, c].map(Argument::address).into_iter().chain([m, n].map(size)).collect();
        plan.steps.push(Step::Launch(Launch {
            entry: "constrint_matmul_reduce".to_owned(),
            grid: [tiles(m * n, REDUCE_THREADS).min(REDUCE_BLOCKS), 1, 1],
            block: [REDUCE_THREADS, 1, 1],
            arguments,
            ..Launch::of_one_block()
        }));
    }
    plan
}

/// A size as the kernel takes it.
fn size(of: i64) -> Argument {
    Argument::One(Field::Int32(i32::try_from(of).expect("at most 2^30, by the shape")))
}
