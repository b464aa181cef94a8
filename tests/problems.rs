//! Each problem in `problems/` and `problems/landscapes/` gets the answer that stands beside it: status, objective values, conflict. Which of
//! several equally good configurations is found is left open, but it must satisfy every constraint.
//!
//! `CONSTRINT_BLESS=1 cargo test --test problems` writes the answers anew; look at the difference before it lands.

#[path = "problems/alternatives.rs"]
mod alternatives;
#[path = "problems/figures.rs"]
mod figures;
#[path = "problems/hardware.rs"]
mod hardware;
#[path = "problems/prediction.rs"]
mod prediction;
#[path = "problems/recompute.rs"]
mod recompute;
#[path = "problems/training.rs"]
mod training;
#[path = "problems/weights.rs"]
mod weights;

use constrint::config::Number;
use constrint::{Answer, Problem, Request, solve, verify};
use constrint_solver::checker;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

fn problems() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("problems");
    let mut paths: Vec<PathBuf> = [folder.clone(), folder.join("landscapes")]
        .iter()
        .flat_map(|folder| std::fs::read_dir(folder).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    paths.sort();
    paths
}

fn summary(answer: &Answer) -> Value {
    let objectives: Vec<&Number> =
        answer.configs.iter().flat_map(|config| config.objectives.iter().map(|objective| &objective.value)).collect();
    let names: Vec<&str> =
        answer.conflict.iter().flatten().map(|&index| answer.tiling.model.constraints()[index].name.as_str()).collect();
    json!({"status": answer.status.name(), "objective": objectives, "conflict": names})
}

/// The answer holds by the checker and in plain arithmetic.
fn check(answer: &Answer) {
    for config in &answer.configs {
        let row: Vec<i64> = config.values.values().copied().collect();
        assert_eq!(checker::is_solution(&answer.tiling.model, &row), Ok(true), "{}: {row:?}", config.problem);
        assert_eq!(verify::violations(&answer.tiling, &config.values), [] as [String; 0]);
        prediction::check(answer, config);
    }
}

/// What a step does in turn, over all steps, and the starts are the whole time where neither memory nor copies hold it up.
#[test]
fn the_parts_of_a_recurrent_layer_add_up_to_its_time() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("problems/lstm-64x12-h100.json");
    let problem = Problem::from_json(&std::fs::read_to_string(path).unwrap()).unwrap();
    let answer = solve(&problem, &Request::default()).unwrap();
    let predicted = answer.configs[0].predicted.as_ref().unwrap();
    let in_turn = predicted.parts_ps.iter().filter(|(name, _)| *name != "traffic_ps").map(|(_, part)| part);
    assert_eq!((predicted.parts_ps.len(), in_turn.sum::<i64>()), (8, predicted.time_ps), "{predicted:?}");
}

#[test]
fn every_problem_has_its_answer() {
    let paths = problems();
    assert!(paths.len() >= 10);
    for path in paths {
        let problem = Problem::from_json(&std::fs::read_to_string(&path).unwrap()).unwrap();
        assert_eq!(problem.name.as_deref(), path.file_stem().and_then(|stem| stem.to_str()));
        let answer = solve(&problem, &Request::default()).unwrap();
        check(&answer);
        let (found, expected) = (summary(&answer), path.with_extension("expected"));
        if std::env::var_os("CONSTRINT_BLESS").is_some() {
            std::fs::write(&expected, serde_json::to_string_pretty(&found).unwrap() + "\n").unwrap();
        }
        let expected =
            std::fs::read_to_string(&expected).unwrap_or_else(|error| panic!("{}: {error}", expected.display()));
        assert_eq!(found, serde_json::from_str::<Value>(&expected).unwrap(), "{}", path.display());
    }
}

/// The best by branch and bound is the best of all solutions, on a matrix product narrowed until all can be listed.
#[test]
fn the_best_matmul_is_the_best_of_all() {
    let mut problem = Problem::from_json(
        r#"{"version": 1, "kernel": "matmul", "gpu": "RTX 3090", "shape": {"m": 1000, "n": 3000, "k": 700},
            "variables": {"stages": {"min": 2, "max": 4}, "split_k": {"min": 1, "max": 3},
                          "swizzle": {"values": [1, 4]}, "blocks_per_sm": {"min": 1, "max": 2}}}"#,
    )
    .unwrap();
    let best = solve(&problem, &Request::default()).unwrap();
    // The cost as a constraint keeps its definition in scope; without an objective the search lists everything.
    problem.objective = None;
    let all = constrint::tiling::lower(&problem).unwrap();
    let cost = &all.definitions["time_ps"].expr;
    let mut listed = all.model.clone();
    listed.clear_objectives();
    let mut search = constrint_solver::Search::new(&listed, &constrint_solver::Options::default());
    let mut smallest: Option<checker::Number> = None;
    let mut count = 0;
    while let constrint_solver::Step::Solution(solution) = search.next_solution() {
        let value = checker::evaluate(cost, &solution.values).unwrap().unwrap();
        smallest = Some(smallest.map_or(value.clone(), |smallest| smallest.min(value)));
        count += 1;
    }
    assert!(count > 1000, "{count} solutions");
    assert_eq!(Number::of(&smallest.unwrap()), best.configs[0].objectives[0].value);
}

