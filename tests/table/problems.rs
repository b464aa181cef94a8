//! Tables to test with, and what is asked of them.

use constrint::hardware::reported_names;
use constrint::kernel::Random;
use constrint::table::{Device, Shape, Table};

/// A shipped kernel with words, on GPUs of which some share a compute capability, and two a name.
pub(crate) const MATMUL: &str = r#"{"version": 1, "name": "products", "kernel": "matmul",
  "gpus": ["RTX 4060 Ti 16GB", "RTX 4060 Ti 8GB", {"base": "RTX 4090", "sms": 100}, "H100 SXM"], "shape": {"k": 512},
  "shapes": [{"m": 512, "n": 512}, {"m": 128, "n": 2048}, {"m": 2048, "n": 128}, {"m": 512, "n": 512, "output": "fp32"},
             {"m": 512, "n": 512, "k": 513}]}"#;

/// Both passes of layers, whose batch the kernels are told at run time.
pub(crate) const LAYERS: &str = r#"{"version": 1, "name": "layers", "kernel": "rnn_training", "gpus": ["H100 SXM", "A100 SXM4 80GB"],
  "shape": {"cell": "lstm", "head_dim": 64, "heads": 4, "sequence": 64},
  "shapes": [{"batch": 16}, {"batch": 16, "sequence": 128}, {"batch": 8, "dtype": "fp16"}]}"#;

/// A described kernel whose sizes decide whether there is a configuration.
pub(crate) fn rows() -> String {
    let mut random = Random::new(7);
    let mut shapes: Vec<(u64, u64)> =
        (0..60).map(|_| (1 + below(&mut random, 12), 1 + below(&mut random, 12))).collect();
    shapes.sort_unstable();
    shapes.dedup();
    let shapes: Vec<String> = shapes.iter().map(|(a, b)| format!(r#"{{"b": {b}, "a": {a}}}"#)).collect();
    format!(
        r#"{{"version": 1, "name": "rows", "gpus": ["T4", "RTX 2080", "TITAN RTX", "RTX 2070 SUPER", "V100 PCIe 16GB", "V100 PCIe 32GB"],
  "kernel": {{"name": "rows", "block": ["32 * threads"], "grid": ["a"], "registers_per_thread": 64, "cost": {{"time_ps": "ceil_div(a * b, threads) * 1000"}},
             "macros": {{"names": {{"a": null, "b": null}}}}}},
  "variables": {{"threads": {{"values": [1, 2, 4]}}}},
  "constraints": [{{"name": "odd", "expr": "(a + b) % 3 != 0", "because": "for the test"}}], "shapes": [{}]}}"#,
        shapes.join(", ")
    )
}

/// What may be asked of a table.
pub(crate) struct Question {
    pub(crate) device: Device,
    pub(crate) shape: Shape,
}

/// Devices of the table and others near them; shapes of the table, between them and beyond.
pub(crate) fn questions(table: &Table, count: usize) -> Vec<Question> {
    let mut random = Random::new(1);
    (0..count).map(|_| Question { device: device(table, &mut random), shape: shape(table, &mut random) }).collect()
}

fn pick<'a, T>(random: &mut Random, from: &'a [T]) -> &'a T {
    &from[usize::try_from(below(random, from.len() as u64)).unwrap()]
}

fn device(table: &Table, random: &mut Random) -> Device {
    let (gpu, named) = (pick(random, &table.gpus).clone(), pick(random, &table.gpus));
    let mut names = reported_names(named);
    names.push("some GPU".to_owned());
    let apart = i64::try_from(below(random, 9)).unwrap() - 4;
    Device {
        name: pick(random, &names).clone(),
        major: gpu.compute_capability.major.into(),
        minor: i64::from(gpu.compute_capability.minor) + i64::from(below(random, 8) == 0),
        sms: gpu.sms + if below(random, 3) == 0 { 0 } else { apart * 3 },
        memory_bytes: if below(random, 4) == 0 { 0 } else { gpu.memory_bytes + (apart << 28) },
    }
}

fn shape(table: &Table, random: &mut Random) -> Shape {
    let mut shape = pick(random, &table.shapes).clone();
    let words = pick(random, &table.shapes).clone();
    if below(random, 4) == 0 {
        (shape.words, shape.dtype) = (words.words, words.dtype);
    }
    for size in shape.sizes.values_mut() {
        *size = match below(random, 4) {
            0 => *size,
            1 => (*size - 1).max(1),
            2 => 1 + i64::try_from(below(random, u64::try_from(*size).unwrap())).unwrap(),
            _ => *size + i64::from(below(random, 6) == 0),
        };
    }
    shape
}

/// A number below `count`.
fn below(random: &mut Random, count: u64) -> u64 {
    random.bits() % count
}
