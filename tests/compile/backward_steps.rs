//! The predicted time of `rnn_backward` against its machine code, as `machine_code.rs` has it for the forward pass.
//!
//! `backward_steps.csv` holds the solver's pick and 24 others of six shapes, the picks of 30 random layers and those of all
//! problems. It is made anew by
//!
//! ```text
//! CONSTRINT_BLESS=1 cargo test --test compile table_of_backward_steps -- --ignored
//! ```

use super::machine_code::{
    Row, below_their_floors, check_picks, check_rows_again, make, orders, problems, rows, witness,
};
use super::{GPUS, Random, best, compiler};
use constrint::Problem;
use constrint::config::Config;
use constrint::kernel::recurrent::CELLS;

const TABLE: &str = "backward_steps.csv";

/// Shapes of which many configurations are read: GPU, cell, type, head dimension, heads.
const SHAPES: [(&str, &str, &str, i64, i64); 6] = [
    ("H100 SXM5 80GB", "lstm", "bf16", 16, 48),
    ("H100 SXM5 80GB", "lstm", "bf16", 64, 12),
    ("A100 SXM4 80GB", "lstm", "bf16", 256, 3),
    ("RTX 4090", "gru", "bf16", 128, 6),
    ("H100 SXM5 80GB", "slstm", "bf16", 64, 12),
    ("A100 SXM4 80GB", "elman", "fp32", 100, 5),
];
/// Beside the pick.
const OTHERS: usize = 24;
const LAYERS: usize = 30;

fn layer((gpu, cell, dtype, head_dim, heads): (&str, &str, &str, i64, i64), batch: i64, cut: &str) -> String {
    format!(
        r#"{{"version": 1, "kernel": "rnn_backward", "gpu": "{gpu}", "dtype": "{dtype}", "shape": {{"cell": "{cell}", "head_dim": {head_dim}, "heads": {heads}, "batch": {batch}, "sequence": 1024, "gradient_cut": "{cut}"}}}}"#
    )
}

fn random_layer(random: &mut Random, index: usize) -> String {
    let head_dim = random.choose(&[5, 16, 24, 48, 64, 100, 128, 192, 256, 333, 512, 768, 1000]);
    let cell = CELLS[index / 6 % CELLS.len()].name;
    let shape = (GPUS[index % 6], cell, ["bf16", "fp16", "fp32"][index % 3], head_dim, random.choose(&[1, 2, 12, 48]));
    let cut = ["none", "recurrent"][usize::try_from(random.choose(&[0, 0, 0, 0, 0, 1])).unwrap()];
    layer(shape, random.choose(&[1, 8, 16, 40]), cut)
}

#[test]
fn no_predicted_backward_step_is_below_its_floor() {
    let below = below_their_floors(TABLE, 0.9);
    assert!(below.is_empty(), "{}", below.join("\n"));
}

#[test]
fn predicted_backward_times_have_the_order_of_the_machine_code() {
    let orders = orders(TABLE, &["memory_ps"], &["of_weights_ps", "recompute_ps"]);
    assert_eq!(orders.len(), SHAPES.len());
    // Of slstm's shape half of the configurations are within a tenth of each other: 0.75; with another seed they have 0.86.
    let in_order = |least: f64| orders.iter().filter(|&&(tau, _)| tau >= least).count();
    assert!(in_order(0.74) == SHAPES.len() && in_order(0.8) >= SHAPES.len() - 1, "{orders:?}");
    check_picks(&orders, 0.15);
}

/// With the gradient cut a step has no products, and none of what belongs to them is predicted.
#[test]
fn a_cut_step_is_predicted_without_products() {
    let cut: Vec<Config> = rows(TABLE)
        .iter()
        .filter(|row| row.problem.contains("\"gradient_cut\": \"recurrent\""))
        .map(Row::config)
        .collect();
    assert!(!cut.is_empty());
    for config in cut {
        for name in ["multiply_ps", "sums_ps", "hand_over_ps", "barrier_ps"] {
            assert_eq!(config.quantities[name].to_string(), "0", "{name} of {:?}", config.values);
        }
    }
}

#[test]
fn the_table_of_backward_steps_is_that_of_the_kernel() {
    check_rows_again(TABLE, 6);
}

#[test]
#[ignore = "compiles some 190 kernels"]
fn the_table_of_backward_steps_is_made() {
    let Some(nvcc) = compiler() else { return };
    let mut wanted: Vec<(String, String, Config)> = Vec::new();
    for (index, &shape) in SHAPES.iter().enumerate() {
        let text = layer(shape, 16, "none");
        let configs = witness::draw::draw(&Problem::from_json(&text).unwrap(), OTHERS, 7).unwrap();
        wanted.extend(configs.into_iter().map(|config| (format!("shape {index}"), text.clone(), config)));
    }
    let mut random = Random(1015);
    let layers = (0..).map(|index| random_layer(&mut random, index));
    let solved = layers.filter_map(|text| best(&Problem::from_json(&text).unwrap()).map(|config| (text, config)));
    wanted.extend(solved.take(LAYERS).map(|(text, config)| ("layer".to_owned(), text, config)));
    for text in problems("rnn_backward") {
        let config = best(&Problem::from_json(&text).unwrap()).expect("a configuration");
        wanted.push(("problem".to_owned(), text, config));
    }
    make(&nvcc, TABLE, &wanted);
}
