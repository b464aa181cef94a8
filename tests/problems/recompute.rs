//! What the backward pass of a recurrent layer needs, saved or computed again: which of the two is chosen, and what it costs.

use constrint::config::Number;
use constrint::kernel::recurrent::CELLS;
use constrint::problem::ConstraintSpec;
use constrint::{Answer, Config, Problem, Request, Status, solve};

const KERNELS: [(&str, &str); 2] = [("rnn_forward", r#", "pass": "training""#), ("rnn_backward", "")];

/// A layer of 12 heads of 64 units, 16 sequences of 1024 steps, bf16, on an H100.
fn layer((kernel, more): (&str, &str), cell: &str) -> Problem {
    sized((kernel, more), cell, "bf16", [64, 12, 16])
}

fn sized((kernel, more): (&str, &str), cell: &str, dtype: &str, [head_dim, heads, batch]: [i64; 3]) -> Problem {
    let text = format!(
        r#"{{"version": 1, "kernel": "{kernel}", "gpu": "H100 SXM5 80GB", "dtype": "{dtype}", "shape":
            {{"cell": "{cell}", "head_dim": {head_dim}, "heads": {heads}, "batch": {batch}, "sequence": 1024{more}}}}}"#
    );
    Problem::from_json(&text).unwrap()
}

fn answer(problem: &Problem) -> Answer {
    solve(problem, &Request::default()).unwrap()
}

fn best(problem: &Problem) -> Config {
    answer(problem).configs.remove(0)
}

fn limited(problem: &Problem, bytes: i64) -> Problem {
    let mut limited = problem.clone();
    limited.constraints.push(ConstraintSpec::Text(format!("saved_bytes <= {bytes}")));
    limited
}

fn fixed(problem: &Problem, recompute: i64) -> Config {
    let mut fixed = problem.clone();
    fixed.set("recompute", recompute).unwrap();
    best(&fixed)
}

fn quantity(config: &Config, name: &str) -> i64 {
    let Some(Number::Integer(value)) = config.quantities.get(name) else { panic!("no {name}") };
    *value
}

/// Without a limit all is saved; with one that has room for the states alone they are all that is; with less there is no answer.
#[test]
fn a_limit_of_what_is_saved_has_it_computed_again() {
    let numbers = 1024 * 16 * 12 * 64;
    for (kernel, cell) in KERNELS.iter().flat_map(|&kernel| CELLS.iter().map(move |cell| (kernel, cell))) {
        let problem = layer(kernel, cell.name);
        let states = numbers * 4 * (cell.states - 1);
        let all = states + numbers * 2 * cell.saved;
        let free = best(&problem);
        assert_eq!((free.values["recompute"], quantity(&free, "saved_bytes")), (0, all), "{kernel:?} {}", cell.name);
        if cell.saved == 0 {
            assert!(problem.clone().set("recompute", 1).is_err() || answer(&limited(&problem, -1)).configs.is_empty());
            continue;
        }
        let tight = best(&limited(&problem, all - 1));
        assert_eq!(
            (tight.values["recompute"], quantity(&tight, "saved_bytes")),
            (1, states),
            "{kernel:?} {}",
            cell.name
        );
        assert_eq!((free.macros["RECOMPUTE"], tight.macros["RECOMPUTE"]), (0, 1));
        let time = |config: &Config| config.predicted.as_ref().unwrap().time_ps;
        assert!(time(&free) < time(&tight), "{kernel:?} {}", cell.name);
        assert_eq!(best(&limited(&problem, states)).values["recompute"], 1);
        assert_eq!(answer(&limited(&problem, states - 1)).status, Status::Infeasible, "{kernel:?} {}", cell.name);
    }
}

/// Of both passes together the quicker way is chosen, where memory, where products and where the steps' latency decides; each pass
/// alone has saved values stored, as the other one alone expects.
#[test]
fn the_quicker_of_both_is_chosen() {
    let mut chosen = [0, 0];
    for sizes in [[64, 12, 16], [16, 48, 256], [24, 1, 1], [256, 3, 64], [48, 1, 8]] {
        for (cell, dtype) in [("lstm", "fp16"), ("gru", "bf16"), ("slstm", "fp32")] {
            let problem = sized(("rnn_training", ""), cell, dtype, sizes);
            let time = |config: &Config| quantity(config, "time_ps");
            let (saved, again, free) = (fixed(&problem, 0), fixed(&problem, 1), best(&problem));
            assert_eq!(time(&free), time(&saved).min(time(&again)), "{sizes:?} {cell} {dtype}");
            chosen[usize::from(free.values["recompute"] == 1)] += 1;
            for kernel in KERNELS {
                let alone = sized(kernel, cell, dtype, sizes);
                assert_eq!(best(&alone).values["recompute"], 0, "{kernel:?} {sizes:?} {cell} {dtype}");
                assert!(time(&fixed(&alone, 0)) < time(&fixed(&alone, 1)), "{kernel:?} {sizes:?} {cell} {dtype}");
            }
        }
    }
    assert!(chosen.iter().all(|&count| count > 0), "{chosen:?}");
}

/// Both passes price it alike, and forward counts no less: by hand for lstm, 64 rows and 32 units a block.
#[test]
fn its_price_is_that_of_products_traffic_and_a_launch() {
    let mut prices = Vec::new();
    for kernel in KERNELS {
        let config = fixed(&layer(kernel, "lstm"), 1);
        let predicted = config.predicted.as_ref().unwrap();
        let price = quantity(&config, "recompute_ps");
        let part = if kernel.0 == "rnn_forward" { "deferred_ps" } else { "recompute_ps" };
        assert!(predicted.parts_ps[part] >= price);
        assert_eq!(quantity(&fixed(&layer(kernel, "lstm"), 0), "recompute_ps"), 0);
        if kernel.0 == "rnn_forward" {
            assert_eq!(predicted.time_ps, quantity(&config, "pass_ps") + quantity(&config, "deferred_ps"));
            let [low, high] = predicted.sure.as_ref().unwrap().range_ps.unwrap();
            assert!(low < predicted.time_ps && predicted.time_ps < high);
        }
        prices.push(price);
    }
    assert_eq!(prices[0], prices[1]);
    let gpu = constrint::hardware::find("H100 SXM5 80GB").unwrap();
    let number = |value: i64| f64::from(i32::try_from(value).unwrap());
    let steps = 16.0 * 1024.0;
    let flop = 2.0 * 4.0 * 64.0 * 64.0 * 12.0 * steps;
    let rate = 0.62 * number(gpu.tensor_flops_per_clock_per_sm.bf16.unwrap() * gpu.sms);
    let products_us = flop / rate / number(gpu.boost_clock_mhz.unwrap());
    let bytes = 2.0 * (4.0 + 1.0 + 4.0) * 64.0 * 12.0 * steps;
    let traffic_us = bytes / (0.9 * number(gpu.memory_bandwidth_bytes_per_s / 1_000_000));
    let launch_us = number(prices[0]) / 1e6 - products_us - traffic_us;
    assert!((0.5..5.0).contains(&launch_us), "{launch_us} of {}", prices[0]);
}

/// Nothing is saved, and nothing could be computed again.
#[test]
fn inference_saves_nothing() {
    let config = best(&layer(("rnn_forward", ""), "lstm"));
    assert_eq!((config.values["recompute"], quantity(&config, "saved_bytes")), (0, 0));
    assert_eq!(quantity(&config, "pass_ps"), quantity(&config, "time_ps"));
}
