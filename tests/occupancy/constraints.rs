//! Occupancy as constraints against the function: on random GPUs and kernels the solutions of a model that asks for
//! blocks per SM are exactly the assignments at which the function answers so.

use constrint::Problem;
use constrint::hardware::{Gpu, KernelResources, OptIn, catalog, occupancy};
use constrint::tiling::{Tiling, lower};
use constrint_solver::checker::{self, Number};
use constrint_solver::{Options, Search, Step};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Which values the open quantities may take, and the question that is asked of them.
#[derive(Clone, Debug)]
struct Question {
    gpu: Value,
    warps: Vec<i64>,
    /// Threads beyond whole warps.
    ragged: i64,
    registers: Vec<i64>,
    units: Vec<i64>,
    unit_bytes: i64,
    static_bytes: i64,
    barriers: Vec<i64>,
    carveout: Option<Vec<i64>>,
    opt_in_bytes: Option<u32>,
    blocks: i64,
    comparison: &'static str,
}

/// The first GPU of the catalog with each compute capability, some with limits of their own.
fn gpus() -> impl Strategy<Value = Value> {
    let mut seen = BTreeSet::new();
    let names: Vec<&str> = (catalog().gpus().iter())
        .filter(|gpu| seen.insert(gpu.compute_capability))
        .map(|gpu| gpu.name.as_str())
        .collect();
    let odd = [
        json!({}),
        json!({"registers_per_block": 32_768}),
        json!({"registers_per_sm": 40_000, "registers_per_block": 40_000}),
        json!({"max_blocks_per_sm": 5}),
        json!({"register_allocation_unit_per_warp": 512}),
        json!({"shared_memory_per_block_default_bytes": 20_000}),
        json!({"max_threads_per_block": 768}),
        json!({"named_barriers_per_sm": 7, "named_barriers_limit_blocks": true}),
    ];
    (select(names), select(odd.to_vec())).prop_map(|(base, mut limits)| {
        limits["base"] = base.into();
        limits
    })
}

fn questions() -> impl Strategy<Value = Question> {
    let few = |values: std::ops::RangeInclusive<i64>| prop::collection::btree_set(values, 1..4);
    let kernel = (few(0..=33), 0..3i64, few(0..=260), few(0..=40), select(vec![1i64, 100, 1024, 6000]), 0..3000i64);
    let launch = (few(0..=6), prop::option::of(few(0..=100)), prop::option::of(select(vec![0u32, 30_000, 90_000])));
    (gpus(), kernel, launch, 0..=9i64, select(vec![">=", "==", "<"])).prop_map(
        |(gpu, (warps, ragged, registers, units, unit_bytes, static_bytes), launch, blocks, comparison)| Question {
            gpu,
            warps: warps.into_iter().collect(),
            ragged,
            registers: registers.into_iter().collect(),
            units: units.into_iter().collect(),
            unit_bytes,
            static_bytes,
            barriers: launch.0.into_iter().collect(),
            carveout: launch.1.map(|values| values.into_iter().collect()),
            opt_in_bytes: launch.2,
            blocks,
            comparison,
        },
    )
}

impl Question {
    fn lowered(&self) -> Tiling {
        let values = |values: &[i64]| json!({"values": values});
        let mut problem = json!({
            "version": 1, "gpu": self.gpu,
            "variables": {"warps": values(&self.warps), "registers": values(&self.registers),
                          "units": values(&self.units), "barriers": values(&self.barriers)},
            "occupancy": {"threads_per_block": format!("32 * warps - {}", self.ragged), "registers_per_thread": "registers",
                          "dynamic_shared_memory_bytes": format!("units * {}", self.unit_bytes),
                          "static_shared_memory_bytes": self.static_bytes, "named_barriers": "barriers"},
            "constraints": [format!("blocks_per_sm {} {}", self.comparison, self.blocks)],
        });
        if let Some(percents) = &self.carveout {
            problem["variables"]["carveout"] = values(percents);
            problem["occupancy"]["carveout_percent"] = "carveout".into();
        }
        if let Some(bytes) = self.opt_in_bytes {
            problem["occupancy"]["opt_in_bytes"] = bytes.into();
        }
        lower(&Problem::from_json(&problem.to_string()).unwrap()).unwrap()
    }

    /// The kernel that a row of values means.
    fn kernel(&self, row: &[i64]) -> KernelResources {
        KernelResources {
            dynamic_shared_memory_bytes: row[2] * self.unit_bytes,
            static_shared_memory_bytes: self.static_bytes,
            named_barriers: row[3],
            carveout_percent: row.get(4).copied(),
            opt_in: match self.opt_in_bytes {
                None => OptIn::AsNeeded,
                Some(0) => OptIn::Never,
                Some(bytes) => OptIn::UpTo(i64::from(bytes)),
            },
            ..KernelResources::new(row[1], 32 * row[0] - self.ragged)
        }
    }

