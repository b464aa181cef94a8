//! What an infeasible problem needs of the hardware, against searches on GPUs with just that much and a little less.

use constrint::explain::HardwareNeed;
use constrint::hardware::{Gpu, catalog, find};
use constrint::{Answer, Problem, Request, Status, solve};
use constrint_solver::Limits;
use serde_json::{Value, json};

fn solved(problem: &Value) -> (Problem, Answer) {
    let problem = Problem::from_json(&problem.to_string()).unwrap();
    let answer = solve(&problem, &Request::default()).unwrap();
    (problem, answer)
}

fn need(problem: &Value) -> Option<HardwareNeed> {
    let (problem, answer) = solved(problem);
    assert_eq!(answer.status, Status::Infeasible);
    answer.hardware(&problem, &Limits::default())
}

/// Whether the problem has a solution on another GPU.
fn fits(problem: &Value, gpu: Value) -> bool {
    let mut problem = problem.clone();
    problem["gpu"] = gpu;
    let problem = Problem::from_json(&problem.to_string()).unwrap();
    solve(&problem, &Request::default()).is_ok_and(|answer| answer.status != Status::Infeasible)
}

/// The fields with what is available and needed.
fn limits(need: &HardwareNeed) -> Vec<(&str, i64, i64)> {
    need.limits.iter().map(|limit| (limit.field.as_str(), limit.available, limit.needed)).collect()
}

fn nearest(need: &HardwareNeed) -> Option<&str> {
    need.nearest.as_ref().map(|nearest| nearest.name.as_str())
}

#[test]
fn a_pipeline_too_deep_needs_shared_memory() {
    let problem: Value = serde_json::from_str(include_str!("../../problems/matmul-infeasible.json")).unwrap();
    let need = need(&problem).unwrap();
    // Six stages of 128 x 256 x 32 with padded rows, and the driver's reserve of 1 KiB a block.
    let tile_bytes = 6 * 2 * (128 * (32 + 8) + 32 * (256 + 8));
    let (block, sm) = ("shared_memory_per_block_optin_bytes", "shared_memory_per_sm_bytes");
    assert_eq!(limits(&need), [(sm, 102_400, tile_bytes + 1024), (block, 101_376, tile_bytes)]);
    assert!(need.together && !need.undecided && need.limits.iter().all(|limit| limit.proved));
    let gpu = |sm_bytes: i64, block_bytes: i64| {
        let steps: Vec<i64> = vec![0, 65_536, sm_bytes];
        json!({"base": "RTX 3090", "l1_and_shared_memory_bytes": 262_144, sm: sm_bytes, block: block_bytes,
               "shared_memory_carveout_steps_bytes": steps})
    };
    let sm_bytes = tile_bytes + 1024;
    assert!(fits(&problem, gpu(sm_bytes, tile_bytes)));
    assert!(!fits(&problem, gpu(sm_bytes, tile_bytes - 1)) && !fits(&problem, gpu(sm_bytes - 128, tile_bytes - 128)));
    assert_nearest(&problem, &need, block);
}

/// The GPU named is one where the problem fits, and no other of its architecture where it fits is nearer by this limit.
fn assert_nearest(problem: &Value, need: &HardwareNeed, field: &str) {
    let here = find(problem["gpu"].as_str().unwrap()).unwrap();
    let value = |gpu: &Gpu| serde_json::to_value(gpu).unwrap()[field].as_i64().unwrap();
    let architecture = |gpu: &Gpu| {
        let row = catalog().capability(gpu.compute_capability).unwrap();
        row.architecture.split(' ').next().unwrap().to_owned()
    };
    let found = need.nearest.as_ref().unwrap();
    let there = find(&found.name).unwrap();
    assert!(fits(problem, there.name.clone().into()), "{}", there.name);
    for (limit, value) in need.limits.iter().zip(&found.limits) {
        assert!(value.unwrap() >= limit.needed, "{limit:?} {value:?}");
    }
    let fitting = catalog().gpus().iter().filter(|gpu| fits(problem, gpu.name.clone().into()));
    for gpu in fitting.filter(|gpu| architecture(gpu) == architecture(here)) {
        assert_eq!(architecture(there), architecture(here), "{} is of the same architecture", gpu.name);
        let change = |gpu: &Gpu| (value(gpu) - value(here)).abs();
        assert!(change(gpu) >= change(there), "{} is nearer", gpu.name);
    }
}

#[test]
fn registers_of_resident_blocks_fit_no_gpu() {
    let problem = json!({
        "version": 1, "gpu": "A100 SXM4 80GB", "variables": {"warps": {"values": [16, 24]}},
        "occupancy": {"threads_per_block": "32 * warps", "registers_per_thread": 200},
        "constraints": [{"name": "two blocks", "expr": "blocks_per_sm >= 2"}],
    });
    let need = need(&problem).unwrap();
    // 200 registers are 6400 a warp, and 2 blocks of 16 warps put 8 warps on each of 4 sub-partitions.
    let expected = [("registers_per_block", 65_536, 16 * 6400), ("registers_per_sm", 65_536, 4 * 8 * 6400)];
    assert_eq!(limits(&need), expected);
    assert!(need.together && nearest(&need).is_none());
    assert!(need.limits.iter().all(|limit| limit.constraints == [0]));
}

