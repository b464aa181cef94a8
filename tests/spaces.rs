//! The public search spaces have as many solutions as their sources say.

use constrint::enumerate::Solutions;
use constrint::{Problem, tiling};
use constrint_solver::{Limits, Model, Options, Search, SolutionSpace, Step, VarId};
use num_bigint::BigUint;
use num_traits::ToPrimitive;
use std::path::Path;

fn problem(name: &str) -> Problem {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("problems/spaces").join(format!("{name}.json"));
    Problem::from_json(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn model(name: &str) -> Model {
    tiling::lower(&problem(name)).unwrap().model
}

fn count(name: &str) -> u64 {
    let model = model(name);
    let mut search = Search::new(&model, &Options::default());
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

/// Counted without being listed; with `--nocapture`, node counts and times.
#[test]
fn the_diagrams_of_public_spaces_have_their_published_sizes() {
    let sizes: [(&str, u64); 11] = [
        ("dedispersion", 11_130),
        ("microhh", 138_600),
        ("hotspot", 349_853),
        ("hotspot.t1", 349_853),
        ("gemm_clblast", 241_600),
        ("prl_2x2", 1_200),
        ("prl_4x4", 10_800),
        ("prl_8x8", 48_720),
        ("prl_32x32", 514_080),
        ("prl_1024x1024", 23_111_088),
        ("tensor_contraction", tensor_contractions()),
    ];
    for (name, solutions) in sizes {
        let model = model(name);
        let start = std::time::Instant::now();
        let space = SolutionSpace::build(&model, &Limits::default()).unwrap();
        let time = start.elapsed();
        println!(
            "{name}: {} solutions, {} nodes, {} bytes, {time:?}, lexicographic: {}",
            space.len(),
            space.nodes(),
            space.bytes(),
            space.is_lexicographic()
        );
        assert_eq!(space.len(), solutions.into(), "{name}");
    }
}

/// For each variable, the largest distance between the cumulative frequencies of some rows and those of the space.
fn distances(space: &SolutionSpace, rows: &[Vec<i64>]) -> Vec<f64> {
    let ratio = |count: &BigUint| count.to_f64().unwrap() / space.len().to_f64().unwrap();
    let distance = |id: VarId| {
        let (mut share, mut largest) = (0.0, 0.0f64);
        for (value, count) in space.counts(id).unwrap() {
            share += ratio(&count);
            let up_to = rows.iter().filter(|row| row[id.index()] <= value).count();
            largest = largest.max((share - up_to.to_f64().unwrap() / rows.len().to_f64().unwrap()).abs());
        }
        largest
    };
    space.variable_ids().map(distance).collect()
}

/// With `--nocapture`, the distances.
#[test]
fn spread_samples_are_nearer_to_the_space_than_uniform_ones() {
    for name in ["dedispersion", "prl_8x8", "microhh"] {
        let space = SolutionSpace::build(&model(name), &Limits::default()).unwrap();
        for count in [20, 100] {
            let mean = |sample: &dyn Fn(u64) -> Vec<Vec<i64>>| {
                let runs: Vec<Vec<f64>> = (0..5).map(|seed| distances(&space, &sample(seed))).collect();
                (0..runs[0].len())
                    .map(|column| runs.iter().map(|run| run[column]).sum::<f64>() / 5.0)
                    .collect::<Vec<_>>()
            };
            let spread = mean(&|seed| space.latin_hypercube(count, seed));
            let uniform = mean(&|seed| space.sample(count, seed));
            let (a, b) = (spread.iter().sum::<f64>(), uniform.iter().sum::<f64>());
            println!(
                "{name}, {count} rows: {:.4} against {:.4}",
                a / spread.len().to_f64().unwrap(),
                b / spread.len().to_f64().unwrap()
            );
            assert!(2.0 * a < b, "{name}, {count} rows: {spread:?} {uniform:?}");
            assert!(
                spread.iter().zip(&uniform).all(|(spread, uniform)| spread <= uniform),
                "{name}, {count} rows: {spread:?} {uniform:?}"
            );
        }
    }
}

/// The dimensions are independent of each other and of their order, so that the choices of each multiply.
fn tensor_contractions() -> u64 {
    let orders: u64 = (1..=7).product();
    [24, 16, 16, 24, 16, 16, 24].into_iter().map(dimension).product::<u64>() * orders
}

/// The choices for one dimension, by trying them all.
fn dimension(size: u64) -> u64 {
    let all = || 1..=size;
    let mut count = 0;
    for cache_block in all().filter(|&block| size.is_multiple_of(block)) {
        for inner_block in all().filter(|&inner| cache_block.is_multiple_of(inner)) {
            for work_groups in all().filter(|&groups| (size / cache_block).is_multiple_of(groups)) {
                let divides = |items: u64| (cache_block / inner_block).is_multiple_of(items);
                count += all().filter(|&items| divides(items) && items <= size.div_ceil(work_groups)).count() as u64;
            }
        }
    }
    count
}

/// The same space in another of the formats: parameters as lists, constraints as they are.
fn rewritten(problem: &Problem, format: &str) -> Problem {
    let model = tiling::lower(problem).unwrap().model;
    let lists = model.variables().iter().map(|variable| (variable.name.clone(), variable.values.iter().collect()));
    let lists: Vec<(String, Vec<i64>)> = lists.collect();
    let expressions: Vec<&str> = model.constraints().iter().map(|constraint| constraint.text.as_str()).collect();
    let json = if format == "T1" {
        let parameter = |(name, values): &(String, Vec<i64>)| {
            let consecutive = values.windows(2).all(|pair| pair[0] + 1 == pair[1]);
            let text = format!("list(range({}, {} + 1))", values[0], values[values.len() - 1]);
            let text = if consecutive { text } else { format!("{values:?}") };
            serde_json::json!({"Name": name, "Type": "int", "Values": text})
        };
        let conditions = expressions.iter().map(|text| serde_json::json!({"Expression": text}));
        serde_json::json!({"ConfigurationSpace": {
            "TuningParameters": lists.iter().map(parameter).collect::<Vec<_>>(),
            "Conditions": conditions.collect::<Vec<_>>(),
        }})
    } else {
        let lists = lists.into_iter().map(|(name, values)| (name, values.into()));
        serde_json::json!({
            "version": 1,
            "tune_params": serde_json::Value::Object(lists.collect()),
            "restrictions": expressions,
        })
    };
    Problem::from_json(&json.to_string()).unwrap()
}

fn rows(problem: &Problem) -> Vec<Vec<i64>> {
    let tiling = tiling::lower(problem).unwrap();
    let solutions = Solutions::of(problem, &tiling, &Limits::default()).unwrap();
    solutions.rows().map(Result::unwrap).collect()
}

#[test]
fn each_format_has_the_same_rows() {
    for name in ["dedispersion", "prl_4x4"] {
        let native = problem(name);
        let expected = rows(&native);
        for format in ["T1", "Kernel Tuner"] {
            assert!(rows(&rewritten(&native, format)) == expected, "{name} as {format}");
        }
    }
    let [native, t1] = ["hotspot", "hotspot.t1"].map(model);
    for (a, b) in native.variables().iter().zip(t1.variables()) {
        assert!(a.name == b.name && a.values.iter().eq(b.values.iter()), "{}", a.name);
    }
    let expressions =
        |model: &Model| model.constraints().iter().map(|constraint| constraint.expr.clone()).collect::<Vec<_>>();
    assert_eq!(expressions(&native), expressions(&t1));
}
