//! What a step of the tuner costs in a space of a million configurations: an ask and a tell, all that is computed for them included.

use constrint::Problem;
use constrint::tune::{Outcome, Settings, Tuner};
use std::time::Instant;

const STEPS: usize = 200;

/// 1,000,000 configurations, with and without something to predict by.
fn problem(with_objective: bool) -> Problem {
    let names: Vec<String> = (0..6).map(|index| format!(r#""v{index}": {{"min": 1, "max": 10}}"#)).collect();
    let objective = r#", "objective": {"minimize": "v0 * v1 + 100 // v2 + (v3 - 4) ** 2 + v4 % 3 + v5"}"#;
    let objective = if with_objective { objective } else { "" };
    let text = format!(r#"{{"version": 1, "variables": {{{}}}{objective}}}"#, names.join(", "));
    Problem::from_json(&text).unwrap()
}

pub(crate) fn print() {
    println!("\n| a million configurations | to begin, ms | a step, ms: mean | slowest |");
    println!("| --- | --- | --- | --- |");
    for (with_objective, name) in [(true, "with an objective"), (false, "the space alone")] {
        let start = Instant::now();
        let mut tuner = Tuner::new(&problem(with_objective), Settings::default()).unwrap();
        let begun = milliseconds(start);
        let mut steps = Vec::with_capacity(STEPS);
        for _ in 0..STEPS {
            let start = Instant::now();
            let values = tuner.ask(1).pop().unwrap();
            #[expect(clippy::cast_precision_loss, reason = "small")]
            let time = 1.0 + values.values().map(|value| (value - 6).pow(2)).sum::<i64>() as f64;
            tuner.tell(&values, Outcome::Took(time)).unwrap();
            steps.push(milliseconds(start));
        }
        #[expect(clippy::cast_precision_loss, reason = "small")]
        let mean = steps.iter().sum::<f64>() / STEPS as f64;
        let slowest = steps.iter().copied().fold(0.0, f64::max);
        println!("| {name} | {begun:.0} | {mean:.1} | {slowest:.1} |");
    }
}

fn milliseconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e3
}
