//! What the tests need that sees inside: keys, forged entries, files.

mod files;
mod forged;
mod keys;

use super::{Cache, Question};
use crate::problem::Problem;
use crate::tiling::{Tiling, lower};
use constrint_solver::{Options, Solution, best_solutions};
use serde_json::Value;
use std::path::PathBuf;

fn tiling(problem: &Value) -> Tiling {
    lower(&Problem::from_json(&problem.to_string()).unwrap()).unwrap()
}

/// The key of one solution by objective.
fn key(problem: &Value) -> String {
    Question { tiling: &tiling(problem), options: &Options::default(), count: 1 }.key()
}

/// A question with its proved answer.
struct Solved {
    tiling: Tiling,
    options: Options,
    count: usize,
    solutions: Vec<Solution>,
}

impl Solved {
    fn new(problem: &Value, count: usize) -> Self {
        let (tiling, options) = (tiling(problem), Options::default());
        let (_, solutions, _) = best_solutions(&tiling.model, &options, count);
        Self { tiling, options, count, solutions }
    }

    fn question(&self) -> Question<'_> {
        Question { tiling: &self.tiling, options: &self.options, count: self.count }
    }
}

#[test]
fn the_environment_places_the_cache() {
    let (default, folder) = (Some(PathBuf::from("default")), |path: &str| Some(Cache::new(path)));
    let placed = |setting: &str| Cache::placed(Some(setting.into()), default.clone());
    assert_eq!(Cache::placed(None, default.clone()), folder("default"));
    assert_eq!(Cache::placed(None, None), None);
    assert_eq!(placed(""), folder("default"));
    assert_eq!(placed("off"), None);
    assert_eq!(placed("OFF"), None);
    assert_eq!(placed("/some/folder"), folder("/some/folder"));
}
