//! The product for the gradient of R: its tile follows the layer, its parts are added in their order or as they come.

use constrint::config::Number;
use constrint::{Config, Problem, Request, solve};

/// Sequences of 1024 steps on an H100.
fn best([head_dim, heads, batch]: [i64; 3], dtype: &str, sums: &str) -> Config {
    let text = format!(
        r#"{{"version": 1, "kernel": "rnn_backward", "gpu": "H100 SXM5 80GB", "dtype": "{dtype}", "shape":
            {{"cell": "lstm", "head_dim": {head_dim}, "heads": {heads}, "batch": {batch}, "sequence": 1024,
              "gradient_sums": "{sums}"}}}}"#
    );
    solve(&Problem::from_json(&text).unwrap(), &Request::default()).unwrap().configs.remove(0)
}

fn quantity(config: &Config, name: &str) -> i64 {
    let Some(Number::Integer(value)) = config.quantities.get(name) else { panic!("no {name}") };
    *value
}

/// A tile is no larger than a head needs, and a large head has the largest, which reads each operand least often from L2. Rows that
/// go by four bytes or less do not go through it.
#[test]
fn the_tile_follows_the_head() {
    for (head_dim, heads, dtype, tile) in
        [(16, 48, "bf16", 32), (32, 24, "fp16", 32), (768, 1, "bf16", 128), (768, 1, "fp32", 128)]
    {
        let config = best([head_dim, heads, 16], dtype, "ordered");
        assert_eq!(config.macros["WEIGHT_TILE"], tile, "{head_dim} {dtype}");
    }
    assert!(best([767, 1, 16], "bf16", "ordered").macros["WEIGHT_TILE"] < 128);
}

/// Parts that are added as they come need no kernel behind, whose launch and whose reading of all parts are saved; where there is one
/// part the word changes nothing. As much of each gradient is computed either way, and no operand is read quicker than memory has it.
#[test]
fn parts_that_are_added_as_they_come_take_no_longer() {
    let mut several = 0;
    for layer in [[16, 48, 16], [64, 12, 16], [128, 6, 3], [256, 3, 16], [768, 1, 1], [1024, 2, 40]] {
        let [ordered, atomic] = ["ordered", "atomic"].map(|sums| best(layer, "bf16", sums));
        let [in_order, as_they_come] = [&ordered, &atomic].map(|config| quantity(config, "of_weights_ps"));
        assert!(as_they_come <= in_order, "{layer:?}: {as_they_come} {in_order}");
        if ordered.macros["WEIGHT_PARTS"] > 1 {
            assert!(as_they_come < in_order, "{layer:?}: {as_they_come} {in_order}");
            several += 1;
        }
        let [head_dim, heads, batch] = layer;
        // Gradients of four gates and h, 3.35 TB/s.
        let least_ps = 2 * 5 * batch * 1024 * heads * head_dim * 1_000_000 / 3_350_000;
        assert!(as_they_come > least_ps, "{layer:?}: {as_they_come} {least_ps}");
        assert_eq!(atomic.macros["GRADIENT_SUMS_ATOMIC"], 1);
    }
    assert!(several >= 3, "{several}");
}
