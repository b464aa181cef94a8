//! `ConstrINT` texts and their answers.
//!
//! | file | holds |
//! | --- | --- |
//! | `constrint/table.rs` | small problems on which a solver of this dialect has erred, each with all its solutions |
//! | `constrint/client.rs` | the text of the dialect's published client, where it has been downloaded |
//! | `constrint/flashrnn.rs` | its answers |

#[path = "constrint/client.rs"]
mod client;
#[path = "constrint/flashrnn.rs"]
mod flashrnn;
#[path = "constrint/table.rs"]
mod table;

use constrint_solver::language::constrint;
use constrint_solver::{Model, Options, Search, Step, checker};

/// The model of a text.
#[track_caller]
fn model(text: &str) -> Model {
    constrint::parse(text).unwrap_or_else(|error| panic!("{}", error.render(text, "text", false))).model
}

/// No text here needs more nodes, though its variables range over 1 to 2^30.
fn few_nodes() -> Options {
    let mut options = Options::default();
    options.limits.nodes = Some(100_000);
    options
}

/// All solutions in lexicographic order, each once and checked.
fn solutions(model: &Model) -> Vec<Vec<i64>> {
    let mut search = Search::new(model, &few_nodes());
    let mut found: Vec<Vec<i64>> = Vec::new();
    loop {
        match search.next_solution() {
            Step::Solution(solution) => {
                assert_eq!(checker::is_solution(model, &solution.values), Ok(true), "{:?}", solution.values);
                assert!(found.last().is_none_or(|last| *last < solution.values), "{:?}", solution.values);
                found.push(solution.values);
            }
            Step::Exhausted => return found,
            Step::Interrupted => panic!("too many nodes, after {} solutions", found.len()),
        }
    }
}
