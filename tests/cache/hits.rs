//! What is kept, what a hit saves, and that it changes nothing.

use crate::{FIRST, TILES, files, only_file, request, solved, values};
use constrint::config::Number;
use constrint::{CacheUse, Form, Request, Status};
use constrint_solver::{Limits, ValueOrder};

const MATMUL: &str = r#"{"version": 1, "name": "product", "kernel": "matmul", "gpu": "A100 SXM4 80GB",
  "shape": {"m": 1024, "n": 1024, "k": 1024}}"#;

/// Lexicographic, with a fraction: the first objective leaves a tie that the second breaks.
const STAGED: &str = r#"{"version": 1, "variables": {"x": {"min": 1, "max": 9}, "y": {"min": 1, "max": 9}},
  "constraints": ["x + y == 10"], "objective": {"lexicographic": [{"maximize": "x * y / 7"}, {"minimize": "-x"}]}}"#;

#[test]
fn a_hit_saves_the_search_and_changes_nothing() {
    for problem in [TILES, FIRST, MATMUL, STAGED] {
        let folder = tempfile::tempdir().unwrap();
        let without = solved(problem, &Request::default());
        let first = solved(problem, &request(folder.path()));
        let again = solved(problem, &request(folder.path()));
        assert_eq!((&without.cache, &first.cache, &again.cache), (&CacheUse::None, &CacheUse::Kept, &CacheUse::Hit));
        assert!(without.statistics.nodes > 0 && without.statistics.nodes == first.statistics.nodes);
        assert_eq!((again.statistics.nodes, again.statistics.propagations), (0, 0));
        assert_eq!((again.status, again.conflict), (Status::Optimal, None));
        assert_eq!((&without.configs, &first.configs), (&first.configs, &again.configs));
        for form in [Form::Header, Form::Json, Form::Rust] {
            assert_eq!(without.configs[0].emit(form), again.configs[0].emit(form));
        }
    }
}

#[test]
fn an_entry_is_json_that_a_person_can_read() {
    let folder = tempfile::tempdir().unwrap();
    solved(TILES, &request(folder.path()));
    let file = only_file(folder.path());
    let entry: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    let solution = serde_json::json!({"values": {"tile": 48, "stages": 8}, "objectives": ["392"]});
    assert_eq!(entry["solutions"], serde_json::json!([solution]));
    assert_eq!(
        (&entry["problem"], &entry["status"], &entry["format"]),
        (&"tiles".into(), &"optimal".into(), &1.into())
    );
    assert_eq!(entry["constrint"], env!("CARGO_PKG_VERSION"));
    assert_eq!(file.file_stem().unwrap().to_str(), entry["key"].as_str());
}

#[test]
fn each_question_has_an_entry_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let ordered = |name: &str, end| Request { order: vec![(name.to_owned(), end)], ..request(folder.path()) };
    let several = |solutions| Request { solutions, ..request(folder.path()) };
    let questions = [
        (several(0), 1, [48, 8]),
        (several(3), 3, [48, 8]),
        (ordered("tile", ValueOrder::LargestFirst), 1, [384, 1]),
        (ordered("tile", ValueOrder::SmallestFirst), 1, [16, 1]),
        (ordered("stages", ValueOrder::LargestFirst), 1, [16, 8]),
    ];
    for used in [CacheUse::Kept, CacheUse::Hit] {
        for (question, count, expected) in &questions {
            let answer = solved(TILES, question);
            assert_eq!((&answer.cache, answer.configs.len(), values(&answer)), (&used, *count, expected.to_vec()));
        }
    }
    assert_eq!(files(folder.path()).len(), questions.len());
    assert_eq!(solved(TILES, &several(1)).cache, CacheUse::Hit, "0 counts as 1");
}

#[test]
fn only_what_was_proved_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let infeasible = r#"{"version": 1, "variables": {"x": {"min": 1, "max": 9}}, "constraints": ["x * x == 5"]}"#;
    for _ in 0..2 {
        let answer = solved(infeasible, &request(folder.path()));
        assert_eq!((answer.status, answer.cache, answer.conflict), (Status::Infeasible, CacheUse::None, Some(vec![0])));
    }
    // As more nodes are allowed there is nothing, then a solution without proof, at last a proof.
    let mut statuses = Vec::new();
    for nodes in 1..60 {
        let limits = Limits { nodes: Some(nodes), ..Limits::default() };
        let answer = solved(TILES, &Request { limits, ..request(folder.path()) });
        assert_eq!(answer.cache == CacheUse::Kept, answer.status == Status::Optimal);
        statuses.push(answer.status);
        if answer.status == Status::Optimal {
            break;
        }
        assert_eq!(files(folder.path()).len(), 0);
    }
    assert!(statuses.contains(&Status::Unknown) && statuses.contains(&Status::Feasible), "{statuses:?}");
    // What was proved once serves a request whose limits would not have let it.
    let limits = Limits { nodes: Some(1), ..Limits::default() };
    let answer = solved(TILES, &Request { limits, ..request(folder.path()) });
    assert_eq!((answer.status, answer.cache.clone(), values(&answer)), (Status::Optimal, CacheUse::Hit, vec![48, 8]));
}

#[test]
fn another_spelling_is_a_hit_and_another_problem_is_none() {
    let folder = tempfile::tempdir().unwrap();
    solved(TILES, &request(folder.path()));
    let respelled = TILES.replace("\"tiles\"", "\"other\"").replace("tile * stages * 64 * 2", "(tile*stages*64*2)");
    let answer = solved(&respelled, &request(folder.path()));
    assert_eq!((answer.cache, answer.configs[0].problem.as_str()), (CacheUse::Hit, "other"));
    let smaller = solved(&TILES.replace("49152", "24576"), &request(folder.path()));
    assert_eq!(
        (smaller.cache.clone(), smaller.configs[0].objectives[0].value.clone()),
        (CacheUse::Kept, Number::Integer(198))
    );
}

/// Without an objective and an order, any solution is the answer, and the same one is found again.
#[test]
fn some_solution_is_kept_as_well() {
    let folder = tempfile::tempdir().unwrap();
    let problem = constrint::Problem::from_json(FIRST).unwrap();
    let [first, again] = [(); 2].map(|()| constrint::solve(&problem, &request(folder.path())).unwrap());
    assert_eq!((first.status, again.status), (Status::Feasible, Status::Feasible));
    assert_eq!((&first.cache, &again.cache), (&CacheUse::Kept, &CacheUse::Hit));
    assert_eq!(values(&first), values(&again));
}
