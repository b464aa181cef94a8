//! What has a configuration where a recurrent layer has none as asked, against searches that ask for it.

use constrint::explain::Alternatives;
use constrint::hardware::catalog;
use constrint::{Problem, Request, Status, solve};
use constrint_solver::Limits;
use serde_json::{Value, json};
use std::time::Duration;

fn layer(gpu: &str, head_dim: i64, dtype: &str) -> Value {
    json!({"version": 1, "kernel": "rnn_forward", "gpu": gpu, "dtype": dtype,
           "shape": {"cell": "lstm", "head_dim": head_dim, "batch": 16, "sequence": 64}})
}

fn read(problem: &Value) -> Problem {
    Problem::from_json(&problem.to_string()).unwrap()
}

fn instead(problem: &Value, limits: &Limits) -> Option<Alternatives> {
    let problem = read(problem);
    solve(&problem, &Request::default()).unwrap().alternatives(&problem, limits)
}

/// Whether there is a configuration; a GPU on which the kernel does not run has none.
fn fits(problem: &Value) -> bool {
    let mut problem = read(problem);
    // Any will do.
    problem.objective = serde_json::from_value(json!({"minimize": "1"})).unwrap();
    solve(&problem, &Request::default()).is_ok_and(|answer| answer.status == Status::Optimal)
}

#[test]
fn the_largest_size_is_the_largest() {
    for (gpu, dtype, cell) in [("RTX 4090", "fp32", "lstm"), ("RTX 3060", "bf16", "gru"), ("A30", "fp16", "elman")] {
        let with = |head_dim: i64| {
            let mut problem = layer(gpu, head_dim, dtype);
            problem["shape"]["cell"] = cell.into();
            problem
        };
        let found = instead(&with(8192), &Limits::default()).unwrap().sizes.remove(0);
        assert_eq!((found.name, found.asked, found.step, found.proved), ("head_dim", 8192, 8, true));
        let largest = found.largest.unwrap();
        assert!(
            largest % 8 == 0 && [largest, largest - 8, largest / 16 * 8, 8].into_iter().all(|size| fits(&with(size)))
        );
        // None of those up to the next multiple, and none of some beyond.
        let beyond = (largest + 1..=largest + 16).chain((largest + 24..8192).step_by(248));
        assert_eq!(beyond.clone().find(|&size| fits(&with(size))), None, "{gpu} {dtype} {cell}");
    }
}

#[test]
fn types_and_gpus_are_those_that_have_a_configuration() {
    for (gpu, head_dim, dtype) in [("RTX 4090", 1400, "fp32"), ("RTX 4090", 8192, "fp32"), ("A30", 2000, "fp32")] {
        let problem = layer(gpu, head_dim, dtype);
        // A second is enough, but where others have the processors.
        let mut tries = (0..20).map(|_| instead(&problem, &Limits::default()).unwrap());
        let is_decided =
            |found: &Alternatives| !found.gpus_undecided && found.dtypes.iter().all(|(_, known)| known.is_some());
        let found = tries.find(is_decided).expect("an answer in time");
        for (dtype, known) in &found.dtypes {
            assert_eq!(*known, Some(fits(&layer(gpu, head_dim, dtype))), "{dtype}");
        }
        assert_eq!(found.dtypes.iter().map(|(dtype, _)| *dtype).collect::<Vec<_>>(), ["bf16", "fp16"]);
        let fitting: Vec<&str> = (catalog().gpus().iter().map(|gpu| gpu.name.as_str()))
            .filter(|gpu| fits(&layer(gpu, head_dim, dtype)))
            .collect();
        assert!(found.gpus.iter().all(|gpu| fitting.contains(&gpu.as_str())) && !found.gpus_undecided, "{found:?}");
        assert_eq!(found.gpus.len(), fitting.len().min(3), "{found:?}");
    }
}

/// What the problem itself narrows or demands stays.
#[test]
fn all_else_stays_as_it_was() {
    let mut problem = layer("H100 SXM5 80GB", 768, "bf16");
    problem["constraints"] = json!(["variant == 0"]);
    let found = instead(&problem, &Limits::default()).unwrap();
    let largest = found.sizes[0].largest.unwrap();
    assert!(largest < 768 && found.dtypes.iter().all(|(_, known)| *known == Some(false)), "{found:?}");
    let mut with = |head_dim: i64| {
        problem["shape"]["head_dim"] = head_dim.into();
        fits(&problem)
    };
    assert!(with(largest) && !with(largest + 8));
}

/// A demand that small GPUs alone meet: that the largest of their kind does not says nothing of them.
#[test]
fn a_demand_may_hold_on_small_gpus_alone() {
    let mut problem = layer("RTX A2000 6GB", 64, "bf16");
    problem["constraints"] = json!(["gpu_sms <= 20"]);
    let found = instead(&problem, &Limits::default()).unwrap();
    assert_eq!(found.gpus, ["RTX 3050 8GB", "RTX 3050 6GB", "Jetson AGX Orin 64GB"]);
}

#[test]
fn only_a_kernel_without_a_configuration_is_asked() {
    assert_eq!(instead(&layer("H100 SXM5 80GB", 768, "bf16"), &Limits::default()), None);
    let matmul: Value = serde_json::from_str(include_str!("../../problems/matmul-infeasible.json")).unwrap();
    assert_eq!(instead(&matmul, &Limits::default()), None);
    let plain = json!({"version": 1, "variables": {"x": {"values": [1]}}, "constraints": ["x > 1"]});
    assert_eq!(instead(&plain, &Limits::default()), None);
}

/// Out of time: nothing is claimed, neither that something has a configuration nor that it has none.
#[test]
fn a_limit_leaves_questions_open() {
    let limits = Limits { time: Some(Duration::from_nanos(1)), ..Limits::default() };
    let found = instead(&layer("RTX 4090", 8192, "fp32"), &limits).unwrap();
    assert_eq!((found.sizes[0].largest, found.sizes[0].proved), (None, false));
    assert!(found.dtypes.iter().all(|(_, known)| known.is_none()));
    assert!(found.gpus.is_empty() && found.gpus_undecided);
}

/// What the kernel demands is nobody's to change.
#[test]
fn of_a_shipped_kernel_only_the_constraints_of_the_problem_are_moved() {
    let moved = |problem: &Value| -> Vec<String> {
        let answer = solve(&read(problem), &Request::default()).unwrap();
        let changes = answer.relaxations(&Limits::default());
        assert_eq!(changes.undecided, 0);
        let constraints = answer.tiling.model.constraints();
        changes.found.iter().map(|change| constraints[change.constraint].name.clone()).collect()
    };
    assert_eq!(moved(&layer("RTX 4090", 3000, "fp32")), [] as [String; 0]);
    let matmul: Value = serde_json::from_str(include_str!("../../problems/matmul-infeasible.json")).unwrap();
    assert_eq!(moved(&matmul), ["deep pipeline", "wide tile"]);
}
