//! Floor and estimate of a step of `rnn_forward` or `rnn_backward`, read from its machine code, beside the predicted time.
//!
//! ```text
//! cargo bench --bench machine_code -- [problems/lstm-64x12-h100.json…] [--set NAME=VALUE…]
//! ```
//!
//! `--listing` prints the instructions of a step, in their order: clocks in the estimate, stall, part, scoreboards that it waits for, that its result
//! and its operands release, text, line.
//!
//! `--draw COUNT SEED` reads so many other configurations of each file, too, and prints what the cost model knows of each, as CSV.
//!
//! Needs nvcc and nvdisasm: `tests/install-nvcc.sh`. Without files: all problems of both kernels in `problems/`.

mod witness;

use constrint::{Problem, Request, solve};
use std::path::PathBuf;

fn main() -> Result<(), String> {
    let nvcc = constrint::nvcc::find().ok_or("no nvcc: tests/install-nvcc.sh installs it below target/")?;
    let (mut files, mut settings) = (Vec::<PathBuf>::new(), Vec::new());
    let (mut drawn, mut lists): (Option<(u64, u64)>, bool) = (None, false);
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    while let Some(argument) = arguments.next() {
        if argument == "--set" {
            let setting = arguments.next().ok_or("--set NAME=VALUE")?;
            let (name, value) = setting.split_once('=').ok_or("--set NAME=VALUE")?;
            settings.push((name.to_owned(), value.parse::<i64>().map_err(|error| error.to_string())?));
        } else if argument == "--listing" {
            lists = true;
        } else if argument == "--draw" {
            let mut number = || arguments.next().and_then(|text| text.parse().ok()).ok_or("--draw COUNT SEED");
            drawn = Some((number()?, number()?));
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
    if drawn.is_none() {
        println!(
            "{:<24} {:>9} {:>7} {:>8}  by part: stalls / estimate",
            "clocks a step", "predicted", "floor", "estimate"
        );
    }
    for file in files {
        let text = std::fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
        if !text.contains("\"rnn_forward\"") && !text.contains("\"rnn_backward\"") {
            continue;
        }
        let mut problem = Problem::from_json(&text).map_err(|error| error.to_string())?;
        for (name, value) in &settings {
            problem.set(name, *value).map_err(|error| error.to_string())?;
        }
        if let Some((count, seed)) = drawn {
            table(&nvcc, &problem, count, seed)?;
            continue;
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
        if lists {
            println!("{}", reading.listing.join("\n"));
        }
    }
    Ok(())
}

/// A line for each configuration: what is known by name, and what was read.
fn table(nvcc: &std::path::Path, problem: &Problem, count: u64, seed: u64) -> Result<(), String> {
    let configs = witness::draw::draw(problem, usize::try_from(count).map_err(|error| error.to_string())?, seed)?;
    for config in &configs {
        let reading = witness::read(nvcc, config)?;
        let known = config.quantities.iter().map(|(name, value)| format!("{name}={value}"));
        let macros = config.macros.iter().map(|(name, value)| format!("{name}={value}"));
        let parts =
            reading.parts.iter().map(|(part, [stalls, taken])| format!("s_{part}={stalls},e_{part}={taken:.1}"));
        let all: Vec<String> = known.chain(macros).chain(parts).collect();
        println!(
            "problem={},gpu={},floor={},estimate={:.1},instructions={},{}",
            config.problem,
            config.gpu.as_deref().unwrap_or_default(),
            reading.floor,
            reading.estimate,
            reading.instructions,
            all.join(",")
        );
    }
    Ok(())
}
