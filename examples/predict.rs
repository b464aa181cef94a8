//! Predicts the time of given configurations: a JSON object a line in, an object a line out.
//!
//! ```text
//! $ echo '{"version": 1, "kernel": "matmul", "gpu": "RTX 4090", "shape": {"m": 64, "n": 64, "k": 64}, "config": {…}}' |
//!     cargo run --example predict
//! {"time_ps": …, "quantities": {"tensor_ps": …, …}}
//! ```
//!
//! Each line is a problem with a `config`: a value for each variable. A configuration that breaks a constraint or a limit
//! is answered by `{"violated": […]}`.

use constrint::config::Config;
use constrint::tiling::{Tiling, lower};
use constrint::{Problem, verify};
use constrint_solver::checker;
use serde_json::{Value, json};
use std::io::{BufRead, Write};

fn main() {
    let mut output = std::io::stdout().lock();
    let mut last = None;
    for line in std::io::stdin().lock().lines() {
        let answer = line.map_err(|error| error.to_string()).and_then(|line| predict(&line, &mut last));
        let answer = answer.unwrap_or_else(|error| json!({"error": error}));
        if writeln!(output, "{answer}").and_then(|()| output.flush()).is_err() {
            return;
        }
    }
}

/// `last` is the problem of the line before and what it was lowered to: neighbours often share it.
fn predict(line: &str, last: &mut Option<(String, Tiling)>) -> Result<Value, String> {
    let mut value: Value = serde_json::from_str(line).map_err(|error| error.to_string())?;
    let config = value.as_object_mut().and_then(|fields| fields.remove("config")).ok_or("`config` is missing")?;
    let text = value.to_string();
    if last.as_ref().is_none_or(|(before, _)| *before != text) {
        let problem = Problem::from_json(&text).map_err(|error| error.to_string())?;
        *last = Some((text, lower(&problem).map_err(|error| error.to_string())?));
    }
    let Some((_, tiling)) = last else { return Err("no problem".to_owned()) };
    let names = tiling.model.variables().iter().map(|variable| variable.name.clone());
    let row = names.map(|name| config[&name].as_i64().ok_or(format!("`config.{name}` is missing")));
    let row: Vec<i64> = row.collect::<Result<_, _>>()?;
    let names = tiling.model.variables().iter().map(|variable| variable.name.clone());
    let mut violated = verify::violations(tiling, &names.zip(row.iter().copied()).collect());
    let broken = tiling.model.constraints().iter();
    violated.extend(broken.filter(|one| checker::holds(&one.expr, &row) != Ok(true)).map(|one| one.name.clone()));
    if !violated.is_empty() {
        return Ok(json!({"violated": violated}));
    }
    let config = Config::new(tiling, &row, Vec::new()).map_err(|error| error.to_string())?;
    let time = config.predicted.map(|predicted| predicted.time_ps);
    Ok(json!({"time_ps": time, "quantities": config.quantities}))
}
