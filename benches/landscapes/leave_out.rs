//! What fitting would change: each GPU left out in turn.
//!
//! The problems' authors chose few numbers with recordings in view; each stands in the files once. For every GPU the value of each that
//! is best by the mean tau of all other GPUs' recordings is taken, one number after the other, and the GPU that was left out
//! is predicted with these.

use crate::{Case, Score};
use std::collections::BTreeSet;

/// Texts in the problems, and what could stand in their place.
const CHOICES: [(&str, [&str; 2]); 4] = [
    // How many loads of a thread are in flight, in the convolutions.
    ("loads // 8", ["loads // 4", "loads // 16"]),
    // Instructions of a body of which the compiler keeps rows in registers.
    ("loads > 4200", ["loads > 3800", "loads > 4600"]),
    // Addresses of a copy to shared memory.
    ("copies * 10", ["copies * 5", "copies * 20"]),
    // Registers beside sums and operands, in Xgemm.
    ("columns + 30", ["columns + 20", "columns + 40"]),
];

pub(crate) fn print(cases: &[Case]) {
    println!("\n| left out | changed by the others | recording | tau-b | pick / best |");
    println!("| --- | --- | --- | --- | --- |");
    let gpus: BTreeSet<&str> = cases.iter().map(|case| case.gpu.as_str()).collect();
    for gpu in gpus {
        let (out, others): (Vec<&Case>, Vec<&Case>) = cases.iter().partition(|case| case.gpu == gpu);
        let changes = fit(&others);
        let changed: Vec<&str> = changes.iter().map(|(_, to)| *to).collect();
        for case in out {
            let Score { tau, pick, .. } = case.score(&with(&case.problem, &changes));
            println!("| {gpu} | {} | {} | {tau:.3} | {pick:.3} |", changed.join(", "), case.name);
        }
    }
}

type Change = (&'static str, &'static str);

fn with(problem: &str, changes: &[Change]) -> String {
    changes.iter().fold(problem.to_owned(), |text, (from, to)| text.replace(from, to))
}

/// The changes that make the mean tau of these larger.
fn fit(cases: &[&Case]) -> Vec<Change> {
    let mut changes: Vec<Change> = Vec::new();
    for (from, alternatives) in CHOICES {
        let concerned: Vec<&&Case> = cases.iter().filter(|case| case.problem.contains(from)).collect();
        let sum = |changes: &[Change]| {
            concerned.iter().map(|case| case.score(&with(&case.problem, changes)).tau).sum::<f64>()
        };
        let mut best = (sum(&changes), None);
        for to in alternatives {
            let tried = [changes.as_slice(), &[(from, to)]].concat();
            let found = sum(&tried);
            if found > best.0 {
                best = (found, Some((from, to)));
            }
        }
        changes.extend(best.1);
    }
    changes
}
