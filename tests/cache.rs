//! The cache of answers as a caller sees it: never a wrong answer, whatever stands on the disk.
//!
//! | file | holds |
//! | --- | --- |
//! | `hits.rs` | what is kept, what a hit saves, and that it changes nothing |
//! | `damage.rs` | flipped bytes, torn files, folders that cannot be written to |
//! | `never_wrong.rs` | random problems and damage, against enumeration |
//! | `side_by_side.rs` | threads that write, read and damage the same entry |
//! | `build.rs` | the call for a `build.rs` |

#[path = "cache/build.rs"]
mod build;
#[path = "cache/damage.rs"]
mod damage;
#[path = "cache/hits.rs"]
mod hits;
#[path = "cache/never_wrong.rs"]
mod never_wrong;
#[path = "cache/side_by_side.rs"]
mod side_by_side;

use constrint::{Answer, Cache, Problem, Request, solve};
use constrint_solver::ValueOrder;
use std::path::{Path, PathBuf};

/// A problem with one best solution, tile = 48 and stages = 8, of many.
const TILES: &str = r#"{"version": 1, "name": "tiles",
  "variables": {"tile": {"divisors_of": 768}, "stages": {"min": 1, "max": 8}},
  "constraints": ["tile * stages * 64 * 2 <= 49152", "tile % 16 == 0"],
  "objective": {"maximize": "tile * stages + stages"}}"#;

/// No checker sees which solution is the first in the order of the variables: it is x = 10, y = 4.
const FIRST: &str = r#"{"version": 1, "variables": {"x": {"min": 10, "max": 99}, "y": {"min": 1, "max": 99}},
  "constraints": ["x * y >= 33", "x + y >= 14"]}"#;

fn request(folder: &Path) -> Request {
    Request { cache: Some(Cache::new(folder)), ..Request::default() }
}

/// Without an objective, the first solution in the order of the variables is asked for.
fn solved(problem: &str, request: &Request) -> Answer {
    let problem = Problem::from_json(problem).unwrap();
    let mut request = request.clone();
    if problem.objective.is_none() && problem.kernel.is_none() && request.order.is_empty() {
        request.order = problem.variables.keys().map(|name| (name.clone(), ValueOrder::SmallestFirst)).collect();
    }
    solve(&problem, &request).unwrap()
}

/// The values of the first solution.
fn values(answer: &Answer) -> Vec<i64> {
    answer.configs[0].values.values().copied().collect()
}

/// The files in a folder, sorted; none if it is not there.
fn files(folder: &Path) -> Vec<PathBuf> {
    let files = std::fs::read_dir(folder).into_iter().flatten();
    let mut files: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    files.sort();
    files
}

/// The one file in a folder.
fn only_file(folder: &Path) -> PathBuf {
    let mut files = files(folder);
    assert_eq!(files.len(), 1, "{files:?}");
    files.remove(0)
}
