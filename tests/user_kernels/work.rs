//! The predicted time that follows from what a kernel does.

use super::{assert_named, problem};
use constrint::hardware::{Gpu, KernelResources, Latencies, find, occupancy};
use constrint::{Config, Request, solve, tiling};
use serde_json::{Value, json};

fn streams() -> Value {
    json!({"version": 1, "name": "stream", "gpu": "RTX A4000", "shape": {"n": 1_000_000},
        "kernel": {
            "name": "stream", "block": ["threads"], "grid": ["ceil_div(n, threads * items)"],
            "registers_per_thread": "32 + 8 * items", "dynamic_shared_memory_bytes": "8 * threads * items",
            "work": {
                "fp32": "100 * items", "integer": "20 + items", "special": "2 * items",
                "shared": [{"count": "3 * items", "lanes": 8, "stride": 1, "row_stride": 32}],
                "global": [{"count": "items", "bytes": 8}],
                "spills": "max(0, items - 5)",
                "l2_bytes": "8 * threads * items", "memory_bytes": "8 * threads * items",
                "reread": {"bytes": "threads", "distance_bytes": "items * 1000000"},
                "waits": {"l1": "items", "clocks": 40}, "block_waits": {"l2": "items", "memory": 1}, "barriers": 2,
            },
        },
        "variables": {"threads": {"values": [32, 64, 96, 256, 1024]}, "items": {"min": 1, "max": 8}}})
}

/// What the documents say, in plain arithmetic, for 8.6: 16 lanes load or store in a clock, a wavefront takes one.
fn clocks_of_busiest(gpu: &Gpu, threads: i64, items: i64) -> i64 {
    let up = |a: i64, b: i64| (a + b - 1) / b;
    let resources = KernelResources {
        dynamic_shared_memory_bytes: 8 * threads * items,
        ..KernelResources::new(32 + 8 * items, threads)
    };
    let residents = occupancy(&gpu.sm_limits(), &resources).unwrap().blocks_per_sm;
    let (warps, spills) = (up(threads, 32), (items - 5).max(0));
    // Four rows of eight lanes begin in one bank: four wavefronts. 8 bytes of each lane are two.
    let load_store = warps * (3 * items * 4 + items * 2 + 2 * spills * 2);
    let l2 = (8 * threads * items + 8 * spills * threads) / 16;
    let again = if items * 1_000_000 > gpu.l2_bytes { threads } else { 0 };
    let memory_bytes_per_us = gpu.memory_bandwidth_bytes_per_s / 1_000_000 * 80 / 100;
    let memory = (8 * threads * items + again) * gpu.sms * gpu.boost_clock_mhz.unwrap() / memory_bytes_per_us;
    let instructions = 100 * items + 20 + items + 2 * items + 3 * items + items + 2 * spills;
    let of_a_warp = [instructions, 100 * items, 2 * (20 + items), 8 * 2 * items];
    let fullest = up(residents * warps, 4);
    let longest = [load_store, l2, memory, of_a_warp.iter().max().unwrap() * fullest / residents];
    let all = load_store + l2 + memory + of_a_warp.iter().sum::<i64>() * fullest / residents;
    let longest = *longest.iter().max().unwrap();
    // Half of what could overlap shows, and of N warps in a sub-partition an N-th more.
    let block = longest + (all - longest) * (fullest + 1) / (2 * fullest);
    let latencies = Latencies::of(gpu.compute_capability);
    let warp_waits = items * latencies.l1_clocks + 40;
    let block_waits = items * latencies.l2_clocks + latencies.memory_clocks + 2 * latencies.block_barrier_clocks(warps);
    let wave =
        |n: i64| (block + warp_waits + block_waits + warp_waits.max(n * block) + block_waits.max((n - 1) * block)) / 2;
    let blocks = up(1_000_000, threads * items);
    let full = blocks / (gpu.sms * residents);
    let last = up(blocks - full * gpu.sms * residents, gpu.sms);
    full * wave(residents) + if last > 0 { wave(last) } else { 0 }
}

