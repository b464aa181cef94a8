//! The public search spaces have as many solutions as their sources say.

use constrint::{Problem, tiling};
use constrint_solver::{Options, Search, Step};
use std::path::Path;

fn count(name: &str) -> u64 {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("problems/spaces").join(format!("{name}.json"));
    let problem = Problem::from_json(&std::fs::read_to_string(path).unwrap()).unwrap();
    let tiling = tiling::lower(&problem).unwrap();
    let mut search = Search::new(&tiling.model, &Options::default());
    let mut count = 0;
    loop {
        match search.next_solution() {
            Step::Solution(_) => count += 1,
            Step::Exhausted => return count,
            Step::Interrupted => panic!("no limit was set"),
        }
    }
}

#[test]
fn small_spaces_have_their_published_sizes() {
    for (name, solutions) in [("dedispersion", 11_130), ("prl_2x2", 1_200), ("prl_4x4", 10_800), ("prl_8x8", 48_720)] {
        assert_eq!(count(name), solutions, "{name}");
    }
}

/// Minutes without optimisation: `cargo test --release --test spaces -- --ignored`.
#[test]
#[ignore = "slow without optimisation; CI runs it with"]
fn large_spaces_have_their_published_sizes() {
    for (name, solutions) in
        [("microhh", 138_600), ("hotspot", 349_853), ("gemm_clblast", 241_600), ("prl_32x32", 514_080)]
    {
        assert_eq!(count(name), solutions, "{name}");
    }
}
