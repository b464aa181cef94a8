//! The limits are stated as constraints and again in plain arithmetic, which share no code: on random configurations,
//! feasible or not, the two must say the same.

#[path = "agreement/traffic.rs"]
mod traffic;

use constrint::kernel::Chosen;
use constrint::kernel::recurrent::CELLS;
use constrint::{Problem, tiling, verify};
use constrint_solver::{Variable, checker};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::TestCaseError;

const GPUS: [&str; 8] =
    ["A100 SXM4 80GB", "RTX 3090", "RTX 4090", "L40S", "H100 SXM5 80GB", "B200", "RTX 5090", "Jetson AGX Orin 64GB"];

fn matmul(gpu: &str, [m, n, k]: [i64; 3]) -> tiling::Tiling {
    let text =
        format!(r#"{{"version": 1, "kernel": "matmul", "gpu": "{gpu}", "shape": {{"m": {m}, "n": {n}, "k": {k}}}}}"#);
    tiling::lower(&Problem::from_json(&text).unwrap()).unwrap()
}

fn draw(tiling: &tiling::Tiling, draws: &[Index]) -> Vec<i64> {
    let draw_one = |(variable, draw): (&Variable, &Index)| {
        let values: Vec<i64> = variable.values.iter().collect();
        *draw.get(&values)
    };
    tiling.model.variables().iter().zip(draws).map(draw_one).collect()
}

/// The constraints at these values against the limits in plain arithmetic; whether they hold.
fn hold_against_each_other(tiling: &tiling::Tiling, row: &[i64]) -> Result<bool, TestCaseError> {
    let chosen: Chosen =
        tiling.model.variables().iter().map(|variable| variable.name.clone()).zip(row.iter().copied()).collect();
    let broken: Vec<&str> = checker::violated(&tiling.model, row)
        .unwrap()
        .into_iter()
        .map(|index| tiling.model.constraints()[index].name.as_str())
        .collect();
    let exceeded = verify::violations(tiling, &chosen);
    let gpu = tiling.gpu.as_ref().map(|gpu| &gpu.name);
    prop_assert_eq!(
        broken.is_empty(),
        exceeded.is_empty(),
        "{:?} {:?}: {:?} against {:?}",
        gpu,
        chosen,
        broken,
        exceeded
    );
    Ok(broken.is_empty())
}

/// A kernel, and more of its shape.
const RECURRENT: [[&str; 2]; 4] =
    [["rnn_forward", ""], ["rnn_forward", r#", "pass": "training""#], ["rnn_backward", ""], ["rnn_training", ""]];

fn recurrent(
    [kernel, more]: [&str; 2],
    gpu: &str,
    cell: &str,
    dtype: &str,
    [head_dim, heads, batch]: [i64; 3],
) -> tiling::Tiling {
    let text = format!(
        r#"{{"version": 1, "kernel": "{kernel}", "gpu": "{gpu}", "dtype": "{dtype}", "shape":
            {{"cell": "{cell}", "head_dim": {head_dim}, "heads": {heads}, "batch": {batch}, "sequence": 7{more}}}}}"#
    );
    tiling::lower(&Problem::from_json(&text).unwrap()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn constraints_and_plain_arithmetic_agree(
        gpu in prop::sample::select(GPUS.to_vec()),
        shape in [1i64..5000, 1i64..5000, 1i64..5000],
        draws in prop::collection::vec(any::<prop::sample::Index>(), 12),
        // Half of the cases start from sizes that usually fit, so that both answers are common.
        tame in any::<bool>(),
    ) {
        let tiling = matmul(gpu, shape);
        let mut row = draw(&tiling, &draws);
        if tame {
            for (name, value) in [("padding_a", 8), ("padding_b", 8), ("split_k", 1), ("blocks_per_sm", 1), ("fragment_buffers", 2)] {
                row[tiling.model.find(name).unwrap().index()] = value;
            }
        }
        hold_against_each_other(&tiling, &row)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn constraints_and_plain_arithmetic_agree_on_recurrent_layers(
        kernel in prop::sample::select(RECURRENT.to_vec()),
        gpu in prop::sample::select(GPUS.to_vec()),
        cell in prop::sample::select(CELLS.map(|cell| cell.name).to_vec()),
        dtype in prop::sample::select(vec!["bf16", "fp16", "fp32"]),
        sizes in [1i64..1200, 1i64..65, 1i64..257],
        // Half of the heads are small, as a random tile rarely fits a large one.
        small in any::<bool>(),
        draws in prop::collection::vec(any::<Index>(), 24),
        tame in any::<bool>(),
    ) {
        let [head_dim, heads, batch] = sizes;
        let head_dim = if small { head_dim % 64 + 1 } else { head_dim };
        let tiling = recurrent(kernel, gpu, cell, dtype, [head_dim, heads, batch]);
        let mut row = draw(&tiling, &draws);
        if tame {
            for (name, value) in [("heads_per_block", 1), ("batch_tiles", 1), ("register_steps", 0), ("blocks_per_sm", 1)] {
                let is_named = |variable: &&Variable| {
                    [name, &format!("forward_{name}"), &format!("backward_{name}")].contains(&variable.name.as_str())
                };
                for variable in tiling.model.variables().iter().filter(is_named) {
                    row[tiling.model.find(&variable.name).unwrap().index()] = value;
                }
            }
        }
        hold_against_each_other(&tiling, &row)?;
    }
}