#[test]
fn the_time_is_what_plain_arithmetic_gives() {
    let gpu = find("RTX A4000").unwrap().clone();
    let tiling = tiling::lower(&problem(&streams())).unwrap();
    // It has a value everywhere, and the model sees that.
    assert!(tiling.model.constraints().iter().all(|constraint| !constraint.text.contains("time_ps")));
    let mut seen = 0;
    for (threads, items) in [32, 64, 96, 256, 1024].into_iter().flat_map(|t| (1..=8).map(move |items| (t, items))) {
        let Ok(config) = Config::new(&tiling, &[threads, items], Vec::new()) else {
            assert!(threads == 1024, "{threads} threads, {items} items fit");
            continue;
        };
        let predicted = config.predicted.unwrap();
        let expected = 5_000_000 + 1_000_000 * clocks_of_busiest(&gpu, threads, items) / gpu.boost_clock_mhz.unwrap();
        assert_eq!(predicted.time_ps, expected, "{threads} threads, {items} items");
        assert!(predicted.parts_ps["waits_ps"] >= 0 && !predicted.parts_ps.contains_key("tensor_ps"));
        seen += 1;
    }
    assert!(seen > 30, "only {seen}");
}

#[test]
fn what_is_left_out_is_told() {
    let mut value = streams();
    let basis = |value: &Value| {
        let answer = solve(&problem(value), &Request::default()).unwrap();
        answer.configs[0].predicted.clone().unwrap().sure.unwrap().basis.into_owned()
    };
    assert_eq!(basis(&value), "from the kernel's work by published figures, not measured on a GPU");
    let work = value["kernel"]["work"].as_object_mut().unwrap();
    for field in ["l2_bytes", "memory_bytes", "reread", "integer"] {
        work.remove(field);
    }
    let told = basis(&value);
    assert!(told.contains("estimated as if L1 kept nothing"), "{told}");
    assert!(told.ends_with("not counted: addresses and branches, bytes from memory"), "{told}");
    value["kernel"]["work"] = json!({});
    let told = basis(&value);
    assert!(told.contains("arithmetic, addresses and branches, loads and stores, bytes from L2"), "{told}");
}

#[test]
fn what_is_wrong_with_the_work_is_named() {
    let all = [
        ("/kernel/work/fp32", json!("item"), "kernel.work.fp32", "item"),
        ("/kernel/work/fp32", json!("items / 3"), "kernel.work.fp32", "need not be a whole number"),
        ("/kernel/work/fp32", json!(1.5), "kernel.work.fp32", "a whole number or an expression"),
        ("/kernel/work/fp64", json!(1), "kernel.work", "unknown field `fp64`"),
        ("/kernel/work/shared", json!([{"count": "lane"}]), "kernel.work.shared[0].count", "lane"),
        ("/kernel/work/shared", json!([{"bytes": 4}]), "kernel.work.shared[0]", "missing field `count`"),
        (
            "/kernel/work/global",
            json!([{"count": 1}, {"count": 1, "stride": 2, "wavefronts": 2}]),
            "kernel.work.global[1].wavefronts",
            "follow from",
        ),
        ("/kernel/work/waits", json!({"l3": 1}), "kernel.work.waits", "unknown field `l3`"),
        ("/kernel/work/waits", json!({"l2": "later"}), "kernel.work.waits.l2", "later"),
        ("/kernel/work/tensor", json!({"operands": "fp17", "flops": 1}), "kernel.work.tensor", "fp17"),
        ("/kernel/cost", json!({"time_ps": "1"}), "kernel.cost", "follows from `work`"),
        ("/variables/l2_wait", json!({"values": [1]}), "variables.l2_wait", "a number of the kernel"),
        ("/gpu", json!({"base": "RTX A4000", "boost_clock_mhz": null}), "gpu", "boost_clock_mhz"),
    ];
    assert_named(&streams(), all);
}

/// Tensor cores, by the rate that `mma.sync` reaches: on an RTX A4000 all of the datasheet's.
#[test]
fn tensor_cores_bound_a_kernel_of_matrix_multiplications() {
    let mut value = streams();
    value["kernel"]["work"] = json!({"tensor": {"operands": "fp16", "flops": "4096 * threads * items"}});
    value["variables"] = json!({"threads": {"values": [256]}, "items": {"values": [1]}});
    let answer = solve(&problem(&value), &Request::default()).unwrap();
    let predicted = answer.configs[0].predicted.as_ref().unwrap();
    let gpu = find("RTX A4000").unwrap();
    let flops = 4096 * 256 * ((1_000_000 + 255) / 256_i128);
    let ideal = flops * 1_000_000_000_000 / i128::from(gpu.tensor_flops_per_s.fp16.unwrap());
    let tensor = i128::from(predicted.parts_ps["tensor_ps"]);
    assert!((ideal..ideal + ideal / 10).contains(&tensor), "{tensor} ps, ideal {ideal} ps");
}
