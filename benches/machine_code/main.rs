//! Floor and estimate of a step of `rnn_forward`, read from its machine code, beside the predicted time.
//!
//! ```text
//! cargo bench --bench machine_code -- [problems/lstm-64x12-h100.json…] [--set NAME=VALUE…]
//! ```
//!
//! Needs nvcc and nvdisasm: `tests/install-nvcc.sh`. Without files: all problems of the kernel in `problems/`.

mod witness;

use constrint::{Problem, Request, solve};
use std::path::PathBuf;

fn main() -> Result<(), String> {
    let nvcc = constrint::nvcc::find().ok_or("no nvcc: tests/install-nvcc.sh installs it below target/")?;
    let (mut files, mut settings) = (Vec::<PathBuf>::new(), Vec::new());
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    while let Some(argument) = arguments.next() {
        if argument == "--set" {
            let setting = arguments.next().ok_or("--set NAME=VALUE")?;
            let (name, value) = setting.split_once('=').ok_or("--set NAME=VALUE")?;
            settings.push((name.to_owned(), value.parse::<i64>().map_err(|error| error.to_string())?));
        } else {
            files.push(argument.into());
        }
    }
    if files.is_empty() {
        let folder = std::fs::read_dir("problems").map_err(|error| error.to_string())?;
        files.extend(folder.filter_map(Result::ok).map(|entry| entry.path()));
        files.retain(|path| path.extension().is_some_and(|kind| kind == "json"));
        files.sort();
    }
    println!("{:<24} {:>9} {:>7} {:>8}  by part: stalls / estimate", "clocks a step", "predicted", "floor", "estimate");
    for file in files {
        let text = std::fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
        if !text.contains("rnn_forward") {
            continue;
        }
        let mut problem = Problem::from_json(&text).map_err(|error| error.to_string())?;
        for (name, value) in &settings {
            problem.set(name, *value).map_err(|error| error.to_string())?;
        }
        let answer = solve(&problem, &Request::default()).map_err(|error| error.to_string())?;
        let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let Some(config) = answer.configs.first() else {
            println!("{name:<24} no configuration");
            continue;
        };
        let reading = witness::read(&nvcc, config)?;
        let predicted = witness::predicted_clocks(config)?;
        print!("{name:<24} {predicted:>9.0} {:>7.0} {:>8.0} ", reading.floor, reading.estimate);
        for (part, [floor, estimate]) in reading.parts {
            print!(" {part} {floor:.0} / {estimate:.0};");
        }
        println!();
    }
    Ok(())
}
