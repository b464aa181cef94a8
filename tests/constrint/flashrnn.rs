//! The tiling problem of the fused kernel of `FlashRNN`, the dialect's published client.
//!
//! Without its package, which `tests/fetch-flashrnn.sh` downloads, the tests say so and pass.

use crate::client::{A100, Client, Dtype, H100, Layer};
use crate::{model, solutions};
use constrint_solver::explain::{Clash, minimal_conflict};
use constrint_solver::{Limits, Options, Outcome, SolutionSpace, ValueOrder, best_solutions, checker};
use std::collections::HashSet;

/// Nothing here takes more nodes than this to answer.
const FEW_NODES: u64 = 2000;

/// An LSTM in bf16 on an H100.
const fn lstm(head_dim: i64, heads: i64, batch: i64) -> Layer {
    Layer { dtype: Dtype::Bf16, gates: 4, head_dim, heads, batch, gpu: H100 }
}

/// The first solutions in the published order, checked, soon.
fn first(client: &Client, layer: &Layer, count: usize) -> Vec<Vec<i64>> {
    let model = model(&client.text(layer));
    let order = client.order(&model);
    let mut options = Options { order: order.clone(), ..Options::default() };
    options.limits.nodes = Some(FEW_NODES);
    let (outcome, solutions, statistics) = best_solutions(&model, &options, count);
    assert!(matches!(outcome, Outcome::Optimal(_) | Outcome::Infeasible), "{layer:?}: {outcome:?}");
    println!("{layer:?}: {} solutions, {} nodes", solutions.len(), statistics.nodes);
    // Larger ranks come later in the published order.
    let rank = |values: &Vec<i64>| -> Vec<i64> {
        let signed = order.iter().map(|(id, end)| (values[id.index()], *end == ValueOrder::LargestFirst));
        signed.map(|(value, largest)| if largest { -value } else { value }).collect()
    };
    let solutions: Vec<Vec<i64>> = solutions.into_iter().map(|solution| solution.values).collect();
    assert!(solutions.is_sorted_by(|a, b| rank(a) <= rank(b)));
    for values in &solutions {
        assert_eq!(checker::is_solution(&model, values), Ok(true), "{layer:?}: {values:?}");
    }
    solutions
}

#[test]
fn the_published_problem_is_solved() {
    let Some(client) = Client::read() else { return };
    for layer in [
        lstm(768, 1, 16),
        lstm(64, 12, 16),
        lstm(256, 3, 8),
        lstm(2048, 1, 16),
        lstm(768, 1, 64),
        Layer { gpu: A100, ..lstm(768, 1, 16) },
        Layer { dtype: Dtype::F32, ..lstm(128, 6, 16) },
        Layer { gates: 1, ..lstm(768, 1, 16) },
    ] {
        assert_eq!(first(&client, &layer, 1).len(), 1, "{layer:?}");
    }
}

/// Its client excludes each configuration that fails to run, up to 25 of them, and asks for the next.
#[test]
fn the_next_best_are_found_as_well() {
    let Some(client) = Client::read() else { return };
    assert_eq!(first(&client, &lstm(768, 1, 16), 26).len(), 26);
}

/// The first does not fit the shared memory of the GPU, the second does not divide into tiles.
#[test]
fn what_has_no_solution_is_refused_with_a_conflict() {
    let Some(client) = Client::read() else { return };
    for layer in [lstm(4096, 1, 16), lstm(100, 1, 8)] {
        assert_eq!(first(&client, &layer, 1), [[0_i64; 0]; 0], "{layer:?}");
        let conflict = minimal_conflict(&model(&client.text(&layer)), &Options::default());
        assert!(matches!(&conflict, Clash::Between(statements) if statements.len() > 2), "{conflict:?}");
    }
}

/// Brute force counted the halves apart; the whole has too many solutions to be walked.
#[test]
fn the_solutions_of_both_halves_are_counted_without_being_met() {
    let Some(client) = Client::read() else { return };
    for (layer, forward, backward) in [
        (lstm(256, 3, 8), 1_212u64, 2_842),
        (lstm(64, 12, 8), 617, 983),
        (lstm(768, 1, 8), 3_227, 5_814),
        (lstm(768, 1, 64), 67_732, 176_730),
    ] {
        let count = SolutionSpace::count(&model(&client.text(&layer)), &Limits::default());
        assert_eq!(count, Ok((forward * backward).into()), "{layer:?}");
    }
}

/// The halves share only fixed values, so that the solutions of the whole are their products.
#[test]
fn each_half_has_as_many_solutions_as_brute_force_found() {
    let Some(client) = Client::read() else { return };
    for (layer, expected) in [
        (lstm(256, 3, 8), [1_212, 2_842]),
        (lstm(64, 12, 8), [617, 983]),
        (lstm(768, 1, 8), [3_227, 5_814]),
        (lstm(2048, 1, 8), [633, 1_042]),
    ] {
        let text = client.text(&layer);
        for (other, expected) in ["BACKWARD", "FORWARD"].into_iter().zip(expected) {
            // Comments go first: they may hold semicolons.
            let lines = text.lines().map(|line| line.split('#').next().unwrap()).collect::<Vec<_>>().join("\n");
            let statements: Vec<&str> = lines.split(';').filter(|statement| !statement.contains(other)).collect();
            let found = solutions(&model(&statements.join(";")));
            println!("{layer:?} without {other}: {} solutions", found.len());
            assert_eq!(found.iter().collect::<HashSet<_>>().len(), expected, "{layer:?} without {other}");
        }
    }
}