    fn holds(&self, blocks: i64) -> bool {
        match self.comparison {
            ">=" => blocks >= self.blocks,
            "==" => blocks == self.blocks,
            _ => blocks < self.blocks,
        }
    }
}

fn every_row(tiling: &Tiling) -> Vec<Vec<i64>> {
    tiling.model.variables().iter().fold(vec![Vec::new()], |rows, variable| {
        let extended = |row: &Vec<i64>| {
            let row = row.clone();
            variable.values.iter().map(move |value| [row.clone(), vec![value]].concat()).collect::<Vec<_>>()
        };
        rows.iter().flat_map(extended).collect()
    })
}

fn solutions(tiling: &Tiling) -> BTreeSet<Vec<i64>> {
    let mut search = Search::new(&tiling.model, &Options::default());
    let mut found = BTreeSet::new();
    while let Step::Solution(solution) = search.next_solution() {
        assert!(found.insert(solution.values), "a solution comes once");
    }
    found
}

/// The quantity at a row, which is a whole number there.
fn quantity(tiling: &Tiling, name: &str, row: &[i64]) -> i64 {
    let value =
        checker::evaluate(&tiling.definitions[name].expr, row).unwrap().unwrap_or_else(|| panic!("{name}: {row:?}"));
    assert_eq!(value, Number::from_integer(value.to_integer()));
    i64::try_from(value.to_integer()).unwrap()
}

/// What each resource alone allows, as the formulas and as the function have it.
fn assert_same_limits(tiling: &Tiling, gpu: &Gpu, kernel: &KernelResources, row: &[i64]) {
    let Ok(answer) = occupancy(&gpu.sm_limits(), kernel) else {
        assert_eq!(quantity(tiling, "blocks_per_sm", row), 0, "{kernel:?}");
        return;
    };
    let limits = answer.block_limits;
    let or_slots = |limit: Option<i64>| limit.unwrap_or(gpu.max_blocks_per_sm);
    for (name, expected) in [
        ("blocks_per_sm", answer.blocks_per_sm),
        ("warps_per_sm", answer.warps_per_sm),
        ("blocks_by_warps", limits.warps),
        ("blocks_by_registers", or_slots(limits.registers)),
        ("blocks_by_shared_memory", or_slots(limits.shared_memory)),
        ("shared_memory_allocated_bytes", answer.allocated_shared_memory_per_block_bytes),
    ] {
        assert_eq!(quantity(tiling, name, row), expected, "{name} on {}: {kernel:?}", gpu.name);
    }
    let wished = kernel.carveout_percent.map_or(0, |percent| percent * gpu.shared_memory_per_sm_bytes / 100);
    let in_use = wished.max(answer.blocks_per_sm * answer.allocated_shared_memory_per_block_bytes);
    // Of a kernel that does not run, it means nothing.
    if answer.blocks_per_sm > 0 {
        assert_eq!(Some(quantity(tiling, "l1_bytes", row)), gpu.l1_bytes_beside(in_use), "{}: {kernel:?}", gpu.name);
    }
    if gpu.named_barriers_limit_blocks {
        assert_eq!(quantity(tiling, "blocks_by_barriers", row), or_slots(limits.barriers), "{kernel:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    #[test]
    fn a_model_has_the_solutions_that_the_function_allows(question in questions()) {
        let tiling = question.lowered();
        let gpu = tiling.gpu.clone().unwrap();
        let mut expected = BTreeSet::new();
        for row in every_row(&tiling) {
            let kernel = question.kernel(&row);
            assert_same_limits(&tiling, &gpu, &kernel, &row);
            let blocks = occupancy(&gpu.sm_limits(), &kernel).map_or(0, |answer| answer.blocks_per_sm);
            if question.holds(blocks) {
                expected.insert(row);
            }
        }
        prop_assert_eq!(solutions(&tiling), expected);
    }
}

#[test]
fn what_solve_finds_is_checked_by_the_function() {
    let problem = Problem::from_json(include_str!("../../problems/plain-residency.json")).unwrap();
    let answer = constrint::solve(&problem, &constrint::Request::default()).unwrap();
    let limits = constrint::verify::limits(&answer.tiling, &answer.configs[0].values);
    let sides: Vec<(i64, i64, bool)> = limits.iter().map(|limit| (limit.used, limit.available, limit.exact)).collect();
    assert_eq!(sides, [(2, 2, true)]);
}
