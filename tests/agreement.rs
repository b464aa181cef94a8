//! The limits are stated as constraints and again in plain arithmetic, which share no code: on random configurations,
//! feasible or not, the two must say the same.

use constrint::kernel::Chosen;
use constrint::{Problem, tiling, verify};
use constrint_solver::checker;
use proptest::prelude::*;

const GPUS: [&str; 8] =
    ["A100 SXM4 80GB", "RTX 3090", "RTX 4090", "L40S", "H100 SXM5 80GB", "B200", "RTX 5090", "Jetson AGX Orin 64GB"];

fn matmul(gpu: &str, [m, n, k]: [i64; 3]) -> tiling::Tiling {
    let text =
        format!(r#"{{"version": 1, "kernel": "matmul", "gpu": "{gpu}", "shape": {{"m": {m}, "n": {n}, "k": {k}}}}}"#);
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
        let mut row: Vec<i64> = tiling
            .model
            .variables()
            .iter()
            .zip(draws)
            .map(|(variable, draw)| {
                let values: Vec<i64> = variable.values.iter().collect();
                *draw.get(&values)
            })
            .collect();
        if tame {
            for (name, value) in [("padding_a", 8), ("padding_b", 8), ("split_k", 1), ("blocks_per_sm", 1), ("fragment_buffers", 2)] {
                row[tiling.model.find(name).unwrap().index()] = value;
            }
        }
        let chosen: Chosen =
            tiling.model.variables().iter().map(|variable| variable.name.clone()).zip(row.iter().copied()).collect();
        let broken: Vec<&str> = checker::violated(&tiling.model, &row)
            .unwrap()
            .into_iter()
            .map(|index| tiling.model.constraints()[index].name.as_str())
            .collect();
        let exceeded = verify::violations(&tiling, &chosen);
        prop_assert_eq!(broken.is_empty(), exceeded.is_empty(), "{:?} {:?}: {:?} against {:?}", gpu, chosen, broken, exceeded);
    }
}