/// Any size may go up to 2^30, as long as the predicted time can be counted in picoseconds.
#[test]
fn the_largest_sizes_are_solved() {
    let shape = |[m, n, k]: [i64; 3]| {
        let text = format!(
            r#"{{"version": 1, "kernel": "matmul", "gpu": "H100 SXM", "shape": {{"m": {m}, "n": {n}, "k": {k}}}}}"#
        );
        solve(&Problem::from_json(&text).unwrap(), &Request::default())
    };
    let (large, half) = (1 << 30, 1 << 15);
    for sizes in [[large, 64, 64], [64, large, 1], [1, 1, large], [large, half, half], [half, large, half]] {
        let answer = shape(sizes).unwrap();
        assert_eq!(answer.status, constrint::Status::Optimal, "{sizes:?}");
        assert!(answer.configs[0].predicted.as_ref().is_some_and(|predicted| predicted.time_ps > 0));
        check(&answer);
    }
    let error = shape([large, half, 2 * half]).unwrap_err().to_string();
    assert!(error.starts_with("shape: m * n * k is beyond 2^60"), "{error}");
}

/// Whatever a problem is called, its generated files compile: no comment ends early, goes on or turns around.
#[test]
fn names_stay_within_their_comment() {
    let problem = Problem::from_json(
        r#"{"version": 1, "name": "a\u202eb\u0000\u001b[31m\nc",  "variables": {"x": {"values": [1]}},
            "objective": {"minimize": "x if x < 2 else\n 3 # \\"}}"#,
    );
    let config = solve(&problem.unwrap(), &Request::default()).unwrap().configs.remove(0);
    for form in [constrint::Form::Header, constrint::Form::Rust, constrint::Form::Cmake] {
        let text = config.emit(form);
        assert!(text.lines().next().unwrap().ends_with(" for ab [31m c."), "{text}");
        assert!(text.contains("Minimized: x if x < 2 else 3 # = 1\n"), "{text}");
    }
}

/// Names that differ in case only, or that C++ or Rust keep for themselves, still come out apart and usable.
#[test]
fn awkward_names_are_emitted_apart() {
    let problem = Problem::from_json(
        r#"{"version": 1, "variables": {"x": {"values": [9007199254740991]}, "X": {"values": [2]},
            "class": {"values": [-5]}, "_": {"values": [7]}}}"#,
    )
    .unwrap();
    let config = solve(&problem, &Request::default()).unwrap().configs.remove(0);
    let header = config.emit(constrint::Form::Header);
    for line in [
        "#define CONSTRINT_x 9007199254740991LL",
        "#define CONSTRINT_X 2",
        "constexpr long long x = 9007199254740991LL;",
        "constexpr long long X = 2;",
        "constexpr long long class_ = -5;",
        "constexpr long long __ = 7;",
    ] {
        assert!(header.lines().any(|found| found == line), "{line} in\n{header}");
    }
    let rust = config.emit(constrint::Form::Rust);
    assert!(rust.contains("pub const x: i64 = 9007199254740991;") && rust.contains("pub const X: i64 = 2;"), "{rust}");
    let problem = Problem::from_json(
        r#"{"version": 1, "variables": {"fn": {"values": [1]}, "FN": {"values": [2]}, "fn_": {"values": [3]},
            "class": {"values": [4]}, "class_": {"values": [5]}}}"#,
    );
    let reserved = solve(&problem.unwrap(), &Request::default()).unwrap().configs.remove(0);
    assert!(reserved.emit(constrint::Form::Rust).contains("pub const fn__: i64 = 1;"));
    assert!(reserved.emit(constrint::Form::Header).contains("constexpr long long class__ = 4;"));
    assert!(config.emit(constrint::Form::Flags).contains("-DCONSTRINT_x=9007199254740991 -DCONSTRINT_X=2"));
}