#[test]
fn any_one_of_several_limits_may_do() {
    let problem = json!({
        "version": 1, "gpu": "H100 SXM5 80GB", "variables": {"x": {"min": 1, "max": 1000}},
        "constraints": ["x >= 150", "x <= max(gpu_sms, 2 * gpu_max_blocks_per_sm)"],
    });
    let need = need(&problem).unwrap();
    assert_eq!(limits(&need), [("sms", 132, 150), ("max_blocks_per_sm", 32, 75)]);
    assert!(!need.together);
    // Of those with 152 or more SMs, GB200 and GB300 have the blocks of an H100 too.
    assert_eq!(nearest(&need), Some("GB200 (per GPU)"));
    assert_eq!(need.nearest.unwrap().limits, [Some(152), Some(32)]);
}

#[test]
fn where_more_does_not_help_another_gpu_may() {
    let few = json!({
        "version": 1, "gpu": "H100 SXM5 80GB", "variables": {"x": {"min": 1, "max": 100}},
        "constraints": ["x >= gpu_sms"],
    });
    let need = need(&few).unwrap();
    assert_eq!((need.clashing.as_slice(), limits(&need)), (["sms".to_owned()].as_slice(), vec![]));
    let there = find(nearest(&need).unwrap()).unwrap();
    // One of its architecture with so few SMs is nearer than any other.
    let same = |sms: i64| sms <= 100 && there.compute_capability == find("H100 SXM5 80GB").unwrap().compute_capability;
    assert!(same(there.sms), "{}", there.name);
}

#[test]
fn a_clash_without_the_gpu_is_not_blamed_on_it() {
    let problem = json!({
        "version": 1, "gpu": "T4", "variables": {"x": {"min": 1, "max": 9}},
        "constraints": ["x <= gpu_sms", "x % 2 == 0", "x % 4 == 1"],
    });
    assert_eq!(need(&problem), None);
    let feasible =
        json!({"version": 1, "gpu": "T4", "variables": {"x": {"min": 1, "max": 9}}, "constraints": ["x <= gpu_sms"]});
    let (problem, answer) = solved(&feasible);
    assert_eq!(answer.hardware(&problem, &Limits::default()), None);
    let (problem, answer) =
        solved(&json!({"version": 1, "variables": {"x": {"values": [1]}}, "constraints": ["x > 1"]}));
    assert_eq!(answer.hardware(&problem, &Limits::default()), None);
}

#[test]
fn a_second_conflict_joins_the_first() {
    // The threads alone, then the registers: each hides the other.
    let problem = json!({
        "version": 1, "gpu": "RTX 4090", "variables": {"blocks": {"values": [4]}},
        "constraints": ["blocks * 512 <= gpu_max_threads_per_sm", "blocks * 20000 <= gpu_registers_per_sm"],
    });
    let need = need(&problem).unwrap();
    assert_eq!(limits(&need), [("registers_per_sm", 65_536, 80_000), ("max_threads_per_sm", 1536, 2048)]);
    assert!(need.together && nearest(&need).is_none());
}

/// Of the ways to let two limits grow at once, the one with the least growth in parts of each is named.
#[test]
fn limits_that_share_the_need_grow_least_in_parts_of_themselves() {
    let problem = json!({
        "version": 1, "gpu": "H100 SXM5 80GB", "variables": {"x": {"min": 1, "max": 300}, "y": {"min": 1, "max": 60}},
        "constraints": ["x <= gpu_sms", "y <= gpu_max_blocks_per_sm", "x * y >= 10000"],
    });
    let need = need(&problem).unwrap();
    let parts = |x: i64, y: i64| 32 * x + 132 * y;
    let all = (1..=300i64).flat_map(|x| (1..=60i64).map(move |y| (x, y)));
    let least = all.filter(|(x, y)| x * y >= 10_000 && *x >= 132 && *y >= 32).map(|(x, y)| parts(x, y)).min().unwrap();
    let needed = |field: &str| need.limits.iter().find(|limit| limit.field == field).unwrap().needed;
    assert_eq!(parts(needed("sms"), needed("max_blocks_per_sm")), least);
    assert!(need.together);
}

#[test]
fn a_rate_beyond_what_a_variable_holds_is_no_limit_to_move() {
    let problem = json!({
        "version": 1, "gpu": "GB200", "variables": {"x": {"values": [1]}},
        "constraints": ["x * 2 * 9000000000000000 <= gpu_tensor_flops_per_s_fp4"],
    });
    assert_eq!(need(&problem), None);
}
