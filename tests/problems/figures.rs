//! GPUs of the catalog of which a figure is not published that a kernel's predicted time needs.

use constrint::hardware::catalog;
use constrint::kernel::{KernelFault, kernels};
use constrint::{Error, Problem, Request, Status, solve};
use serde_json::{Value, json};

/// A small problem of each kernel, for each type.
fn problems(gpu: &str) -> Vec<Value> {
    let shape = |kernel: &str| match kernel {
        "matmul" => json!({"m": 512, "n": 512, "k": 512}),
        _ => json!({"cell": "lstm", "head_dim": 64, "batch": 8, "sequence": 16}),
    };
    let of = |kernel: &str, dtype: &str| json!({"version": 1, "kernel": kernel, "gpu": gpu, "dtype": dtype, "shape": shape(kernel)});
    kernels().iter().flat_map(|kernel| kernel.dtypes().iter().map(|dtype| of(kernel.name(), dtype))).collect()
}

fn solved(problem: &Value) -> Result<Status, Error> {
    let problem = Problem::from_json(&problem.to_string())?;
    Ok(solve(&problem, &Request::default())?.status)
}

/// The value of `gpu` that a hint offers.
fn offered(hint: &str) -> Value {
    let (_, from) = hint.split_once("`\"gpu\": ").unwrap_or_else(|| panic!("{hint}"));
    // What nothing else tells is left to the reader: a clock in MHz, a rate in FLOP/s.
    let filled = from.split_once('`').unwrap().0.replace("mhz\": …", "mhz\": 2000").replace('…', "100000000000000");
    serde_json::from_str(&filled).unwrap()
}

#[test]
fn doing_what_the_hint_says_gives_an_answer() {
    let mut refused: Vec<(String, &str)> = Vec::new();
    for gpu in catalog().gpus() {
        for mut problem in problems(&gpu.name) {
            let error = match solved(&problem) {
                Ok(_) => continue,
                Err(Error::Kernel(error)) if matches!(error.fault, KernelFault::KernelNeeds { .. }) => {
                    assert!(gpu.compute_capability.major < 8, "{error}");
                    continue;
                }
                Err(error) => error,
            };
            let hint = error.hint().unwrap_or_else(|| panic!("{error}"));
            problem["gpu"] = offered(&hint);
            assert_eq!(solved(&problem).map_err(|error| error.to_string()), Ok(Status::Optimal), "{hint}");
            refused.push((problem["kernel"].as_str().unwrap().to_owned(), &gpu.name));
        }
    }
    refused.dedup();
    let of = |kernel: &str| -> Vec<&str> {
        refused.iter().filter(|(known, _)| known == kernel).map(|(_, gpu)| *gpu).collect()
    };
    let without_clock = catalog().gpus().iter().filter(|gpu| gpu.boost_clock_mhz.is_none());
    let without_clock: Vec<&str> = without_clock.map(|gpu| gpu.name.as_str()).collect();
    // Of the A10G nobody publishes what its tensor cores do in TF32.
    assert_eq!(of("rnn_forward"), [&["A10G"], &without_clock[..]].concat());
    assert_eq!((of("matmul"), without_clock.len()), (without_clock, 10));
}
